import { rm } from 'node:fs/promises'
import { type Conf, confBytes } from '../conf.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import { quoteText } from '../duckdb/quote.ts'
import { emitPlan } from '../emit/emit-plan.ts'
import { runtimeError } from '../emit/runtime-error.ts'
import type { Engine } from '../engine.ts'
import { EngineError, limitError, messageOf } from '../errors.ts'
import { estimatedBytes } from '../optimizer/statistics.ts'
import { adaptiveSettings } from '../physical/adaptive-settings.ts'
import { type ExecuteOptions, type Execution, execute } from '../physical/execute.ts'
import { explain } from '../physical/explain.ts'
import { planLimits } from '../physical/physical-options.ts'
import type { Attribute } from '../plan/expression.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { QueryFunctions } from '../udf/ship-function.ts'
import { withDriver } from './driver-connection.ts'
import type { PreparedQuery } from './prepare.ts'
import { sessionSettings } from './query-settings.ts'

const LOCAL_MAX_BYTES = 8 * 2 ** 20
const MAX_RESULT_BYTES = 2 ** 30

/** Rows of a query as files of the driver, in order; `release` deletes them. */
export interface QueryResult {
  readonly output: readonly Attribute[]
  readonly files: readonly { readonly path: string; readonly bytes: number; readonly rows: number }[]
  release(): Promise<void>
}

/** Runs a query; its rows come to the driver as files. Throws EngineError; then nothing is left behind. */
export const runQuery = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  name: string,
): Promise<QueryResult> => {
  const { results, output } = await perform(engine, conf, query, name, undefined)
  const files = results.flatMap(({ path, bytes, rows }) => (path === undefined ? [] : [{ path, bytes, rows }]))
  return {
    output,
    files,
    release: async () => {
      for (const { path } of files) await rm(path, { force: true })
    },
  }
}

/** Runs a query whose root stage writes files where executors can reach them. Throws EngineError. */
export const runInto = (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  name: string,
  into: NonNullable<ExecuteOptions['into']>,
): Promise<Execution> => perform(engine, conf, query, name, into)

const perform = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  name: string,
  into: ExecuteOptions['into'] | undefined,
): Promise<Execution> => {
  const { physical, estimate, settings } = query
  let number: number | undefined
  const { log, instances } = engine.options
  const maxLocal = confBytes(conf, 'spark.bellows.local.maxBytes', LOCAL_MAX_BYTES)
  const functions = new QueryFunctions((file) => engine.scratchPath(file))
  const udf = (id: number, args: readonly string[]) => functions.call(id, args)
  try {
    const execution = await execute(physical, engine.runtime, {
      emit: (plan) => emitPlan(plan, settings, { view: viewOf, udf }).sql,
      functions: (sql) => functions.within(sql),
      query: (sql) => withDriver(engine, conf, (connection) => connection.rows(sql)),
      estimatedBytes: ({ plan }) => estimatedBytes(plan, estimate),
      adaptive: adaptiveSettings(conf, planLimits(conf).broadcastMaxBytes),
      settings: taskSettings(engine, conf),
      pool: conf['spark.scheduler.pool'] ?? 'default',
      name,
      signal: undefined,
      onJob: (job) => {
        number = job
        engine.events.add('sql-execution-start', { job, description: name, plan: planText(query) })
      },
      admit: admitter(conf),
      mayRunLocally: (bytes) => bytes <= maxLocal,
      ...(into === undefined ? {} : { into }),
      onStage: (event) => {
        if (event.kind !== 'start') return
        const { whyWhole } = event.stage
        engine.metrics.add(whyWhole === undefined ? 'bellows_stages_distributed_total' : 'bellows_stages_whole_total')
        const where = instances === 0 ? ', in the driver' : ''
        const why = whyWhole === undefined ? '' : ` (not distributed: ${whyWhole})`
        log.info(`stage ${event.stage.id}: ${event.tasks} ${event.tasks === 1 ? 'task' : 'tasks'}${why}${where}`)
      },
    })
    if (number !== undefined) engine.events.add('sql-execution-end', { job: number, failure: undefined })
    return execution
  } catch (error) {
    const failure = sparkError(error)
    if (number !== undefined) engine.events.add('sql-execution-end', { job: number, failure: messageOf(failure) })
    throw failure
  } finally {
    for (const path of functions.files) {
      await engine.runtime.forgetBlock(path)
      await rm(path, { force: true })
    }
  }
}

