import { join } from 'node:path'
import { type Comparator, naturalOrder, reversed } from '../keys/compare.ts'
import { sortPairs } from '../keys/sort-pairs.ts'
import { BATCH, type Batches, ofArray } from './batches.ts'
import { BlockFile, readBlockFile } from './block-file.ts'
import type { Spilling } from './external-map.ts'
import { estimateBatch } from './size-estimate.ts'

type Pair = [unknown, unknown]

/** The pairs in the order of their keys; runs that are over the memory budget are sorted on disk and merged. */
export const sorted = (
  parent: Batches,
  ascending: boolean,
  order: Comparator<unknown> | undefined,
  spilling: Spilling,
): Batches => {
  const runs: BlockFile[] = []
  let pairs: Pair[] = []
  let bytes = 0
  for (let batch = parent.next(); batch !== undefined; batch = parent.next()) {
    for (let i = 0; i < batch.length; i++) pairs.push(batch[i] as Pair)
    bytes += estimateBatch(batch)
    if (bytes <= spilling.budget) continue
    const run = new BlockFile(join(spilling.directory, spilling.nextName()))
    run.add(sortPairs(pairs, ascending, order))
    run.close()
    runs.push(run)
    pairs = []
    bytes = 0
  }
  const last = sortPairs(pairs, ascending, order)
  if (runs.length === 0) return ofArray(last)
  const natural = order ?? naturalOrder
  return merged(
    [...runs.map((run) => readBlockFile(run.path, true)), ofArray(last)],
    ascending ? natural : reversed(natural),
  )
}

/** Merges sorted runs, equal keys in the order of the runs. */
const merged = (runs: readonly Batches[], order: Comparator<unknown>): Batches => {
  const heads = runs.flatMap((run, rank) => {
    const batch = run.next()
    return batch === undefined ? [] : [{ run, rank, batch: batch as readonly Pair[], at: 0 }]
  })
  type Head = (typeof heads)[number]
  const before = (a: Head, b: Head): boolean => {
    const by = order(a.batch[a.at]![0], b.batch[b.at]![0])
    return by < 0 || (by === 0 && a.rank < b.rank)
  }
  const sink = (from: number): void => {
    for (let at = from; ; ) {
      let least = at
      for (const child of [2 * at + 1, 2 * at + 2])
        if (child < heads.length && before(heads[child]!, heads[least]!)) least = child
      if (least === at) return
      const swap = heads[at]!
      heads[at] = heads[least]!
      heads[least] = swap
      at = least
    }
  }
  for (let at = heads.length >> 1; at >= 0; at--) sink(at)
  return {
    next: () => {
      const out: Pair[] = []
      while (out.length < BATCH && heads.length > 0) {
        const head = heads[0]!
        out.push(head.batch[head.at++]!)
        if (head.at === head.batch.length) {
          const next = head.run.next() as readonly Pair[] | undefined
          if (next === undefined) {
            const moved = heads.pop()!
            if (heads.length > 0 && moved !== head) heads[0] = moved
          } else {
            head.batch = next
            head.at = 0
          }
        }
        sink(0)
      }
      return out.length === 0 ? undefined : out
    },
  }
}
