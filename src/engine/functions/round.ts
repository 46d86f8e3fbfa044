import type { Expression } from '../plan/expression.ts'
import { type DataType, INTEGER, LONG } from '../types/data-type.ts'
import { bounded, type DecimalType, decimalFor } from '../types/decimal-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isFractional, isIntegral } from '../types/same-type.ts'
import { bindOnce } from './bind-once.ts'
import { castSql } from './cast.ts'
import { castTo, literal } from './coerce.ts'
import { scaled, unscaled } from './decimal-arithmetic.ts'
import type { SparkFunction, SqlSettings } from './function.ts'
import { constant, unsupported } from './refuse.ts'
import { checkCount, coerced } from './signature.ts'

const argsOf = (call: Expression): readonly Expression[] => (call as { args: readonly Expression[] }).args

const places = (call: Expression): number => Number(constant(call.kind, 1, argsOf(call)[1]!))

/** Source: Spark's RoundBase.dataType: one more integral digit, as 9.9 becomes 10. */
const roundedType = (type: DataType, digits: number): DataType => {
  if (type.kind !== 'decimal') return type
  const integral = type.precision - type.scale + 1
  if (digits < 0) return bounded(Math.max(integral, 1 - digits), 0)
  const scale = Math.min(type.scale, digits)
  return bounded(integral + scale, scale)
}

/** The largest doubles with a fraction have 16 integral digits. */
const WHOLE = '1e16'
/** Fraction digits that leave room for those. */
const MOST_DIGITS = 20

/** A double is rounded by its shortest text, not by its binary value. Source: Spark's Round over BigDecimal(double). */
const roundDouble = (sql: string, type: DataType, digits: number, round: (text: string) => string): string => {
  if (digits > MOST_DIGITS) throw unsupported(`A double is rounded to ${MOST_DIGITS} places at most, not ${digits}`)
  return bindOnce([sql], (x) => {
    const value = `CAST(CAST(${round(`CAST(${x} AS VARCHAR)`)} AS VARCHAR) AS ${duckdbTypeOf(type)})`
    return `CASE WHEN abs(${x}) < ${WHOLE} THEN ${value} ELSE ${x} END`
  })
}

const halfUp = (sql: string, from: DataType, to: DataType, digits: number): string => {
  if (from.kind === 'decimal') {
    const rounded = digits < 0 ? `round(CAST(${sql} AS DECIMAL(38,${from.scale})), ${digits})` : sql
    return `CAST(${rounded} AS ${duckdbTypeOf(to)})`
  }
  if (isIntegral(from)) {
    return digits >= 0 ? sql : `CAST(round(CAST(${sql} AS DECIMAL(38,0)), ${digits}) AS ${duckdbTypeOf(to)})`
  }
  return roundDouble(sql, to, digits, (text) =>
    digits < 0
      ? `round(CAST(${text} AS DECIMAL(38,${MOST_DIGITS})), ${digits})`
      : `CAST(${text} AS DECIMAL(38,${digits}))`,
  )
}

const halfEven = (sql: string, from: DataType, to: DataType, digits: number): string => {
  if (isFractional(from)) {
    if (digits > 3 || digits < 0)
      throw unsupported('bround of a double is computed for 0 to 3 places; cast it to a decimal')
    const source: DecimalType = { kind: 'decimal', precision: 38, scale: MOST_DIGITS }
    return roundDouble(sql, to, digits, (text) =>
      halfEven(
        `CAST(${text} AS DECIMAL(38,${MOST_DIGITS}))`,
        source,
        { kind: 'decimal', precision: 38, scale: digits },
        digits,
      ),
    )
  }
  const source = decimalFor(from)
  const drop = source.scale - digits
  if (drop <= 0) return from.kind === 'decimal' ? `CAST(${sql} AS ${duckdbTypeOf(to)})` : sql
  const unit = (10n ** BigInt(drop)).toString()
  return bindOnce([unscaled(sql, source)], (x) => {
    const rest = `abs(${x} % ${unit})`
    const up = `${rest} * 2 > ${unit} OR (${rest} * 2 = ${unit} AND (${x} // ${unit}) % 2 <> 0)`
    const whole = `(${x} // ${unit} + CASE WHEN ${up} THEN CASE WHEN ${x} < 0 THEN -1 ELSE 1 END ELSE 0 END)`
    const value = digits < 0 ? `(${whole} * ${(10n ** BigInt(-digits)).toString()})` : whole
    return from.kind === 'decimal' ? scaled(value, to as DecimalType) : `CAST(${value} AS ${duckdbTypeOf(to)})`
  })
}

const rounding = (
  name: string,
  emit: (sql: string, from: DataType, to: DataType, digits: number) => string,
): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1, 2)
    const value = coerced(name, given, 0, 'numeric', settings)
    const digits = given[1] ? coerced(name, given, 1, INTEGER, settings) : literal(0, INTEGER)
    const count = Number(constant(name, 1, digits))
    return { args: [value, digits], type: roundedType(value.type, count), nullable: value.nullable || !settings.ansi }
  },
  emit: ([value], call) => emit(value!, argsOf(call)[0]!.type, call.type, places(call)),
})

/** Source: Spark's Ceil and Floor: whole numbers as BIGINT, of decimals as a decimal without fraction. */
const whole = (name: 'ceil' | 'floor', aliases: readonly string[]): SparkFunction => ({
  name,
  aliases,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1, 2)
    if (given.length === 2) return directed(name, given, settings)
    const value = coerced(name, given, 0, 'numeric', settings)
    if (value.type.kind === 'decimal') {
      return { args: [value], type: bounded(value.type.precision - value.type.scale + 1, 0), nullable: value.nullable }
    }
    const arg = isIntegral(value.type) ? castTo(value, LONG, settings) : value
    return { args: [arg], type: LONG, nullable: arg.nullable }
  },
  emit: (args, call, settings) => {
    const from = argsOf(call)[0]!.type
    if (args.length === 2) {
      const shift = (10n ** BigInt(Math.abs(places(call)))).toString()
      const value = places(call) >= 0 ? `${name}(${args[0]} * ${shift})` : `${name}(${args[0]} / ${shift})`
      return scaled(`CAST(${value} AS HUGEINT)`, call.type as DecimalType)
    }
    if (from.kind === 'decimal') return `CAST(${name}(${args[0]}) AS ${duckdbTypeOf(call.type)})`
    // Beyond the range of BIGINT Java takes its nearest end.
    return isIntegral(from) ? args[0]! : castSql(`${name}(${args[0]})`, from, LONG, 'legacy', settings)
  },
})

const directed = (name: string, given: readonly Expression[], settings: SqlSettings) => {
  const digits = Number(constant(name, 1, given[1]!))
  const value = coerced(name, given, 0, 'decimal', settings)
  const { type } = value
  if (
    type.kind !== 'decimal' ||
    isFractional(given[0]!.type) ||
    digits < 0 ||
    digits >= type.scale ||
    type.precision + digits > 38
  ) {
    throw unsupported(`${name} with ${digits} places is computed for decimals of more places only`)
  }
  return {
    args: [value, coerced(name, given, 1, INTEGER, settings)],
    type: roundedType(type, digits),
    nullable: value.nullable,
  }
}

export const ROUNDING: readonly SparkFunction[] = [
  rounding('round', halfUp),
  rounding('bround', halfEven),
  whole('ceil', ['ceiling']),
  whole('floor', []),
]
