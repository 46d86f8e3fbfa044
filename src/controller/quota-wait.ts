import { createHash } from 'node:crypto'

/** Nothing tells when a quota is freed: what it refused is tried again at least so often. */
export const MAX_QUOTA_WAIT_MS = 10_000
/** Left for times that are written in whole seconds, rounded up. */
const LONGEST_MS = MAX_QUOTA_WAIT_MS - 1_000
const SHORTEST_MS = 6_000

/**
 * Milliseconds until what a quota refused is tried again: 6 to 9 s, however often it was refused. Spread, so that all who
 * wait for one quota do not come at once; a function of `seed`, so that deciding twice decides the same.
 */
export const quotaWait = (seed: string): number => {
  const fraction = createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32
  return Math.round(SHORTEST_MS + (LONGEST_MS - SHORTEST_MS) * fraction)
}
