import { randomUUID } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { userInfo } from 'node:os'
import { basename, join } from 'node:path'
import type { ExecutorBackend } from './backend.ts'
import { BODY_HANDLERS } from './body-handlers.ts'
import { type Conf, confBoolean, confBytes, confDuration, confInteger } from './conf.ts'
import { answerExecutor, type DriverServices, driverDirectory } from './driver-server.ts'
import { Database } from './duckdb/database.ts'
import { messageOf, userError } from './errors.ts'
import { EventFile } from './event-file.ts'
import { EventLog } from './events.ts'
import { type HttpServer, sendJson, startServer } from './http-server.ts'
import type { Log } from './log.ts'
import { EngineMetrics } from './metrics.ts'
import { isMonitoringPath, Monitoring } from './rest/monitoring.ts'
import { executorSettings } from './runner/executor-settings.ts'
import { type InputStore, inputStore } from './runner/input-store.ts'
import { SourceReader } from './runner/source-reader.ts'
import { shuffleStore, TaskProcess } from './runner/task-process.ts'
import { type AllocationSettings, allocationSettings } from './scheduler/allocation.ts'
import { manageAllocation } from './scheduler/allocation-manager.ts'
import { EngineRuntime } from './scheduler/engine-runtime.ts'
import { ExecutorPool } from './scheduler/executor-pool.ts'
import { localExecutor } from './scheduler/local-executor.ts'
import { remoteExecutor } from './scheduler/remote-executor.ts'
import { schedulerSettings } from './scheduler/scheduler-settings.ts'
import { slotsOf, taskCpus } from './scheduler/task-slots.ts'
import { DEFAULT_DOWNLOAD_BYTES } from './sources/download.ts'
import type { SourceFile } from './sources/list-files.ts'
import { SourceCache } from './sources/source-cache.ts'
import { BlockLocations } from './storage/block-locations.ts'
import { Broadcasts } from './storage/broadcast.ts'
import { blockPeers } from './storage/storage-client.ts'

export interface EngineOptions {
  readonly conf: Conf
  /** Absent: spark.app.id and spark.app.name. */
  readonly application?: { readonly id: string; readonly name: string }
  /** The application's secret; executors carry the same one. */
  readonly token: string
  /** The address executors reach the driver by. */
  readonly host: string
  /** Absent: the driver runs all tasks itself. */
  readonly backend: ExecutorBackend | undefined
  readonly instances: number
  readonly executorCores: number
  readonly cores: number
  /** Bytes that DuckDB and persisted blocks in the driver may hold. */
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
  readonly sources: SourceReader
  /** Schemas, statistics and row groups of files. */
  readonly sourceCache = new SourceCache()
  /** Who holds which persisted block. */
  readonly blocks = new BlockLocations()
  private readonly allocation: AllocationSettings | undefined
  private readonly broadcasts: Broadcasts
  private readonly blockIds = new Map<string, string>()
  private readonly server: HttpServer
  private readonly process: TaskProcess
  private readonly services: DriverServices
  private readonly eventFile: EventFile | undefined
  private readonly monitoring: Monitoring
  private endAllocation: () => void = () => {}

