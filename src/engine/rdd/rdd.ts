import { userError } from '../errors.ts'
import { callSite } from './call-site.ts'
import { Shipper } from './closure/shipper.ts'
import { debugString, describeNode } from './debug-string.ts'
import { DRIVER_ONLY } from './driver-only.ts'
import { type Comparator, naturalOrder, reversed } from './keys/compare.ts'
import { HashPartitioner, Partitioner } from './keys/partitioner.ts'
import { KeyMap } from './keys/key-map.ts'
import { ancestors } from './planner.ts'
import { type Args, type BuiltinCall, type Checkpointed, type Lineage, type Node, type Resolved, type UserFunction } from './lineage.ts'
import type { Step } from './plan/stage-plan.ts'
import { partitionerOf, type Sketch, sampleSize } from './range-bounds.ts'
import type { RddContext } from './rdd-context.ts'
import { defaultPartitioner, resolveLineage } from './resolve.ts'
import { abortFiles, commitFiles, outputDirectory } from './save-files.ts'
import { StatCounter } from './stat-counter.ts'
import { describeLevel, StorageLevel, sameLevel } from './storage-level.ts'
import { poisson, randomOf } from './task/random.ts'

/** A number of partitions, or a partitioner. */
export type Partitions<K> = number | Partitioner<K>

/** The values of a partition as functions see them: an iterator with map, filter, take and the like. */
export type PartitionIterator<T> = IteratorObject<T, undefined>

type Pair<K, V> = [K, V]
export type Persistence = StorageLevel

const noSeed = (): number => Math.floor(Math.random() * 2 ** 31)
const CHECKPOINTS = 'rdd-'

/**
 * An immutable, distributed collection, after Spark's RDD: names, defaults and meaning are Spark's. Operators are lazy,
 * actions are promises. Functions are sent to executors by value: docs/decisions/0010-closures.md.
 */
export class RDD<T> implements Node {
  readonly id: number
  readonly lineage: Lineage
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

  derive<U>(operator: string, lineage: Lineage): RDD<U> {
    return new RDD<U>(this.context, operator, lineage)
  }

  /** Throws EngineError, naming the variable, where the function cannot be sent. */
  checked<F>(operator: string, fn: F): F {
    new Shipper({ warn: (message) => this.context.log.warn(message), moment: 'call' }).ship(fn, operator)
    return fn
  }

  private step<U>(kind: Step['kind'], fn?: UserFunction, operator: string = kind): RDD<U> {
    if (fn !== undefined) this.checked(operator, fn)
    return this.derive(operator, { kind: 'step', parent: this, step: kind, fn })
  }

  private builtin<U>(operator: string, name: string, args: Args | (() => Promise<Args>) = {}, preservesPartitioning = false): RDD<U> {
    const call = typeof args === 'function' ? async () => ({ name, args: await args() }) : () => ({ name, args })
    if (typeof args !== 'function') this.checked(operator, args)
    return this.derive(operator, { kind: 'builtin', parent: this, call, preservesPartitioning })
  }

  // Narrow operators

  map<K, V>(fn: (value: T) => [K, V]): RDD<[K, V]>
  map<U>(fn: (value: T) => U): RDD<U>
  map<U>(fn: (value: T) => U): RDD<U> {
    return this.step('map', fn)
  }

  filter<U extends T>(fn: (value: T) => value is U): RDD<U>
  filter(fn: (value: T) => unknown): RDD<T>
  filter(fn: (value: T) => unknown): RDD<T> {
    return this.step('filter', fn)
  }

  flatMap<K, V>(fn: (value: T) => Iterable<[K, V]>): RDD<[K, V]>
  flatMap<U>(fn: (value: T) => Iterable<U>): RDD<U>
  flatMap<U>(fn: (value: T) => Iterable<U>): RDD<U> {
    return this.step('flatMap', fn)
  }

