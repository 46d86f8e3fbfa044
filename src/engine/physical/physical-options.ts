import { type Conf, confBoolean, confBytes, confInteger, parseBytes } from '../conf.ts'
import { userError } from '../errors.ts'
import type { SparkFunction } from '../functions/function.ts'
import type { Estimator } from '../optimizer/statistics.ts'
import type { ScanRelation } from '../plan/logical-plan.ts'
import type { KeyRanges } from '../sources/key-ranges.ts'
import type { SourcePart } from '../sources/split-source.ts'

/** What the physical planner must know of the session; all of it data or pure. */
export interface PhysicalOptions {
  /** No executors: one stage, one task, DuckDB's own threads. */
  readonly local: boolean
  /** Tasks that can run at once. */
  readonly slots: number
  readonly estimate: Estimator
  /** The parts of a relation, cut before planning; one part: it cannot be cut or is small. */
  readonly parts: (relation: ScanRelation) => readonly SourcePart[]
  /** By which keys a relation may be cut as well; absent or undefined: by none. */
  readonly keyRanges?: (relation: ScanRelation) => KeyRanges | undefined
  /** Whether a column of a relation surely has no NULL; absent: it is not known of any. */
  readonly neverNull?: (relation: ScanRelation, column: string) => boolean
  readonly functionOf: (name: string) => SparkFunction | undefined
  readonly limits: PlanLimits
}

export interface PlanLimits {
  /** The larger side of a join may be joined without moving it when the other has at most so many bytes. */
  readonly broadcastMaxBytes: number
  /** Files of at most so many bytes are read by every task itself rather than by a stage of their own. */
  readonly inlineMaxBytes: number
  /** Tables that lie in the order of a key are cut by it where that spares an exchange. */
  readonly keyRanges: boolean
  /** spark.sql.shuffle.partitions, when set. */
  readonly shufflePartitions: number | undefined
  /** Bytes that one partition of a shuffle should have. */
  readonly partitionBytes: number
  /** Rows of more bytes are sorted in ranges rather than by one task. */
  readonly sortMaxBytes: number
}

const MiB = 2 ** 20

/** spark.sql.autoBroadcastJoinThreshold where it is set (-1: never), else spark.bellows.broadcast.maxBytes. */
const broadcastLimit = (conf: Conf): number => {
  const text = conf['spark.sql.autoBroadcastJoinThreshold']
  if (text === undefined) return confBytes(conf, 'spark.bellows.broadcast.maxBytes', 256 * MiB)
  if (/^\s*-1\s*[bkmgtp]*\s*$/i.test(text)) return -1
  const bytes = parseBytes(text)
  if (bytes === undefined)
    throw userError(`spark.sql.autoBroadcastJoinThreshold is "${text}"; it wants a size such as 10m, or -1 for never`)
  return bytes
}

/** Throws EngineError for values that cannot be read. */
export const planLimits = (conf: Conf): PlanLimits => ({
  broadcastMaxBytes: broadcastLimit(conf),
  inlineMaxBytes: confBytes(conf, 'spark.bellows.broadcast.inlineMaxBytes', 16 * MiB),
  keyRanges: confBoolean(conf, 'spark.bellows.scan.keyRanges', true),
  shufflePartitions:
    conf['spark.sql.shuffle.partitions'] === undefined
      ? undefined
      : Math.max(1, confInteger(conf, 'spark.sql.shuffle.partitions', 1)),
  partitionBytes: Math.max(1, confBytes(conf, 'spark.sql.adaptive.advisoryPartitionSizeInBytes', 64 * MiB)),
  sortMaxBytes: confBytes(conf, 'spark.bellows.sort.singleMaxBytes', 256 * MiB),
})
