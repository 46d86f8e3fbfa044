import { userError } from '../errors.ts'
import { callSite } from './call-site.ts'
import { Shipper } from './closure/shipper.ts'
import { debugString, describeNode } from './debug-string.ts'
import { DRIVER_ONLY } from './driver-only.ts'
import { HashPartitioner, Partitioner } from './keys/partitioner.ts'
import type { Args, Checkpointed, Lineage, Node, Resolved, UserFunction } from './lineage.ts'
import type { Step } from './plan/stage-plan.ts'
import { ancestors } from './planner.ts'
import type { RDD } from './rdd.ts'
import type { RddContext } from './rdd-context.ts'
import { defaultPartitioner, resolveLineage } from './resolve.ts'
import { abortFiles, commitFiles, outputDirectory } from './save-files.ts'
import { StorageLevel, sameLevel } from './storage-level.ts'

/** A number of partitions, or a partitioner. */
export type Partitions<K> = number | Partitioner<K>

/** The values of a partition as functions see them: an iterator with map, filter, take and the like. */
export type PartitionIterator<T> = IteratorObject<T, undefined>

/** For samples that nobody wants to repeat. */
export const anySeed = (): number => Math.floor(Math.random() * 2 ** 31)

/** What an RDD is, apart from its operators and actions: lineage, persistence, jobs. */
export abstract class RddCore<T> implements Node {
  readonly id: number
  lineage: Lineage
  readonly operator: string
  readonly callSite: string
  readonly context: RddContext
  name: string | undefined = undefined
  storageLevel: StorageLevel = StorageLevel.NONE
  checkpointed: Checkpointed | undefined = undefined
  private wantsCheckpoint: 'files' | 'local' | undefined = undefined
  private resolution: Promise<Resolved> | undefined = undefined

  constructor(context: RddContext, operator: string, lineage: Lineage) {
    this.context = context
    this.operator = operator
    this.lineage = lineage
    this.id = context.nextRddId()
    this.callSite = callSite()
  }

  get [DRIVER_ONLY](): string {
    return 'operators and actions of RDDs are called in the driver only; collect() it, or broadcast() its values, before'
  }

  // Derived RDDs

  abstract derive<U>(operator: string, lineage: Lineage): RDD<U>

  /** Throws EngineError, naming the variable, where the function cannot be sent. */
  checked<F>(operator: string, fn: F): F {
    new Shipper({ warn: (message) => this.context.log.warn(message), moment: 'call' }).ship(fn, operator)
    return fn
  }

  protected step<U>(kind: Step['kind'], fn?: UserFunction, operator: string = kind): RDD<U> {
    if (fn !== undefined) this.checked(operator, fn)
    return this.derive(operator, { kind: 'step', parent: this, step: kind, fn })
  }

  protected builtin<U>(
    operator: string,
    name: string,
    args: Args | (() => Promise<Args>) = {},
    preservesPartitioning = false,
  ): RDD<U> {
    const call = typeof args === 'function' ? async () => ({ name, args: await args() }) : () => ({ name, args })
    if (typeof args !== 'function') this.checked(operator, args)
    return this.derive(operator, { kind: 'builtin', parent: this, call, preservesPartitioning })
  }

  shuffled<U>(operator: string, wish: Partial<Omit<Lineage & { kind: 'shuffled' }, 'kind' | 'parent'>>): RDD<U> {
    const nothing = {
      partitioner: undefined,
      count: undefined,
      combine: undefined,
      mapSideCombine: false,
      after: undefined,
    }
    return this.derive(operator, { kind: 'shuffled', parent: this, ...nothing, ...wish })
  }

  cogrouped<U>(operator: string, others: readonly Node[], partitions?: Partitions<never>): RDD<U> {
    const parents: readonly Node[] = [this, ...others]
    return this.derive(operator, { kind: 'cogroup', parents, partitioner: this.partitionerFor(parents, partitions) })
  }

  partitionerFor(parents: readonly Node[], partitions?: Partitions<never>): () => Promise<Partitioner> {
    if (partitions instanceof Partitioner) {
      this.checked('partitioner', partitions)
      return () => Promise.resolve(partitions as unknown as Partitioner)
    }
    if (partitions === undefined) return () => defaultPartitioner(parents, this.context.configuredParallelism)
    const made = new HashPartitioner(partitions)
    return () => Promise.resolve(made)
  }

  // Jobs

  protected gather<U = T>(sink: 'value' | 'collect', partitions?: readonly number[]): Promise<U[]> {
    return this.context.track(this.perPartition<U>(sink, partitions).then((all) => all.flat(1) as U[]))
  }

