import { appendFileSync, writeFileSync } from 'node:fs'
import { userError } from '../../errors.ts'
import { CHUNK_VALUES, encodeChunk, encodePairs } from '../codec/block.ts'
import { hashOf } from '../keys/hash.ts'
import { HashPartitioner, type Partitioner } from '../keys/partitioner.ts'
import { type Batches, type PairColumns, pairsOf } from './batches.ts'
import { aggregatorOf, gatherError } from './builtins.ts'
import { ExternalMap } from './external-map.ts'
import type { TaskContext } from './task-context.ts'
import { functionError } from './task-error.ts'

const MOST_PENDING = 32 << 20
/** Elements over all partitions that wait to be encoded. */
const MOST_WAITING = 1 << 18

/** Deals elements out to the blocks of reduce partitions: chunks in memory, in the files when they grow. */
class ShuffleWriter {
  private readonly paths: readonly string[]
  /** Elements, or keys, and with these values, by partition. */
  private readonly waiting: unknown[][]
  private readonly values: unknown[][] | undefined
  private readonly pending: Buffer[][]
  private readonly begun: boolean[]
  private pendingBytes = 0
  private waitingCount = 0
  readonly rows: number[]

  constructor(paths: readonly string[], pairs: boolean) {
    this.paths = paths
    this.waiting = paths.map(() => [])
    this.values = pairs ? paths.map(() => []) : undefined
    this.pending = paths.map(() => [])
    this.begun = paths.map(() => false)
    this.rows = paths.map(() => 0)
  }

  /** An element, or a key whose value comes with it. */
  add(partition: number, element: unknown, value?: unknown): void {
    const list = this.waiting[partition]!
    list.push(element)
    if (this.values !== undefined) this.values[partition]!.push(value)
    this.waitingCount++
    if (list.length >= CHUNK_VALUES) this.encode(partition)
    else if (this.waitingCount > MOST_WAITING) this.encodeLongest()
  }

  private encode(partition: number): void {
    const list = this.waiting[partition]!
    if (list.length === 0) return
    const values = this.values?.[partition]
    const bytes = values === undefined ? encodeChunk(list) : encodePairs(list, values)
    this.pending[partition]!.push(bytes)
    this.pendingBytes += bytes.length
    this.rows[partition]! += list.length
    this.waitingCount -= list.length
    this.waiting[partition] = []
    if (this.values !== undefined) this.values[partition] = []
    if (this.pendingBytes > MOST_PENDING) this.flush()
  }

  /** Many partitions with few elements each: the longer half goes. */
  private encodeLongest(): void {
    const mean = this.waitingCount / this.waiting.length
    for (let i = 0; i < this.waiting.length; i++) if (this.waiting[i]!.length >= mean) this.encode(i)
  }

  private flush(): void {
    for (let i = 0; i < this.paths.length; i++) {
      const chunks = this.pending[i]!
      if (chunks.length === 0) continue
      const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
      if (this.begun[i]) appendFileSync(this.paths[i]!, bytes)
      else writeFileSync(this.paths[i]!, bytes)
      this.begun[i] = true
      this.pending[i] = []
    }
    this.pendingBytes = 0
  }

  /** Rows of each partition; those with none have no file. */
  finish(): readonly number[] {
    for (let i = 0; i < this.waiting.length; i++) this.encode(i)
    this.flush()
    return this.rows
  }
}

const partitionOf = (partitioner: Partitioner, partitions: number): ((key: unknown) => number) => {
  if (partitioner instanceof HashPartitioner) {
    return (key) => (key === null || key === undefined ? 0 : (hashOf(key) >>> 0) % partitions)
  }
  return (key) => {
    const made = partitioner.getPartition(key)
    if (!Number.isInteger(made) || made < 0 || made >= partitions) {
      throw userError(
        `a partitioner gives ${String(made)} for the key ${String(key)}; it has the partitions 0 to ${partitions - 1}`,
      )
    }
    return made
  }
}

export interface ShuffleTarget {
  readonly partitions: number
  /** undefined: elements are dealt out in turn (repartition). */
  readonly partitioner: Partitioner | undefined
  /** Arguments of the map-side combine. */
  readonly combine: Readonly<Record<string, unknown>> | undefined
  /** Of each reduce partition's block. */
  readonly paths: readonly string[]
}

/** Writes a partition as blocks for the reduce side; resolves with the rows of each. */
export const writeShuffle = (batches: Batches, target: ShuffleTarget, context: TaskContext): readonly number[] => {
  const writer = new ShuffleWriter(target.paths, target.partitioner !== undefined)
  if (target.partitioner === undefined) {
    let next = (hashOf(context.partition) >>> 0) % target.partitions
    for (let batch = batches.next(); batch !== undefined; batch = batches.next()) {
      for (let i = 0; i < batch.length; i++) {
        writer.add(next, batch[i])
        next = next + 1 === target.partitions ? 0 : next + 1
      }
    }
    return writer.finish()
  }
  const partition = partitionOf(target.partitioner, target.partitions)
  const deal = ({ keys, values }: PairColumns): void => {
    for (let i = 0; i < keys.length; i++) writer.add(partition(keys[i]), keys[i], values[i])
  }
  const map = target.combine === undefined ? undefined : new ExternalMap(aggregatorOf(target.combine), context.spilling)
  const next = pairsOf(batches)
  let before = 0
  for (let pairs = next(); pairs !== undefined; pairs = next()) {
    if (map === undefined) {
      try {
        deal(pairs)
      } catch (error) {
        throw functionError(error, 'partitioner', context.partition)
      }
      continue
    }
    try {
      map.addValues(pairs)
    } catch (error) {
      throw gatherError(error, String(target.combine?.name), context.partition, before, map, pairs)
    }
    before += pairs.keys.length
    // What is over the budget goes out as it is: the reduce side combines it again.
    if (map.full) deal(map.take())
  }
  if (map !== undefined) deal(map.take())
  return writer.finish()
}
