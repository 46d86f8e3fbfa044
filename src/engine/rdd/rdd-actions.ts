import { userError } from '../errors.ts'
import { type Comparator, naturalOrder, reversed } from './keys/compare.ts'
import { KeyMap } from './keys/key-map.ts'
import { HashPartitioner } from './keys/partitioner.ts'
import type { RDD } from './rdd.ts'
import { anySeed, type PartitionIterator, RddCore } from './rdd-core.ts'
import { StatCounter } from './stat-counter.ts'
import { randomOf } from './task/random.ts'

/** The actions of RDDs: each runs a job, and is a promise of its result. */
export abstract class RddActions<T> extends RddCore<T> {
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
    const [value] = await this.take(1).then((values) =>
      values.length > 0 ? values : Promise.reject(userError('empty collection')),
    )
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

  async aggregate<U>(
    zero: U,
    merge: (combined: U, value: T) => U,
    mergeCombiners: (one: U, other: U) => U,
  ): Promise<U> {
    this.checked('aggregate', mergeCombiners)
    const parts = await this.builtin<U>('aggregate', 'aggregate', { zero, fn: merge, name: 'aggregate' }).gather<U>(
      'collect',
    )
    return parts.reduce(mergeCombiners, structuredClone(zero))
  }

  /** As aggregate, but merged on executors in `depth` levels. */
  async treeAggregate<U>(
    zero: U,
    merge: (combined: U, value: T) => U,
    mergeCombiners: (one: U, other: U) => U,
    depth = 2,
  ): Promise<U> {
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
  protected async levels(merge: (one: T, other: T) => T, depth: number): Promise<RDD<T>> {
    if (!Number.isInteger(depth) || depth < 1) throw userError(`the depth is a whole number from 1, not ${depth}`)
    let count = (await this.resolved()).partitions
    const scale = Math.max(Math.ceil(count ** (1 / depth)), 2)
    let level = this as unknown as RDD<T>
    while (count > scale + Math.ceil(count / scale)) {
      count = Math.ceil(count / scale)
      level = level
        .builtin<[number, T]>('treeAggregate', 'toLevel', { n: count })
        .reduceByKey(merge, new HashPartitioner(count))
        .values()
    }
    return level
  }

  async countByValue(): Promise<Map<T, number>> {
    return this.step<[T, null]>('withNull', undefined, 'countByValue').countByKey()
  }

  async countByKey<K, V>(this: RDD<[K, V]>): Promise<Map<K, number>> {
    return this.mapValues(() => 1)
      .reduceByKey((one, other) => one + other)
      .collectAsMap()
  }

  /** The program gets all keys: for few of them. */
  async reduceByKeyLocally<K, V>(this: RDD<[K, V]>, fn: (one: V, other: V) => V): Promise<Map<K, V>> {
    return this.reduceByKey(fn).collectAsMap()
  }

  async collectAsMap<K, V>(this: RDD<[K, V]>): Promise<Map<K, V>> {
    return new Map(await this.collect())
  }

  async lookup<K, V>(this: RDD<[K, V]>, key: K): Promise<V[]> {
    const { partitioner } = await this.resolved()
    const partitions = partitioner === undefined ? undefined : [partitioner.getPartition(key)]
    const pairs = new KeyMap()
    if (pairs.find(key) < 0) pairs.add(key, null)
    const found = await this.gather<[K, V]>('collect', partitions)
    return found.filter((pair) => pairs.find(pair[0]) >= 0).map((pair) => pair[1])
  }

  async takeOrdered(n: number, order?: Comparator<T>): Promise<T[]> {
    return this.extremes('takeOrdered', n, order, false)
  }

  async top(n: number, order?: Comparator<T>): Promise<T[]> {
    return this.extremes('top', n, order, true)
  }

  protected async extremes(
    operator: string,
    n: number,
    order: Comparator<T> | undefined,
    descending: boolean,
  ): Promise<T[]> {
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

  async takeSample(withReplacement: boolean, n: number, seed = anySeed()): Promise<T[]> {
    if (!Number.isInteger(n) || n < 0) throw userError(`takeSample: ${n} is no number of elements`)
    if (!withReplacement) {
      const drawn = await this.builtin<[number, T]>('takeSample', 'reservoir', { n, seed }).gather<[number, T]>(
        'collect',
      )
      return drawn
        .sort((a, b) => a[0] - b[0])
        .slice(0, n)
        .map((pair) => pair[1])
    }
    const counts = await this.builtin<number>('takeSample', 'count').gather<number>('value')
    const total = counts.reduce((sum, each) => sum + each, 0)
    if (total === 0) return []
    const random = randomOf(seed, 0)
    const places = Array.from({ length: n }, () => placeOf(counts, Math.floor(random() * total)))
    const positions = counts.map((_, partition) =>
      places.flatMap((place) => (place[0] === partition ? [place[1]] : [])),
    )
    const picked = await this.builtin<[number, T]>('takeSample', 'pick', { positions }).perPartition<[number, T]>(
      'collect',
    )
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

  /** A line an element, a file a partition. `codec`: gzip, or Hadoop's name of it. */
  async saveAsTextFile(path: string, codec?: string): Promise<void> {
    if (codec !== undefined && !/gzip/i.test(codec)) throw userError(`saveAsTextFile: the codec is gzip, not ${codec}`)
    await this.save('saveAsTextFile', 'saveText', path, { gzip: codec !== undefined })
  }

  /** In the engine's own form; read it with sparkContext.objectFile. */
  async saveAsObjectFile(path: string): Promise<void> {
    await this.save('saveAsObjectFile', 'saveBlocks', path, {})
  }

  // Numbers

  async stats(this: RDD<number>): Promise<StatCounter> {
    const parts = await this.builtin<StatFields>('stats', 'stats').gather<StatFields>('value')
    return parts.map((part) => new StatCounter(...part)).reduce((one, other) => one.merge(other), StatCounter.of([]))
  }

  async sum(this: RDD<number>): Promise<number> {
    return this.fold(0, (one, other) => one + other)
  }

  async mean(this: RDD<number>): Promise<number> {
    const { count, mean } = await this.stats()
    return count === 0 ? Number.NaN : mean
  }

  async variance(this: RDD<number>): Promise<number> {
    return (await this.stats()).variance
  }

  async stdev(this: RDD<number>): Promise<number> {
    return (await this.stats()).stdev
  }

  async sampleVariance(this: RDD<number>): Promise<number> {
    return (await this.stats()).sampleVariance
  }

  async sampleStdev(this: RDD<number>): Promise<number> {
    return (await this.stats()).sampleStdev
  }

  /**
   * Counts between bounds, the last one included: given, or so many of one width from the least to the largest value.
   * Values outside of given bounds, and NaN, count nowhere. Source: DoubleRDDFunctions.histogram.
   */
  async histogram(
    this: RDD<number>,
    buckets: number | readonly number[],
  ): Promise<[bounds: number[], counts: number[]]> {
    const bounds = typeof buckets === 'number' ? evenBounds(buckets, await this.stats()) : [...buckets]
    if (bounds.length < 2 || bounds.some((bound, i) => i > 0 && !(bound > bounds[i - 1]!) && bounds.length > 2)) {
      throw userError('histogram: bounds are at least two, and ascend')
    }
    const parts = await this.builtin<number[]>('histogram', 'histogram', { bounds }).gather<number[]>('value')
    const counts = bounds.slice(1).map((_, i) => parts.reduce((sum, part) => sum + part[i]!, 0))
    return [bounds, counts]
  }
}

type StatFields = [count: number, mean: number, m2: number, max: number, min: number]

const evenBounds = (buckets: number, { count, min, max }: StatCounter): number[] => {
  if (!Number.isInteger(buckets) || buckets < 1) throw userError(`histogram: ${buckets} is no number of buckets`)
  if (count === 0 || !Number.isFinite(min) || !Number.isFinite(max)) {
    throw userError('Histogram on either an empty RDD or RDD containing +/-infinity or NaN')
  }
  if (min === max) return [min, max]
  return Array.from({ length: buckets + 1 }, (_, i) => (i === buckets ? max : min + (i * (max - min)) / buckets))
}

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