  private constructor(options: EngineOptions, database: Database, server: HttpServer) {
    const { conf, log, instances, backend } = options
    this.options = options
    this.database = database
    this.server = server
    this.events = new EventLog(log, Date.now)
    this.metrics = new EngineMetrics(this.events)
    this.eventFile = eventFile(options)
    if (this.eventFile !== undefined) this.events.onEvent((event) => this.eventFile?.add(event))
    this.monitoring = monitoring(options, server.url, this.events)
    const settings = executorSettings(conf)
    this.allocation = backend === undefined ? undefined : allocationSettings(conf, instances, executorSlots(options))
    this.broadcasts = new Broadcasts(settings.broadcastChunk)
    this.pool = executorPool(options, this.allocation, this.events, this.metrics)
    const maxDownloadBytes = confBytes(conf, 'spark.bellows.download.maxBytes', DEFAULT_DOWNLOAD_BYTES)
    this.sources = new SourceReader({
      conf: settings.objectStores,
      directory: options.directory,
      database,
      maxObjectBytes: maxDownloadBytes,
      maxCacheBytes: settings.objectCacheBytes,
    })
    this.inputs = inputStore({ directory: options.directory, maxDownloadBytes, sources: async () => this.sources })
    this.process = new TaskProcess({
      executor: 0,
      token: options.token,
      database,
      cores: options.cores,
      memoryLimit: options.memoryLimit,
      directory: options.directory,
      handlers: BODY_HANDLERS,
      inputs: this.inputs,
      settings,
      shuffle: shuffleStore(options.directory),
      peers: blockPeers(
        driverDirectory(() => this.services),
        options.token,
        (error) => log.debug(`blocks: ${messageOf(error)}`),
      ),
      clock: Date.now,
    })
    this.runtime = new EngineRuntime({
      pool: this.pool,
      local: localExecutor(this.process, driverSlots(options), server.url),
      settings: schedulerSettings(conf, backend === undefined || (instances === 0 && this.allocation === undefined)),
      slots: () => this.slots,
      executorTimeout: confDuration(conf, 'spark.bellows.executor.startTimeout', 300_000),
      speculationInterval: confDuration(conf, 'spark.speculation.interval', 100),
      blockOf: (path) => this.blockOf(path),
      forgetBlock: (path) => this.forget(path),
      blocks: this.blocks,
      log,
      events: this.events,
      metrics: this.metrics,
      now: Date.now,
    })
    this.pool.listen({
      lost: (executor) => {
        this.blocks.loseExecutor(executor)
        this.broadcasts.loseExecutor(executor)
      },
    })
    const { pool, runtime, blocks, broadcasts, events } = this
    this.services = { pool, runtime, blocks, broadcasts, events, settings, url: server.url }
  }

  /** Starts the server and asks for executors; work may begin at once. */
  static async start(options: EngineOptions): Promise<Engine> {
    // Refused before anything is open.
    if (options.backend === undefined) driverSlots(options)
    else executorSlots(options)
    await mkdir(join(options.directory, 'results'), { recursive: true })
    let engine: Engine | undefined
    const server = await startServer({
      token: options.token,
      host: options.host,
      ports: uiPorts(options.conf),
      open: (path) => path === '/metrics' || isMonitoringPath(options.conf, path),
      handle: async (request, response, path) => {
        if (engine === undefined) sendJson(response, 503, { message: 'the driver is starting' })
        else await engine.answer(request, response, path)
      },
    })
    try {
      const database = await Database.open({
        threads: options.cores,
        memoryLimit: options.memoryLimit,
        spillDirectory: join(options.directory, 'spill'),
      })
      engine = new Engine(options, database, server)
    } catch (error) {
      await server.close()
      throw error
    }
    engine.begin()
    if (confBoolean(options.conf, 'spark.ui.enabled', true)) options.log.info(`monitoring: ${server.url}/api/v1`)
    return engine
  }

  get url(): string {
    return this.server.url
  }

  /** How many tasks can run at once when all executors are there. */
  get slots(): number {
    const { instances } = this.options
    const { allocation } = this
    if (allocation !== undefined) {
      const most = Number.isFinite(allocation.max) ? allocation.max : Math.max(allocation.initial, instances, 2)
      return most * executorSlots(this.options)
    }
    return instances === 0 ? driverSlots(this.options) : instances * executorSlots(this.options)
  }

  /** The id under which executors may fetch a file of the driver. */
  blockOf(path: string): string {
    const known = this.blockIds.get(path)
    if (known !== undefined) return known
    const id = randomUUID()
    this.broadcasts.share(id, path)
    this.blockIds.set(path, id)
    return id
  }

  /** Deletes a file of the driver, here and where executors have it. */
  async forget(path: string): Promise<void> {
    const id = this.blockIds.get(path)
    this.blockIds.delete(path)
    for (const executor of id === undefined ? [] : this.broadcasts.forget(id)) {
      this.pool
        .worker(executor)
        ?.forgetBroadcast(id ?? '')
        .catch((error: unknown) => this.options.log.debug(`executor ${executor}: ${messageOf(error)}`))
    }
    await rm(path, { force: true })
  }

  /** A path for a new file that lives as long as the driver, at most. */
  scratchPath(name: string): string {
    return join(this.options.directory, name)
  }

  /** A local path for a path or URL that a source names. */
  localPath(path: string): Promise<string> {
    return /^https?:/i.test(path) ? this.inputs.localPath({ token: '', kind: 'url', url: path }) : Promise.resolve(path)
  }

  /** A local path to read a file's metadata from; of an object in a store no more than the footer is there. */
  async metadataPath(file: SourceFile): Promise<string> {
    return (await this.sources.metadata(file)) ?? this.localPath(file.path)
  }

