import { randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { ExecutorBackend } from './backend.ts'
import { BODY_HANDLERS } from './body-handlers.ts'
import { type Conf, confBytes, confDuration, confInteger } from './conf.ts'
import { Database } from './duckdb/database.ts'
import { EventLog } from './events.ts'
import { readJson } from './http-client.ts'
import { type HttpServer, sendJson, startServer } from './http-server.ts'
import type { Log } from './log.ts'
import { EngineMetrics } from './metrics.ts'
import type { SourceStatistics } from './optimizer/statistics.ts'
import { PATHS, type Registered, type Registration } from './protocol.ts'
import { executorSettings } from './runner/executor-settings.ts'
import { type InputStore, inputStore } from './runner/input-store.ts'
import { shuffleStore, TaskProcess } from './runner/task-process.ts'
import { EngineRuntime } from './scheduler/engine-runtime.ts'
import { ExecutorPool } from './scheduler/executor-pool.ts'
import { remoteExecutor } from './scheduler/remote-executor.ts'
import { schedulerSettings } from './scheduler/scheduler-settings.ts'
import type { TaskExecutor } from './scheduler/task-executor.ts'
import { DEFAULT_DOWNLOAD_BYTES } from './sources/download.ts'

export interface EngineOptions {
  readonly conf: Conf
  /** The application's secret; executors carry the same one. */
  readonly token: string
  /** The address executors reach the driver by. */
  readonly host: string
  /** Absent: the driver runs all tasks itself. */
  readonly backend: ExecutorBackend | undefined
  readonly instances: number
  readonly executorCores: number
  readonly cores: number
  /** Bytes that DuckDB in the driver may hold. */
  readonly memoryLimit: number
  /** A directory for this process alone; deleted at the end. */
  readonly directory: string
  readonly log: Log
}

/** The driver's share of an application: its database, its server, its executors. */
export class Engine {
  readonly options: EngineOptions
  readonly database: Database
  readonly events: EventLog
  readonly metrics: EngineMetrics
  readonly runtime: EngineRuntime
  readonly pool: ExecutorPool
  readonly inputs: InputStore
  private readonly blocks = new Map<string, string>()
  private readonly blockIds = new Map<string, string>()
  private readonly statistics = new Map<string, Promise<SourceStatistics | undefined>>()
  private readonly server: HttpServer
  private readonly process: TaskProcess

  private constructor(options: EngineOptions, database: Database, server: HttpServer, parts: EngineParts) {
    this.options = options
    this.database = database
    this.server = server
    this.events = parts.events
    this.metrics = parts.metrics
    this.pool = parts.pool
    this.process = parts.process
    this.runtime = engineRuntime(this, parts, server.url)
    this.inputs = parts.inputs
  }

  /** Starts the server and asks for executors; work may begin at once. */
  static async start(options: EngineOptions): Promise<Engine> {
    await mkdir(join(options.directory, 'results'), { recursive: true })
    let engine: Engine | undefined
    const server = await startServer({
      token: options.token,
      host: options.host,
      open: ['/metrics'],
      handle: async (request, response, path) => {
        if (engine === undefined) sendJson(response, 503, { message: 'the driver is starting' })
        else await engine.answer(request, response, path)
      },
    })
    const database = await Database.open({
      threads: options.cores,
      memoryLimit: options.memoryLimit,
      spillDirectory: join(options.directory, 'spill'),
    })
    engine = new Engine(options, database, server, await engineParts(options, database))
    engine.pool.start(server.url)
    return engine
  }

  get url(): string {
    return this.server.url
  }

  /** How many tasks can run at once when all executors are there. */
  get slots(): number {
    const { instances, executorCores, cores } = this.options
    return instances === 0 ? cores : instances * executorCores
  }

  /** The id under which executors may fetch a file of the driver. */
  blockOf(path: string): string {
    const known = this.blockIds.get(path)
    if (known !== undefined) return known
    const id = randomUUID()
    this.blocks.set(id, path)
    this.blockIds.set(path, id)
    return id
  }

  async forget(path: string): Promise<void> {
    const id = this.blockIds.get(path)
    if (id !== undefined) this.blocks.delete(id)
    this.blockIds.delete(path)
    await rm(path, { force: true })
  }

  /** A path for a new file that lives as long as the driver, at most. */
  scratchPath(name: string): string {
    return join(this.options.directory, name)
  }

  /** What a source's footers say; read once for each set of files. */
  sourceStatistics(
    key: string,
    read: () => Promise<SourceStatistics | undefined>,
  ): Promise<SourceStatistics | undefined> {
    const known = this.statistics.get(key)
    if (known !== undefined) return known
    const made = read()
    this.statistics.set(key, made)
    made.catch(() => this.statistics.delete(key))
    return made
  }

  /** A local path for a path or URL that a source names. */
  localPath(path: string): Promise<string> {
    return /^https?:/i.test(path) ? this.inputs.localPath({ token: '', kind: 'url', url: path }) : Promise.resolve(path)
  }

  async close(): Promise<void> {
    // Nothing else need keep the process alive until all is put away.
    const hold = setInterval(() => {}, 2 ** 30)
    await this.runtime.close('the application ends')
    await this.pool.close()
    await this.server.close()
    this.database.close()
    await rm(this.options.directory, { recursive: true, force: true })
    clearInterval(hold)
  }

  private async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method === 'POST' && path === PATHS.register) {
      const known = this.pool.register((await readJson(request)) as Registration)
      const answer: Registered = { settings: executorSettings(this.options.conf) }
      sendJson(response, known ? 200 : 410, answer)
    } else if (request.method === 'POST' && path === PATHS.heartbeat) {
      const { id } = (await readJson(request)) as { readonly id: number }
      sendJson(response, this.pool.heartbeat(id) ? 200 : 410, {})
    } else if (request.method === 'GET' && path.startsWith(PATHS.block)) {
      const file = this.blocks.get(path.slice(PATHS.block.length))
      if (file === undefined) return sendJson(response, 404, { message: 'no such block' })
      response.writeHead(200, { 'content-type': 'application/octet-stream' })
      await pipeline(createReadStream(file), response)
    } else if (request.method === 'GET' && path === '/metrics') {
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' })
      response.end(this.metrics.text())
    } else if (request.method === 'GET' && path === '/v1/events') {
      response.writeHead(200, { 'content-type': 'application/jsonl' })
      response.end(
        this.events
          .all()
          .map((event) => `${JSON.stringify(event)}\n`)
          .join(''),
      )
    } else if (!(await this.process.answer(request, response, path))) sendJson(response, 404, { message: `no ${path}` })
  }
}

