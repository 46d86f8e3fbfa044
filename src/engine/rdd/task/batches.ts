/** Pairs as two columns of one length. */
export interface PairColumns<Column = ArrayLike<unknown>> {
  readonly keys: Column
  readonly values: Column
}

/**
 * A partition on its way, a batch at a time; undefined at its end. Batches are never changed by who takes them.
 * `nextPairs`, for who knows that the elements are pairs, gives them as columns, without a pair in memory; `keyed`: it
 * has them as columns in the first place. A source is read one way or the other.
 */
export interface Batches {
  next(): readonly unknown[] | undefined
  nextPairs?(): PairColumns | undefined
  readonly keyed?: boolean
}

export const BATCH = 4096

export const ofArrays = (arrays: Iterable<readonly unknown[]>): Batches => {
  const iterator = arrays[Symbol.iterator]()
  return { next: () => iterator.next().value as readonly unknown[] | undefined }
}

export const ofArray = (values: readonly unknown[]): Batches => ofArrays(values.length === 0 ? [] : [values])

const zippedPairs = ({ keys, values }: PairColumns): readonly unknown[] => {
  const pairs = new Array<unknown>(keys.length)
  for (let i = 0; i < pairs.length; i++) pairs[i] = [keys[i], values[i]]
  return pairs
}

/** Batches of what is there as columns. */
export const ofPairs = (nextPairs: () => PairColumns | undefined): Batches => ({
  next: () => {
    const pairs = nextPairs()
    return pairs === undefined ? undefined : zippedPairs(pairs)
  },
  nextPairs,
  keyed: true,
})

const splitPairs = (batch: readonly unknown[]): PairColumns => {
  const keys = new Array<unknown>(batch.length)
  const values = new Array<unknown>(batch.length)
  for (let i = 0; i < batch.length; i++) {
    const pair = batch[i] as readonly [unknown, unknown]
    keys[i] = pair[0]
    values[i] = pair[1]
  }
  return { keys, values }
}

/** The pairs of a source, as columns. */
export const pairsOf = (source: Batches): (() => PairColumns | undefined) => {
  if (source.nextPairs !== undefined) return () => source.nextPairs!()
  return () => {
    const batch = source.next()
    return batch === undefined ? undefined : splitPairs(batch)
  }
}

const firstOf = <T>(all: readonly (() => T | undefined)[]): (() => T | undefined) => {
  let at = 0
  return () => {
    for (; at < all.length; at++) {
      const found = all[at]!()
      if (found !== undefined) return found
    }
    return undefined
  }
}

export const chained = (all: readonly Batches[]): Batches => {
  const next = firstOf(all.map((each) => () => each.next()))
  return { next, nextPairs: firstOf(all.map(pairsOf)), keyed: all.every((each) => each.keyed === true) }
}

/** Pulls batches out of anything that can be iterated; arrays go as they are. */
export const ofIterable = (values: Iterable<unknown>): Batches => {
  if (Array.isArray(values)) return ofArray(values)
  const iterator = values[Symbol.iterator]()
  let ended = false
  return {
    next: () => {
      if (ended) return undefined
      const batch: unknown[] = []
      while (batch.length < BATCH) {
        const step = iterator.next()
        if (step.done === true) {
          ended = true
          break
        }
        batch.push(step.value)
      }
      return batch.length === 0 ? undefined : batch
    },
  }
}

/** What functions over partitions get: an iterator with the usual helpers (map, filter, take …). */
export class BatchIterator extends Iterator<unknown> {
  private readonly batches: Batches
  private batch: readonly unknown[] = []
  private at = 0
  /** Elements handed out so far. */
  taken = 0

  constructor(batches: Batches) {
    super()
    this.batches = batches
  }

  override next(): IteratorResult<unknown, undefined> {
    while (this.at >= this.batch.length) {
      const batch = this.batches.next()
      if (batch === undefined) return { done: true, value: undefined }
      this.batch = batch
      this.at = 0
    }
    this.taken++
    return { done: false, value: this.batch[this.at++] }
  }
}

export const drained = (batches: Batches): (readonly unknown[])[] => {
  const all: (readonly unknown[])[] = []
  for (let batch = batches.next(); batch !== undefined; batch = batches.next()) if (batch.length > 0) all.push(batch)
  return all
}

export const mapBatches = (parent: Batches, work: (batch: readonly unknown[]) => readonly unknown[]): Batches => ({
  next: () => {
    const batch = parent.next()
    return batch === undefined ? undefined : work(batch)
  },
})
