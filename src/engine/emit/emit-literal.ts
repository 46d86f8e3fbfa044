import { quoteText } from '../duckdb/quote.ts'
import { decimalConstant } from '../functions/decimal-arithmetic.ts'
import type { ExpressionOf } from '../plan/expression.ts'
import type { LiteralValue } from '../sql/syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'

/** SQL of a constant, of exactly its type. */
export const emitLiteral = ({ value, type }: ExpressionOf<'literal'>): string =>
  value === null ? `CAST(NULL AS ${duckdbTypeOf(type)})` : present(value, type)

const present = (value: Exclude<LiteralValue, null>, type: DataType): string => {
  switch (type.kind) {
    case 'boolean':
      return value ? 'true' : 'false'
    case 'string':
      return text(String(value))
    case 'integer':
      return Number(value) >= 0 ? String(value) : `CAST(${value} AS INTEGER)`
    case 'decimal':
      return `CAST('${decimalConstant(BigInt(value as bigint), type.scale)}' AS DECIMAL(${type.precision},${type.scale}))`
    case 'float':
    case 'double':
      return `CAST('${floating(Number(value))}' AS ${duckdbTypeOf(type)})`
    case 'binary':
      return `from_hex('${Buffer.from(value as Uint8Array).toString('hex')}')`
    case 'date':
      return dateLiteral(Number(value))
    case 'timestamp':
      return `make_timestamptz(CAST(${value} AS BIGINT))`
    case 'timestamp_ntz':
      return `make_timestamp(CAST(${value} AS BIGINT))`
    default:
      return `CAST(${value} AS ${duckdbTypeOf(type)})`
  }
}

/** A NUL character cannot stand in SQL text. */
const text = (value: string): string =>
  value.includes('\0') ? `(${value.split('\0').map(quoteText).join(' || chr(0) || ')})` : quoteText(value)

const floating = (value: number): string => {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  return Object.is(value, -0) ? '-0' : String(value)
}

const DAY = 86_400_000

/** `days` since 1970-01-01 as a constant that DuckDB compares with statistics of files. */
export const dateLiteral = (days: number): string => {
  const date = new Date(days * DAY)
  const year = Number.isNaN(date.getTime()) ? 0 : date.getUTCFullYear()
  return year >= 1 && year <= 9999
    ? `DATE '${date.toISOString().slice(0, 10)}'`
    : `(DATE '1970-01-01' + CAST(${days} AS INTEGER))`
}
