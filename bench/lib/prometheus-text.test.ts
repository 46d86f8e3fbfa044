import { expect, it } from 'vitest'
import { parseMetrics, quantileBetween, total } from './prometheus-text.ts'

const scrape = (counts: readonly number[]) =>
  parseMetrics(
    [
      '# TYPE h histogram',
      ...['0.1', '0.5', '+Inf'].map((le, i) => `h_bucket{le="${le}",c="a b"} ${counts[i]}`),
      'x 3',
      '',
    ].join('\n'),
  )

it('reads names, labels and values', () => {
  const samples = scrape([1, 2, 3])
  expect(total(samples, 'x')).toBe(3)
  expect(total(samples, 'h_bucket', { le: '0.5', c: 'a b' })).toBe(2)
  expect(() => total(samples, 'y')).toThrow('no metric y')
})

it('estimates a quantile of what came between two scrapes', () => {
  expect(quantileBetween(scrape([10, 10, 10]), scrape([10, 20, 20]), 'h', 0.5)).toBeCloseTo(0.3)
  expect(quantileBetween(scrape([0, 0, 0]), scrape([99, 99, 100]), 'h', 0.99)).toBeCloseTo(0.1)
})
