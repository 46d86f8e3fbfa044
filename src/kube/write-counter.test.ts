import { expect, test } from 'vitest'
import { WriteCounter, writeCounterFrom } from './write-counter.ts'

test('fires once, right at the n-th write, and leases are no writes', () => {
  let crashes = 0
  const writes = new WriteCounter(2, () => {
    crashes += 1
  })
  writes.wrote('pods')
  writes.wrote('leases')
  expect([writes.count, crashes]).toEqual([1, 0])
  writes.wrote('events')
  writes.wrote('secrets')
  expect([writes.count, crashes]).toEqual([3, 1])
})

test('the environment sets n, and nonsense is refused', () => {
  expect(writeCounterFrom({}).count).toBe(0)
  expect(writeCounterFrom({ BELLOWS_CRASH_AFTER_WRITES: '' }).count).toBe(0)
  for (const text of ['0', '-1', 'x', '1.5']) {
    expect(() => writeCounterFrom({ BELLOWS_CRASH_AFTER_WRITES: text })).toThrow(RangeError)
  }
})
