import { analyze } from '../../analysis/analyze.ts'
import { DEFAULT_SETTINGS } from '../../analysis/context.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import type { FileSource } from '../../sources/file-source.ts'
import { parseQuery } from '../../sql/parse.ts'
import { DATE, type DataType, DOUBLE, INTEGER, LONG, STRING } from '../../types/data-type.ts'
import { duckdbTypeOf } from '../../types/duckdb-type.ts'
import type { SourceStatistics } from '../statistics.ts'

interface TableShape {
  readonly rows: number
  readonly columns: Readonly<Record<string, DataType>>
}

/** Tables that no file stands behind: plans over them are looked at, not run. */
const TABLES: Readonly<Record<string, TableShape>> = {
  t: { rows: 1_000_000, columns: { a: INTEGER, b: LONG, s: STRING, d: DATE, x: DOUBLE } },
  u: { rows: 10_000, columns: { a: INTEGER, c: LONG, n: STRING } },
  v: { rows: 10, columns: { c: LONG, m: STRING } },
}

const sourceOf = (name: string, { rows, columns }: TableShape): FileSource => ({
  key: name,
  label: name,
  format: 'parquet',
  files: [{ path: `/${name}.parquet`, bytes: rows * 20 }],
  template: `SELECT * FROM ${name}`,
  partTemplate: `SELECT * FROM ${name}`,
  whyWhole: undefined,
  columns: Object.entries(columns).map(([column, type]) => ({ name: column, type: duckdbTypeOf(type) })),
})

export const TABLE_STATISTICS: ReadonlyMap<string, SourceStatistics> = new Map(
  Object.entries(TABLES).map(([name, { rows, columns }]) => [
    name,
    {
      rows,
      columns: new Map(
        Object.keys(columns).map((column) => [column, { min: 0, max: rows, nulls: 0, bytes: rows * 4 }]),
      ),
    },
  ]),
)

/** The analysed plan of a query over the tables. */
export const tablePlan = (sql: string): Promise<LogicalPlan> => {
  let id = 0
  return analyze(parseQuery(sql, { timeZone: 'UTC' }), {
    find: async ([name = '']) => {
      const shape = TABLES[name]
      if (shape === undefined) return undefined
      const columns = Object.entries(shape.columns).map(([column, type]) => ({
        source: column,
        name: column,
        type,
        nullable: true,
      }))
      return { kind: 'scan', relation: { kind: 'files', source: sourceOf(name, shape) }, columns }
    },
    openFiles: () => Promise.reject(new Error('no files here')),
    held: () => undefined,
    udf: () => undefined,
    settings: DEFAULT_SETTINGS,
    newId: () => {
      id += 1
      return id
    },
    warn: () => {},
  })
}
