import type { Conf } from '../conf.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import { explainPlan } from '../plan/explain.ts'
import type { Plan } from '../plan/stage.ts'
import { fetchRows, planQuery, withQuerySession } from '../query.ts'
import { tableText } from '../sinks/table-text.ts'
import { type WriteTarget, writeFiles } from '../sinks/write-files.ts'
import { parseQueryText } from '../sql/parse-script.ts'
import { errorOffset, placeAt } from '../sql/source-text.ts'
import { compile } from './compile.ts'
import type { SchemaField } from './dataframe.ts'
import type { Logical } from './logical.ts'
import { type Row, toRow } from './values.ts'

/** Runs the plans of DataFrames on an engine. */
export class PlanRunner {
  private readonly engine: Engine
  private readonly conf: Conf

  constructor(engine: Engine, conf: Conf) {
    this.engine = engine
    this.conf = conf
  }

  async collect(logical: Logical): Promise<readonly Row[]> {
    const { plan, names } = await this.plan(logical)
    refuseDoubles(names)
    const { rows } = await fetchRows(this.engine, plan, this.conf, (column) => column)
    return rows.map((row) => toRow(names, row))
  }

  async json(logical: Logical): Promise<readonly string[]> {
    const { plan, names } = await this.plan(logical)
    const { rows } = await fetchRows(this.engine, plan, this.conf, (column) => `CAST(to_json(${column}) AS VARCHAR)`)
    return rows.map(
      (row) => `{${row.map((cell, index) => `${JSON.stringify(names[index])}:${cell ?? 'null'}`).join(',')}}`,
    )
  }

  async show(logical: Logical, count: number, truncate: number): Promise<string> {
    const { plan, names } = await this.plan(logical)
    const { rows } = await fetchRows(this.engine, plan, this.conf, (column) => `CAST(${column} AS VARCHAR)`)
    const shown = rows.slice(0, count) as readonly (readonly (string | null)[])[]
    return tableText(names, shown, { truncate, more: rows.length > count })
  }

  async schema(logical: Logical): Promise<readonly SchemaField[]> {
    const { plan, names } = await this.plan(logical)
    return plan.columns.map(({ type }, index) => ({ name: names[index]!, type }))
  }

  async explain(logical: Logical): Promise<string> {
    return explainPlan((await this.plan(logical)).plan)
  }

  async write(logical: Logical, target: WriteTarget): Promise<void> {
    const { plan, names } = await this.plan(logical)
    refuseDoubles(names)
    await writeFiles(this.engine, plan, this.conf, target)
  }

  private async plan(logical: Logical): Promise<{ readonly plan: Plan; readonly names: readonly string[] }> {
    this.engine.metrics.add('bellows_statements_total')
    try {
      if (logical.kind === 'view' && logical.definition.kind === 'query') {
        const { query, views } = logical.definition
        const plan = await planQuery(this.engine, query, views, { conf: this.conf })
        return { plan, names: plan.columns.map(({ name }) => name) }
      }
      return await withQuerySession(this.engine, this.conf, async (session) => {
        const compiled = await compile(logical, session.names)
        const plan = await session.plan(parseQueryText(compiled.sql), compiled.views)
        return { plan, names: compiled.names }
      })
    } catch (error) {
      throw error instanceof DatabaseError ? located(error, logical) : error
    }
  }
}

const located = (error: DatabaseError, logical: Logical): Error => {
  const query = logical.kind === 'view' && logical.definition.kind === 'query' ? logical.definition.query : undefined
  const offset = query && errorOffset(query.text, error)
  if (query === undefined || offset === undefined) return userError(error.message, error)
  const { line, column } = placeAt(query.text, offset)
  return userError(`line ${line}, column ${column}: ${error.message}`, error)
}

const refuseDoubles = (names: readonly string[]): void => {
  const double = names.find((name, index) => names.indexOf(name) !== index)
  if (double !== undefined) throw userError(`two columns are called "${double}": select or rename them first`)
}
