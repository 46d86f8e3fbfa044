import {
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  INTEGER,
  LONG,
  STRING,
  TIMESTAMP,
  TIMESTAMP_NTZ,
} from '../types/data-type.ts'
import { isFractional, isIntegral, isNumeric } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText, isNullLiteral, typeOfArgument } from './call-parts.ts'
import { castTo } from './coerce.ts'
import { secondsOf } from './date-text.ts'
import { instantOf, toUtc, zoneOf } from './date-zone.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { unsupported, wrongType } from './refuse.ts'
import { anyNullable, checkCount, coerced, simple } from './signature.ts'

const overflow = raise('ARITHMETIC_OVERFLOW', 'long overflow')

/** Whole numbers of milliseconds or microseconds. */
const since = (name: string, micros: number): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    const { type } = given[0]!
    if (!isIntegral(type) && type.kind !== 'void') throw wrongType(name, 0, 'an integral value', type)
    const arg = castTo(given[0]!, LONG, settings)
    return { args: [arg], type: TIMESTAMP, nullable: arg.nullable }
  },
  emit: ([n]) =>
    micros === 1
      ? `make_timestamptz(${n})`
      : bindNames(
          'si',
          [`TRY_CAST(CAST(${n} AS HUGEINT) * ${micros} AS BIGINT)`, n!],
          (x, given) =>
            `make_timestamptz(CASE WHEN ${x} IS NULL AND ${given} IS NOT NULL THEN ${overflow} ELSE ${x} END)`,
        ),
})

/** Seconds with a fraction: decimals must be whole microseconds, floats are cut off. */
const timestampSeconds: SparkFunction = {
  name: 'timestamp_seconds',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('timestamp_seconds', given, 1)
    const { type } = given[0]!
    if (!isNumeric(type) && type.kind !== 'void') throw wrongType('timestamp_seconds', 0, 'a numeric value', type)
    const arg = type.kind === 'void' ? castTo(given[0]!, DOUBLE, settings) : given[0]!
    return { args: [arg], type: TIMESTAMP, nullable: arg.nullable || isFractional(arg.type) }
  },
  emit: ([n], call) => {
    const type = typeOfArgument(call, 0)
    return bindNames('ts', [n!], (x) => {
      if (isFractional(type))
        return `CASE WHEN isfinite(${x}) THEN make_timestamptz(CAST(trunc(CAST(${x} AS DOUBLE) * 1000000) AS BIGINT)) END`
      if (type.kind === 'decimal') {
        const micros = `(CAST(${x} AS DECIMAL(38,${Math.min(Math.max(type.scale, 6), 18)})) * 1000000)`
        const fraction = raise('ARITHMETIC_OVERFLOW', 'Rounding necessary: the number has a part of a microsecond')
        return `make_timestamptz(CASE WHEN ${micros} <> trunc(${micros}) THEN ${fraction} ELSE CAST(${micros} AS BIGINT) END)`
      }
      return `make_timestamptz(CASE WHEN ${x} IS NULL THEN NULL ELSE coalesce(TRY_CAST(CAST(${x} AS HUGEINT) * 1000000 AS BIGINT), ${overflow}) END)`
    })
  },
}

const floored = (x: string, size: number): string => `(${x} - (${x} % ${size} + ${size}) % ${size}) // ${size}`

/** Spark casts nothing here. */
const strict = (name: string, type: DataType, result: DataType, emit: (sql: string) => string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    if (given[0]!.type.kind !== type.kind && given[0]!.type.kind !== 'void')
      throw wrongType(name, 0, sqlTypeName(type), given[0]!.type)
    const arg = castTo(given[0]!, type, settings)
    return { args: [arg], type: result, nullable: arg.nullable }
  },
  emit: ([sql]) => bindNames('ux', [sql!], emit),
})

const makeDate = simple('make_date', [INTEGER, INTEGER, INTEGER], DATE, ([y, m, d], _, settings) =>
  bindNames('md', [y!, m!, d!], (year, month, day) => {
    const failure = settings.ansi
      ? raise('DATETIME_FIELD_OUT_OF_BOUNDS', 'The year, month or day is out of bounds')
      : 'NULL'
    const value = `TRY(make_date(CAST(${year} AS BIGINT), CAST(${month} AS BIGINT), CAST(${day} AS BIGINT)))`
    return `CASE WHEN ${year} IS NOT NULL AND ${month} IS NOT NULL AND ${day} IS NOT NULL THEN coalesce(${value}, ${failure}) END`
  }),
)

const SECONDS = decimal(16, 6)

