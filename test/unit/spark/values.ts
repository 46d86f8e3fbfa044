import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBDecimalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import type { DataType } from '../../../src/engine/types/data-type.ts'

/** A value of DuckDB as make_expected.py writes Spark's. */
export const plain = (value: unknown, type: DataType): unknown => {
  if (value === null || value === undefined) return null
  if (type.kind === 'float' || type.kind === 'double') return { float: Number(value) }
  if (type.kind === 'day-time-interval') return { micros: String(value) }
  if (typeof value === 'number' || typeof value === 'bigint') return String(value)
  if (value instanceof DuckDBDecimalValue) return value.toString()
  if (value instanceof DuckDBDateValue) return new Date(value.days * 86_400_000).toISOString().slice(0, 10)
  if (value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue) {
    return { micros: String(value.micros) }
  }
  if (value instanceof DuckDBBlobValue) return { bytes: Buffer.from(value.bytes).toString('hex') }
  if (value instanceof DuckDBListValue && type.kind === 'array') {
    return value.items.map((item) => plain(item, type.element))
  }
  if (value instanceof DuckDBMapValue && type.kind === 'map') {
    return { map: value.entries.map(({ key, value: item }) => [plain(key, type.key), plain(item, type.value)]) }
  }
  if (value instanceof DuckDBStructValue && type.kind === 'struct') {
    return type.fields.map((field) => plain(value.entries[field.name], field.type))
  }
  return value
}

const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
}

/** Fractions that differ in their last digits alone are one: Java's and C's libraries round sin and pow apart. */
const close = (a: number, b: number): boolean =>
  Object.is(a, b) || Math.abs(a - b) <= 4e-15 * Math.max(Math.abs(a), Math.abs(b))

/** Python's text of a float as a number. */
export const floatOf = (text: string): number => SPECIAL[text] ?? Number(text)

export const sameValue = (spark: unknown, ours: unknown): boolean => {
  if (Array.isArray(spark) && Array.isArray(ours)) {
    return spark.length === ours.length && spark.every((item, index) => sameValue(item, ours[index]))
  }
  if (typeof spark === 'object' && spark !== null && typeof ours === 'object' && ours !== null) {
    const [a, b] = [spark as Record<string, unknown>, ours as Record<string, unknown>]
    if ('float' in a && 'float' in b) return close(floatOf(String(a.float)), Number(b.float))
    return Object.keys(a).every((key) => sameValue(a[key], b[key]))
  }
  return spark === ours
}
