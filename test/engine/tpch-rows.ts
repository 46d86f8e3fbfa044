import { TPCH_QUERIES } from '../../src/engine/sql/testing/tpch-queries.ts'

/** A query of several statements (the fifteenth makes a view) as one. */
export const singleQuery = (sql: string): string => {
  const view = /create view (\w+)\s*(\([^)]*\)) as ([\s\S]*?);([\s\S]*?);/.exec(sql)
  return view === null ? sql : `with ${view[1]} ${view[2]} as (${view[3]}) ${view[4]}`
}

export const QUERIES: readonly string[] = TPCH_QUERIES.map(singleQuery)

/** Queries whose ORDER BY leaves no two rows alike, by number; the rest are compared as sets. */
export const ORDERED: ReadonlySet<number> = new Set([1, 4, 5, 7, 8, 9, 12, 13, 16, 20, 21, 22])

/** Values of a row as texts: DuckDB's and ours; dates and decimals are texts in both. */
export const textsOf = (values: readonly unknown[]): readonly string[] => values.map((value) => String(value))

/** TPC-H asks for 1 % in averages and a dollar in sums; quotients and averages have Spark's scales here: six digits and more. */
export const sameText = (a: string, b: string): boolean => {
  if (a === b) return true
  const [x, y] = [Number(a), Number(b)]
  return a.trim() !== '' && b.trim() !== '' && Math.abs(x - y) <= 2e-6 * Math.max(1, Math.abs(y))
}

/** Undefined where both are the same rows. */
export const rowsDiffer = (
  expected: readonly (readonly string[])[],
  got: readonly (readonly string[])[],
  ordered: boolean,
): string | undefined => {
  if (expected.length !== got.length) return `${expected.length} rows are expected, ${got.length} came`
  const left = [...got]
  for (const [index, row] of expected.entries()) {
    const same = (other: readonly string[]) =>
      other.length === row.length && other.every((text, at) => sameText(text, row[at]!))
    const at = ordered ? (same(left[0]!) ? 0 : -1) : left.findIndex(same)
    if (at < 0) return `row ${index + 1}: ${row.join(' | ')} is expected; ${(left[0] ?? []).join(' | ')} is next`
    left.splice(at, 1)
  }
  return undefined
}
