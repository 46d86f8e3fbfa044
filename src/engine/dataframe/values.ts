import {
  DuckDBArrayValue,
  DuckDBBitValue,
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
} from '@duckdb/node-api'

/**
 * A value of a row. Integers are number up to 2^53 - 1 either way and bigint beyond, so that none is rounded; decimals
 * and dates are text (`1.50`, `2026-11-21`), timestamps are Date (whole milliseconds), bytes are Uint8Array, structs are
 * objects, maps are Map.
 */
export type Value =
  | string
  | number
  | bigint
  | boolean
  | null
  | Date
  | Uint8Array
  | readonly Value[]
  | ReadonlyMap<Value, Value>
  | { readonly [field: string]: Value }

/** A row by column names. JSON.stringify writes it with all digits of its integers. */
export type Row = Readonly<Record<string, Value>>

/** A frozen row of DuckDB's values. */
export const toRow = (names: readonly string[], values: readonly unknown[]): Row => {
  const row = Object.fromEntries(values.map((value, index) => [names[index]!, toValue(value)]))
  if (holdsBigint(row) && !('toJSON' in row))
    Object.defineProperty(row, 'toJSON', { value: () => jsonReady(row), enumerable: false })
  return Object.freeze(row)
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype

const holdsBigint = (value: unknown): boolean => {
  if (typeof value === 'bigint') return true
  if (Array.isArray(value)) return value.some(holdsBigint)
  return isPlain(value) && Object.values(value).some(holdsBigint)
}

/** JSON.stringify refuses bigint; its digits are a number of JSON all the same. */
const jsonReady = (value: unknown): unknown => {
  if (typeof value === 'bigint') return JSON.rawJSON(String(value))
  if (Array.isArray(value)) return value.map(jsonReady)
  return isPlain(value)
    ? Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, jsonReady(inner)]))
    : value
}

const MICROS = 1000n

export const toValue = (value: unknown): Value => {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value !== 'object') return value as Value
  if (value instanceof DuckDBTimestampValue || value instanceof DuckDBTimestampTZValue)
    return dateOfMicros(value.micros)
  if (value instanceof DuckDBTimestampMillisecondsValue) return new Date(Number(value.millis))
  if (value instanceof DuckDBTimestampSecondsValue) return new Date(Number(value.seconds) * 1000)
  if (value instanceof DuckDBTimestampNanosecondsValue) return dateOfMicros(value.nanos / MICROS)
  if (value instanceof DuckDBDecimalValue || value instanceof DuckDBDateValue) return value.toString()
  if (value instanceof DuckDBIntervalValue || value instanceof DuckDBBitValue) return value.toString()
  if (value instanceof DuckDBBlobValue) return new Uint8Array(value.bytes)
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) return value.items.map(toValue)
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([key, inner]) => [key, toValue(inner)]))
  }
  if (value instanceof DuckDBMapValue) {
    return new Map(value.entries.map((entry) => [toValue(entry.key), toValue(entry.value)]))
  }
  if (value instanceof DuckDBUnionValue) return toValue(value.value)
  return String(value)
}

const dateOfMicros = (micros: bigint): Date => new Date(Number(micros / MICROS))
