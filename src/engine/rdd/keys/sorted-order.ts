import { type Comparator, naturalOrder, reversed } from './compare.ts'

const RADIX_FROM = 256

/** The order of positions in which the keys are sorted, stable; numbers by radix, the rest by comparison. `order` undefined: the natural one. */
export const sortedOrder = (
  keys: readonly unknown[],
  ascending: boolean,
  order: Comparator<unknown> | undefined,
): Uint32Array => {
  if (order === undefined && keys.length >= RADIX_FROM && keys.every((key) => typeof key === 'number')) {
    return orderOfNumbers(keys as readonly number[], ascending)
  }
  const natural = order ?? naturalOrder
  const wanted = ascending ? natural : reversed(natural)
  return Uint32Array.from(Array.from(keys, (_, i) => i).sort((a, b) => wanted(keys[a], keys[b])))
}

/** LSD radix sort, 16 bits a pass, over the bits of doubles turned so that they order as unsigned integers. */
const orderOfNumbers = (keys: readonly number[], ascending: boolean): Uint32Array => {
  const count = keys.length
  const doubles = new Float64Array(keys)
  // One zero and one NaN: their bits differ, their order does not.
  for (let i = 0; i < count; i++) {
    const key = doubles[i]!
    if (key === 0) doubles[i] = 0
    else if (Number.isNaN(key)) doubles[i] = Number.NaN
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
  return order
}
