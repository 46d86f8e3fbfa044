import { type Conf, confBytes } from './conf.ts'
import type { ColumnType } from './duckdb/database.ts'
import { DatabaseError } from './duckdb/database-error.ts'
import { quoteText } from './duckdb/quote.ts'
import type { Engine } from './engine.ts'
import { EngineError } from './errors.ts'
import { Job, type JobResult } from './job.ts'
import { Binder } from './plan/binder.ts'
import { Planner } from './plan/planner.ts'
import { Resolver } from './plan/resolve.ts'
import type { Plan } from './plan/stage.ts'
import { constantInteger, limitModifier, modifiersOf, type QueryNode } from './sql/ast.ts'
import type { QueryText } from './sql/statement.ts'
import type { DescribeNames, Views } from './sql/views.ts'

const BROADCAST_BYTES = 256 * 2 ** 20
const PART_BYTES = 128 * 2 ** 20
const OPEN_COST = 4 * 2 ** 20

export interface PlanOptions {
  readonly conf: Conf
  /** Adds LIMIT where the query has none. */
  readonly limit?: number
}

/** DuckDB settings of a session, on every connection that works for it. */
export const sessionSettings = (conf: Conf): Readonly<Record<string, string>> => ({
  TimeZone: conf['spark.sql.session.timeZone'] ?? 'UTC',
})

/** Queries that are bound together: each file is opened once, however often they name it. */
export interface QuerySession {
  /** Throws DatabaseError with the position in `query.text`, or EngineError. */
  plan(query: QueryText, views: Views, limit?: number): Promise<Plan>
  names: DescribeNames
}

export const withQuerySession = async <T>(
  engine: Engine,
  conf: Conf,
  use: (session: QuerySession) => Promise<T>,
): Promise<T> => {
  const functions = await engine.functions
  const connection = await engine.database.connect()
  try {
    for (const [key, value] of Object.entries(sessionSettings(conf)))
      await connection.read(`SET ${key} = ${quoteText(value)}`)
    const binder = new Binder(connection)
    const resolver = new Resolver(binder, { connection, fetch: (url) => engine.localPath(url) })
    const options = {
      slots: engine.slots,
      maxPartBytes: confBytes(conf, 'spark.sql.files.maxPartitionBytes', PART_BYTES),
      openCost: confBytes(conf, 'spark.sql.files.openCostInBytes', OPEN_COST),
      broadcastBytes: confBytes(conf, 'spark.bellows.broadcast.maxBytes', BROADCAST_BYTES),
      localPath: (path: string) => engine.localPath(path),
    }
    return await use({
      names: (sql, views) => resolver.names(sql, views),
      plan: async (query, views, limit) => {
        const node = await resolver.query(query, views)
        try {
          return await new Planner(binder, connection, functions, options).plan(limited(node, limit))
        } catch (error) {
          if (error instanceof DatabaseError) throw await located(binder, resolver, query, views, error)
          throw error
        }
      },
    })
  } finally {
    connection.close()
  }
}

/** Parses, binds and plans one query. */
export const planQuery = (engine: Engine, query: QueryText, views: Views, options: PlanOptions): Promise<Plan> =>
  withQuerySession(engine, options.conf, (session) => session.plan(query, views, options.limit))

const limited = (node: QueryNode, limit: number | undefined): QueryNode => {
  const modifiers = modifiersOf(node)
  if (limit === undefined || modifiers.limit !== null || modifiers.offset !== null || modifiers.other) return node
  return { ...node, modifiers: [...node.modifiers, limitModifier(constantInteger(limit), null)] }
}

/** Binds the user's own text, so that the error's position is a place in it. */
const located = async (
  binder: Binder,
  resolver: Resolver,
  query: QueryText,
  views: Views,
  error: DatabaseError,
): Promise<DatabaseError> => {
  try {
    await resolver.nameViews(query, views)
    await binder.describeText(query.text)
  } catch (again) {
    if (again instanceof DatabaseError && again.message === error.message) return again
  }
  return new DatabaseError(error.type, error.message, undefined, error)
}

export const runPlan = (engine: Engine, plan: Plan, conf: Conf): Promise<JobResult> =>
  new Job(engine, plan, sessionSettings(conf)).run()

export interface Rows {
  readonly columns: readonly ColumnType[]
  readonly rows: readonly (readonly unknown[])[]
}

/** Runs a plan and reads its rows, each column through `shape` (SQL text over the quoted column). Throws EngineError. */
export const fetchRows = async (
  engine: Engine,
  plan: Plan,
  conf: Conf,
  shape: (column: string, type: ColumnType) => string,
): Promise<Rows> => {
  const job = new Job(engine, plan, sessionSettings(conf))
  const result = await job.run()
  try {
    const names = result.columns.map((_, index) => `"__r${index}"`)
    const list = result.columns.map((column, index) => shape(names[index]!, column))
    const sql = `SELECT ${list.join(', ')} FROM (${result.sql}) AS __result(${names.join(', ')})`
    const rows = await job.withViews(result.views, (connection) => connection.rows(sql))
    return { columns: result.columns, rows }
  } catch (error) {
    throw error instanceof DatabaseError
      ? new EngineError('user', `${error.type} error: ${error.message}`, { cause: error })
      : error
  } finally {
    await result.release()
  }
}
