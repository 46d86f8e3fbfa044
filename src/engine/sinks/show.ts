import type { Conf } from '../conf.ts'
import type { Engine } from '../engine.ts'
import type { Plan } from '../plan/stage.ts'
import { fetchRows } from '../query.ts'
import type { ShownRows } from '../result-summary.ts'
import { tableText } from './table-text.ts'

/** The first rows of a query: `rows` as JSON, `texts` as people read them. */
export interface FirstRows extends ShownRows {
  readonly texts: readonly (readonly (string | null)[])[]
}

/** Runs a plan for its first rows. It should ask for one row more than is shown, so that `hasMore` is known. */
export const firstRows = async (engine: Engine, plan: Plan, conf: Conf, maxRows: number): Promise<FirstRows> => {
  const both = (column: string) => `[CAST(${column} AS VARCHAR), CAST(to_json(${column}) AS VARCHAR)]`
  const fetched = await fetchRows(engine, plan, conf, both)
  const cells = (fetched.rows as readonly (readonly Cell[])[]).slice(0, maxRows)
  return {
    columns: fetched.columns.map(({ name }) => name),
    rows: cells.map((row) => row.map(({ items }) => items[1] ?? 'null')),
    texts: cells.map((row) => row.map(({ items }) => items[0])),
    hasMore: fetched.rows.length > maxRows,
  }
}

interface Cell {
  readonly items: readonly [text: string | null, json: string | null]
}

/** As a table, cells whole. */
export const showText = ({ columns, texts, hasMore }: FirstRows): string =>
  tableText(columns, texts, { truncate: 0, more: hasMore })

/** As JSON, one object a line. */
export const jsonLines = ({ columns, rows }: FirstRows): string => {
  const names = columns.map((name) => JSON.stringify(name))
  return rows.map((row) => `{${row.map((cell, index) => `${names[index]}:${cell}`).join(',')}}\n`).join('')
}
