import { userError } from '../errors.ts'
import type { Comparator } from './keys/compare.ts'
import { HashPartitioner } from './keys/partitioner.ts'
import type { Args, BuiltinCall, Lineage } from './lineage.ts'
import { partitionerOf, type Sketch, sampleSize } from './range-bounds.ts'
import { RddActions } from './rdd-actions.ts'
import { anySeed, type PartitionIterator, type Partitions } from './rdd-core.ts'

export type { PartitionIterator, Partitions } from './rdd-core.ts'

type Pair<K, V> = [K, V]

/**
 * An immutable, distributed collection, after Spark's RDD: names, defaults and meaning are Spark's. Operators are lazy,
 * actions are promises. Functions are sent to executors by value: docs/decisions/0010-closures.md.
 */
export class RDD<T> extends RddActions<T> {
  derive<U>(operator: string, lineage: Lineage): RDD<U> {
    return new RDD<U>(this.context, operator, lineage)
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
    return this.derive('mapPartitions', {
      kind: 'partition',
      parent: this,
      fn,
      withIndex: false,
      preservesPartitioning,
    })
  }

  mapPartitionsWithIndex<U>(
    fn: (index: number, values: PartitionIterator<T>) => Iterable<U> | AsyncIterable<U> | Promise<Iterable<U>>,
    preservesPartitioning = false,
  ): RDD<U> {
    this.checked('mapPartitionsWithIndex', fn)
    return this.derive('mapPartitionsWithIndex', {
      kind: 'partition',
      parent: this,
      fn,
      withIndex: true,
      preservesPartitioning,
    })
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

  zipPartitions<A, U>(
    other: RDD<A>,
    fn: (left: PartitionIterator<T>, right: PartitionIterator<A>) => Iterable<U>,
  ): RDD<U> {
    return this.derive('zipPartitions', { kind: 'zip', parents: [this, other], fn: this.checked('zipPartitions', fn) })
  }

  /** Runs a job for the counts where there is more than one partition. */
  zipWithIndex(): RDD<[T, number]> {
    return this.builtin('zipWithIndex', 'zipIndex', async () => {
      const { partitions } = await this.resolved()
      const counts = partitions > 1 ? await this.builtin<number>('zipWithIndex', 'count').gather<number>('value') : []
      let sum = 0
      const starts = [0, ...counts.map((count) => (sum += count))]
      return { starts }
    })
  }

  zipWithUniqueId(): RDD<[T, number]> {
    return this.builtin('zipWithUniqueId', 'zipUniqueId', async () => ({
      partitions: (await this.resolved()).partitions,
    }))
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

  sample(withReplacement: boolean, fraction: number, seed = anySeed()): RDD<T> {
    if (!(fraction >= 0) || (!withReplacement && fraction > 1))
      throw userError(`sample: the fraction ${fraction} is not in [0, 1]`)
    return this.builtin('sample', 'sample', { withReplacement, fraction, seed }, true)
  }

  randomSplit(weights: readonly number[], seed = anySeed()): RDD<T>[] {
    const total = weights.reduce((sum, each) => sum + each, 0)
    if (weights.some((each) => !(each >= 0)) || total <= 0)
      throw userError('randomSplit: weights are 0 or more, and not all 0')
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
    return this.derive('coalesce', {
      kind: 'coalesced',
      parent: this,
      count: new HashPartitioner(numPartitions).numPartitions,
    })
  }

  repartition(numPartitions: number): RDD<T> {
    const count = new HashPartitioner(numPartitions).numPartitions
    return this.shuffled('repartition', { partitioner: undefined, count })
  }

  distinct(numPartitions?: number): RDD<T> {
    const pairs = this.step<Pair<T, null>>('withNull', undefined, 'distinct')
    const partitioner = pairs.partitionerFor([pairs], numPartitions)
    return pairs
      .shuffled<Pair<T, null>>('distinct', { partitioner, combine: { kind: 'distinct' }, mapSideCombine: true })
      .step('keys', undefined, 'distinct')
  }

  intersection(other: RDD<T>, partitions?: Partitions<T>): RDD<T> {
    const [left, right] = [this, other].map((each) => each.step('withNull', undefined, 'intersection')) as [
      RDD<never>,
      RDD<never>,
    ]
    return left.cogrouped('intersection', [right], partitions).builtin('intersection', 'intersect')
  }

  subtract(other: RDD<T>, partitions?: Partitions<T>): RDD<T> {
    const [left, right] = [this, other].map((each) => each.step('withNull', undefined, 'subtract')) as [
      RDD<never>,
      RDD<never>,
    ]
    return left
      .cogrouped('subtract', [right], partitions)
      .builtin('subtract', 'subtract')
      .step('keys', undefined, 'subtract')
  }

  groupBy<K>(fn: (value: T) => K, partitions?: Partitions<K>): RDD<[K, T[]]> {
    return this.keyBy(fn).groupByKey(partitions)
  }

  /** Runs a job that samples the keys, when it is first needed. */
  sortBy<K>(key: (value: T) => K, ascending = true, numPartitions?: number, order?: Comparator<K>): RDD<T> {
    return this.keyBy(key).sortByKey(ascending, numPartitions, order).step('values', undefined, 'sortBy')
  }

  // Pairs

  keys<K, V>(this: RDD<[K, V]>): RDD<K> {
    return this.step('keys')
  }

  values<K, V>(this: RDD<[K, V]>): RDD<V> {
    return this.step('values')
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

  protected combined<U>(
    operator: string,
    combine: Args,
    partitions: Partitions<never> | undefined,
    mapSideCombine = true,
  ): RDD<U> {
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
    return this.combined(
      'combineByKey',
      { kind: 'user', create, merge, mergeCombiners },
      partitions as Partitions<never>,
      mapSideCombine,
    )
  }

  reduceByKey<K, V>(this: RDD<[K, V]>, fn: (one: V, other: V) => V, partitions?: Partitions<K>): RDD<[K, V]> {
    return this.combined('reduceByKey', { kind: 'reduce', merge: fn }, partitions as Partitions<never>)
  }

  foldByKey<K, V>(this: RDD<[K, V]>, zero: V, fn: (one: V, other: V) => V, partitions?: Partitions<K>): RDD<[K, V]> {
    return this.combined(
      'foldByKey',
      { kind: 'zero', zero, merge: fn, mergeCombiners: fn },
      partitions as Partitions<never>,
    )
  }

  aggregateByKey<K, V, U>(
    this: RDD<[K, V]>,
    zero: U,
    merge: (combined: U, value: V) => U,
    mergeCombiners: (one: U, other: U) => U,
    partitions?: Partitions<K>,
  ): RDD<[K, U]> {
    return this.combined(
      'aggregateByKey',
      { kind: 'zero', zero, merge, mergeCombiners },
      partitions as Partitions<never>,
    )
  }

  groupByKey<K, V>(this: RDD<[K, V]>, partitions?: Partitions<K>): RDD<[K, V[]]> {
    return this.combined('groupByKey', { kind: 'group' }, partitions as Partitions<never>, false)
  }

  cogroup<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V[], W[]]]>
  cogroup<K, V, A, B>(
    this: RDD<[K, V]>,
    first: RDD<[K, A]>,
    second: RDD<[K, B]>,
    partitions?: Partitions<K>,
  ): RDD<[K, [V[], A[], B[]]]>
  cogroup<K, V, A, B, C>(
    this: RDD<[K, V]>,
    first: RDD<[K, A]>,
    second: RDD<[K, B]>,
    third: RDD<[K, C]>,
    partitions?: Partitions<K>,
  ): RDD<[K, [V[], A[], B[], C[]]]>
  cogroup(...given: readonly unknown[]): RDD<never> {
    const others = given.filter((each) => each instanceof RDD) as RDD<unknown>[]
    return this.cogrouped(
      'cogroup',
      others,
      given.find((each) => each !== undefined && !(each instanceof RDD)) as Partitions<never>,
    )
  }

  groupWith<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>): RDD<[K, [V[], W[]]]> {
    return this.cogroup(other)
  }

