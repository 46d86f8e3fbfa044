import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mergePatched } from '../embedded/merge-patch.ts'
import { mergeDifference } from './merge-difference.ts'

const json = fc.dictionary(
  fc.constantFrom('a', 'b', 'c'),
  fc.oneof(
    fc.integer(),
    fc.string(),
    fc.array(fc.integer(), { maxLength: 2 }),
    fc.dictionary(fc.constantFrom('x', 'y'), fc.integer()),
  ),
)

test('patching with the difference gives what was wanted; no difference, no patch', () => {
  fc.assert(
    fc.property(json, json, (live, wanted) => {
      const patch = mergeDifference(live, wanted)
      expect(patch === undefined ? live : mergePatched(live, patch as never)).toEqual(wanted)
      expect(mergeDifference(wanted, wanted)).toBeUndefined()
    }),
  )
})
