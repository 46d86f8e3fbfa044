import { expect, it } from 'vitest'
import { figureLine, median, percentile } from './figure.ts'

it('prints a figure with its bar and whether it is met', () => {
  const figure = { name: 'submissions', value: 3120.4, unit: '1/min', bar: { kind: 'atLeast', value: 3000 } } as const
  expect(figureLine(figure)).toBe('FIGURE submissions 3120 1/min bar >=3000 met')
  expect(figureLine({ ...figure, value: 12 })).toBe('FIGURE submissions 12 1/min bar >=3000 missed')
  expect(figureLine({ name: 'x', value: 1, unit: 's' })).toBe('FIGURE x 1 s bar none')
})

it('takes medians and nearest-rank percentiles', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.99)).toBe(10)
  expect(percentile([1, 2, 3, 4], 0.5)).toBe(2)
})
