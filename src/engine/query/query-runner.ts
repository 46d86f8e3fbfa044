import type { AnalysisSettings } from '../analysis/context.ts'
import type { Conf } from '../conf.ts'
import { type Row, toRow } from '../dataframe/values.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import { castTo } from '../functions/coerce.ts'
import { largestId } from '../optimizer/plan-tree.ts'
import { type ExplainMode, explain } from '../physical/explain.ts'
import type { Attribute, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { type SaveTarget, save } from '../sinks/save.ts'
import { tableText } from '../sinks/table-text.ts'
import type { Written } from '../sinks/write-files.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { STRING, type StructType, struct } from '../types/data-type.ts'
import { withDriver } from './driver-connection.ts'
import { type FirstRows, firstRowsOf } from './first-rows.ts'
import { analyzeQuery, type PreparedQuery, prepareQuery } from './prepare.ts'
import { type RecursionRunner, withoutRecursion } from './recursion.ts'
import { type QueryResult, resultSql, runInto, runQuery } from './run-query.ts'
import type { SessionRows } from './session-rows.ts'

export type { ExplainMode } from '../physical/explain.ts'

/** Runs plans of a session on an engine. Throws SqlError for what is wrong with the plan, EngineError for the rest. */
export class QueryRunner {
  private readonly engine: Engine
  readonly conf: Conf
  private readonly rows: SessionRows

  constructor(engine: Engine, conf: Conf, rows: SessionRows) {
    this.engine = engine
    this.conf = conf
    this.rows = rows
  }

  async collect(plan: PlanSyntax): Promise<readonly Row[]> {
    return this.withResult(await this.prepare(plan), 'collect', async ({ files, output }) => {
      const names = refuseDoubles(output)
      const rows = await this.read(resultSql(pathsOf(files), output))
      return rows.map((row) => toRow(names, row))
    })
  }

  /**
   * The rows one after the other; a block of them in memory at a time. They wait in files of the driver, so
   * spark.driver.maxResultSize, which guards its memory, is no limit.
   */
  async *iterate(plan: PlanSyntax): AsyncGenerator<Row> {
    const conf = { ...this.conf, 'spark.driver.maxResultSize': '0' }
    const result = await runQuery(this.engine, conf, await this.prepare(plan), 'toLocalIterator')
    const names = refuseDoubles(result.output)
    const connection = await this.engine.database.connect()
    try {
      for (const { path } of result.files)
        for await (const block of connection.stream(resultSql([path], result.output)))
          for (const row of block) yield toRow(names, row)
    } finally {
      connection.close()
      await result.release()
    }
  }

  async json(plan: PlanSyntax): Promise<readonly string[]> {
    return this.withResult(await this.prepare(plan), 'toJSON', async ({ files, output }) => {
      const names = refuseDoubles(output)
      const rows = await this.read(resultSql(pathsOf(files), output, jsonText))
      // As Spark writes rows: fields that are null are left out.
      return rows.map(
        (row) =>
          `{${row.flatMap((cell, index) => (cell === null ? [] : [`${JSON.stringify(names[index])}:${cell}`])).join(',')}}`,
      )
    })
  }

  /** The first rows as a table; the plan should ask for one row more than `count`. */
  async show(plan: PlanSyntax, count: number, truncate: number): Promise<string> {
    const prepared = await this.prepare(plan, asTexts)
    return this.withResult(prepared, 'show', async ({ files, output }) => {
      const rows = await this.read(resultSql(pathsOf(files), output))
      const shown = rows.slice(0, count) as readonly (readonly (string | null)[])[]
      return tableText(
        output.map(({ name }) => name),
        shown,
        { truncate, more: rows.length > count },
      )
    })
  }

  /** The first rows for people and as JSON; the plan should ask for one row more than `count`. */
  async first(plan: PlanSyntax, count: number): Promise<FirstRows> {
    const prepared = await this.prepare(plan, withTexts)
    return this.withResult(prepared, 'query', async ({ files, output }) =>
      firstRowsOf(output, await this.read(resultSql(pathsOf(files), output, textOrJson(output.length))), count),
    )
  }

  async schema(plan: PlanSyntax): Promise<StructType> {
    const flat = await withoutRecursion(this.rows.substituted(plan), this.recursion, 'types')
    const { output } = await analyzeQuery(this.engine, this.conf, this.rows, flat)
    return struct(output.map(({ name, type, nullable }) => ({ name, type, nullable })))
  }

  async explain(plan: PlanSyntax, mode: ExplainMode): Promise<string> {
    const { written, analyzed, optimized, physical, estimate } = await this.prepare(plan)
    return explain({ parsed: written, analyzed, optimized, physical, estimate }, mode)
  }

  async write(plan: PlanSyntax, target: SaveTarget): Promise<Written> {
    return save(this.engine, this.conf, await this.prepare(plan), target)
  }

  /** Computes a plan and keeps its rows: the id of the held rows. */
  async hold(plan: PlanSyntax): Promise<number> {
    // What is to be kept is no reason to keep it first.
    const prepared = await this.prepare(plan, undefined, plan)
    const { results, output } = await runInto(this.engine, this.conf, prepared, 'cache', {
      sql: (sql, columns) => `SELECT * FROM (${sql}) AS __held(${columns.map((_, index) => `c${index}`).join(', ')})`,
      output: () => ({ kind: 'result' }),
    })
    const files = results.flatMap(({ path, bytes }) => (path === undefined ? [] : [{ path, bytes }]))
    return this.rows.held.add(
      Promise.resolve({
        schema: struct(output.map(({ name, type, nullable }) => ({ name, type, nullable }))),
        files,
        bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
        rows: results.reduce((sum, { rows }) => sum + rows, 0),
      }),
    )
  }

  /** Levels of recursive queries are held until the runner's action has ended. */
  private readonly levels: number[] = []

  private get recursion(): RecursionRunner {
    return {
      conf: this.conf,
      schema: (plan) => this.schema(plan),
      hold: async (plan) => {
        const id = await this.hold(plan)
        this.levels.push(id)
        return { id, rows: (await this.rows.held.get(id))?.rows ?? 0 }
      },
    }
  }

  /** Lets go of what recursive queries of the actions so far held. */
  async release(): Promise<void> {
    for (const id of this.levels.splice(0)) await this.delete(id)
  }

  /** Deletes the files of what was unpersisted. No action may run that reads them. */
  async sweep(): Promise<void> {
    for (const id of this.rows.held.abandoned) await this.delete(id)
  }

  private async delete(id: number): Promise<void> {
    const held = await this.rows.held.get(id)
    this.rows.held.remove(id)
    for (const [part, { path }] of (held?.files ?? []).entries()) {
      await this.engine.forget(path)
      this.engine.events.add('block-updated', { executor: DRIVER, block: blockName(id, part), memory: 0, disk: 0 })
    }
  }

  /** The stages of a plan; `computed` is a persisted plan that is not looked for among what is kept. */
  async prepare(
    plan: PlanSyntax,
    wrap?: (analyzed: LogicalPlan, settings: AnalysisSettings) => LogicalPlan,
    computed?: PlanSyntax,
  ): Promise<PreparedQuery> {
    this.engine.metrics.add('bellows_statements_total')
    for (const kept of this.rows.missing(plan)) if (kept !== computed) await this.keep(kept)
    const flat = await withoutRecursion(this.rows.substituted(plan), this.recursion)
    return prepareQuery(this.engine, this.conf, this.rows, flat, wrap)
  }

  /** Computes a persisted plan; its files are listed among the driver's blocks. */
  async keep(plan: PlanSyntax): Promise<void> {
    const id = await this.hold(plan)
    for (const [part, { bytes }] of ((await this.rows.held.get(id))?.files ?? []).entries())
      this.engine.events.add('block-updated', { executor: DRIVER, block: blockName(id, part), memory: 0, disk: bytes })
    this.rows.keep(plan, id)
  }

  private async withResult<T>(
    prepared: PreparedQuery,
    name: string,
    use: (result: QueryResult) => Promise<T>,
  ): Promise<T> {
    const result = await runQuery(this.engine, this.conf, prepared, name)
    try {
      return await use(result)
    } finally {
      await result.release()
    }
  }

  private read(sql: string): Promise<readonly (readonly unknown[])[]> {
    return withDriver(this.engine, this.conf, (connection) => connection.rows(sql))
  }
}

const DRIVER = 0

/** In Spark a cached DataFrame is an RDD; numbers above those of the program's own. */
const blockName = (id: number, part: number): string => `rdd_${2 ** 30 + id}_${part}`

const pathsOf = (files: QueryResult['files']): readonly string[] => files.map(({ path }) => path)

const jsonText = (column: string): string => `CAST(to_json(${column}) AS VARCHAR)`

/** Each column as Spark writes it as text, under its own name. */
const asTexts = (analyzed: LogicalPlan, settings: AnalysisSettings): LogicalPlan =>
  project(analyzed, texts(analyzed, settings))

/** The columns, then each of them as text. */
const withTexts = (analyzed: LogicalPlan, settings: AnalysisSettings): LogicalPlan =>
  project(analyzed, [
    ...analyzed.output.map((attribute) => ({ attribute, expression: attribute })),
    ...texts(analyzed, settings),
  ])

/** JSON of the first `columns`, what follows as it is. */
const textOrJson = (columns: number) => {
  let at = 0
  return (column: string): string => (at++ < columns / 2 ? jsonText(column) : column)
}

const texts = (analyzed: LogicalPlan, settings: AnalysisSettings): readonly Named[] => {
  const first = largestId(analyzed) + 1
  return analyzed.output.map((attribute, index) => {
    const expression = attribute.type.kind === 'string' ? attribute : castTo(attribute, STRING, settings)
    return {
      attribute: { kind: 'attribute', id: first + index, name: attribute.name, type: STRING, nullable: true },
      expression,
    }
  })
}

/** A sort or limit stays outermost, so that its order is that of the rows. */
const project = (input: LogicalPlan, items: readonly Named[]): LogicalPlan => ({
  kind: 'project',
  input,
  items,
  output: items.map(({ attribute }) => attribute),
})

const refuseDoubles = (output: readonly Attribute[]): readonly string[] => {
  const names = output.map(({ name }) => name)
  const double = names.find((name, index) => names.indexOf(name) !== index)
  if (double !== undefined) throw userError(`two columns are called "${double}": select or rename them first`)
  return names
}
