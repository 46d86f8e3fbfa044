import { AccumulatorV2, CollectionAccumulator, DoubleAccumulator, LongAccumulator } from '../accumulator.ts'
import { HashPartitioner, Partitioner, RangePartitioner } from '../keys/partitioner.ts'

/** What the engine has on both sides: named, not sent. */
export const ENGINE_VALUES: Readonly<Record<string, unknown>> = {
  AccumulatorV2,
  CollectionAccumulator,
  DoubleAccumulator,
  HashPartitioner,
  LongAccumulator,
  Partitioner,
  RangePartitioner,
}

export const ENGINE_NAMES: ReadonlyMap<unknown, string> = new Map(
  Object.entries(ENGINE_VALUES).map(([name, value]) => [value, name]),
)
