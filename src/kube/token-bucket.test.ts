import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TokenBucket } from './token-bucket.ts'

test('lets a burst through, then one by one at its rate', () => {
  const bucket = new TokenBucket(10, 3)
  expect([1, 2, 3, 4, 5].map(() => bucket.take(0))).toEqual([0, 0, 0, 100, 200])
  expect(bucket.take(300)).toBe(0)
})

test('refuses what would wait too long, and takes nothing for it', () => {
  const bucket = new TokenBucket(1, 1)
  expect(bucket.take(0, 500)).toBe(0)
  expect(bucket.take(0, 500)).toBeUndefined()
  expect(bucket.take(600, 500)).toBe(400)
})

test('never lets more out than burst + rate × time', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(300), { maxLength: 80 }), (gaps) => {
      const [rate, burst] = [20, 5]
      const bucket = new TokenBucket(rate, burst)
      let now = 0
      const leaving: number[] = []
      for (const gap of gaps) {
        now += gap
        leaving.push(now + (bucket.take(now) ?? 0))
      }
      leaving.forEach((from, first) => {
        leaving.slice(first).forEach((to, more) => {
          expect(more + 1).toBeLessThanOrEqual(burst + ((to - from) * rate) / 1_000 + 1e-6)
        })
      })
    }),
  )
})

test('a budget of nothing is a mistake', () => {
  expect(() => new TokenBucket(0, 1)).toThrow(RangeError)
})
