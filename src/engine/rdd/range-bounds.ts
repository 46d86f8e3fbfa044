import { type Comparator, naturalOrder } from './keys/compare.ts'
import { boundsOf, RangePartitioner, type WeightedKey } from './keys/partitioner.ts'

/** Of one partition: how many pairs it has, and a sample of their keys. */
export type Sketch = readonly [count: number, keys: readonly unknown[]]

/** Keys that a sample of each partition holds: three times what is wanted on average, as in Spark. */
export const sampleSize = (partitions: number, parents: number): number =>
  Math.ceil((3 * Math.min(20 * partitions, 1e6)) / Math.max(1, parents))

export const partitionerOf = (
  sketches: readonly Sketch[],
  partitions: number,
  ascending: boolean,
  order: Comparator<never> | undefined,
): RangePartitioner => {
  const weighted: WeightedKey[] = sketches.flatMap(([count, keys]) =>
    keys.map((key) => ({ key, weight: count / keys.length })),
  )
  const bounds = boundsOf(weighted, partitions, (order ?? naturalOrder) as Comparator<unknown>)
  return new RangePartitioner(bounds, ascending, order)
}
