import { DuckDBInstance } from '@duckdb/node-api'
import { emitPlan } from '../emit/emit-plan.ts'
import { runtimeError } from '../emit/runtime-error.ts'
import { literal } from '../functions/coerce.ts'
import type { SqlSettings } from '../functions/function.ts'
import { lookupFunction } from '../functions/registry.ts'
import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { BOOLEAN, type DataType, DOUBLE, INTEGER, STRING } from '../types/data-type.ts'

export const ANSI: SqlSettings = { ansi: true, timeZone: 'UTC' }

export const column = (id: number, name: string, type: DataType, nullable = true): Attribute => ({
  kind: 'attribute',
  id,
  name,
  type,
  nullable,
})

/** A constant of JavaScript as one of the plan. */
export const constant = (value: number | string | boolean | null, type?: DataType): Expression =>
  literal(value, type ?? (typeof value === 'string' ? STRING : typeof value === 'boolean' ? BOOLEAN : INTEGER))

export const literalOf = (value: number | bigint | string | boolean | null, type: DataType): Expression =>
  literal(value, type)

export const double = (value: number): Expression => literal(value, DOUBLE)

/** A call resolved as the analyzer does it. */
export const call = (name: string, args: readonly Expression[], settings = ANSI): Expression => {
  const spark = lookupFunction(name)
  if (!spark) throw new Error(`No function ${name}`)
  const { args: resolved, type, nullable } = spark.resolve(args, settings)
  const base = { name: spark.name, args: resolved, type, nullable }
  return spark.kind === 'aggregate'
    ? { kind: 'aggregate', ...base, distinct: false, filter: undefined, orderBy: [] }
    : { kind: 'call', ...base }
}

export const named = (attribute: Attribute, expression: Expression): Named => ({ attribute, expression })

/** Rows as a VALUES node. */
export const valuesOf = (
  output: readonly Attribute[],
  rows: readonly (readonly (number | string | boolean | null)[])[],
): LogicalPlan => ({
  kind: 'values',
  output,
  rows: rows.map((row) => row.map((value, index) => literal(value, output[index]!.type))),
})

export interface PlanRunner {
  readonly rows: (plan: LogicalPlan, settings?: SqlSettings) => Promise<readonly (readonly unknown[])[]>
  /** DuckDB's name of the types of the result. */
  readonly types: (plan: LogicalPlan, settings?: SqlSettings) => Promise<readonly string[]>
  readonly sql: (sql: string) => Promise<readonly (readonly unknown[])[]>
  readonly close: () => void
}

/** A DuckDB that runs emitted plans; views are called `v<first id>` or by their stage input's name. */
export const openPlanRunner = async (timeZone = 'UTC'): Promise<PlanRunner> => {
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  await connection.run(`SET TimeZone = '${timeZone}'`)
  const sqlOf = (plan: LogicalPlan, settings: SqlSettings): string =>
    emitPlan(plan, settings, { view: (leaf) => (leaf.kind === 'stage-input' ? leaf.name : `v${leaf.output[0]?.id}`) })
      .sql
  const run = async (sql: string) => {
    try {
      return await connection.runAndReadAll(sql)
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      throw runtimeError(message, error) ?? new Error(`${message}\n${sql}`, { cause: error })
    }
  }
  return {
    rows: async (plan, settings = ANSI) => (await run(sqlOf(plan, settings))).getRowsJson(),
    types: async (plan, settings = ANSI) => {
      const result = await run(`DESCRIBE ${sqlOf(plan, settings)}`)
      return result.getRows().map((row) => String(row[1]))
    },
    sql: async (sql) => (await run(sql)).getRowsJson(),
    close: () => {
      connection.closeSync()
      instance.closeSync()
    },
  }
}