interface EngineParts {
  readonly events: EventLog
  readonly metrics: EngineMetrics
  readonly pool: ExecutorPool
  readonly process: TaskProcess
  readonly inputs: InputStore
}

const engineParts = async (options: EngineOptions, database: Database): Promise<EngineParts> => {
  const { conf, log } = options
  const events = new EventLog(log, Date.now)
  const metrics = new EngineMetrics()
  const pool = new ExecutorPool({
    backend: options.backend,
    instances: options.instances,
    heartbeatTimeout: confDuration(conf, 'spark.bellows.executor.heartbeatTimeout', 10_000),
    maxFailures: confInteger(conf, 'spark.executor.maxNumFailures', Math.max(3, options.instances * 2)),
    connect: (registration) =>
      remoteExecutor(registration, { token: options.token, directory: join(options.directory, 'results') }),
    log,
    events,
    metrics,
    now: Date.now,
  })
  metrics.gauge('bellows_executors', 'Executors that are registered now', () => pool.workers().length)
  const inputs = inputStore({
    directory: options.directory,
    maxDownloadBytes: confBytes(conf, 'spark.bellows.download.maxBytes', DEFAULT_DOWNLOAD_BYTES),
  })
  const process = new TaskProcess({
    executor: 0,
    token: options.token,
    database,
    memoryLimit: options.memoryLimit,
    directory: options.directory,
    handlers: BODY_HANDLERS,
    inputs,
    settings: executorSettings(conf),
    shuffle: shuffleStore(options.directory),
    peers: { update: () => {}, fetch: async () => undefined, replicate: async () => 0 },
    clock: Date.now,
  })
  return { events, metrics, pool, process, inputs }
}

const engineRuntime = (engine: Engine, { pool, process, events, metrics }: EngineParts, url: string): EngineRuntime => {
  const { conf, log, cores, instances, backend } = engine.options
  const local: TaskExecutor = {
    id: 0,
    name: 'driver',
    host: 'driver',
    slots: cores,
    url,
    shuffleDirectory: process.shuffle.directory,
    run: async (request, signal, admit) => {
      const run = await process.host.run(request, signal)
      if (run.path === undefined) return run
      try {
        admit(run.report.bytes)
        return run
      } catch (error) {
        await rm(run.path, { force: true })
        throw error
      }
    },
    release: async (shuffles) => {
      for (const shuffle of shuffles) await process.shuffle.release(shuffle)
    },
  }
  return new EngineRuntime({
    pool,
    local,
    settings: schedulerSettings(conf, instances === 0 || backend === undefined),
    slots: () => engine.slots,
    executorTimeout: confDuration(conf, 'spark.bellows.executor.startTimeout', 300_000),
    speculationInterval: confDuration(conf, 'spark.speculation.interval', 100),
    blockOf: (path) => engine.blockOf(path),
    forgetBlock: (path) => engine.forget(path),
    log,
    events,
    metrics,
    now: Date.now,
  })
}
