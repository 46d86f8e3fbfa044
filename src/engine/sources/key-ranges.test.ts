import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutByKeys, type KeyGroup, type KeyRanges, keyBoundaries, keyCondition } from './key-ranges.ts'

/** Groups of ten rows in one or two files; some keys reach from one group into the next. */
const ranges = fc
  .array(fc.record({ gap: fc.integer({ min: 0, max: 5 }), width: fc.integer({ min: 0, max: 9 }) }), {
    minLength: 1,
    maxLength: 12,
  })
  .chain((steps) => fc.record({ steps: fc.constant(steps), second: fc.nat(steps.length) }))
  .map(({ steps, second }): KeyRanges => {
    let at = -20
    const groups = steps.map(({ gap, width }, index): KeyGroup => {
      const min = at + gap
      at = min + width
      const row = 10 * (index < second ? index : index - second)
      return {
        path: index < second ? 'a' : 'b',
        rows: { from: row, to: row + 9 },
        min: BigInt(min),
        max: BigInt(at),
        bytes: 10,
      }
    })
    return { column: 'k', groups }
  })

describe('cutByKeys', () => {
  it('gives each row to exactly one part, whatever the boundaries', () => {
    fc.assert(
      fc.property(ranges, fc.uniqueArray(fc.bigInt({ min: -30n, max: 80n }), { maxLength: 5 }), (source, some) => {
        const boundaries = some.toSorted((one, other) => (one < other ? -1 : 1))
        const parts = cutByKeys(source, boundaries)
        expect(parts).toHaveLength(boundaries.length + 1)
        for (const { path, rows, min, max } of source.groups) {
          for (let key = min; key <= max; key++) {
            const reading = parts.filter(
              (part) =>
                part.paths.includes(path) &&
                (part.rows === undefined || (part.rows.from <= rows.from && part.rows.to >= rows.to)) &&
                (part.keys?.from === undefined || key >= part.keys.from) &&
                (part.keys?.to === undefined || key < part.keys.to),
            )
            expect(reading).toHaveLength(1)
          }
        }
      }),
    )
  })

  it('has boundaries between groups, ascending, and no more than are asked for', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 1, max: 8 }), (source, count) => {
        const boundaries = keyBoundaries(source, count)
        expect(boundaries.length).toBeLessThan(count)
        const starts = new Set(source.groups.map(({ min }) => min))
        for (const [index, boundary] of boundaries.entries()) {
          expect(starts.has(boundary)).toBe(true)
          expect(boundary > (boundaries[index - 1] ?? source.groups[0]!.min)).toBe(true)
        }
      }),
    )
  })

  it('says its keys in SQL', () => {
    const source: KeyRanges = {
      column: 'a "k"',
      groups: [{ path: 'a', rows: { from: 0, to: 9 }, min: 0n, max: 9n, bytes: 1 }],
    }
    expect(cutByKeys(source, [3n, 7n]).map(keyCondition)).toEqual([
      '"a ""k""" < 3',
      '"a ""k""" >= 3 AND "a ""k""" < 7',
      '"a ""k""" >= 7',
    ])
    expect(cutByKeys(source, []).map(keyCondition)).toEqual([''])
  })
})
