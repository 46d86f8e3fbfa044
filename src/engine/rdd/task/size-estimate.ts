import type { PairColumns } from './batches.ts'

/** About how many bytes a value holds in memory, as V8 lays it out; deep values are sampled. */
export const estimateSize = (value: unknown, depth = 0): number => {
  switch (typeof value) {
    case 'string':
      return 24 + value.length
    case 'bigint':
      return 32
    case 'object': {
      if (value === null || depth > 4) return 16
      if (Array.isArray(value)) return 40 + sampled(value, depth)
      if (value instanceof Map) return 80 + value.size * 40 + sampled([...value.entries()].slice(0, 8).flat(), depth)
      if (ArrayBuffer.isView(value)) return 100 + value.byteLength
      let size = 40
      for (const key in value) size += 8 + estimateSize((value as Record<string, unknown>)[key], depth + 1)
      return size
    }
    default:
      return 12
  }
}

const SAMPLE = 16

const sampled = (values: ArrayLike<unknown>, depth: number): number => {
  const step = Math.max(1, Math.floor(values.length / SAMPLE))
  let size = 0
  let seen = 0
  for (let i = 0; i < values.length; i += step) {
    size += 8 + estimateSize(values[i], depth + 1)
    seen++
  }
  return seen === 0 ? 0 : (size / seen) * values.length
}

/** Of pairs in columns, by a few of them. */
export const estimatePairs = ({ keys, values }: PairColumns): number => sampled(keys, 1) + sampled(values, 1)
