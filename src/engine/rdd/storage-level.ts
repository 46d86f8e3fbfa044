import type { StorageLevel as Level } from '../scheduler/task-body.ts'

export type StorageLevel = Level

const level = (memory: boolean, disk: boolean, deserialized: boolean, replication = 1): Level => ({
  memory,
  disk,
  deserialized,
  replication,
})

/** Where persisted partitions are kept; names and meaning are Spark's. */
export const StorageLevel = {
  NONE: level(false, false, false),
  DISK_ONLY: level(false, true, false),
  DISK_ONLY_2: level(false, true, false, 2),
  DISK_ONLY_3: level(false, true, false, 3),
  MEMORY_ONLY: level(true, false, true),
  MEMORY_ONLY_2: level(true, false, true, 2),
  MEMORY_ONLY_SER: level(true, false, false),
  MEMORY_ONLY_SER_2: level(true, false, false, 2),
  MEMORY_AND_DISK: level(true, true, true),
  MEMORY_AND_DISK_2: level(true, true, true, 2),
  MEMORY_AND_DISK_SER: level(true, true, false),
  MEMORY_AND_DISK_SER_2: level(true, true, false, 2),
} as const

export const sameLevel = (a: Level, b: Level): boolean =>
  a.memory === b.memory && a.disk === b.disk && a.deserialized === b.deserialized && a.replication === b.replication

/** As Spark's StorageLevel.description has it. */
export const describeLevel = ({ memory, disk, deserialized, replication }: Level): string =>
  [
    ...(disk ? ['Disk'] : []),
    ...(memory ? ['Memory'] : []),
    deserialized ? 'Deserialized' : 'Serialized',
    `${replication}x Replicated`,
  ].join(' ')
