import fc from 'fast-check'
import { expect, test } from 'vitest'
import { shapeOf } from './describe.ts'
import { KINDS } from './kinds.ts'
import { arbitraryOf } from './shape-arbitrary.fixture.ts'
import { admit } from './validate.ts'

const kinds = KINDS.map((definition) => [definition.type.kind, definition] as const)

test.each(kinds)('%s: nothing makes admission throw, and every refusal names a field', (_, { type, spec, status }) => {
  const envelope = { apiVersion: `${type.group}/${type.version}`, kind: type.kind, metadata: { name: 'a' } }
  fc.assert(
    fc.property(
      fc.oneof(fc.jsonValue(), arbitraryOf(shapeOf(spec), 5)),
      fc.oneof(fc.jsonValue(), status === undefined ? fc.constant(undefined) : arbitraryOf(shapeOf(status), 5)),
      (specValue, statusValue) => {
        const result = admit({ ...envelope, spec: specValue, status: statusValue })
        if (!result.ok) for (const { field, message } of result.problems) expect(field && message).toBeTruthy()
      },
    ),
    { numRuns: 200 },
  )
})

test.each(kinds)('%s: what was admitted is admitted again, unchanged', (_, { type, spec }) => {
  const envelope = { apiVersion: `${type.group}/${type.version}`, kind: type.kind, metadata: { name: 'a' } }
  let admitted = 0
  fc.assert(
    fc.property(arbitraryOf(shapeOf(spec), 0), (value) => {
      const once = admit({ ...envelope, spec: value })
      if (!once.ok) return
      admitted++
      expect(admit(once.object, once.object)).toEqual(once)
    }),
    { numRuns: 400 },
  )
  expect(admitted).toBeGreaterThan(5)
})
