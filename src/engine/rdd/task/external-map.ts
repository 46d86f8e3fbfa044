import { join } from 'node:path'
import { hashOf } from '../keys/hash.ts'
import { KeyMap } from '../keys/key-map.ts'
import { BATCH, type Batches, ofPairs, type PairColumns, pairsOf } from './batches.ts'
import { BlockFile, readBlockFile } from './block-file.ts'
import { estimatePairs, estimateSize } from './size-estimate.ts'

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

type Pairs = PairColumns<readonly unknown[]>
type Gather = (map: KeyMap, pairs: PairColumns, create: Fn, merge: Fn, progress: { at: number }) => void
const loops = new Map<string, Gather>()

/** The loop of one pair of functions, so that the machine inlines just these into it. */
const loopOf = (create: Fn, merge: Fn): Gather => {
  const key = `${create}\n${merge}`
  let made = loops.get(key)
  if (made === undefined) {
    made = new Function(
      'map',
      'pairs',
      'create',
      'merge',
      'progress',
      `const { keys, values } = pairs, gathered = map.values
       let i = 0
       try {
         for (; i < keys.length; i++) {
           const key = keys[i], entry = map.find(key)
           if (entry < 0) map.add(key, create(values[i]))
           else gathered[entry] = merge(gathered[entry], values[i])
         }
       } finally { progress.at = i }`,
    ) as Gather
    if (loops.size < 1000) loops.set(key, made)
  }
  return made
}

const BUCKETS = 16
const DEEPEST = 4
/** Of an entry beside its key and value: their places, and those in the table. */
const ENTRY = 48
const FIRST_MEASURE = 1024
const identity = (value: unknown): unknown => value

/** Gathers pairs by key within a memory budget: what is over it goes to disk in buckets by hash, and comes back bucket by bucket. */
export class ExternalMap {
  private readonly aggregator: Aggregator
  private readonly spilling: Spilling
  private readonly level: number
  private readonly map = new KeyMap()
  private buckets: BlockFile[] | undefined
  private bytes = 0
  private nextMeasure = FIRST_MEASURE
  readonly progress = { at: 0 }

  constructor(aggregator: Aggregator, spilling: Spilling, level = 0) {
    this.aggregator = aggregator
    this.spilling = spilling
    this.level = level
  }

  /** True when the budget is used up. */
  get full(): boolean {
    return this.bytes > this.spilling.budget
  }

  addValues(pairs: PairColumns): void {
    this.gather(pairs, this.aggregator.create, this.aggregator.merge)
  }

  addCombined(pairs: PairColumns): void {
    this.gather(pairs, identity, this.aggregator.mergeCombiners)
    if (this.full && this.level < DEEPEST) this.spill()
  }

  /** `create` and `merge` where they are not the aggregator's: sides of a cogroup. */
  addValuesSpilling(pairs: PairColumns, create = this.aggregator.create, merge = this.aggregator.merge): void {
    this.gather(pairs, create, merge)
    if (this.full && this.level < DEEPEST) this.spill()
  }

  private gather(pairs: PairColumns, create: Fn, merge: Fn): void {
    loopOf(create, merge)(this.map, pairs, create, merge, this.progress)
    if (this.aggregator.growing) this.bytes += estimatePairs(pairs)
    else if (this.map.size >= this.nextMeasure) this.measure()
  }

  private measure(): void {
    const { keys, values, size } = this.map
    const step = Math.max(1, Math.floor(size / 64))
    let sampled = 0
    let seen = 0
    for (let i = 0; i < size; i += step) {
      sampled += ENTRY + estimateSize(keys[i]) + estimateSize(values[i])
      seen++
    }
    this.bytes = (sampled / seen) * size
    this.nextMeasure = Math.ceil(size * 1.1)
  }

  /** What is in memory, and forgets it. */
  take(): Pairs {
    const { keys, values } = this.map
    this.map.clear()
    this.bytes = 0
    this.nextMeasure = FIRST_MEASURE
    return { keys, values }
  }

  private bucketOf(key: unknown): number {
    return Math.imul(hashOf(key) ^ (this.level * 0x9e3779b9), 0x85ebca6b) >>> 28
  }

  private spill(): void {
    const { directory, nextName } = this.spilling
    this.buckets ??= Array.from({ length: BUCKETS }, () => new BlockFile(join(directory, nextName())))
    const parts = Array.from({ length: BUCKETS }, () => ({ keys: [] as unknown[], values: [] as unknown[] }))
    const { keys, values } = this.take()
    for (let i = 0; i < keys.length; i++) {
      const part = parts[this.bucketOf(keys[i])]!
      part.keys.push(keys[i])
      part.values.push(values[i])
    }
    for (const [i, part] of parts.entries()) {
      const next = inBatches(part)
      for (let pairs = next(); pairs !== undefined; pairs = next()) this.buckets[i]!.addPairs(pairs)
    }
  }

  /** All pairs [key, combined]. The map is used up by it. */
  result(): Batches {
    if (this.buckets === undefined) return ofPairs(inBatches(this.take()))
    this.spill()
    const files = this.buckets
    for (const file of files) file.close()
    let at = 0
    let current: (() => PairColumns | undefined) | undefined
    return ofPairs(() => {
      for (;;) {
        const pairs = current?.()
        if (pairs !== undefined) return pairs
        if (at === files.length) return undefined
        const inner = new ExternalMap(this.aggregator, this.spilling, this.level + 1)
        const source = pairsOf(readBlockFile(files[at++]!.path, true))
        for (let each = source(); each !== undefined; each = source()) inner.addCombined(each)
        current = pairsOf(inner.result())
      }
    })
  }
}

const inBatches = ({ keys, values }: Pairs): (() => Pairs | undefined) => {
  let at = 0
  return () => {
    if (at >= keys.length) return undefined
    const from = at
    at += BATCH
    return keys.length <= BATCH ? { keys, values } : { keys: keys.slice(from, at), values: values.slice(from, at) }
  }
}
