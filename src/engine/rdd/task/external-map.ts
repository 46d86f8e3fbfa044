import { join } from 'node:path'
import { hashOf } from '../keys/hash.ts'
import { type Cell, KeyMap } from '../keys/key-map.ts'
import type { TextTable } from '../keys/text-table.ts'
import { BATCH, type Batches } from './batches.ts'
import { BlockFile, readBlockFile } from './block-file.ts'
import { estimateBatch, estimateSize } from './size-estimate.ts'

// biome-ignore lint/suspicious/noExplicitAny: functions of the program
type Fn = (...given: any[]) => any

/** How values of one key become one, after Spark's Aggregator. */
export interface Aggregator {
  readonly create: Fn
  readonly merge: Fn
  readonly mergeCombiners: Fn
  /** True: what is gathered grows with every value (groups), not with every key alone. */
  readonly growing: boolean
}

export interface Spilling {
  /** Bytes of memory for what is gathered. */
  readonly budget: number
  readonly directory: string
  /** Unique for the task. */
  readonly nextName: () => string
}

type Gather = (
  plain: Map<unknown, Cell>,
  texts: TextTable,
  batch: readonly unknown[],
  slow: (pair: [unknown, unknown]) => void,
  create: Fn,
  merge: Fn,
  progress: { at: number },
) => void
const loops = new Map<string, Gather>()

/** The loop of one pair of functions, so that the machine inlines just these into it. */
const loopOf = (create: Fn, merge: Fn): Gather => {
  const key = `${create}\n${merge}`
  let made = loops.get(key)
  if (made === undefined) {
    made = new Function(
      'plain',
      'texts',
      'batch',
      'slow',
      'create',
      'merge',
      'progress',
      `let i = 0
       try {
         for (; i < batch.length; i++) {
           const pair = batch[i], key = pair[0]
           if (typeof key === 'string') {
             const cell = texts.get(key)
             if (cell === undefined) texts.addMissing(key, create(pair[1]))
             else cell[1] = merge(cell[1], pair[1])
           } else if (typeof key === 'number') {
             const cell = plain.get(key)
             if (cell === undefined) plain.set(key, [key, create(pair[1])])
             else cell[1] = merge(cell[1], pair[1])
           } else slow(pair)
         }
       } finally { progress.at = i }`,
    ) as Gather
    if (loops.size < 1000) loops.set(key, made)
  }
  return made
}

const BUCKETS = 16
const DEEPEST = 4
const identity = (value: unknown): unknown => value

/** Gathers pairs by key within a memory budget: what is over it goes to disk in buckets by hash, and comes back bucket by bucket. */
export class ExternalMap {
  private readonly aggregator: Aggregator
  private readonly spilling: Spilling
  private readonly level: number
  private readonly map = new KeyMap<unknown, unknown>()
  private buckets: BlockFile[] | undefined
  private bytes = 0
  private nextMeasure = 1024
  readonly progress = { at: 0 }

  constructor(aggregator: Aggregator, spilling: Spilling, level = 0) {
    this.aggregator = aggregator
    this.spilling = spilling
    this.level = level
  }

  get size(): number {
    return this.map.size
  }

  /** True when the budget is used up. */
  get full(): boolean {
    return this.bytes > this.spilling.budget
  }

  addValues(batch: readonly unknown[]): void {
    this.gather(batch, this.aggregator.create, this.aggregator.merge)
  }

  addCombined(batch: readonly unknown[]): void {
    this.gather(batch, identity, this.aggregator.mergeCombiners)
    if (this.full && this.level < DEEPEST) this.spill()
  }

  addValuesSpilling(batch: readonly unknown[]): void {
    this.addValues(batch)
    if (this.full && this.level < DEEPEST) this.spill()
  }

  private gather(batch: readonly unknown[], create: Fn, merge: Fn): void {
    const slow = (pair: [unknown, unknown]): void => {
      const cell = this.map.cell(pair[0])
      if (cell === undefined) this.map.add(pair[0], create(pair[1]))
      else cell[1] = merge(cell[1], pair[1])
    }
    loopOf(create, merge)(this.map.plain, this.map.texts, batch, slow, create, merge, this.progress)
    if (this.aggregator.growing) this.bytes += estimateBatch(batch)
    else if (this.map.size >= this.nextMeasure) this.measure()
  }

  private measure(): void {
    let seen = 0
    let size = 0
    const step = Math.max(1, Math.floor(this.map.size / 64))
    let at = 0
    for (const cell of this.map.cells()) {
      if (at++ % step !== 0) continue
      size += 60 + estimateSize(cell[0]) + estimateSize(cell[1])
      seen++
    }
    this.bytes = (size / Math.max(1, seen)) * this.map.size
    this.nextMeasure = Math.ceil(this.map.size * 1.1)
  }

  /** What is in memory, and forgets it. */
  take(): Cell[] {
    const all = this.map.toArray()
    this.map.clear()
    this.bytes = 0
    this.nextMeasure = 1024
    return all
  }

  private bucketOf(key: unknown): number {
    return Math.imul(hashOf(key) ^ (this.level * 0x9e3779b9), 0x85ebca6b) >>> 28
  }

  private spill(): void {
    const { directory, nextName } = this.spilling
    this.buckets ??= Array.from({ length: BUCKETS }, () => new BlockFile(join(directory, nextName())))
    const parts = Array.from({ length: BUCKETS }, (): Cell[] => [])
    for (const cell of this.take()) parts[this.bucketOf(cell[0])]!.push(cell)
    for (const [i, part] of parts.entries()) this.buckets[i]!.add(part)
  }

  /** All pairs [key, combined]. The map is used up by it. */
  result(): Batches {
    if (this.buckets === undefined) return inBatches(this.take())
    this.spill()
    const files = this.buckets
    for (const file of files) file.close()
    let at = 0
    let current: Batches | undefined
    return {
      next: () => {
        for (;;) {
          const batch = current?.next()
          if (batch !== undefined) return batch
          if (at === files.length) return undefined
          const inner = new ExternalMap(this.aggregator, this.spilling, this.level + 1)
          const source = readBlockFile(files[at++]!.path, true)
          for (let each = source.next(); each !== undefined; each = source.next()) inner.addCombined(each)
          current = inner.result()
        }
      },
    }
  }
}

const inBatches = (values: readonly unknown[]): Batches => {
  let at = 0
  return {
    next: () => {
      if (at >= values.length) return undefined
      const batch = values.length <= BATCH ? values : values.slice(at, at + BATCH)
      at += BATCH
      return batch
    },
  }
}
