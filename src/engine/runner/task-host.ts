import { mkdir, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Database } from '../duckdb/database.ts'
import { DatabaseError, isRetryable } from '../duckdb/database-error.ts'
import { EngineError, infrastructureError, messageOf, userError } from '../errors.ts'
import type { TaskReport, TaskRequest } from '../protocol.ts'
import type { BlockInfo } from '../scheduler/scheduling.ts'
import type { BlockStorage, BodyContext, BodyHandler, TaskBody } from '../scheduler/task-body.ts'
import { FetchFailed } from '../shuffle/fetch-failed.ts'
import type { Fetched, ShuffleClient } from '../shuffle/shuffle-client.ts'
import type { MapOutputWriter, ShuffleStore } from '../shuffle/shuffle-store.ts'
import type { SourceInput } from '../sources/source-input.ts'
import type { BodyHandlers } from './body-handlers.ts'
import type { InputStore } from './input-store.ts'

/** Objects and partitions of databases that one task fetches side by side. */
const SOURCES_AT_ONCE = 4

export interface TaskHostOptions {
  /** 0: the driver. */
  readonly executor: number
  readonly database: Database
  readonly cores: number
  /** See HandlerResources. */
  readonly memory: number
  readonly handlers: BodyHandlers
  readonly inputs: InputStore
  readonly shuffle: ShuffleStore
  readonly fetcher: ShuffleClient
  readonly storage: BlockStorage
  /** Of this process alone. */
  readonly directory: string
  readonly clock: () => number
}

export interface TaskRun {
  readonly report: TaskReport
  /** The result file, for output `result`; the caller deletes it. */
  readonly path: string | undefined
}

/** Runs attempts of tasks in this process. Leaves no file behind but a result and committed shuffle output. */
export class TaskHost {
  private readonly options: TaskHostOptions
  private readonly handlers = new Map<TaskBody['kind'], Promise<BodyHandler>>()

  constructor(options: TaskHostOptions) {
    this.options = options
  }

  /** Throws FetchFailed, or EngineError: `user` where every attempt would fail the same way, else `infrastructure`. */
  async run(request: TaskRequest, signal: AbortSignal): Promise<TaskRun> {
    const { directory, clock } = this.options
    const start = clock()
    const scratch = join(directory, 'tasks', request.taskId)
    const resultPath = join(directory, 'results', request.taskId)
    let writer: MapOutputWriter | undefined
    const held: SourceInput[] = []
    try {
      signal.throwIfAborted()
      await mkdir(scratch, { recursive: true })
      await mkdir(join(directory, 'results'), { recursive: true })
      const { paths, fetched } = await this.inputsOf(request, scratch, signal, held)
      const { output } = request
      if (output.kind === 'shuffle') {
        writer = await this.options.shuffle.writer(output.shuffle, output.map, request.attempt, output.partitions)
      }
      const handler = await this.handler(request.body.kind)
      const result = await handler.run(request.body, output, this.context(request, paths, writer, resultPath, signal))
      signal.throwIfAborted()
      const written = await writer?.commit()
      const hasResult = output.kind === 'result'
      const bytes = hasResult ? (await stat(resultPath)).size : bytesOf(written?.blocks)
      const report: TaskReport = {
        rows: result.rows,
        bytes,
        milliseconds: clock() - start,
        value: result.value,
        blocks: written?.blocks,
        schema: written?.schema,
        metrics: {
          ...readMetrics(fetched),
          shuffleBytesWritten: bytesOf(written?.blocks),
          shuffleRecordsWritten: written?.blocks.reduce((sum, { rows }) => sum + rows, 0) ?? 0,
          resultSize: hasResult ? bytes : 0,
        },
      }
      return { report, path: hasResult ? resultPath : undefined }
    } catch (error) {
      await writer?.abort()
      await rm(resultPath, { force: true })
      if (request.output.kind === 'files' && !request.output.partitioned) {
        await rm(join(request.output.directory, request.output.fileName), { force: true })
      } else if (request.output.kind === 'files') await rm(request.output.directory, { recursive: true, force: true })
      throw taskError(request, error, directory)
    } finally {
      for (const input of held) await this.options.inputs.release(input)
      await rm(scratch, { recursive: true, force: true })
    }
  }

  /** Handlers let go what they keep of blocks whose ids begin so. */
  forget(prefix: string): void {
    // One that could not be made keeps nothing.
    for (const handler of this.handlers.values()) handler.then((made) => made.forget?.(prefix)).catch(() => {})
  }

