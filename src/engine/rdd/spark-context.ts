import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Conf, confInteger } from '../conf.ts'
import { EngineError, userError } from '../errors.ts'
import type { Log } from '../log.ts'
import type { Runtime } from '../scheduler/stage-spec.ts'
import { normalizePath } from '../sources/list-files.ts'
import { type AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from './accumulator.ts'
import { Broadcast } from './broadcast.ts'
import { Shipper } from './closure/shipper.ts'
import { encodeBlock } from './codec/block.ts'
import { DRIVER_ONLY } from './driver-only.ts'
import { JobRunner } from './job-runner.ts'
import type { Lineage } from './lineage.ts'
import { broadcastName } from './plan/stage-plan.ts'
import { RDD } from './rdd.ts'
import type { RddContext } from './rdd-context.ts'

export interface SparkContextOptions {
  /** The engine may still be starting. */
  readonly runtime: Promise<Runtime>
  readonly conf: Conf
  readonly appName: string
  /** For files of the driver: plans, rows of the program, broadcasts. */
  readonly directory: string
  readonly log: Log
  /** Told of actions, so that the program's end waits for them. */
  readonly track?: <T>(work: Promise<T>) => Promise<T>
}

/** RDD and broadcast ids are names of blocks, which are the process's. */
let ids = 0

interface JobGroup {
  readonly id: string
  readonly description: string | undefined
  readonly cancel: AbortController
}

/** The entry point of RDDs, after Spark's SparkContext. */
export class SparkContext {
  readonly appName: string
  private readonly options: SparkContextOptions
  private readonly runners: Promise<JobRunner>
  private readonly rddContext: RddContext
  private readonly groups = new Map<string, JobGroup>()
  private readonly broadcasts = new Map<number, string>()
  private readonly all = new AbortController()
  private group: JobGroup | undefined
  private pool = 'default'
  private checkpointDirectory: string | undefined

  constructor(options: SparkContextOptions) {
    this.options = options
    this.appName = options.appName
    const { conf, directory } = options
    this.runners = options.runtime.then(
      (runtime) => new JobRunner({ runtime, conf, directory, broadcasts: this.broadcasts }),
    )
    this.runners.catch(() => {})
    this.rddContext = this.contextOfRdds()
  }

  get [DRIVER_ONLY](): string {
    return 'it runs jobs, which only the driver does: use it outside of functions'
  }

  private contextOfRdds(): RddContext {
    const { options } = this
    const spark = this
    return {
      log: options.log,
      get checkpointDirectory() {
        return spark.checkpointDirectory
      },
      get configuredParallelism() {
        return spark.configuredParallelism()
      },
      get job() {
        const { group, all } = spark
        const signal = group === undefined ? all.signal : AbortSignal.any([all.signal, group.cancel.signal])
        return { signal, pool: spark.pool, description: group?.description }
      },
      nextRddId: () => ids++,
      runner: () => spark.runners,
      defaultParallelism: () => spark.defaultParallelism(),
      track: (work) => (options.track ?? ((each) => each))(work),
      removeBlocks: async (prefix) => {
        await (await options.runtime).removeBlocks?.(prefix)
      },
    }
  }

  private configuredParallelism(): number | undefined {
    const set = confInteger(this.options.conf, 'spark.default.parallelism', 0)
    return set === 0 ? undefined : set
  }

  /** spark.default.parallelism, or the tasks that can run at once, 2 at least. */
  async defaultParallelism(): Promise<number> {
    return this.configuredParallelism() ?? Math.max(2, (await this.options.runtime).slots)
  }

  private made<T>(operator: string, lineage: Lineage): RDD<T> {
    return new RDD<T>(this.rddContext, operator, lineage)
  }

  // Collections

  parallelize<T>(values: Iterable<T>, numSlices?: number): RDD<T> {
    return this.made('parallelize', {
      kind: 'slices',
      values: Array.isArray(values) ? values : [...values],
      slices: slicesOf(numSlices),
    })
  }

  makeRDD<T>(values: Iterable<T>, numSlices?: number): RDD<T> {
    return this.parallelize(values, numSlices)
  }

  /** From `start` (included; 0 when it is the only one) to `end` (excluded). */
  range(start: number, end?: number, step = 1, numSlices?: number): RDD<number> {
    const [from, to] = end === undefined ? [0, start] : [start, end]
    if (![from, to, step].every(Number.isSafeInteger) || step === 0)
      throw userError('range: start, end and step are whole numbers, and step is not 0')
    const count = Math.max(0, Math.ceil((to - from) / step))
    return this.made('range', { kind: 'range', start: from, step, count, slices: slicesOf(numSlices) })
  }

  emptyRDD<T>(): RDD<T> {
    return this.made('emptyRDD', { kind: 'slices', values: [], slices: 0 })
  }

  union<T>(rdds: readonly RDD<T>[]): RDD<T> {
    const [first, ...others] = rdds
    return first === undefined ? this.emptyRDD() : first.union(...others)
  }

  // Files

  /** The lines of files: a file, a directory, a glob; gzipped ones too. */
  textFile(path: string, minPartitions?: number): RDD<string> {
    return this.made('textFile', { kind: 'text', path, minPartitions })
  }

  /** Each file as [path, text]. */
  wholeTextFiles(path: string, minPartitions?: number): RDD<[string, string]> {
    return this.made('wholeTextFiles', { kind: 'files', path, as: 'text', minPartitions })
  }

  /** Each file as [path, bytes]. */
  binaryFiles(path: string, minPartitions?: number): RDD<[string, Uint8Array]> {
    return this.made('binaryFiles', { kind: 'files', path, as: 'bytes', minPartitions })
  }

  /** What saveAsObjectFile has written. */
  objectFile<T>(path: string): RDD<T> {
    return this.made('objectFile', { kind: 'blocks', directory: path })
  }

  // Shared variables

  /** The value is copied now; each executor fetches it once. */
  broadcast<T>(value: T): Broadcast<T> {
    const id = ids++
    const bytes = broadcastBytes(value)
    mkdirSync(this.options.directory, { recursive: true })
    const path = join(this.options.directory, `broadcast-${process.pid}-${id}`)
    writeFileSync(path, bytes)
    this.broadcasts.set(id, path)
    const forget = async (file: string): Promise<void> => {
      const runtime = await this.options.runtime
      await (await this.runners).settled()
      await runtime.forgetBlock(file)
      await runtime.removeBlocks?.(broadcastName(id))
    }
    let copies = 0
    return new Broadcast(id, {
      read: () => value,
      // Tasks from now on fetch another file; the old one goes, here and on executors.
      unpersist: async () => {
        const file = this.broadcasts.get(id) ?? path
        const next = `${path}-${++copies}`
        copyFileSync(file, next)
        this.broadcasts.set(id, next)
        await forget(file)
      },
      destroy: async () => {
        const file = this.broadcasts.get(id) ?? path
        this.broadcasts.delete(id)
        await forget(file)
      },
    })
  }

  register<A extends AccumulatorV2<never, unknown>>(accumulator: A, name?: string): A {
    if (accumulator.id !== undefined) throw userError('Cannot register an Accumulator twice.')
    accumulator.id = ids++
    accumulator.name = name
    return accumulator
  }

  longAccumulator(name?: string): LongAccumulator {
    return this.register(new LongAccumulator() as never, name) as LongAccumulator
  }

  doubleAccumulator(name?: string): DoubleAccumulator {
    return this.register(new DoubleAccumulator() as never, name) as DoubleAccumulator
  }

  collectionAccumulator<T>(name?: string): CollectionAccumulator<T> {
    return this.register(new CollectionAccumulator<T>() as never, name) as CollectionAccumulator<T>
  }

  // Jobs

  /** Runs a function over each partition, and gives what it returns. */
  async runJob<T, U>(
    rdd: RDD<T>,
    fn: (values: IteratorObject<T, undefined>) => U,
    partitions?: readonly number[],
  ): Promise<U[]> {
    rdd.checked('runJob', fn)
    const parts = rdd.mapPartitions((values) => [fn(values)])
    return (await parts.perPartition<U>('collect', partitions)).flat(1) as U[]
  }

  /** Actions that start from now on belong to the group. */
  setJobGroup(id: string, description?: string): void {
    const known = this.groups.get(id)
    const cancel = known === undefined || known.cancel.signal.aborted ? new AbortController() : known.cancel
    this.group = { id, description, cancel }
    this.groups.set(id, this.group)
  }

  clearJobGroup(): void {
    this.group = undefined
  }

  cancelJobGroup(id: string): void {
    this.groups.get(id)?.cancel.abort(new EngineError('user', `Job group ${id} was cancelled`))
    this.groups.delete(id)
    if (this.group?.id === id) this.group = undefined
  }

  /** spark.scheduler.pool is the one that counts. */
  setLocalProperty(key: string, value: string | undefined): void {
    if (key === 'spark.scheduler.pool') this.pool = value ?? 'default'
  }

  /** A directory that driver and executors share. */
  setCheckpointDir(directory: string): void {
    this.checkpointDirectory = normalizePath(directory)
  }

  getCheckpointDir(): string | undefined {
    return this.checkpointDirectory
  }

  /** Cancels what runs and lets shuffles go. The engine is the session's to end. */
  async stop(): Promise<void> {
    this.all.abort(new EngineError('user', 'SparkContext was stopped'))
    const runner = await this.runners.catch(() => undefined)
    runner?.close()
  }
}

const slicesOf = (count: number | undefined): number | undefined => {
  if (count !== undefined && (!Number.isInteger(count) || count < 1))
    throw userError('Positive number of partitions required')
  return count
}

/** Data in the compact form after a 0; what holds functions or instances, as closures are sent, after a 1. */
const broadcastBytes = (value: unknown): Buffer => {
  try {
    return Buffer.concat([Buffer.of(0), encodeBlock([value])])
  } catch (error) {
    if (!(error instanceof EngineError)) throw error
    const shipper = new Shipper({ warn: () => {}, moment: 'action' })
    const shipped = shipper.ship(value, 'broadcast')
    return Buffer.concat([Buffer.of(1), Buffer.from(JSON.stringify({ nodes: shipper.nodes, value: shipped }))])
  }
}
