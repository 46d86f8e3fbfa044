import type { DataType } from '../types/data-type.ts'
import { decimalFor } from '../types/decimal-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isFractional, isIntegral } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindOnce } from './bind-once.ts'
import type { CastMode } from './cast.ts'
import { castOverflow, invalidInput, outOfRange } from './cast-failure.ts'
import { unsupported } from './refuse.ts'

const SPACE = '[\\x00-\\x20]*'
const INTEGRAL = `'^${SPACE}([+-]?[0-9]+)${SPACE}$'`
/** Without ANSI a fraction is cut off. */
const TRUNCATED = `'^${SPACE}([+-]?[0-9]+)(?:\\.[0-9]*)?${SPACE}$'`
const NUMBER = '([+-]?(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)'

const RANK = ['byte', 'short', 'integer', 'long', 'float', 'double']
const BITS: Readonly<Record<string, number>> = { byte: 8, short: 16, integer: 32, long: 64 }

/** SQL of a value as a number. */
export const toNumber = (sql: string, from: DataType, to: DataType, mode: CastMode): string => {
  switch (from.kind) {
    case 'string':
      return fromText(sql, to, mode)
    case 'boolean':
      return to.kind === 'decimal'
        ? toDecimal(`CAST(${sql} AS INTEGER)`, { kind: 'integer' }, to, mode)
        : plain(sql, to)
    case 'timestamp':
      return fromTimestamp(sql, to, mode)
    case 'day-time-interval':
    case 'year-month-interval':
      throw unsupported('Intervals are not cast to numbers here; use extract')
    default:
      return fromNumber(sql, from, to, mode)
  }
}

const plain = (sql: string, to: DataType): string => `CAST(${sql} AS ${duckdbTypeOf(to)})`
const tried = (sql: string, to: DataType): string => `TRY_CAST(${sql} AS ${duckdbTypeOf(to)})`

/** `converted`, null where it does not fit; the failure Spark gives, where it fails. */
const orFail = (converted: string, x: string, failure: string, mode: CastMode): string =>
  mode === 'ansi' ? `CASE WHEN ${x} IS NULL THEN NULL ELSE coalesce(${converted}, ${failure}) END` : converted

const fromText = (sql: string, to: DataType, mode: CastMode): string =>
  bindOnce([sql], (x) => {
    const name = sqlTypeName(to)
    if (isIntegral(to)) {
      const digits = `regexp_extract(${x}, ${mode === 'legacy' ? TRUNCATED : INTEGRAL}, 1)`
      return orFail(tried(digits, to), x, invalidInput(x, name), mode)
    }
    if (to.kind === 'decimal') {
      const digits = `regexp_extract(${x}, '^${SPACE}${NUMBER}${SPACE}$', 1)`
      const failure = `CASE WHEN ${digits} = '' THEN ${invalidInput(x, name)} ELSE ${outOfRange(x, to.precision, to.scale)} END`
      return orFail(tried(digits, to), x, failure, mode)
    }
    const digits = `regexp_extract(${x}, '^${SPACE}${NUMBER}[dDfF]?${SPACE}$', 1)`
    const word = `lower(trim(${x}))`
    const special = `CASE WHEN ${word} IN ('inf', '+inf', 'infinity', '+infinity') THEN 'inf' WHEN ${word} IN ('-inf', '-infinity') THEN '-inf' WHEN ${word} = 'nan' THEN 'nan' ELSE ${digits} END`
    return orFail(tooLarge(tried(special, { kind: 'double' }), to), x, invalidInput(x, name), mode)
  })

/** What is too large for a float is infinite, and DuckDB fails instead. */
const tooLarge = (double: string, to: DataType): string =>
  to.kind === 'float' ? bindOnce([double], (x) => narrowed(x)) : double

const narrowed = (x: string): string =>
  `CASE WHEN abs(${x}) > 3.4028235677973366e38 AND NOT isnan(${x}) THEN CAST(CASE WHEN ${x} > 0 THEN 'inf' ELSE '-inf' END AS FLOAT) ELSE CAST(${x} AS FLOAT) END`

