import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBlock, encodeBlock } from './block.ts'

const value = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.integer(),
    fc.double(),
    fc.string({ unit: 'binary' }),
    fc.bigInt(),
    fc.boolean(),
    fc.constantFrom(undefined, null, Number.NaN, -0, '\ud800', 2 ** 31, -(2n ** 63n), 2n ** 63n),
    fc.date(),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie('value'), { maxKeys: 3, noNullPrototype: true }),
    fc.array(fc.tuple(fc.string(), tie('value')), { maxLength: 3 }).map((each) => new Map(each)),
    fc.array(fc.integer(), { maxLength: 3 }).map((each) => new Set(each)),
    fc.uint8Array(),
    fc.float64Array(),
  ),
})).value

test('what is decoded is what was encoded', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), (values) => {
      expect(decodeBlock(encodeBlock(values))).toStrictEqual(values)
    }),
    { numRuns: 300 },
  )
})

test('columns of one shape', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record(
          { id: fc.integer(), name: fc.string(), at: fc.tuple(fc.double(), fc.bigInt()) },
          { noNullPrototype: true },
        ),
      ),
      (values) => {
        expect(decodeBlock(encodeBlock(values))).toStrictEqual(values)
      },
    ),
  )
})

test('blocks of many chunks, and smaller than Node’s own serializer', async () => {
  const pairs = Array.from({ length: 10_000 }, (_, i) => [`word${i % 500}`, i % 100])
  const bytes = encodeBlock(pairs)
  expect(decodeBlock(bytes)).toEqual(pairs)
  const { serialize } = await import('node:v8')
  expect(bytes.length).toBeLessThan(serialize(pairs).length * 0.7)
})

test('a key named __proto__ stays a key', () => {
  const odd = [JSON.parse('{"__proto__": 1, "a": 2}'), JSON.parse('{"__proto__": 3, "a": 4}')]
  expect(decodeBlock(encodeBlock(odd))).toStrictEqual(odd)
})

class Point {
  x = 1
}

test.each([
  ['a function', [[1, () => 2]], /function/],
  ['a symbol', [Symbol('s')], /symbol/],
  ['an instance', [new Point()], /instance of Point/],
  ['a promise', [Promise.resolve()], /instance of Promise/],
])('%s is refused', (_, values, message) => {
  expect(() => encodeBlock(values)).toThrow(message)
})

test('a value that holds itself is refused', () => {
  const loop: unknown[] = []
  loop.push(loop)
  expect(() => encodeBlock([loop])).toThrow(/contains itself/)
})