/** Plans are kept with every execution: a very long one is cut. */
const MAX_PLAN_LENGTH = 16 << 10

const planText = ({ written, analyzed, optimized, physical, estimate }: PreparedQuery): string => {
  const text = explain({ parsed: written, analyzed, optimized, physical, estimate }, 'formatted')
  const rest = text.length - MAX_PLAN_LENGTH
  return rest <= 0 ? text : `${text.slice(0, MAX_PLAN_LENGTH)}\n… ${rest} more characters`
}

/**
 * On executors our own order of joins stands: DuckDB knows nothing of the size of what a stage reads, and was seen to
 * join a broadcast with a table over a key of 25 values first (TPC-H q5: 3.5 s in place of 0.6).
 */
const taskSettings = (engine: Engine, conf: Conf): Readonly<Record<string, string>> => {
  const { instances, backend } = engine.options
  const local = instances === 0 || backend === undefined
  return { ...sessionSettings(conf), ...(local ? {} : { disabled_optimizers: 'join_order' }) }
}

const viewOf = (leaf: { readonly kind: string; readonly name?: string }): string => {
  if (leaf.kind !== 'stage-input' || leaf.name === undefined) throw new Error(`a stage reads a ${leaf.kind} directly`)
  return leaf.name
}

const admitter = (conf: Conf): ((bytes: number) => void) => {
  const most = confBytes(conf, 'spark.driver.maxResultSize', MAX_RESULT_BYTES)
  let sum = 0
  return (bytes) => {
    sum += bytes
    if (most > 0 && sum > most) {
      throw limitError(
        `the results of the tasks are ${sum} bytes, more than spark.driver.maxResultSize (${most}): ` +
          'aggregate or limit in the query, write to files (INSERT OVERWRITE DIRECTORY, df.write), or raise the limit',
      )
    }
  }
}

/** DuckDB's own words; an executor's come as the message of the task's error. */
const databaseText = (error: unknown): string | undefined => {
  const cause = error instanceof EngineError ? error.cause : error
  if (cause instanceof DatabaseError) return cause.message
  const said = error instanceof EngineError && error.kind === 'user' ? error.message : undefined
  return said === undefined || /\[[A-Z][A-Z0-9_.]+\]/.test(said) ? undefined : said
}

/** What DuckDB says of the data, in Spark's words where Spark has some. */
const sparkError = (error: unknown): unknown => {
  const text = databaseText(error)
  const known = text === undefined ? undefined : runtimeError(text, error)
  if (known === undefined) return error
  return new EngineError('user', `[${known.condition}] ${known.message}`, { cause: error })
}

/** SQL that reads a result's rows with `shape` over each column; undefined: there are no files. */
export const resultSql = (
  paths: readonly string[],
  output: readonly Attribute[],
  shape: (column: string, attribute: Attribute) => string = (column) => column,
): string => {
  const names = output.map((_, index) => `"__r${index}"`)
  const columns = output.map((attribute, index) => {
    const typed =
      attribute.type.kind === 'void' ? names[index]! : `CAST(${names[index]} AS ${duckdbTypeOf(attribute.type)})`
    return shape(typed, attribute)
  })
  return (
    `SELECT ${columns.join(', ')} FROM (SELECT * FROM read_parquet([${paths.map(quoteText).join(', ')}], ` +
    `hive_partitioning = false)) AS __result(${names.join(', ')})`
  )
}