const fromTimestamp = (sql: string, to: DataType, mode: CastMode): string => {
  if (isFractional(to)) return `CAST(epoch_us(${sql}) / 1000000 AS ${duckdbTypeOf(to)})`
  if (to.kind === 'decimal') throw unsupported('A timestamp is not cast to DECIMAL here; cast it to BIGINT or DOUBLE')
  const seconds = `CAST(floor(epoch_us(${sql}) / 1000000) AS BIGINT)`
  return to.kind === 'long' ? seconds : fromNumber(seconds, { kind: 'long' }, to, mode)
}

const fromNumber = (sql: string, from: DataType, to: DataType, mode: CastMode): string => {
  if (to.kind === 'decimal') return toDecimal(sql, from, to, mode)
  if (from.kind === 'decimal') {
    if (to.kind === 'double') return doubleOfDecimal(sql, from)
    if (to.kind === 'float') return `CAST(${doubleOfDecimal(sql, from)} AS FLOAT)`
    if (mode === 'legacy') return wrapped(`CAST(trunc(${sql}) AS HUGEINT)`, to)
    return checked(sql, cutOff, from, to, mode)
  }
  if (isFractional(to)) {
    if (to.kind === 'float' && from.kind === 'double') return bindOnce([sql], narrowed)
    return plain(sql, to)
  }
  if (isFractional(from)) {
    return mode === 'legacy' ? saturated(sql, to) : checked(sql, cutOff, from, to, mode)
  }
  if (RANK.indexOf(to.kind) >= RANK.indexOf(from.kind)) return plain(sql, to)
  return mode === 'legacy' ? wrapped(`CAST(${sql} AS HUGEINT)`, to) : checked(sql, asIs, from, to, mode)
}

const cutOff = (x: string): string => `trunc(${x})`
const asIs = (x: string): string => x

const checked = (sql: string, convert: (x: string) => string, from: DataType, to: DataType, mode: CastMode): string => {
  if (mode !== 'ansi') return tried(convert(sql), to)
  return bindOnce([sql], (x) =>
    orFail(tried(convert(x), to), x, castOverflow(x, sqlTypeName(from), sqlTypeName(to)), mode),
  )
}

/** Java's narrowing of integers: the low bits. */
const wrapped = (huge: string, to: DataType): string => {
  const half = 2n ** BigInt(BITS[to.kind]! - 1)
  return `CAST(((${huge} + ${half}) & CAST(${half * 2n - 1n} AS HUGEINT)) - ${half} AS ${duckdbTypeOf(to)})`
}

/** Java's narrowing of doubles: NaN is 0, what is too large becomes the nearest int or long, and loses bits below int. */
const saturated = (sql: string, to: DataType): string =>
  bindOnce([sql], (x) => {
    const bits = to.kind === 'long' ? 64 : 32
    const [low, high] = [-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n]
    const value = `CASE WHEN isnan(${x}) THEN 0 WHEN ${x} >= ${high} THEN ${high} WHEN ${x} <= ${low} THEN ${low} ELSE CAST(trunc(${x}) AS HUGEINT) END`
    return wrapped(`CAST(${value} AS HUGEINT)`, to)
  })

/** Up to 15 digits one division is exact to the last bit; beyond, the text is read as Java does. */
const doubleOfDecimal = (sql: string, from: { readonly precision: number }): string =>
  from.precision <= 15 ? `CAST(${sql} AS DOUBLE)` : `CAST(CAST(${sql} AS VARCHAR) AS DOUBLE)`

const toDecimal = (
  sql: string,
  from: DataType,
  to: { readonly kind: 'decimal'; readonly precision: number; readonly scale: number },
  mode: CastMode,
): string => {
  if (isFractional(from)) {
    // The shortest text of the double counts, not its binary value. Source: Spark's Decimal.apply(Double).
    return bindOnce([sql], (x) =>
      orFail(tried(`CAST(CAST(${x} AS DOUBLE) AS VARCHAR)`, to), x, outOfRange(x, to.precision, to.scale), mode),
    )
  }
  const source = decimalFor(from)
  const fits = source.precision - source.scale <= to.precision - to.scale && source.scale <= to.scale
  if (fits) return plain(sql, to)
  if (mode !== 'ansi') return tried(sql, to)
  return bindOnce([sql], (x) => orFail(tried(x, to), x, outOfRange(x, to.precision, to.scale), mode))
}