  /** The function gets an iterator and gives an iterable, or, async, a promise of one or an async iterable. */
  mapPartitions<U>(
    fn: (values: PartitionIterator<T>) => Iterable<U> | AsyncIterable<U> | Promise<Iterable<U>>,
    preservesPartitioning = false,
  ): RDD<U> {
    this.checked('mapPartitions', fn)
    return this.derive('mapPartitions', { kind: 'partition', parent: this, fn, withIndex: false, preservesPartitioning })
  }

  mapPartitionsWithIndex<U>(
    fn: (index: number, values: PartitionIterator<T>) => Iterable<U> | AsyncIterable<U> | Promise<Iterable<U>>,
    preservesPartitioning = false,
  ): RDD<U> {
    this.checked('mapPartitionsWithIndex', fn)
    return this.derive('mapPartitionsWithIndex', { kind: 'partition', parent: this, fn, withIndex: true, preservesPartitioning })
  }

  keyBy<K>(fn: (value: T) => K): RDD<[K, T]> {
    return this.step('keyBy', fn)
  }

  glom(): RDD<T[]> {
    return this.builtin('glom', 'glom')
  }

  zip<U>(other: RDD<U>): RDD<[T, U]> {
    return this.derive('zip', { kind: 'zip', parents: [this, other], fn: undefined })
  }

  zipPartitions<A, U>(other: RDD<A>, fn: (left: PartitionIterator<T>, right: PartitionIterator<A>) => Iterable<U>): RDD<U> {
    return this.derive('zipPartitions', { kind: 'zip', parents: [this, other], fn: this.checked('zipPartitions', fn) })
  }

  /** Runs a job for the counts where there is more than one partition. */
  zipWithIndex(): RDD<[T, number]> {
    return this.builtin('zipWithIndex', 'zipIndex', async () => {
      const { partitions } = await this.resolved()
      const counts = partitions > 1 ? await this.builtin<number>('zipWithIndex', 'count').values('value') : []
      let sum = 0
      const starts = [0, ...counts.map((count) => (sum += count))]
      return { starts }
    })
  }

  zipWithUniqueId(): RDD<[T, number]> {
    return this.builtin('zipWithUniqueId', 'zipUniqueId', async () => ({ partitions: (await this.resolved()).partitions }))
  }

  union(...others: readonly RDD<T>[]): RDD<T> {
    return this.derive('union', { kind: 'union', parents: [this, ...others] })
  }

  cartesian<U>(other: RDD<U>): RDD<[T, U]> {
    return this.derive('cartesian', { kind: 'cartesian', left: this, right: other })
  }

  /** Elements go through the command's input and output as lines. The command is split at spaces, no shell is asked. */
  pipe(command: string | readonly string[], env: Readonly<Record<string, string>> = {}): RDD<string> {
    const words = typeof command === 'string' ? command.trim().split(/\s+/) : [...command]
    return this.builtin('pipe', 'pipe', { command: words, env })
  }

  sample(withReplacement: boolean, fraction: number, seed = noSeed()): RDD<T> {
    if (!(fraction >= 0) || (!withReplacement && fraction > 1)) throw userError(`sample: the fraction ${fraction} is not in [0, 1]`)
    return this.builtin('sample', 'sample', { withReplacement, fraction, seed }, true)
  }

  randomSplit(weights: readonly number[], seed = noSeed()): RDD<T>[] {
    const total = weights.reduce((sum, each) => sum + each, 0)
    if (weights.some((each) => !(each >= 0)) || total <= 0) throw userError('randomSplit: weights are 0 or more, and not all 0')
    let from = 0
    return weights.map((weight, i) => {
      const begin = from
      from = i === weights.length - 1 ? 1 : from + weight / total
      return this.builtin<T>('randomSplit', 'between', { from: begin, to: from, seed }, true)
    })
  }

  // Wide operators

