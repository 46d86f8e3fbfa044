import type { Connection } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import type { Engine } from '../engine.ts'
import type { Plan } from '../plan/stage.ts'
import { fetchRows, planQuery } from '../query.ts'
import { parseQueryText } from '../sql/parse-script.ts'
import type { Views } from '../sql/views.ts'

type Cells = readonly (string | null)[]

/** Floats may differ in the last digits, as sums of another order do; everything else is compared as text. */
const sameCell = (one: string | null, other: string | null, type: string): boolean => {
  if (one === other) return true
  if (one === null || other === null || !/DOUBLE|FLOAT/.test(type)) return false
  const [a, b] = [Number(one), Number(other)]
  return Math.abs(a - b) <= 1e-9 * Math.max(Math.abs(a), Math.abs(b), 1e-300)
}

const round = (cell: string | null, type: string): string | null =>
  cell !== null && /DOUBLE|FLOAT/.test(type) && Number.isFinite(Number(cell)) ? Number(cell).toPrecision(6) : cell

/** Runs a query on the engine and on DuckDB alone; the difference as text, or undefined. Also gives the plan. */
export const difference = async (
  engine: Engine,
  plain: Connection,
  sql: string,
  views: Views,
  ordered: boolean,
): Promise<{ readonly plan: Plan; readonly difference: string | undefined }> => {
  const plan = await planQuery(engine, parseQueryText(sql), views, { conf: engine.options.conf })
  const got = await fetchRows(engine, plan, engine.options.conf, (column) => `CAST(${column} AS VARCHAR)`)
  const columns = await plain.describe(sql)
  const names = columns.map((_, index) => `c${index}`)
  const expected = await plain.rows(
    `SELECT ${names.map((name) => `CAST(${name} AS VARCHAR)`).join(', ')} FROM (${sql}) AS q(${names.join(', ')})`,
  )
  const say = (text: string) => ({ plan, difference: text })
  const schema = (list: typeof columns) => list.map(({ name, type }) => `${name} ${type}`).join(', ')
  if (schema(got.columns) !== schema(columns))
    return say(`schema: ${schema(got.columns)} instead of ${schema(columns)}`)
  const key = (row: Cells) => JSON.stringify(row.map((cell, index) => round(cell, columns[index]?.type ?? '')))
  const order = (rows: readonly Cells[]) => (ordered ? rows : rows.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)))
  const one = order(got.rows as readonly Cells[])
  const two = order(expected as readonly Cells[])
  if (one.length !== two.length) return say(`${one.length} rows instead of ${two.length}`)
  const bad = one.findIndex((row, at) =>
    row.some((cell, i) => !sameCell(cell, two[at]?.[i] ?? null, columns[i]?.type ?? '')),
  )
  return bad < 0
    ? { plan, difference: undefined }
    : say(`row ${bad}: ${JSON.stringify(one[bad])} instead of ${JSON.stringify(two[bad])}`)
}

/** A view over Parquet files for the engine, and the same for DuckDB. */
export const parquetView = async (plain: Connection, name: string, paths: readonly string[]) => {
  await plain.createView(name, `SELECT * FROM read_parquet([${paths.map(quoteText).join(', ')}])`)
  return [name, { kind: 'files', format: 'parquet', paths, options: {} }] as const
}
