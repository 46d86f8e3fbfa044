import { type Comparator, naturalOrder, reversed } from './compare.ts'

const RADIX_FROM = 256

/** Sorts pairs by key, stable; numbers by radix, the rest by comparison. `order` undefined: the natural one. */
export const sortPairs = <V>(
  pairs: [unknown, V][],
  ascending: boolean,
  order: Comparator<unknown> | undefined,
): [unknown, V][] => {
  if (order === undefined && pairs.length >= RADIX_FROM && pairs.every((pair) => typeof pair[0] === 'number')) {
    return sortByNumber(pairs as [number, V][], ascending)
  }
  const natural = order ?? naturalOrder
  const wanted = ascending ? natural : reversed(natural)
  return pairs.sort((a, b) => wanted(a[0], b[0]))
}

/** LSD radix sort, 16 bits a pass, over the bits of doubles turned so that they order as unsigned integers. */
const sortByNumber = <V>(pairs: [number, V][], ascending: boolean): [number, V][] => {
  const count = pairs.length
  const doubles = new Float64Array(count)
  for (let i = 0; i < count; i++) {
    const key = pairs[i]![0]
    doubles[i] = key === 0 ? 0 : Number.isNaN(key) ? Number.NaN : key
  }
  const words = new Uint32Array(doubles.buffer)
  const flip = ascending ? 0 : 0xffffffff
  for (let i = 0; i < count; i++) {
    const high = words[2 * i + 1]!
    const negative = high >>> 31 === 1 && !Number.isNaN(doubles[i]!)
    const low = words[2 * i]!
    words[2 * i + 1] = (negative ? ~high : high | 0x80000000) ^ flip
    words[2 * i] = (negative ? ~low : low) ^ flip
  }
  const halves = new Uint16Array(doubles.buffer)
  let order = new Uint32Array(count)
  for (let i = 0; i < count; i++) order[i] = i
  let next = new Uint32Array(count)
  const counts = new Uint32Array(65_536)
  for (let pass = 0; pass < 4; pass++) {
    counts.fill(0)
    for (let i = 0; i < count; i++) counts[halves[4 * i + pass]!]!++
    if (counts[halves[pass]!] === count) continue
    let sum = 0
    for (let i = 0; i < 65_536; i++) {
      const here = counts[i]!
      counts[i] = sum
      sum += here
    }
    for (let i = 0; i < count; i++) {
      const from = order[i]!
      next[counts[halves[4 * from + pass]!]!++] = from
    }
    const swap = order
    order = next
    next = swap
  }
  const sorted = new Array<[number, V]>(count)
  for (let i = 0; i < count; i++) sorted[i] = pairs[order[i]!]!
  return sorted
}
