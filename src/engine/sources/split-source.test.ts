import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cutRows } from './split-source.ts'

describe('cutRows', () => {
  it('gives each row to exactly one part, in order, at borders of row groups', () => {
    const group = fc.record({ rows: fc.integer({ min: 1, max: 200_000 }), bytes: fc.integer({ min: 1, max: 1e8 }) })
    fc.assert(
      fc.property(
        fc.array(group, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 3e8 }),
        (groups, target) => {
          const parts = cutRows('f', groups, target)
          const borders = new Set(
            groups.map((_, index) => groups.slice(0, index).reduce((sum, { rows }) => sum + rows, 0)),
          )
          let next = 0
          for (const { rows } of parts) {
            expect(rows?.from).toBe(next)
            expect(borders.has(next)).toBe(true)
            next = (rows?.to ?? -1) + 1
          }
          expect(next).toBe(groups.reduce((sum, { rows }) => sum + rows, 0))
          expect(parts.length).toBeLessThanOrEqual(groups.length)
        },
      ),
    )
  })

  it('gives a file without rows one empty part', () => {
    expect(cutRows('f', [], 10)).toEqual([{ paths: ['f'], rows: { from: 0, to: -1 }, bytes: 0 }])
  })
})