  coalesce(numPartitions: number, shuffle = false): RDD<T> {
    if (shuffle) return this.repartition(numPartitions)
    return this.derive('coalesce', { kind: 'coalesced', parent: this, count: new HashPartitioner(numPartitions).numPartitions })
  }

  repartition(numPartitions: number): RDD<T> {
    const count = new HashPartitioner(numPartitions).numPartitions
    return this.shuffled('repartition', { partitioner: undefined, count })
  }

  distinct(numPartitions?: number): RDD<T> {
    const pairs = this.builtin<Pair<T, null>>('distinct', 'withNull')
    const partitioner = pairs.partitionerFor([pairs], numPartitions)
    return pairs.shuffled<Pair<T, null>>('distinct', { partitioner, combine: { kind: 'distinct' }, mapSideCombine: true }).step('keys', undefined, 'distinct')
  }

  intersection(other: RDD<T>, partitions?: Partitions<T>): RDD<T> {
    const [left, right] = [this.builtin('intersection', 'withNull'), other.builtin('intersection', 'withNull')]
    return left.cogrouped('intersection', [right], partitions).builtin('intersection', 'intersect')
  }

  subtract(other: RDD<T>, partitions?: Partitions<T>): RDD<T> {
    const [left, right] = [this.builtin('subtract', 'withNull'), other.builtin('subtract', 'withNull')]
    return left.cogrouped('subtract', [right], partitions).builtin('subtract', 'subtract').step('keys', undefined, 'subtract')
  }

  groupBy<K>(fn: (value: T) => K, partitions?: Partitions<K>): RDD<[K, T[]]> {
    return this.keyBy(fn).groupByKey(partitions)
  }

  /** Runs a job that samples the keys, when it is first needed. */
  sortBy<K>(key: (value: T) => K, ascending = true, numPartitions?: number, order?: Comparator<K>): RDD<T> {
    return this.keyBy(key).sortByKey(ascending, numPartitions, order).step('values', undefined, 'sortBy')
  }

  shuffled<U>(
    operator: string,
    wish: Partial<Omit<Lineage & { kind: 'shuffled' }, 'kind' | 'parent'>>,
  ): RDD<U> {
    const nothing = { partitioner: undefined, count: undefined, combine: undefined, mapSideCombine: false, after: undefined }
    return this.derive(operator, { kind: 'shuffled', parent: this, ...nothing, ...wish })
  }

