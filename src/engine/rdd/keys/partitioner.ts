import { userError } from '../../errors.ts'
import { type Comparator, naturalOrder } from './compare.ts'
import { hashOf } from './hash.ts'

/** Which partition a key goes to, after Spark's Partitioner. Extend it for one of your own; it is sent to executors by value. */
export abstract class Partitioner<K = unknown> {
  abstract readonly numPartitions: number

  /** 0 … numPartitions - 1, the same for equal keys, in every process. */
  abstract getPartition(key: K): number

  /** Equal partitioners save a shuffle. */
  equals(other: Partitioner): boolean {
    return (this as unknown) === other
  }
}

const checkedCount = (count: number): number => {
  if (!Number.isInteger(count) || count < 1)
    throw userError(`the number of partitions is a whole number from 1, not ${count}`)
  return count
}

/** By a hash over the key's value; null and undefined go to partition 0, as in Spark. */
export class HashPartitioner extends Partitioner<unknown> {
  readonly numPartitions: number

  constructor(numPartitions: number) {
    super()
    this.numPartitions = checkedCount(numPartitions)
  }

  getPartition(key: unknown): number {
    return key === null || key === undefined ? 0 : (hashOf(key) >>> 0) % this.numPartitions
  }

  override equals(other: Partitioner): boolean {
    return other instanceof HashPartitioner && other.numPartitions === this.numPartitions
  }
}

/** By ranges of the key: everything in partition i comes before everything in i + 1. Bounds are upper bounds, included. */
export class RangePartitioner extends Partitioner<unknown> {
  readonly numPartitions: number
  readonly bounds: readonly unknown[]
  readonly ascending: boolean
  readonly order: Comparator<never> | undefined

  constructor(bounds: readonly unknown[], ascending = true, order?: Comparator<never>) {
    super()
    this.bounds = bounds
    this.numPartitions = bounds.length + 1
    this.ascending = ascending
    this.order = order
  }

  getPartition(key: unknown): number {
    const order = (this.order ?? naturalOrder) as Comparator<unknown>
    let low = 0
    let high = this.bounds.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (order(key, this.bounds[middle]) > 0) low = middle + 1
      else high = middle
    }
    return this.ascending ? low : this.bounds.length - low
  }
}

/** A key of the sample and how many keys it stands for. */
export interface WeightedKey {
  readonly key: unknown
  readonly weight: number
}

/** Bounds that cut the sample into parts of about one weight; equal keys are never cut. Source: RangePartitioner.determineBounds. */
export const boundsOf = (
  sample: readonly WeightedKey[],
  partitions: number,
  order: Comparator<unknown>,
): readonly unknown[] => {
  const sorted = sample.toSorted((a, b) => order(a.key, b.key))
  const step = sorted.reduce((sum, each) => sum + each.weight, 0) / partitions
  const bounds: unknown[] = []
  let gathered = 0
  for (const { key, weight } of sorted) {
    if (bounds.length >= partitions - 1) break
    gathered += weight
    if (gathered < step * (bounds.length + 1)) continue
    if (bounds.length === 0 || order(key, bounds.at(-1)) > 0) bounds.push(key)
  }
  return bounds
}
