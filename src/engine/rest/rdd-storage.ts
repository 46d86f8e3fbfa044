import { executorName } from './api-time.ts'
import type { BlockView, ExecutorView } from './view-state.ts'

const BLOCK = /^rdd_(\d+)_(\d+)$/

const levelOf = (blocks: readonly BlockView[]): string =>
  [
    ...(blocks.some(({ disk }) => disk > 0) ? ['Disk'] : []),
    ...(blocks.some(({ memory }) => memory > 0) ? ['Memory'] : []),
    `${Math.max(...[...Map.groupBy(blocks, ({ block }) => block).values()].map((held) => held.length))}x Replicated`,
  ].join(' ')

const memory = (blocks: readonly BlockView[]): number => blocks.reduce((sum, block) => sum + block.memory, 0)
const disk = (blocks: readonly BlockView[]): number => blocks.reduce((sum, block) => sum + block.disk, 0)

/** Blocks of persisted RDDs, by RDD. */
export const persisted = (blocks: Iterable<BlockView>): ReadonlyMap<number, readonly BlockView[]> =>
  Map.groupBy(
    [...blocks].filter(({ block }) => BLOCK.test(block)),
    ({ block }) => Number(BLOCK.exec(block)?.[1]),
  )

/** What is there of an RDD. The driver hears of blocks alone: partitions without one are not counted in numPartitions. */
export const rddStorage = (id: number, blocks: readonly BlockView[]) => {
  const partitions = new Set(blocks.map(({ block }) => block)).size
  return {
    id,
    name: `RDD ${id}`,
    numPartitions: partitions,
    numCachedPartitions: partitions,
    storageLevel: levelOf(blocks),
    memoryUsed: memory(blocks),
    diskUsed: disk(blocks),
  }
}

export const rddStorageDetails = (
  id: number,
  blocks: readonly BlockView[],
  executors: ReadonlyMap<number, ExecutorView>,
) => ({
  ...rddStorage(id, blocks),
  dataDistribution: [...Map.groupBy(blocks, ({ executor }) => executor)].map(([executor, held]) => ({
    address: executors.get(executor)?.hostPort ?? executorName(executor),
    memoryUsed: memory(held),
    memoryRemaining: Math.max(0, (executors.get(executor)?.maxMemory ?? 0) - memory(held)),
    diskUsed: disk(held),
  })),
  partitions: [...Map.groupBy(blocks, ({ block }) => block)].map(([blockName, held]) => ({
    blockName,
    storageLevel: levelOf(held),
    memoryUsed: memory(held),
    diskUsed: disk(held),
    executors: held.map(({ executor }) => executorName(executor)),
  })),
})
