import { lookupFunction } from '../functions/registry.ts'

/** Spark's functions whose value is another one each time or in each task, should the registry not know them; its own it marks. */
const NONDETERMINISTIC = new Set([
  'rand',
  'random',
  'randn',
  'randstr',
  'uniform',
  'uuid',
  'shuffle',
  'monotonically_increasing_id',
  'spark_partition_id',
  'input_file_name',
  'input_file_block_start',
  'input_file_block_length',
  'reflect',
  'java_method',
])

export const isDeterministicFunction = (name: string): boolean =>
  !NONDETERMINISTIC.has(name) && lookupFunction(name)?.deterministic !== false
