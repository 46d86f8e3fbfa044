import { type Conf, confBoolean, confBytes } from '../conf.ts'

/** What changes while a job runs, once sizes are known. Names and defaults are Spark's; source: its tuning guide, "Adaptive Query Execution". */
export interface AdaptiveSettings {
  readonly enabled: boolean
  /** Partitions are put together up to so many bytes. */
  readonly advisoryBytes: number
  readonly minPartitionBytes: number
  readonly skewFactor: number
  readonly skewBytes: number
  /** A side of a shuffled join that turned out to have at most so many bytes is read by every task. */
  readonly broadcastMaxBytes: number
}

const MiB = 2 ** 20

/** Throws EngineError for values that cannot be read. */
export const adaptiveSettings = (conf: Conf, broadcastMaxBytes: number): AdaptiveSettings => ({
  enabled: confBoolean(conf, 'spark.sql.adaptive.enabled', true),
  advisoryBytes: confBytes(conf, 'spark.sql.adaptive.advisoryPartitionSizeInBytes', 64 * MiB),
  minPartitionBytes: confBytes(conf, 'spark.sql.adaptive.coalescePartitions.minPartitionSize', MiB),
  skewFactor: Number(conf['spark.sql.adaptive.skewJoin.skewedPartitionFactor'] ?? 5),
  skewBytes: confBytes(conf, 'spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes', 256 * MiB),
  broadcastMaxBytes,
})
