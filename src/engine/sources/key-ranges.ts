import { quoteName } from '../duckdb/quote.ts'
import type { SourcePart } from './split-source.ts'

/** Rows that lie next to each other in a file, and the least and greatest value of the key in them. */
export interface KeyGroup {
  readonly path: string
  /** First and last row in the file, both included. */
  readonly rows: { readonly from: number; readonly to: number }
  readonly min: bigint
  readonly max: bigint
  readonly bytes: number
}

/** A source that lies in the order of a column of whole numbers without NULL, up to a little overlap. Never without groups. */
export interface KeyRanges {
  readonly column: string
  /** By their least key. */
  readonly groups: readonly KeyGroup[]
}

/** A part that may be the rows of a range of keys: `from` included, `to` excluded, undefined without end. */
export interface ScanPart extends SourcePart {
  readonly keys?: { readonly column: string; readonly from: bigint | undefined; readonly to: bigint | undefined }
}

/** Keys that cut a source into at most `count` ranges of about the same bytes; ascending. */
export const keyBoundaries = ({ groups }: KeyRanges, count: number): readonly bigint[] => {
  const total = groups.reduce((sum, { bytes }) => sum + bytes, 0)
  const boundaries: bigint[] = []
  let last = groups[0]?.min ?? 0n
  let before = 0
  for (const { min, bytes } of groups) {
    if (min > last && boundaries.length < count - 1 && before >= ((boundaries.length + 1) * total) / count) {
      boundaries.push(min)
      last = min
    }
    before += bytes
  }
  return boundaries
}

const range = (boundaries: readonly bigint[], index: number) => ({
  from: index === 0 ? undefined : boundaries[index - 1],
  to: boundaries[index],
})

/** One part for each range of keys between the boundaries, also where it has no rows. Each row is in exactly one. */
export const cutByKeys = ({ column, groups }: KeyRanges, boundaries: readonly bigint[]): readonly ScanPart[] =>
  Array.from({ length: boundaries.length + 1 }, (_, index): ScanPart => {
    const keys = { column, ...range(boundaries, index) }
    const { from, to } = keys
    const own = groups.filter(({ min, max }) => (from === undefined || max >= from) && (to === undefined || min < to))
    const paths = [...new Set(own.map(({ path }) => path))]
    if (paths.length === 0)
      return { paths: groups.slice(0, 1).map(({ path }) => path), rows: { from: 0, to: -1 }, bytes: 0, keys }
    const rows = {
      from: Math.min(...own.map((group) => group.rows.from)),
      to: Math.max(...own.map((group) => group.rows.to)),
    }
    const bytes = own.reduce((sum, group) => sum + group.bytes, 0)
    return { paths, rows: paths.length === 1 ? rows : undefined, bytes, keys }
  })

/** The condition on the rows of a part; empty: all that are read. */
export const keyCondition = ({ keys }: ScanPart): string => {
  if (keys === undefined) return ''
  const name = quoteName(keys.column)
  const from = keys.from === undefined ? [] : [`${name} >= ${keys.from}`]
  const to = keys.to === undefined ? [] : [`${name} < ${keys.to}`]
  return [...from, ...to].join(' AND ')
}
