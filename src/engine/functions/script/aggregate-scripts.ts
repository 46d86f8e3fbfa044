import type { DataType } from '../../types/data-type.ts'
import { fault, type ScriptTable } from './script-function.ts'
import type { ScriptValue } from './script-values.ts'

/** Bytes of one bitmap. Source: Spark's BitmapExpressionUtils. */
const SIZE = 4096

const merged = (start: number, join: (a: number, b: number) => number) => (bitmaps: readonly (Uint8Array | null)[]) => {
  const all = new Uint8Array(SIZE).fill(start)
  for (const bitmap of bitmaps)
    if (bitmap !== null) for (let at = 0; at < SIZE; at++) all[at] = join(all[at]!, bitmap[at] ?? 0)
  return all
}

interface Bin {
  x: number
  y: number
}

/** java.util.Random's nextDouble. */
const javaRandom = (seed: bigint): (() => number) => {
  let state = (seed ^ 0x5deece66dn) & ((1n << 48n) - 1n)
  const next = (bits: bigint): bigint => {
    state = (state * 0x5deece66dn + 0xbn) & ((1n << 48n) - 1n)
    return state >> (48n - bits)
  }
  return () => Number((next(26n) << 27n) + next(27n)) / 2 ** 53
}

/** Two bins that lie closest become one; of several pairs one by chance. Source: Spark's NumericHistogram. */
const trim = (bins: Bin[], most: number, random: () => number): void => {
  while (bins.length > most) {
    let at = 0
    let same = 1
    let least = bins[1]!.x - bins[0]!.x
    for (let index = 1; index + 1 < bins.length; index++) {
      const distance = bins[index + 1]!.x - bins[index]!.x
      if (distance < least) [least, at, same] = [distance, index, 1]
      else if (distance === least && random() <= 1 / ++same) at = index
    }
    const [a, b] = [bins[at]!, bins[at + 1]!]
    const y = a.y + b.y
    bins.splice(at, 2, { x: (a.x * a.y + b.x * b.y) / y, y })
  }
}

const histogram = (values: readonly number[], most: number): readonly Bin[] => {
  const bins: Bin[] = []
  const random = javaRandom(31183n)
  for (const x of values) {
    let at = bins.findIndex((bin) => bin.x >= x)
    if (at < 0) at = bins.length
    if (bins[at]?.x === x) bins[at]!.y++
    else bins.splice(at, 0, { x, y: 1 })
    trim(bins, most, random)
  }
  return bins
}

const toNumber = (value: ScriptValue, type: DataType): number =>
  type.kind === 'decimal' ? Number(value) / 10 ** type.scale : Number(value)

const fromNumber = (value: number, type: DataType): ScriptValue => {
  switch (type.kind) {
    case 'decimal':
      return BigInt(Math.trunc(value * 10 ** type.scale))
    case 'long':
    case 'timestamp':
    case 'timestamp_ntz':
    case 'day-time-interval':
      return BigInt(Math.trunc(value))
    case 'float':
      return Math.fround(value)
    case 'double':
      return value
    default:
      return Math.trunc(value)
  }
}

export const AGGREGATE_SCRIPTS: ScriptTable = {
  bitmapconstruct: {
    make: () => (positions: readonly (bigint | null)[]) => {
      const bitmap = new Uint8Array(SIZE)
      for (const position of positions) {
        if (position === null) continue
        if (position < 0n || position >= BigInt(SIZE * 8))
          throw fault('INVALID_BITMAP_POSITION', `The position ${position} lies outside a bitmap of ${SIZE} bytes`)
        const at = Number(position)
        bitmap[at >> 3]! |= 1 << (at & 7)
      }
      return bitmap
    },
  },
  bitmapor: { make: () => merged(0, (a, b) => a | b) },
  bitmapand: { make: () => merged(255, (a, b) => a & b) },
  histogramnumeric: {
    make: ({ args }) => {
      const list = args[0]!
      const type = list.kind === 'array' ? list.element : list
      return (values: readonly ScriptValue[], most: number) => {
        const present = values.filter((value) => value !== null).map((value) => toNumber(value, type))
        if (present.length === 0) return null
        return histogram(present, most).map(({ x, y }) => [fromNumber(x, type), y])
      }
    },
  },
}