/** A second of 60 without a fraction is the next minute's first. Source: Spark's MakeTimestamp. */
const makeTimestamp = (name: string, type: DataType, tries: boolean): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    if (given.length < 6 && given.length >= 2)
      throw unsupported(
        `${name} of a date and a time is not computed here; give year, month, day, hour, minute and second`,
      )
    checkCount(name, given, 6, type.kind === 'timestamp_ntz' ? 6 : 7)
    const args = given.map((_, index) =>
      coerced(name, given, index, index === 6 ? STRING : index === 5 ? SECONDS : INTEGER, settings),
    )
    return { args, type, nullable: tries || !settings.ansi || anyNullable(args) }
  },
  emit: ([y, mo, d, h, mi, s, zone], call, settings) => {
    const isLocal = type.kind === 'timestamp_ntz'
    const nothing = `CAST(NULL AS ${isLocal ? 'TIMESTAMP' : 'TIMESTAMP WITH TIME ZONE'})`
    const given = argumentsOf(call)[6]
    if (given && isNullLiteral(given)) return nothing
    const text = constantText(given)
    if (zone !== undefined && text === undefined) throw unsupported(`The time zone of ${name} must be a constant here`)
    const failure =
      tries || !settings.ansi
        ? 'NULL'
        : raise('DATETIME_FIELD_OUT_OF_BOUNDS', 'A part of the timestamp is out of bounds')
    const fraction =
      tries || !settings.ansi
        ? 'NULL'
        : raise(
            'INVALID_FRACTION_OF_SECOND',
            'Valid range for seconds is [0, 60] (inclusive), but a fraction is only allowed below 60',
          )
    return bindNames('mt', [y!, mo!, d!, h!, mi!, s!], (year, month, day, hour, minute, second) => {
      const date = `TRY(make_date(CAST(${year} AS BIGINT), CAST(${month} AS BIGINT), CAST(${day} AS BIGINT)))`
      const valid = `${hour} BETWEEN 0 AND 23 AND ${minute} BETWEEN 0 AND 59 AND ${second} >= 0 AND ${second} <= 60`
      const micros = `CAST((${hour} * 3600 + ${minute} * 60) AS BIGINT) * 1000000 + CAST(${second} * 1000000 AS BIGINT)`
      const local = `(CAST(${date} AS TIMESTAMP) + to_microseconds(${micros}))`
      const value = isLocal
        ? local
        : text === undefined
          ? instantOf(local, settings.timeZone)
          : `make_timestamptz(epoch_us(${toUtc(local, zoneOf(text))}))`
      const all = [year, month, day, hour, minute, second].map((part) => `${part} IS NULL`).join(' OR ')
      return `CASE WHEN ${all} THEN ${nothing} WHEN ${second} > 60 AND ${second} < 61 THEN ${fraction} WHEN ${valid} AND ${date} IS NOT NULL THEN ${value} ELSE ${failure} END`
    })
  },
})

/** Days, hours, minutes and seconds in microseconds. */
const makeDayTime: SparkFunction = {
  name: 'make_dt_interval',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('make_dt_interval', given, 0, 4)
    const args = given.map((_, index) =>
      coerced('make_dt_interval', given, index, index === 3 ? decimal(18, 6) : INTEGER, settings),
    )
    return { args, type: { kind: 'day-time-interval' }, nullable: anyNullable(args) }
  },
  emit: (args) => {
    const sizes = [86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000]
    const terms = args.map(
      (sql, index) =>
        `CAST(${index === 3 ? `${sql} * 1000000` : sql} AS HUGEINT)${index === 3 ? '' : ` * ${sizes[index]}`}`,
    )
    const sum = terms.length === 0 ? 'CAST(0 AS HUGEINT)' : terms.join(' + ')
    return bindNames(
      'dy',
      [sum],
      (x) =>
        `CASE WHEN ${x} IS NOT NULL THEN coalesce(TRY_CAST(${x} AS BIGINT), ${raise('INTERVAL_ARITHMETIC_OVERFLOW', 'Integer overflow while operating with intervals')}) END`,
    )
  },
}

const makeYearMonth: SparkFunction = {
  name: 'make_ym_interval',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('make_ym_interval', given, 0, 2)
    const args = given.map((_, index) => coerced('make_ym_interval', given, index, INTEGER, settings))
    return { args, type: { kind: 'year-month-interval' }, nullable: anyNullable(args) }
  },
  emit: ([years, months]) =>
    bindNames(
      'ym',
      [`CAST(${years ?? 0} AS HUGEINT) * 12 + ${months ?? 0}`],
      (x) =>
        `CASE WHEN ${x} IS NOT NULL THEN coalesce(TRY_CAST(${x} AS INTEGER), ${raise('INTERVAL_ARITHMETIC_OVERFLOW', 'Integer overflow while operating with intervals')}) END`,
    ),
}

export const DATE_INSTANT: readonly SparkFunction[] = [
  timestampSeconds,
  since('timestamp_millis', 1000),
  since('timestamp_micros', 1),
  strict('unix_seconds', TIMESTAMP, LONG, secondsOf),
  strict('unix_millis', TIMESTAMP, LONG, (t) => `CAST(${floored(`epoch_us(${t})`, 1000)} AS BIGINT)`),
  strict('unix_micros', TIMESTAMP, LONG, (t) => `epoch_us(${t})`),
  strict('unix_date', DATE, INTEGER, (d) => `CAST(${d} - DATE '1970-01-01' AS INTEGER)`),
  simple('date_from_unix_date', [INTEGER], DATE, ([n]) => `(DATE '1970-01-01' + ${n})`),
  makeDate,
  makeTimestamp('make_timestamp', TIMESTAMP, false),
  makeTimestamp('make_timestamp_ltz', TIMESTAMP, false),
  makeTimestamp('make_timestamp_ntz', TIMESTAMP_NTZ, false),
  makeTimestamp('try_make_timestamp', TIMESTAMP, true),
  makeTimestamp('try_make_timestamp_ltz', TIMESTAMP, true),
  makeTimestamp('try_make_timestamp_ntz', TIMESTAMP_NTZ, true),
  makeDayTime,
  makeYearMonth,
]
