import type { Conf } from '../../conf.ts'
import { drawFrom } from './generated-plan.ts'

/** Limits so small that plans of a few thousand rows shuffle, split and change their minds. */
export const randomConf = (seed: number): Conf => {
  const draw = drawFrom(seed)
  return {
    'spark.sql.autoBroadcastJoinThreshold': ['-1', '0', '3k', '100m'][draw(4)]!,
    'spark.bellows.broadcast.inlineMaxBytes': ['0', '0', '16m'][draw(3)]!,
    'spark.sql.adaptive.advisoryPartitionSizeInBytes': ['1k', '20k', '64m'][draw(3)]!,
    'spark.sql.adaptive.coalescePartitions.minPartitionSize': '1',
    'spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes': ['2k', '256m'][draw(2)]!,
    'spark.sql.adaptive.skewJoin.skewedPartitionFactor': '1.1',
    'spark.bellows.sort.singleMaxBytes': ['0', '256m'][draw(2)]!,
    'spark.sql.adaptive.enabled': draw(5) === 0 ? 'false' : 'true',
    ...(draw(2) === 0 ? { 'spark.sql.shuffle.partitions': String(1 + draw(7)) } : {}),
    'spark.bellows.scan.keyRanges': draw(3) === 0 ? 'false' : 'true',
  }
}
