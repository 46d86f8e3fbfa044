import type { Connection } from '../../duckdb/database.ts'
import { quoteText } from '../../duckdb/quote.ts'
import type { StructType } from '../../types/data-type.ts'

/** Minimum and maximum are kept of these. */
const BOUNDED = new Set(['byte', 'short', 'integer', 'long', 'decimal', 'date', 'string'])
const WHOLE = new Set(['byte', 'short', 'integer', 'long', 'decimal'])
/** Texts that are longer say nothing of the greatest. Source: Delta's data skipping. */
const LONGEST = 32

/** JSON text of the statistics of one file, from its footer. */
export const fileStats = async (connection: Connection, path: string, schema: StructType): Promise<string> => {
  const [counted] = await connection.rows(`SELECT num_rows FROM parquet_file_metadata([${quoteText(path)}])`)
  const rows = await connection.rows(
    `SELECT path_in_schema, CAST(sum(stats_null_count) AS BIGINT), count(stats_null_count) = count(*), ` +
      `list(stats_min_value), list(stats_max_value) FROM parquet_metadata([${quoteText(path)}]) GROUP BY path_in_schema`,
  )
  const [min, max]: [string[], string[]] = [[], []]
  const nulls: string[] = []
  for (const [name, count, all, lows, highs] of rows) {
    const field = schema.fields.find((one) => one.name === name)
    if (field === undefined) continue
    if (all === true && count !== null) nulls.push(`${JSON.stringify(name)}:${count}`)
    if (!BOUNDED.has(field.type.kind)) continue
    const least = extreme(itemsOf(lows), field.type.kind, -1)
    const most = extreme(itemsOf(highs), field.type.kind, 1)
    if (least !== undefined) min.push(`${JSON.stringify(name)}:${least}`)
    if (most !== undefined) max.push(`${JSON.stringify(name)}:${most}`)
  }
  return `{"numRecords":${counted?.[0] ?? 0},"minValues":{${min}},"maxValues":{${max}},"nullCount":{${nulls}}}`
}

const itemsOf = (list: unknown): readonly (string | null)[] =>
  ((list as { readonly items?: readonly (string | null)[] } | null)?.items ?? []) as readonly (string | null)[]

/** JSON of the least (-1) or greatest (1); undefined where a row group does not say it, or not surely. */
const extreme = (values: readonly (string | null)[], kind: string, sign: -1 | 1): string | undefined => {
  const known = values.filter((value) => value !== null)
  const [first] = known
  if (first === undefined || known.length < values.length) return undefined
  if (WHOLE.has(kind)) {
    if (known.some((value) => !/^-?\d+(\.\d+)?$/.test(value))) return undefined
    return known.reduce((best, value) => (compareNumbers(value, best) * sign > 0 ? value : best), first)
  }
  if (kind === 'string' && known.some((value) => [...value].length >= LONGEST || value.includes('\uFFFD')))
    return undefined
  const best = known.reduce(
    (found, value) => (Buffer.compare(Buffer.from(value), Buffer.from(found)) * sign > 0 ? value : found),
    first,
  )
  return JSON.stringify(best)
}

const compareNumbers = (a: string, b: string): number => {
  const digits = (text: string, places: number): bigint => {
    const [whole = '0', part = ''] = text.split('.')
    return BigInt(`${whole}${part.padEnd(places, '0')}`)
  }
  const places = Math.max(a.split('.')[1]?.length ?? 0, b.split('.')[1]?.length ?? 0)
  const [x, y] = [digits(a, places), digits(b, places)]
  return x < y ? -1 : x > y ? 1 : 0
}
