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
 * A value of a row. Integers of 64 bits and more are bigint, decimals and dates are text (`1.50`, `2026-11-21`),
 * timestamps are Date (whole milliseconds), bytes are Uint8Array, structs are objects, maps are Map.
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

/** A row by column names. */
export type Row = Readonly<Record<string, Value>>

const MICROS = 1000n

export const toValue = (value: unknown): Value => {
  if (value === null || value === undefined) return null
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