  private handler(kind: TaskBody['kind']): Promise<BodyHandler> {
    const known = this.handlers.get(kind)
    if (known !== undefined) return known
    const make = this.options.handlers[kind]
    if (make === undefined) throw new Error(`this process has no handler for bodies of kind ${kind}`)
    const { database, cores, memory, directory } = this.options
    const made = make({ database, cores, memory, directory })
    this.handlers.set(kind, made)
    return made
  }

  private async inputsOf(
    request: TaskRequest,
    scratch: string,
    signal: AbortSignal,
    held: SourceInput[],
  ): Promise<{ readonly paths: ReadonlyMap<string, readonly string[]>; readonly fetched: readonly Fetched[] }> {
    const paths = new Map<string, readonly string[]>()
    const fetched: Fetched[] = []
    const sources = request.body.inputs.filter((input) => input.kind === 'source').values()
    const fetchSources = async () => {
      for (const { token, source } of sources) {
        signal.throwIfAborted()
        paths.set(token, [await this.options.inputs.acquire(source, scratch)])
        held.push(source)
      }
    }
    const ends = await Promise.allSettled(Array.from({ length: SOURCES_AT_ONCE }, fetchSources))
    for (const end of ends) if (end.status === 'rejected') throw end.reason
    for (const [number, input] of request.body.inputs.entries()) {
      if (input.kind === 'source') continue
      if (input.kind !== 'shuffle') {
        paths.set(input.token, [await this.options.inputs.localPath(input)])
        continue
      }
      const plan = request.fetch.find(({ token }) => token === input.token)
      if (plan === undefined) throw new Error(`no places of blocks came with the shuffle input ${input.token}`)
      const got = await this.options.fetcher.fetch(plan, join(scratch, `input-${number}`), signal)
      paths.set(input.token, got.paths)
      fetched.push(got)
    }
    return { paths, fetched }
  }

  private context(
    request: TaskRequest,
    paths: ReadonlyMap<string, readonly string[]>,
    writer: MapOutputWriter | undefined,
    resultPath: string,
    signal: AbortSignal,
  ): BodyContext {
    const { executor, storage } = this.options
    const { partition, attempt, stage } = request
    return {
      executor,
      partition,
      attempt,
      stage,
      resultPath,
      deliver: (sink, from) => this.options.inputs.deliver(sink, from),
      storage,
      signal,
      paths: (token) => {
        const found = paths.get(token)
        if (found === undefined) throw new Error(`the task has no input ${token}`)
        return found
      },
      shuffleWriter: (block) => {
        if (writer === undefined) throw new Error('the output of this task is no shuffle')
        return { path: writer.path(block), done: (rows) => writer.done(block, rows) }
      },
    }
  }
}

const bytesOf = (blocks: readonly BlockInfo[] | undefined): number =>
  blocks?.reduce((sum, { bytes }) => sum + bytes, 0) ?? 0

const readMetrics = (fetched: readonly Fetched[]) => ({
  localBytesRead: fetched.reduce((sum, { localBytes }) => sum + localBytes, 0),
  remoteBytesRead: fetched.reduce((sum, { remoteBytes }) => sum + remoteBytes, 0),
  localBlocksFetched: fetched.reduce((sum, { localBlocks }) => sum + localBlocks, 0),
  remoteBlocksFetched: fetched.reduce((sum, { remoteBlocks }) => sum + remoteBlocks, 0),
  fetchWaitTime: fetched.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
})

const DISK_FULL = /no space left|disk quota exceeded|ENOSPC|EDQUOT/i

const taskError = (request: TaskRequest, error: unknown, directory: string): EngineError | FetchFailed => {
  if (error instanceof EngineError || error instanceof FetchFailed) return error
  if (DISK_FULL.test(messageOf(error))) {
    return infrastructureError(
      `the local disk of ${hostname()} is full (${directory}; spark.local.dir, or the size of its volume): ${messageOf(error)}`,
      error,
    )
  }
  if (error instanceof DatabaseError) {
    if (isRetryable(error)) return infrastructureError(`${error.type}: ${error.message}`, error)
    const where = error.type === 'IO' ? ` (on ${hostname()})` : ''
    return userError(`${error.type} error: ${error.message}${where}`, error)
  }
  return infrastructureError(`task ${request.taskId}: ${messageOf(error)}`, error)
}