  /** A local path with all of a file. */
  async wholePath(file: SourceFile): Promise<string> {
    return (await this.sources.whole(file)) ?? this.localPath(file.path)
  }

  async close(): Promise<void> {
    // Nothing else need keep the process alive until all is put away.
    const hold = setInterval(() => {}, 2 ** 30)
    this.endAllocation()
    await this.runtime.close('the application ends')
    await this.pool.close()
    await this.server.close()
    await this.eventFile?.close()
    this.database.close()
    await rm(this.options.directory, { recursive: true, force: true })
    clearInterval(hold)
  }

  private begin(): void {
    this.pool.start(this.server.url)
    if (this.allocation === undefined) return
    const { pool, runtime, blocks } = this
    this.endAllocation = manageAllocation(this.allocation, {
      pool,
      load: () => runtime.load,
      busy: (executor) => runtime.busy(executor),
      holdsShuffle: (executor) => runtime.holdsShuffle(executor),
      holdsBlocks: (executor) => blocks.holdsAny(executor),
      log: this.options.log,
      now: Date.now,
    })
  }

  private async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
    if (request.method === 'GET' && path === '/metrics') {
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
    } else if (this.monitoring.answer(request, response, path)) return
    else if (await answerExecutor(this.services, request, response, path)) return
    else if (!(await this.process.answer(request, response, path))) sendJson(response, 404, { message: `no ${path}` })
  }
}

const eventFile = ({ conf, directory, log }: EngineOptions): EventFile | undefined =>
  confBoolean(conf, 'spark.eventLog.enabled', false)
    ? new EventFile(conf['spark.eventLog.dir'] ?? '/tmp/spark-events', conf['spark.app.id'] ?? basename(directory), log)
    : undefined

/** spark.ui.port and, as Spark does, the ones above it while they are taken. */
const uiPorts = (conf: Conf): readonly number[] => {
  const first = confInteger(conf, 'spark.ui.port', 0)
  if (first > 65_535) throw userError(`spark.ui.port is ${first}; it wants a port up to 65535`)
  if (first === 0) return [0]
  const tries = confInteger(conf, 'spark.port.maxRetries', 16)
  return Array.from({ length: tries + 1 }, (_, index) => first + index).filter((port) => port <= 65_535)
}

const monitoring = (options: EngineOptions, url: string, events: EventLog): Monitoring => {
  const { conf, application, directory, cores, executorCores, memoryLimit } = options
  return new Monitoring({
    conf,
    id: application?.id ?? conf['spark.app.id'] ?? basename(directory),
    name: application?.name ?? conf['spark.app.name'] ?? 'bellows',
    sparkUser: userName(),
    url,
    cores,
    executorCores,
    memoryLimit,
    events,
    versions: { 'node.version': process.versions.node, 'os.arch': process.arch, 'os.name': process.platform },
    now: Date.now,
  })
}

/** A container's user may have no name. */
const userName = (): string => {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? '')
  }
}

const executorPool = (
  options: EngineOptions,
  allocation: AllocationSettings | undefined,
  events: EventLog,
  metrics: EngineMetrics,
): ExecutorPool => {
  const { conf, log, token } = options
  const instances = allocation?.initial ?? options.instances
  const most = allocation !== undefined && Number.isFinite(allocation.max) ? allocation.max : instances
  const pool = new ExecutorPool({
    backend: options.backend,
    instances,
    elastic: allocation !== undefined,
    heartbeatTimeout: confDuration(conf, 'spark.bellows.executor.heartbeatTimeout', 10_000),
    maxFailures: confInteger(conf, 'spark.executor.maxNumFailures', Math.max(3, most * 2)),
    connect: (registration) =>
      remoteExecutor(registration, { token, directory: join(options.directory, 'results'), taskCpus: taskCpus(conf) }),
    log,
    events,
    metrics,
    now: Date.now,
  })
  metrics.gauge('bellows_executors', 'Executors that are registered now', () => pool.workers().length)
  return pool
}

const executorSlots = ({ conf, executorCores }: EngineOptions): number => slotsOf(conf, executorCores, 'executor')

/** Beside executors it only takes tasks until the first has come, one at a time at least. */
const driverSlots = ({ conf, cores, backend }: EngineOptions): number =>
  backend === undefined ? slotsOf(conf, cores, 'driver') : Math.max(1, Math.floor(cores / taskCpus(conf)))
