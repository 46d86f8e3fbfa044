import type { DecimalType } from '../types/decimal-type.ts'
import { MAX_PRECISION } from '../types/decimal-type.ts'
import { bindOnce } from './bind-once.ts'

/** Digits DuckDB keeps in 64 bits; more go into 128. */
const NARROW = 18

const power = (digits: number): string => (10n ** BigInt(digits)).toString()

export const decimalConstant = (unscaled: bigint, scale: number): string => {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  const text = scale > 0 ? `${digits.slice(0, point)}.${digits.slice(point)}` : digits
  return `${unscaled < 0n ? '-' : ''}${text}`
}

/** The digits of a decimal without its point, as HUGEINT. */
export const unscaled = (sql: string, type: DecimalType): string => {
  if (type.scale === 0) return `CAST(${sql} AS HUGEINT)`
  if (type.precision + type.scale <= MAX_PRECISION) {
    const wide = `CAST(${sql} AS DECIMAL(${MAX_PRECISION},${type.scale}))`
    return `CAST(${wide} * CAST('${power(type.scale)}' AS DECIMAL(${type.scale + 1},0)) AS HUGEINT)`
  }
  // Multiplying would pass 38 digits: the text of a decimal always shows all digits of its scale.
  return `CAST(replace(CAST(${sql} AS VARCHAR), '.', '') AS HUGEINT)`
}

/** A HUGEINT as the decimal with those digits; fails where they are more than the precision. */
export const scaled = (sql: string, type: DecimalType): string => {
  const whole = `CAST(${sql} AS DECIMAL(38,0))`
  if (type.scale === 0) return `CAST(${whole} AS DECIMAL(${type.precision},0))`
  const unit = `CAST('${decimalConstant(1n, type.scale)}' AS DECIMAL(${type.scale},${type.scale}))`
  return `CAST(${whole} * ${unit} AS DECIMAL(${type.precision},${type.scale}))`
}

/** DuckDB keeps a product of two narrow decimals in 64 bits and fails beyond: widen where Spark would not. */
const widened = (sql: string, type: DecimalType, digits: number): string =>
  digits > NARROW && type.precision <= NARROW ? `CAST(${sql} AS DECIMAL(${NARROW + 1},${type.scale}))` : sql

export const decimalSum = (
  operator: '+' | '-',
  [a, b]: readonly [string, string],
  [left, right]: readonly [DecimalType, DecimalType],
  result: DecimalType,
): string => {
  const digits = Math.max(left.precision - left.scale, right.precision - right.scale) + result.scale + 1
  return `CAST(${widened(a, left, digits)} ${operator} ${b} AS DECIMAL(${result.precision},${result.scale}))`
}

export const decimalProduct = (
  [a, b]: readonly [string, string],
  [left, right]: readonly [DecimalType, DecimalType],
  result: DecimalType,
): string => {
  const cut = left.scale + right.scale - result.scale
  if (left.scale + right.scale > MAX_PRECISION || (cut > 0 && left.precision + right.precision > MAX_PRECISION)) {
    // The exact product may have more digits than DuckDB's decimal.
    return bindOnce([unscaled(a, left), unscaled(b, right)], (x, y) => scaled(longProduct(x, y, cut), result))
  }
  const product = `${widened(a, left, left.precision + right.precision)} * ${b}`
  return `CAST(${product} AS DECIMAL(${result.precision},${result.scale}))`
}

const HALF = 19

/** x * y / 10^cut, rounded half away from zero, over halves of 19 digits so that no step needs more than 38. */
const longProduct = (x: string, y: string, cut: number): string => {
  const base = power(HALF)
  const halves = `struct_pack(sign := CASE WHEN (${x} < 0) <> (${y} < 0) THEN -1 ELSE 1 END, xh := abs(${x}) // ${base}, xl := abs(${x}) % ${base}, yh := abs(${y}) // ${base}, yl := abs(${y}) % ${base})`
  const parts = `list_transform([${halves}], lambda h: struct_pack(sign := h.sign, high := h.xh * h.yh, mid := h.xh * h.yl + h.xl * h.yh + (h.xl * h.yl) // ${base}, low := (h.xl * h.yl) % ${base}))`
  const carried = `list_transform(${parts}, lambda m: struct_pack(sign := m.sign, high := m.high + m.mid // ${base}, low := (m.mid % ${base}) * ${base} + m.low))`
  return `list_transform(${carried}, lambda m: m.sign * (${roundedTail(cut)}))[1]`
}

