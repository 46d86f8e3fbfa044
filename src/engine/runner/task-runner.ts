import { mkdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { Database } from '../duckdb/database.ts'
import { DatabaseError, isRetryable } from '../duckdb/database-error.ts'
import { quoteText } from '../duckdb/quote.ts'
import { EngineError, infrastructureError, userError } from '../errors.ts'
import type { TaskDone, TaskInput, TaskSpec } from '../protocol.ts'

export interface TaskRun {
  readonly done: TaskDone
  /** The result file, for output `result`; the caller deletes it. */
  readonly path: string | undefined
}

/** Gets the data that a task names into local files. */
export interface InputStore {
  localPath(input: TaskInput): Promise<string>
}

/** Runs tasks in this process: DuckDB does the work, on a connection of the task's own. */
export class TaskRunner {
  private readonly database: Database
  private readonly inputs: InputStore
  private readonly directory: string
  private readonly clock: () => number

  constructor(database: Database, inputs: InputStore, directory: string, clock: () => number) {
    this.database = database
    this.inputs = inputs
    this.directory = directory
    this.clock = clock
  }

  /** Throws EngineError: `user` where every attempt would fail the same way, `infrastructure` for the rest. */
  async run(spec: TaskSpec, signal?: AbortSignal): Promise<TaskRun> {
    const start = this.clock()
    const paths = new Map<string, string>()
    for (const input of spec.inputs) paths.set(input.token, await this.inputs.localPath(input))
    const located = (sql: string): string => {
      let text = sql
      for (const [token, path] of paths) text = text.replaceAll(token, () => path.replaceAll("'", "''"))
      return text
    }
    const target = this.target(spec)
    await mkdir(dirname(target), { recursive: true })
    const connection = await this.database.connect()
    const interrupt = () => connection.interrupt()
    signal?.addEventListener('abort', interrupt, { once: true })
    try {
      signal?.throwIfAborted()
      for (const [key, value] of Object.entries(spec.settings))
        await connection.read(`SET ${key} = ${quoteText(value)}`)
      for (const view of spec.views) await connection.createView(view.name, located(view.sql))
      const options = spec.output.kind === 'files' ? spec.output.copyOptions : 'FORMAT parquet, COMPRESSION lz4_raw'
      const rows = await connection.rows(`COPY (${located(spec.sql)}) TO ${quoteText(target)} (${options})`)
      const partitioned = spec.output.kind === 'files' && spec.output.partitioned
      const bytes = partitioned ? 0 : (await stat(target)).size
      const done = { rows: Number(rows[0]?.[0] ?? 0), bytes, milliseconds: this.clock() - start }
      return { done, path: spec.output.kind === 'result' ? target : undefined }
    } catch (error) {
      await rm(target, { recursive: true, force: true })
      throw taskError(spec, error)
    } finally {
      signal?.removeEventListener('abort', interrupt)
      connection.close()
    }
  }

  private target(spec: TaskSpec): string {
    if (spec.output.kind === 'result') return join(this.directory, `${spec.taskId}.parquet`)
    return spec.output.partitioned ? spec.output.directory : join(spec.output.directory, spec.output.fileName)
  }
}

const taskError = (spec: TaskSpec, error: unknown): EngineError => {
  if (error instanceof EngineError) return error
  if (error instanceof DatabaseError) {
    if (isRetryable(error)) return infrastructureError(`${error.type}: ${error.message}`, error)
    const where = error.type === 'IO' ? ` (on ${hostname()})` : ''
    return userError(`${error.type} error: ${error.message}${where}`, error)
  }
  return infrastructureError(`task ${spec.taskId}: ${error instanceof Error ? error.message : String(error)}`, error)
}
