import {
  DuckDBBlobValue,
  DuckDBDateValue,
  DuckDBIntervalValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
} from '@duckdb/node-api'
import type { DataType } from '../../src/engine/types/data-type.ts'

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

const escaped = (text: string): string => text.replace(/[\\\t\n\r]/g, (letter) => ESCAPES[letter]!)

const SECOND = 1_000_000n

/** Microseconds since 1970 as `2024-02-29 12:34:56.789012`, in UTC, trailing zeros of the fraction left out. */
const instant = (micros: bigint): string => {
  const fraction = ((micros % SECOND) + SECOND) % SECOND
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().replace('T', ' ').slice(0, -5)
  return fraction === 0n ? seconds : `${seconds}.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`
}

const double = (value: number): string =>
  Number.isNaN(value)
    ? 'NaN'
    : Object.is(value, -0)
      ? '-0'
      : Number.isFinite(value)
        ? String(value)
        : value > 0
          ? 'Infinity'
          : '-Infinity'

/**
 * A value of DuckDB as make_expected.py writes Spark's: texts as they are at the top and quoted within others, instants in
 * UTC, bytes in hex, day-time intervals in microseconds, year-month ones in months.
 */
export const cellOf = (value: unknown, type: DataType, inner = false): string => {
  if (value === null || value === undefined) return 'NULL'
  switch (type.kind) {
    case 'string':
      return inner ? JSON.stringify(value) : value === '' ? '(empty)' : escaped(String(value))
    case 'float':
      return double(Math.fround(Number(value)))
    case 'double':
      return double(Number(value))
    case 'binary':
      return value instanceof DuckDBBlobValue ? `0x${Buffer.from(value.bytes).toString('hex')}` : '?'
    case 'date':
      return value instanceof DuckDBDateValue ? new Date(value.days * 86_400_000).toISOString().slice(0, 10) : '?'
    case 'timestamp':
    case 'timestamp_ntz':
      return value instanceof DuckDBTimestampTZValue || value instanceof DuckDBTimestampValue
        ? instant(value.micros)
        : '?'
    case 'array':
      return value instanceof DuckDBListValue
        ? `[${value.items.map((item) => cellOf(item, type.element, true)).join(',')}]`
        : '?'
    case 'map':
      return value instanceof DuckDBMapValue
        ? `{${value.entries.map((entry) => `${cellOf(entry.key, type.key, true)}:${cellOf(entry.value, type.value, true)}`).join(',')}}`
        : '?'
    case 'struct':
      return value instanceof DuckDBStructValue
        ? `(${type.fields.map((field) => cellOf(value.entries[field.name], field.type, true)).join(',')})`
        : '?'
    case 'day-time-interval':
    case 'year-month-interval':
      return value instanceof DuckDBIntervalValue
        ? String(
            value.micros + BigInt(value.days) * 86_400n * SECOND + BigInt(value.months) * 0n || BigInt(value.months),
          )
        : String(value)
    default:
      return String(value)
  }
}

/** Fractions whose last digits alone differ are one: sums of several tasks, and Java's mathematics beside C's. */
const close = (a: string, b: string): boolean => {
  const [x, y] = [Number(a), Number(b)]
  return (
    Number.isFinite(x) &&
    Number.isFinite(y) &&
    a.trim() !== '' &&
    Math.abs(x - y) <= 1e-12 * Math.max(Math.abs(x), Math.abs(y))
  )
}

const parts = (cell: string): string => cell.split(/[{},]/).toSorted().join(',')

/** Whether two cells of a column of that type agree. */
export const sameCell = (type: string, expected: string, got: string): boolean => {
  if (expected === got) return true
  // Maps have no order.
  if (type.includes('map<') && parts(expected) === parts(got)) return true
  if (type === 'double' || type === 'float') return close(expected, got)
  if (!/double|float/.test(type)) return false
  const number = /-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi
  const [a, b] = [expected.match(number) ?? [], got.match(number) ?? []]
  return (
    expected.replace(number, '#') === got.replace(number, '#') && a.every((one, index) => close(one, b[index] ?? ''))
  )
}
