/** A partition on its way, a batch at a time; undefined at its end. Batches are never changed by who takes them. */
export interface Batches {
  next(): readonly unknown[] | undefined
}

export const BATCH = 4096

export const ofArrays = (arrays: Iterable<readonly unknown[]>): Batches => {
  const iterator = arrays[Symbol.iterator]()
  return { next: () => iterator.next().value as readonly unknown[] | undefined }
}

export const ofArray = (values: readonly unknown[]): Batches => ofArrays(values.length === 0 ? [] : [values])

export const chained = (all: readonly Batches[]): Batches => {
  let at = 0
  return {
    next: () => {
      for (; at < all.length; at++) {
        const batch = all[at]!.next()
        if (batch !== undefined) return batch
      }
      return undefined
    },
  }
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
