import fc from 'fast-check'
import type { Field, Shape } from './describe.ts'

/** Odd values that land anywhere. */
const strange = fc.oneof(
  fc.constant(null),
  fc.boolean(),
  fc.integer({ min: -5, max: 5_000_000_000 }),
  fc.constant(1.5),
  fc.constant([]),
  fc.constant({}),
  fc.constant(''),
)

const WORDS = [
  '1',
  '512m',
  '2Gi',
  '1g',
  '0.5',
  '1200m',
  '0',
  'a',
  'A',
  'a.b',
  'a b',
  '-',
  '2025-11-20T10:00:00Z',
  'x'.repeat(70),
]

/** Objects as a schema describes them, mostly: each value is now and then another one. */
export const arbitraryOf = (shape: Shape, oddity: number): fc.Arbitrary<unknown> => {
  const right = rightOf(shape, oddity)
  return oddity === 0
    ? right
    : fc.oneof({ weight: 100 - oddity, arbitrary: right }, { weight: oddity, arbitrary: strange })
}

const rightOf = (shape: Shape, oddity: number): fc.Arbitrary<unknown> => {
  switch (shape.kind) {
    case 'object':
      return fc
        .subarray(shape.fields.filter(({ required }) => !required))
        .chain((optional) =>
          recordOf([...shape.fields.filter(({ required }) => required), ...optional.slice(0, 6)], oddity),
        )
    case 'map':
      return fc.dictionary(fc.constantFrom('a', 'b.c', 'd-e'), arbitraryOf(shape.value, oddity), { maxKeys: 2 })
    case 'list':
      return fc.array(arbitraryOf(shape.item, oddity), { maxLength: 2 })
    case 'string':
      return fc.oneof({ weight: 3, arbitrary: fc.constant('a') }, { weight: 2, arbitrary: fc.constantFrom(...WORDS) })
    case 'integer':
      return fc.oneof(
        fc.integer({ min: 0, max: 20 }),
        fc.constantFrom(shape.min ?? 0, shape.max ?? 0, (shape.max ?? 0) + 1),
      )
    case 'enum':
      return fc.constantFrom(...shape.values)
    case 'boolean':
      return fc.boolean()
    case 'int-or-string':
      return fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom('1', '4Gi'))
  }
}

const recordOf = (fields: readonly Field[], oddity: number): fc.Arbitrary<unknown> =>
  fc.record(Object.fromEntries(fields.map(({ name, shape }) => [name, arbitraryOf(shape, oddity)])))
