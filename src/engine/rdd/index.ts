/** What programs get of RDDs by `import … from 'bellows'`. */
export { AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from './accumulator.ts'
export { Broadcast } from './broadcast.ts'
export type { Comparator } from './keys/compare.ts'
export { HashPartitioner, Partitioner, RangePartitioner } from './keys/partitioner.ts'
export { type PartitionIterator, type Partitions, RDD } from './rdd.ts'
export { SparkContext, type SparkContextOptions } from './spark-context.ts'
export { StatCounter } from './stat-counter.ts'
export { StorageLevel } from './storage-level.ts'