  protected joined<U>(
    operator: string,
    other: RDD<unknown>,
    keepLeft: boolean,
    keepRight: boolean,
    partitions?: unknown,
  ): RDD<U> {
    return this.cogrouped<unknown>(operator, [other], partitions as Partitions<never>).builtin(
      operator,
      'join',
      { keepLeft, keepRight },
      true,
    )
  }

  join<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, [V, W]]> {
    return this.joined('join', other, false, false, partitions)
  }

  leftOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    other: RDD<[K, W]>,
    partitions?: Partitions<K>,
  ): RDD<[K, [V, W | undefined]]> {
    return this.joined('leftOuterJoin', other, true, false, partitions)
  }

  rightOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    other: RDD<[K, W]>,
    partitions?: Partitions<K>,
  ): RDD<[K, [V | undefined, W]]> {
    return this.joined('rightOuterJoin', other, false, true, partitions)
  }

  fullOuterJoin<K, V, W>(
    this: RDD<[K, V]>,
    other: RDD<[K, W]>,
    partitions?: Partitions<K>,
  ): RDD<[K, [V | undefined, W | undefined]]> {
    return this.joined('fullOuterJoin', other, true, true, partitions)
  }

  subtractByKey<K, V, W>(this: RDD<[K, V]>, other: RDD<[K, W]>, partitions?: Partitions<K>): RDD<[K, V]> {
    return this.cogrouped<unknown>('subtractByKey', [other], partitions as Partitions<never>).builtin(
      'subtractByKey',
      'subtract',
      {},
      true,
    )
  }

  sortByKey<K, V>(this: RDD<[K, V]>, ascending = true, numPartitions?: number, order?: Comparator<K>): RDD<[K, V]> {
    if (order !== undefined) this.checked('sortByKey', order)
    const partitioner = async () => {
      const parents = (await this.resolved()).partitions
      const count = numPartitions ?? this.context.configuredParallelism ?? parents
      if (count <= 1) return partitionerOf([], 1, ascending, order as Comparator<never>)
      const args = { n: sampleSize(count, parents), seed: this.id }
      const sketches = await this.builtin<Sketch>('sortByKey', 'sketch', args).gather<Sketch>('collect')
      return partitionerOf(sketches, count, ascending, order as Comparator<never>)
    }
    return this.shuffled('sortByKey', { partitioner: once(partitioner), after: sortCall(ascending, order) })
  }

  repartitionAndSortWithinPartitions<K, V>(
    this: RDD<[K, V]>,
    partitions: Partitions<K>,
    ascending = true,
    order?: Comparator<K>,
  ): RDD<[K, V]> {
    if (order !== undefined) this.checked('repartitionAndSortWithinPartitions', order)
    const partitioner = this.partitionerFor([this], partitions as Partitions<never>)
    return this.shuffled('repartitionAndSortWithinPartitions', { partitioner, after: sortCall(ascending, order) })
  }

  sampleByKey<K, V>(
    this: RDD<[K, V]>,
    withReplacement: boolean,
    fractions: ReadonlyMap<K, number>,
    seed = anySeed(),
  ): RDD<[K, V]> {
    return this.builtin('sampleByKey', 'sampleByKey', { withReplacement, fractions, seed }, true)
  }
}

const once = <V>(make: () => Promise<V>): (() => Promise<V>) => {
  let made: Promise<V> | undefined
  return () => {
    made ??= make()
    return made
  }
}

const sortCall = (ascending: boolean, order: unknown): BuiltinCall => ({ name: 'sort', args: { ascending, order } })