  /** For the engine: the elements of each partition. */
  async perPartition<U = T>(sink: 'value' | 'collect', partitions?: readonly number[]): Promise<readonly U[][]> {
    const { job } = this.context
    const runner = await this.context.runner()
    const count = (await this.resolved()).partitions
    const wanted = partitions ?? Array.from({ length: count }, (_, i) => i)
    if (wanted.length === 0) return []
    const name = job.description ?? `${this.operator} at ${this.callSite}`
    const results = await runner.run(this, { partitions: wanted, sink, signal: job.signal, pool: job.pool, name })
    for (const each of ancestors(this)) if (each instanceof RddCore) await each.checkpointNow()
    return results.map(({ values }) => values as U[])
  }

  // Persistence

  /** Throws EngineError when the level is changed, as Spark does. */
  persist(level: StorageLevel = StorageLevel.MEMORY_ONLY): this {
    if (!sameLevel(this.storageLevel, StorageLevel.NONE) && !sameLevel(this.storageLevel, level)) {
      throw userError('Cannot change storage level of an RDD after it was already assigned a level')
    }
    this.storageLevel = level
    return this
  }

  cache(): this {
    return this.persist(StorageLevel.MEMORY_ONLY)
  }

  async unpersist(): Promise<this> {
    this.storageLevel = StorageLevel.NONE
    ;(await this.context.runner()).forgetHolders(this.id)
    await this.context.removeBlocks(`rdd_${this.id}_`)
    return this
  }

  getStorageLevel(): StorageLevel {
    return this.storageLevel
  }

  setName(name: string): this {
    this.name = name
    return this
  }

  /** Written to the checkpoint directory after the next action on it; its lineage is forgotten then. */
  checkpoint(): void {
    if (this.context.checkpointDirectory === undefined)
      throw userError('Checkpoint directory has not been set in the SparkContext')
    this.wantsCheckpoint ??= 'files'
  }

  /** Its lineage is forgotten after the next action; the executors' blocks are all there is. */
  localCheckpoint(): this {
    this.wantsCheckpoint = 'local'
    if (sameLevel(this.storageLevel, StorageLevel.NONE)) this.storageLevel = StorageLevel.MEMORY_AND_DISK
    else if (!this.storageLevel.disk) this.storageLevel = { ...this.storageLevel, disk: true }
    return this
  }

  isCheckpointed(): boolean {
    return this.checkpointed !== undefined
  }

  protected async checkpointNow(): Promise<void> {
    const wanted = this.wantsCheckpoint
    if (wanted === undefined || this.checkpointed !== undefined) return
    this.wantsCheckpoint = undefined
    const { partitions } = await this.resolved()
    if (wanted === 'local') {
      const runner = await this.context.runner()
      if (runner.persistedCount(this.id) < partitions) await this.builtin('localCheckpoint', 'count').gather('value')
      this.truncate({ kind: 'local', partitions })
      return
    }
    const directory = `${this.context.checkpointDirectory}/rdd-${this.id}`
    this.truncate({ kind: 'files', paths: await this.save('checkpoint', 'saveBlocks', directory, {}) })
  }

  /** What it was made of, shuffles too, is needed no more. */
  private truncate(checkpointed: Checkpointed): void {
    this.checkpointed = checkpointed
    this.lineage = { kind: 'slices', values: [], slices: undefined }
    this.resolution = this.resolution?.then((known) => ({ ...known, shuffles: [], call: undefined }))
  }

  protected async save(operator: string, name: string, path: string, args: Args): Promise<readonly string[]> {
    const directory = await outputDirectory(path)
    try {
      const files = await this.builtin<string>(operator, name, { ...args, directory }).gather<string>('value')
      return await commitFiles(directory, files)
    } catch (error) {
      await abortFiles(directory)
      throw error
    }
  }

  // About it

  parallelism(): Promise<number> {
    return this.context.defaultParallelism()
  }

  resolved(): Promise<Resolved> {
    this.resolution ??= resolveLineage(this).catch((error: unknown) => {
      this.resolution = undefined
      throw error
    })
    return this.resolution
  }

  async getNumPartitions(): Promise<number> {
    return (await this.resolved()).partitions
  }

  async partitioner(): Promise<Partitioner | undefined> {
    return (await this.resolved()).partitioner
  }

  toDebugString(): Promise<string> {
    return debugString(this)
  }

  toString(): string {
    return describeNode(this)
  }
}
