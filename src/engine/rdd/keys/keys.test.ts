import fc from 'fast-check'
import { expect, test } from 'vitest'
import { naturalOrder } from './compare.ts'
import { canonicalText, hashOf } from './hash.ts'
import { KeyMap } from './key-map.ts'
import { sortedOrder } from './sorted-order.ts'

const key = fc.oneof(
  fc.integer(),
  fc.double(),
  fc.string(),
  fc.boolean(),
  fc.bigInt(),
  fc.constantFrom(null, undefined, -0),
  fc.date({ noInvalidDate: true }),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.record({ a: fc.integer(), b: fc.string() }),
)

test('equal keys have equal hashes and one cell', () => {
  fc.assert(
    fc.property(key, (one) => {
      const other = structuredClone(one)
      expect(hashOf(other)).toBe(hashOf(one))
      expect(hashOf(one) | 0).toBe(hashOf(one))
      const map = new KeyMap<unknown, number>()
      expect(map.find(one)).toBe(-1)
      map.add(one, 1)
      expect(map.values[map.find(other)]).toBe(1)
    }),
  )
  expect(hashOf(0)).toBe(hashOf(-0))
  expect(canonicalText({ b: 1, a: [-0] })).toBe(canonicalText({ a: [0], b: 1 }))
})

test.each([
  ['a function', () => 1],
  ['a symbol', Symbol('x')],
  ['an instance', new Map()],
])('%s is no key', (_, value) => {
  expect(() => {
    const map = new KeyMap()
    if (map.find(value) < 0) map.add(value, 1)
  }).toThrow(/is no key/)
})

test('hashes fill partitions evenly', () => {
  const counts = new Array<number>(16).fill(0)
  for (let i = 0; i < 16_000; i++) counts[(hashOf(`key${i}`) >>> 0) % 16]!++
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200)
})

test('pairs sort as by comparison, stable, in both directions', () => {
  const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(0, -0, Number.NaN, Infinity, -Infinity))
  const keys = fc.oneof(
    fc.array(number, { minLength: 256, maxLength: 400, size: 'max' }),
    fc.array(fc.string(), { maxLength: 40 }),
    fc.array(
      key.filter((each) => !(typeof each === 'object' && each !== null && !Array.isArray(each))),
      { maxLength: 20 },
    ),
  )
  fc.assert(
    fc.property(keys, fc.boolean(), (given, ascending) => {
      const pairs = given.map((each, i) => [each, i] as const)
      const expected = pairs.toSorted((a, b) => (ascending ? 1 : -1) * naturalOrder(a[0], b[0]))
      expect([...sortedOrder(given, ascending, undefined)]).toEqual(expected.map((pair) => pair[1]))
    }),
  )
})

test('records have no order of their own', () => {
  expect(() => naturalOrder({ a: 1 }, { a: 2 })).toThrow(/have no order/)
  expect(naturalOrder([1, 'b'], [1, 'a'])).toBe(1)
  expect(naturalOrder(Number.NaN, 1)).toBe(1)
})

test('a table of many texts finds each, and only these', () => {
  const map = new KeyMap<string, number>()
  for (let i = 0; i < 5000; i++) if (map.find(`key${i % 3000}`) < 0) map.add(`key${i % 3000}`, i)
  expect(map.size).toBe(3000)
  expect(map.values[map.find('key2999')]).toBe(2999)
  expect(map.find('key3000')).toBe(-1)
  expect(new Set(map.keys).size).toBe(3000)
  map.clear()
  expect([map.size, map.find('key1')]).toEqual([0, -1])
})