  cogrouped<U>(operator: string, others: readonly RDD<unknown>[], partitions?: Partitions<never>): RDD<U> {
    const parents = [this, ...others]
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

  // Pairs

  keys<K, V>(this: RDD<[K, V]>): RDD<K> {
    return this.step('keys')
  }

  values<K, V>(this: RDD<[K, V]>): RDD<V>
  /** For the engine: all elements. */
  values(this: RDD<T>, sink: 'value' | 'collect'): Promise<T[]>
  values(sink?: 'value' | 'collect'): unknown {
    return sink === undefined ? this.step('values') : this.gather(sink)
  }

  mapValues<K, V, U>(this: RDD<[K, V]>, fn: (value: V) => U): RDD<[K, U]> {
    return this.step('mapValues', fn)
  }

  flatMapValues<K, V, U>(this: RDD<[K, V]>, fn: (value: V) => Iterable<U>): RDD<[K, U]> {
    return this.step('flatMapValues', fn)
  }

  partitionBy<K, V>(this: RDD<[K, V]>, partitions: Partitions<K>): RDD<[K, V]> {
    return this.shuffled('partitionBy', { partitioner: this.partitionerFor([this], partitions as Partitions<never>) })
  }

  private combined<U>(operator: string, combine: Args, partitions: Partitions<never> | undefined, mapSideCombine = true): RDD<U> {
    this.checked(operator, combine)
    return this.shuffled(operator, { partitioner: this.partitionerFor([this], partitions), combine, mapSideCombine })
  }

  combineByKey<K, V, C>(
    this: RDD<[K, V]>,
    create: (value: V) => C,
    merge: (combined: C, value: V) => C,
    mergeCombiners: (one: C, other: C) => C,
    partitions?: Partitions<K>,
    mapSideCombine = true,
  ): RDD<[K, C]> {
    return this.combined('combineByKey', { kind: 'user', create, merge, mergeCombiners }, partitions as Partitions<never>, mapSideCombine)
  }

  reduceByKey<K, V>(this: RDD<[K, V]>, fn: (one: V, other: V) => V, partitions?: Partitions<K>): RDD<[K, V]> {
    return this.combined('reduceByKey', { kind: 'reduce', merge: fn }, partitions as Partitions<never>)
  }

  foldByKey<K, V>(this: RDD<[K, V]>, zero: V, fn: (one: V, other: V) => V, partitions?: Partitions<K>): RDD<[K, V]> {
    return this.combined('foldByKey', { kind: 'zero', zero, merge: fn, mergeCombiners: fn }, partitions as Partitions<never>)
  }

  aggregateByKey<K, V, U>(
    this: RDD<[K, V]>,
    zero: U,
    merge: (combined: U, value: V) => U,
    mergeCombiners: (one: U, other: U) => U,
    partitions?: Partitions<K>,
  ): RDD<[K, U]> {
    return this.combined('aggregateByKey', { kind: 'zero', zero, merge, mergeCombiners }, partitions as Partitions<never>)
  }

  groupByKey<K, V>(this: RDD<[K, V]>, partitions?: Partitions<K>): RDD<[K, V[]]> {
    return this.combined('groupByKey', { kind: 'group' }, partitions as Partitions<never>, false)
  }

  cogroup<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V[], W[]]]>
  cogroup<K, V, A, B>(this: RDD<[K, V]>, first: RDD<[K, A]>, second: RDD<[K, B]>, partitions?: Partitions<K>): RDD<[K, [V[], A[], B[]]]>
  cogroup<K, V, A, B, C>(
    this: RDD<[K, V]>,
    first: RDD<[K, A]>,
    second: RDD<[K, B]>,
    third: RDD<[K, C]>,
    partitions?: Partitions<K>,
  ): RDD<[K, [V[], A[], B[], C[]]]>
  cogroup(...given: readonly unknown[]): RDD<never> {
    const others = given.filter((each) => each instanceof RDD) as RDD<unknown>[]
    return this.cogrouped('cogroup', others, given.find((each) => each !== undefined && !(each instanceof RDD)) as Partitions<never>)
  }

  groupWith<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>): RDD<[K, [V[], W[]]]> {
    return this.cogroup(other)
  }

  private joined<U>(operator: string, other: RDD<unknown>, keepLeft: boolean, keepRight: boolean, partitions?: unknown): RDD<U> {
    return this.cogrouped<unknown>(operator, [other], partitions as Partitions<never>).builtin(operator, 'join', { keepLeft, keepRight }, true)
  }

  join<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V, W]]> {
    return this.joined('join', other, false, false, partitions)
  }

  leftOuterJoin<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V, W | undefined]]> {
    return this.joined('leftOuterJoin', other, true, false, partitions)
  }

  rightOuterJoin<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V | undefined, W]]> {
    return this.joined('rightOuterJoin', other, false, true, partitions)
  }

  fullOuterJoin<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V | undefined, W | undefined]]> {
    return this.joined('fullOuterJoin', other, true, true, partitions)
  }

  subtractByKey<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, V]> {
    return this.cogrouped<unknown>('subtractByKey', [other], partitions as Partitions<never>).builtin('subtractByKey', 'subtract', {}, true)
  }

  sortByKey<K, V>(this: RDD<[K, V]>, ascending = true, numPartitions?: number, order?: Comparator<K>): RDD<[K, V]> {
    if (order !== undefined) this.checked('sortByKey', order)
    const partitioner = async () => {
      const parents = (await this.resolved()).partitions
      const count = numPartitions ?? this.context.configuredParallelism ?? parents
      if (count <= 1) return partitionerOf([], 1, ascending, order as Comparator<never>)
      const args = { n: sampleSize(count, parents), seed: this.id }
      const sketches = await this.builtin<Sketch>('sortByKey', 'sketch', args).values('collect')
      return partitionerOf(sketches, count, ascending, order as Comparator<never>)
    }
    return this.shuffled('sortByKey', { partitioner: once(partitioner), after: sortCall(ascending, order) })
  }

  repartitionAndSortWithinPartitions<K, V>(this: RDD<[K, V]>, partitions: Partitions<K>, ascending = true, order?: Comparator<K>): RDD<[K, V]> {
    if (order !== undefined) this.checked('repartitionAndSortWithinPartitions', order)
    const partitioner = this.partitionerFor([this], partitions as Partitions<never>)
    return this.shuffled('repartitionAndSortWithinPartitions', { partitioner, after: sortCall(ascending, order) })
  }

  sampleByKey<K, V>(this: RDD<[K, V]>, withReplacement: boolean, fractions: ReadonlyMap<K, number>, seed = noSeed()): RDD<[K, V]> {
    return this.builtin('sampleByKey', 'sampleByKey', { withReplacement, fractions, seed }, true)
  }

  // Actions

  private gather<U = T>(sink: 'value' | 'collect', partitions?: readonly number[]): Promise<U[]> {
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
    for (const each of ancestors(this)) if (each instanceof RDD) await each.checkpointNow()
    return results.map(({ values }) => values as U[])
  }

  collect(): Promise<T[]> {
    return this.gather('collect')
  }

  async count(): Promise<number> {
    const counts = await this.builtin<number>('count', 'count').gather<number>('value')
    return counts.reduce((sum, each) => sum + each, 0)
  }

  /** Partition after partition, as few of them as it needs. Source: RDD.take. */
  async take(n: number): Promise<T[]> {
    const { partitions } = await this.resolved()
    const taken: T[] = []
    const part = this.builtin<T>('take', 'take', { n })
    for (let from = 0, width = 1; taken.length < n && from < partitions; from += width, width *= 4) {
      const wanted = Array.from({ length: Math.min(width, partitions - from) }, (_, i) => from + i)
      for (const value of await part.gather('collect', wanted)) if (taken.length < n) taken.push(value)
    }
    return taken
  }

  /** Throws EngineError for an empty collection, as the other actions that need an element do. */
  async first(): Promise<T> {
    const [value] = await this.take(1).then((values) => (values.length > 0 ? values : Promise.reject(userError('empty collection'))))
    return value as T
  }

  async isEmpty(): Promise<boolean> {
    return (await this.take(1)).length === 0
  }

  async reduce(fn: (one: T, other: T) => T): Promise<T> {
    const parts = await this.builtin<T>('reduce', 'reduce', { fn }).gather('collect')
    if (parts.length === 0) throw userError('empty collection')
    return parts.reduce(fn)
  }

  async fold(zero: T, fn: (one: T, other: T) => T): Promise<T> {
    const parts = await this.builtin<T>('fold', 'aggregate', { zero, fn, name: 'fold' }).gather('collect')
    return parts.reduce(fn, structuredClone(zero))
  }

  async aggregate<U>(zero: U, merge: (combined: U, value: T) => U, mergeCombiners: (one: U, other: U) => U): Promise<U> {
    this.checked('aggregate', mergeCombiners)
    const parts = await this.builtin<U>('aggregate', 'aggregate', { zero, fn: merge, name: 'aggregate' }).gather<U>('collect')
    return parts.reduce(mergeCombiners, structuredClone(zero))
  }

  /** As aggregate, but merged on executors in `depth` levels. */
  async treeAggregate<U>(zero: U, merge: (combined: U, value: T) => U, mergeCombiners: (one: U, other: U) => U, depth = 2): Promise<U> {
    const parts = this.builtin<U>('treeAggregate', 'aggregate', { zero, fn: merge, name: 'treeAggregate' })
    const values = await (await parts.levels(mergeCombiners, depth)).gather<U>('collect')
    return values.reduce(mergeCombiners, structuredClone(zero))
  }

  async treeReduce(fn: (one: T, other: T) => T, depth = 2): Promise<T> {
    const values = await (await this.builtin<T>('treeReduce', 'reduce', { fn }).levels(fn, depth)).gather('collect')
    if (values.length === 0) throw userError('empty collection')
    return values.reduce(fn)
  }

  /** Partial values, merged on executors until few are left. Source: RDD.treeAggregate. */
  private async levels(merge: (one: T, other: T) => T, depth: number): Promise<RDD<T>> {
    if (!Number.isInteger(depth) || depth < 1) throw userError(`the depth is a whole number from 1, not ${depth}`)
    let count = (await this.resolved()).partitions
    const scale = Math.max(Math.ceil(count ** (1 / depth)), 2)
    let level: RDD<T> = this
    while (count > scale + Math.ceil(count / scale)) {
      count = Math.ceil(count / scale)
      level = level.builtin<[number, T]>('treeAggregate', 'toLevel', { n: count }).reduceByKey(merge, new HashPartitioner(count)).values()
    }
    return level
  }

  async countByValue(): Promise<Map<T, number>> {
    return this.builtin<[T, null]>('countByValue', 'withNull').countByKey()
  }

  async countByKey<K, V>(this: RDD<[K, V]>): Promise<Map<K, number>> {
    return this.mapValues(() => 1).reduceByKey((one, other) => one + other).collectAsMap()
  }

  async collectAsMap<K, V>(this: RDD<[K, V]>): Promise<Map<K, V>> {
    return new Map(await this.collect())
  }

  async lookup<K, V>(this: RDD<[K, V]>, key: K): Promise<V[]> {
    const { partitioner } = await this.resolved()
    const partitions = partitioner === undefined ? undefined : [partitioner.getPartition(key)]
    const pairs = new KeyMap()
    pairs.add(key, null)
    const found = await this.gather<[K, V]>('collect', partitions)
    return found.filter((pair) => pairs.cell(pair[0]) !== undefined).map((pair) => pair[1])
  }

  async takeOrdered(n: number, order?: Comparator<T>): Promise<T[]> {
    return this.extremes('takeOrdered', n, order, false)
  }

  async top(n: number, order?: Comparator<T>): Promise<T[]> {
    return this.extremes('top', n, order, true)
  }

  private async extremes(operator: string, n: number, order: Comparator<T> | undefined, descending: boolean): Promise<T[]> {
    const wanted = order ?? naturalOrder
    const parts = await this.builtin<T>(operator, 'smallest', { n, order, descending }).gather('collect')
    return parts.sort(descending ? reversed(wanted) : wanted).slice(0, n)
  }

  async max(order?: Comparator<T>): Promise<T> {
    return one(await this.top(1, order))
  }

  async min(order?: Comparator<T>): Promise<T> {
    return one(await this.takeOrdered(1, order))
  }

  async takeSample(withReplacement: boolean, n: number, seed = noSeed()): Promise<T[]> {
    if (!Number.isInteger(n) || n < 0) throw userError(`takeSample: ${n} is no number of elements`)
    if (!withReplacement) {
      const drawn = await this.builtin<[number, T]>('takeSample', 'reservoir', { n, seed }).gather<[number, T]>('collect')
      return drawn.sort((a, b) => a[0] - b[0]).slice(0, n).map((pair) => pair[1])
    }
    const counts = await this.builtin<number>('takeSample', 'count').gather<number>('value')
    const total = counts.reduce((sum, each) => sum + each, 0)
    if (total === 0) return []
    const random = randomOf(seed, 0)
    const places = Array.from({ length: n }, () => placeOf(counts, Math.floor(random() * total)))
    const positions = counts.map((_, partition) => places.flatMap((place) => (place[0] === partition ? [place[1]] : [])))
    const picked = await this.builtin<[number, T]>('takeSample', 'pick', { positions }).perPartition<[number, T]>('collect')
    const found = picked.map((pairs) => new Map(pairs))
    return places.map(([partition, position]) => found[partition]!.get(position) as T)
  }

  async foreach(fn: (value: T) => void): Promise<void> {
    await this.builtin('foreach', 'foreach', { fn }).gather('value')
  }

  /** The function may be async. */
  async foreachPartition(fn: (values: PartitionIterator<T>) => void | Promise<void>): Promise<void> {
    await this.builtin('foreachPartition', 'foreachPartition', { fn }).gather('value')
  }

  /** One partition at a time. */
  async *toLocalIterator(): AsyncGenerator<T, void, undefined> {
    const { partitions } = await this.resolved()
    for (let i = 0; i < partitions; i++) yield* await this.gather('collect', [i])
  }

  // Numbers

  stats(this: RDD<number>): Promise<StatCounter> {
    const parts = this.mapPartitions((values) => {
      const list = [...values]
      return [list]
    })
    return parts.collect().then((lists) => lists.map((list) => StatCounter.of(list)).reduce((one, other) => one.merge(other), StatCounter.of([])))
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
    if (this.context.checkpointDirectory === undefined) throw userError('Checkpoint directory has not been set in the SparkContext')
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

  private async checkpointNow(): Promise<void> {
    const wanted = this.wantsCheckpoint
    if (wanted === undefined || this.checkpointed !== undefined) return
    this.wantsCheckpoint = undefined
    const { partitions } = await this.resolved()
    if (wanted === 'local') {
      const runner = await this.context.runner()
      if (runner.persistedCount(this.id) < partitions) await this.builtin('localCheckpoint', 'count').gather('value')
      this.checkpointed = { kind: 'local', partitions }
      return
    }
    const directory = `${this.context.checkpointDirectory}/${CHECKPOINTS}${this.id}`
    this.checkpointed = { kind: 'files', paths: await this.save('checkpoint', 'saveBlocks', directory, {}) }
  }

  // Files

  private async save(operator: string, name: string, path: string, args: Args): Promise<readonly string[]> {
    const directory = await outputDirectory(path)
    try {
      const files = await this.builtin<string>(operator, name, { ...args, directory }).gather<string>('value')
      return await commitFiles(directory, files)
    } catch (error) {
      await abortFiles(directory)
      throw error
    }
  }

  /** A line an element, a file a partition. `codec`: gzip, or Hadoop's name of it. */
  async saveAsTextFile(path: string, codec?: string): Promise<void> {
    if (codec !== undefined && !/gzip/i.test(codec)) throw userError(`saveAsTextFile: the codec is gzip, not ${codec}`)
    await this.save('saveAsTextFile', 'saveText', path, { gzip: codec !== undefined })
  }

  /** In the engine's own form; read it with sparkContext.objectFile. */
  async saveAsObjectFile(path: string): Promise<void> {
    await this.save('saveAsObjectFile', 'saveBlocks', path, {})
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

export { describeLevel }

const once = <V>(make: () => Promise<V>): (() => Promise<V>) => {
  let made: Promise<V> | undefined
  return () => {
    made ??= make()
    return made
  }
}

const sortCall = (ascending: boolean, order: unknown): BuiltinCall => ({ name: 'sort', args: { ascending, order } })

const one = <T>(values: readonly T[]): T => {
  if (values.length === 0) throw userError('empty collection')
  return values[0] as T
}

/** The partition and the position in it of the element at `index` of all. */
const placeOf = (counts: readonly number[], index: number): readonly [number, number] => {
  let left = index
  for (const [partition, count] of counts.entries()) {
    if (left < count) return [partition, left]
    left -= count
  }
  throw new RangeError(`there is no element ${index}`)
}
