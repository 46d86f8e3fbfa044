import type { Conf } from '../conf.ts'
import type { Engine } from '../engine.ts'
import type { Plan } from '../plan/stage.ts'
import { fetchRows } from '../query.ts'
import { tableText } from './table-text.ts'

export interface ShowOptions {
  readonly rows: number
  /** Characters of a cell; 0 shows all of it. */
  readonly truncate: number
}

/** The first rows as a table. The plan should ask for one row more than is shown, so that "only showing" is known. */
export const showText = async (engine: Engine, plan: Plan, conf: Conf, options: ShowOptions): Promise<string> => {
  const { columns, rows } = await fetchRows(engine, plan, conf, (column) => `CAST(${column} AS VARCHAR)`)
  return tableText(
    columns.map(({ name }) => name),
    rows.slice(0, options.rows) as readonly (readonly (string | null)[])[],
    { truncate: options.truncate, more: rows.length > options.rows },
  )
}

/** The first rows as JSON, one object a line. */
export const jsonLines = async (engine: Engine, plan: Plan, conf: Conf, maxRows: number): Promise<string> => {
  const { columns, rows } = await fetchRows(engine, plan, conf, (column) => `CAST(to_json(${column}) AS VARCHAR)`)
  const names = columns.map(({ name }) => JSON.stringify(name))
  return rows
    .slice(0, maxRows)
    .map((row) => `{${row.map((cell, index) => `${names[index]}:${cell ?? 'null'}`).join(',')}}\n`)
    .join('')
}
