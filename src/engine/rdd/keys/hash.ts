import { userError } from '../../errors.ts'

const PRIME = 0x01000193

/** FNV-1a over UTF-16 units, finished so that the low bits are good. */
export const hashText = (text: string): number => {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), PRIME)
  return mix(hash)
}

const mix = (value: number): number => {
  let hash = value
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}

const double = new Float64Array(1)
const words = new Int32Array(double.buffer)

const hashNumber = (value: number): number => {
  if ((value | 0) === value) return mix(value)
  double[0] = Number.isNaN(value) ? Number.NaN : value
  return mix(words[0]! ^ Math.imul(words[1]!, PRIME))
}

/**
 * A 32-bit hash of a value, the same in every process: equal keys have equal hashes. Keys are equal as in Map (NaN is NaN,
 * 0 is -0); arrays, records and dates by what they hold. Throws EngineError for what is no key.
 */
export const hashOf = (value: unknown): number => {
  switch (typeof value) {
    case 'string':
      return hashText(value)
    case 'number':
      return hashNumber(value)
    case 'boolean':
      return value ? 1231 : 1237
    case 'undefined':
      return 3
    case 'bigint':
      return hashText(`${value}n`)
    default:
      return value === null ? 7 : hashText(canonicalText(value))
  }
}

/** A text that two values share only when they are equal keys. Each part tells its own end: its length, or a `;`. */
export const canonicalText = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return `${value.length}"${value}`
    case 'number':
      return value === 0 ? '0;' : `${value};`
    case 'boolean':
    case 'undefined':
      return `${value};`
    case 'bigint':
      return `${value}n;`
    case 'object':
      return value === null ? 'null;' : canonicalObject(value)
    default:
      throw userError(
        `a ${typeof value} is no key: give numbers, texts, booleans, bigints, dates, or arrays and records of them`,
      )
  }
}

const canonicalObject = (value: object): string => {
  let text = '['
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) text += canonicalText(value[i])
    return `${text}]`
  }
  if (value instanceof Date) return `D${value.getTime()};`
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw userError(
      `an instance of ${prototype.constructor?.name} is no key: give numbers, texts, booleans, bigints, dates, or arrays and records of them`,
    )
  }
  text = '{'
  const record = value as Record<string, unknown>
  for (const key of Object.keys(record).sort()) text += canonicalText(key) + canonicalText(record[key])
  return `${text}}`
}
