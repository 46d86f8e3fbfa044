import type { Answer } from './answer.ts'
import { sameCell } from './cell.ts'
import type { SqlCase } from './sql-file.ts'

/** Pairs the rows of an unordered result: exactly first, then what is left by cells that are close. */
const sameRows = (
  types: readonly string[],
  expected: readonly string[],
  got: readonly string[],
  ordered: boolean,
): boolean => {
  if (expected.length !== got.length) return false
  const same = (a: string, b: string): boolean => {
    const [x, y] = [a.split('\t'), b.split('\t')]
    return x.length === y.length && x.every((cell, index) => sameCell(types[index] ?? '', cell, y[index]!))
  }
  if (ordered) return expected.every((row, index) => same(row, got[index]!))
  const left = [...got]
  return expected.every((row) => {
    const exact = left.indexOf(row)
    const at = exact >= 0 ? exact : left.findIndex((other) => same(row, other))
    if (at >= 0) left.splice(at, 1)
    return at >= 0
  })
}

/** Undefined where the engine answers as Spark does; else what differs. */
export const difference = (expected: SqlCase, got: Answer): string | undefined => {
  if (expected.kind === 'error') {
    if (got.kind === 'error' && got.condition === expected.condition) return undefined
    return `Spark refuses with ${expected.condition}, the engine ${got.kind === 'error' ? `with ${got.condition}: ${got.message}` : `answers ${preview(got.rows.map((row) => row.join('\t')))}`}`
  }
  if (got.kind === 'error') return `Spark answers, the engine refuses with ${got.condition}: ${got.message}`
  if (expected.types.join('; ') !== got.types.join('; '))
    return `types differ: Spark ${expected.types.join('; ')}, the engine ${got.types.join('; ')}`
  const rows = got.rows.map((row) => row.join('\t'))
  if (sameRows(expected.types, expected.rows, rows, expected.sorted)) return undefined
  const [missing, extra] = [
    expected.rows.filter((row) => !rows.includes(row)),
    rows.filter((row) => !expected.rows.includes(row)),
  ]
  return `rows differ (${expected.rows.length}, ${rows.length}): Spark has ${preview(missing)}, the engine ${preview(extra)}`
}

const preview = (rows: readonly string[]): string => {
  const shown = rows.slice(0, 4).map((row) => row.replaceAll('\t', ' | '))
  return `[${shown.join(' / ')}${rows.length > shown.length ? ' …' : ''}]`
}
