import { hashOf } from '../keys/hash.ts'

/** Numbers in [0, 1), the same for the same seed and partition: mulberry32. */
export const randomOf = (seed: number, partition: number): (() => number) => {
  let state = hashOf([seed, partition])
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

/** How often an element is taken when each is taken `mean` times on average: Knuth's method. */
export const poisson = (mean: number, random: () => number): number => {
  const limit = Math.exp(-mean)
  let count = 0
  for (let product = random(); product > limit; product *= random()) count++
  return count
}
