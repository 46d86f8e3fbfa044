import { join } from 'node:path'
import { type Comparator, naturalOrder, reversed } from '../keys/compare.ts'
import { sortedOrder } from '../keys/sorted-order.ts'
import { BATCH, type Batches, ofPairs, type PairColumns, pairsOf } from './batches.ts'
import { BlockFile, readBlockFile } from './block-file.ts'
import type { Spilling } from './external-map.ts'
import { estimatePairs } from './size-estimate.ts'

/** The pairs in the order of their keys; runs that are over the memory budget are sorted on disk and merged. */
export const sorted = (
  parent: Batches,
  ascending: boolean,
  order: Comparator<unknown> | undefined,
  spilling: Spilling,
): Batches => {
  const runs: BlockFile[] = []
  let keys: unknown[] = []
  let values: unknown[] = []
  let bytes = 0
  const next = pairsOf(parent)
  for (let pairs = next(); pairs !== undefined; pairs = next()) {
    for (let i = 0; i < pairs.keys.length; i++) {
      keys.push(pairs.keys[i])
      values.push(pairs.values[i])
    }
    bytes += estimatePairs(pairs)
    if (bytes <= spilling.budget) continue
    const run = new BlockFile(join(spilling.directory, spilling.nextName()))
    const ordered = inOrder(keys, values, sortedOrder(keys, ascending, order))
    for (let part = ordered(); part !== undefined; part = ordered()) run.addPairs(part)
    run.close()
    runs.push(run)
    keys = []
    values = []
    bytes = 0
  }
  const last = ofPairs(inOrder(keys, values, sortedOrder(keys, ascending, order)))
  if (runs.length === 0) return last
  const natural = order ?? naturalOrder
  return merged(
    [...runs.map((run) => readBlockFile(run.path, true)), last].map(pairsOf),
    ascending ? natural : reversed(natural),
  )
}

/** Batches of the pairs in the given order. */
const inOrder = (keys: readonly unknown[], values: readonly unknown[], order: Uint32Array) => {
  let at = 0
  return (): PairColumns<readonly unknown[]> | undefined => {
    if (at >= order.length) return undefined
    const part = order.subarray(at, at + BATCH)
    at += BATCH
    return { keys: picked(keys, part), values: picked(values, part) }
  }
}

const picked = (column: readonly unknown[], positions: Uint32Array): unknown[] => {
  const found: unknown[] = []
  for (let i = 0; i < positions.length; i++) found.push(column[positions[i]!])
  return found
}

/** Merges sorted runs, equal keys in the order of the runs. */
const merged = (runs: readonly (() => PairColumns | undefined)[], order: Comparator<unknown>): Batches => {
  const heads = runs.flatMap((run, rank) => {
    const pairs = run()
    return pairs === undefined ? [] : [{ run, rank, pairs, at: 0 }]
  })
  type Head = (typeof heads)[number]
  const before = (a: Head, b: Head): boolean => {
    const by = order(a.pairs.keys[a.at], b.pairs.keys[b.at])
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
  for (let at = heads.length >> 1; at >= 0; at--) if (at < heads.length) sink(at)
  return ofPairs(() => {
    const keys: unknown[] = []
    const values: unknown[] = []
    while (keys.length < BATCH && heads.length > 0) {
      const head = heads[0]!
      keys.push(head.pairs.keys[head.at])
      values.push(head.pairs.values[head.at++])
      if (head.at === head.pairs.keys.length) {
        const next = head.run()
        if (next === undefined) {
          const moved = heads.pop()!
          if (heads.length > 0 && moved !== head) heads[0] = moved
        } else {
          head.pairs = next
          head.at = 0
        }
      }
      if (heads.length > 1) sink(0)
    }
    return keys.length === 0 ? undefined : { keys, values }
  })
}