/** (m.high * 10^38 + m.low) / 10^cut, rounded half up. */
const roundedTail = (cut: number): string => {
  if (cut > MAX_PRECISION) {
    const unit = power(cut - MAX_PRECISION)
    return `m.high // ${unit} + CASE WHEN (m.high % ${unit}) * 2 >= ${unit} THEN 1 ELSE 0 END`
  }
  const high = `m.high * ${power(MAX_PRECISION - cut)}`
  if (cut === 0) return `${high} + m.low`
  return `${high} + m.low // ${power(cut)} + CASE WHEN m.low % ${power(cut)} >= ${5n * 10n ** BigInt(cut - 1)} THEN 1 ELSE 0 END`
}

/** Numerator by denominator, HUGEINT, rounded half away from zero. The denominator is not zero. */
const roundedQuotient = (numerator: string, denominator: string): string =>
  `(CASE WHEN (${numerator} < 0) <> (${denominator} < 0) THEN -1 ELSE 1 END * ` +
  `((abs(${numerator}) + abs(${denominator}) // 2) // abs(${denominator})))`

/**
 * a / b with Spark's digits, rounded half up; b is not zero. Exact, or DuckDB fails for want of digits. Source: Spark's
 * Divide and Decimal./, which round at 38 digits first: the same wherever 38 digits are enough.
 */
export const decimalQuotient = (
  [a, b]: readonly [string, string],
  [left, right]: readonly [DecimalType, DecimalType],
  result: DecimalType,
): string => {
  const shift = result.scale - left.scale + right.scale
  if (shift >= 0 && left.precision + shift <= MAX_PRECISION) {
    return bindOnce([`${unscaled(a, left)} * ${power(shift)}`, unscaled(b, right)], (x, y) =>
      scaled(roundedQuotient(`(${x})`, y), result),
    )
  }
  if (shift < 0) {
    return bindOnce([unscaled(a, left), `${unscaled(b, right)} * ${power(-shift)}`], (x, y) =>
      scaled(roundedQuotient(x, `(${y})`), result),
    )
  }
  return bindOnce([unscaled(a, left), unscaled(b, right)], (x, y) => scaled(longQuotient(x, y, shift, right), result))
}

/** At most so many steps, even where a step may then need more than 38 digits. */
const STEPS = 4

/** x * 10^shift / y by long division: the whole part, then some digits of the remainder at a time; rounded at the last. */
const longQuotient = (x: string, y: string, shift: number, divisor: DecimalType): string => {
  const room = Math.max(MAX_PRECISION - divisor.precision, Math.ceil(shift / STEPS))
  const digits = Array.from({ length: Math.ceil(shift / room) }, (_, index) => Math.min(room, shift - index * room))
  const start = `[struct_pack(y := ${y}, q := (${x}) // (${y}), r := (${x}) % (${y}))]`
  const whole = digits
    .slice(0, -1)
    .reduce(
      (state, count) =>
        `list_transform(${state}, lambda m: struct_pack(y := m.y, q := m.q * ${power(count)} + (m.r * ${power(count)}) // m.y, r := (m.r * ${power(count)}) % m.y))`,
      start,
    )
  const last = power(digits.at(-1)!)
  return `list_transform(${whole}, lambda m: m.q * ${last} + ${roundedQuotient(`(m.r * ${last})`, 'm.y')})[1]`
}

/** The remainder of a / b, with the sign of a; b is not zero. DuckDB computes that of long decimals as doubles. */
export const decimalRemainder = (
  [a, b]: readonly [string, string],
  [left, right]: readonly [DecimalType, DecimalType],
  positive: boolean,
  result: DecimalType,
): string => {
  const scale = Math.max(left.scale, right.scale)
  return bindOnce([aligned(a, left, scale), aligned(b, right, scale)], (x, y) => {
    const rest = `(${x} % ${y})`
    return scaled(positive ? `CASE WHEN ${rest} < 0 THEN (${rest} + ${y}) % ${y} ELSE ${rest} END` : rest, result)
  })
}

/** Digits with so many of them after the point. */
const aligned = (sql: string, type: DecimalType, scale: number): string =>
  type.scale === scale ? unscaled(sql, type) : `(${unscaled(sql, type)} * ${power(scale - type.scale)})`

/** The whole part of a / b as BIGINT; b is not zero. */
export const decimalDiv = (
  [a, b]: readonly [string, string],
  [left, right]: readonly [DecimalType, DecimalType],
): string => {
  const scale = Math.max(left.scale, right.scale)
  return `CAST(${aligned(a, left, scale)} // ${aligned(b, right, scale)} AS BIGINT)`
}
