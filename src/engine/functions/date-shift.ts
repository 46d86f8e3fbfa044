import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BOOLEAN, DATE, DOUBLE, INTEGER, LONG, STRING, TIMESTAMP, TIMESTAMP_NTZ } from '../types/data-type.ts'
import { isDatetime } from '../types/same-type.ts'
import { bindNames } from './bind-names.ts'
import { argumentsOf, constantText, isNullLiteral } from './call-parts.ts'
import { castTo } from './coerce.ts'
import { instantOf } from './date-zone.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { unsupported, wrongType } from './refuse.ts'
import { anyNullable, checkCount, coerced, simple } from './signature.ts'

const addMonths = (date: string, months: string): string =>
  `CAST(${date} + to_months(CAST(${months} AS INTEGER)) AS DATE)`

/** Whole months where both are the same day or the last of a month, else with the rest of the seconds as part of 31 days. */
const monthsBetween: SparkFunction = simple(
  'months_between',
  [TIMESTAMP, TIMESTAMP, BOOLEAN],
  DOUBLE,
  ([end, start, rounds]) =>
    bindNames(
      'mb',
      [`CAST(${end} AS TIMESTAMP)`, `CAST(${start} AS TIMESTAMP)`, rounds ?? 'true', end!, start!],
      (a, b, r, to, from) => {
        const months = `((year(${a}) - year(${b})) * 12 + month(${a}) - month(${b}))`
        const lastDay = (t: string) => `day(${t}) = day(last_day(${t}))`
        // Seconds that have passed since midnight, not those on the clock.
        const second = (instant: string, t: string) =>
          `((epoch_us(${instant}) - epoch_us(CAST(CAST(${t} AS DATE) AS TIMESTAMP WITH TIME ZONE))) // 1000000)`
        const seconds = `CAST((day(${a}) - day(${b})) * 86400 + ${second(to, a)} - ${second(from, b)} AS DOUBLE)`
        const exact = `${months} + ${seconds} / CAST(2678400 AS DOUBLE)`
        return `CASE WHEN ${a} IS NULL OR ${b} IS NULL OR ${r} IS NULL THEN NULL WHEN day(${a}) = day(${b}) OR (${lastDay(a)} AND ${lastDay(b)}) THEN CAST(${months} AS DOUBLE) WHEN ${r} THEN round(${exact}, 8) ELSE ${exact} END`
      },
    ),
  { optional: 1 },
)

const WEEKDAYS = "['mo', 'tu', 'we', 'th', 'fr', 'sa', 'su']"
const NAMES =
  "'^(?i)(mo|mon|monday|tu|tue|tuesday|we|wed|wednesday|th|thu|thursday|fr|fri|friday|sa|sat|saturday|su|sun|sunday)$'"

const nextDay = simple('next_day', [DATE, STRING], DATE, ([date, name], _, settings) =>
  bindNames('nd', [date!, name!], (d, n) => {
    const day = `list_position(${WEEKDAYS}, lower(left(${n}, 2)))`
    const failure = settings.ansi ? raise('ILLEGAL_DAY_OF_WEEK', 'Illegal input for day of week') : 'NULL'
    return `CASE WHEN ${d} IS NULL OR ${n} IS NULL THEN NULL WHEN NOT regexp_matches(${n}, ${NAMES}) THEN ${failure} ELSE ${d} + CAST((${day} - isodow(${d}) + 6) % 7 + 1 AS INTEGER) END`
  }),
)

const DATE_UNITS: Readonly<Record<string, string>> = {
  year: 'year',
  yyyy: 'year',
  yy: 'year',
  quarter: 'quarter',
  month: 'month',
  mm: 'month',
  mon: 'month',
  week: 'week',
}
const TIME_UNITS: Readonly<Record<string, string>> = {
  ...DATE_UNITS,
  day: 'day',
  dd: 'day',
  hour: 'hour',
  minute: 'minute',
  second: 'second',
  millisecond: 'millisecond',
  microsecond: 'microsecond',
}

const unitOf = (name: string, argument: Expression | undefined): string | undefined => {
  if (isNullLiteral(argument)) return undefined
  const text = constantText(argument)
  if (text === undefined) throw unsupported(`The unit of ${name} must be a constant here`)
  return text.toLowerCase()
}

/** An unknown unit gives null. */
const trunc = simple(
  'trunc',
  [DATE, STRING],
  DATE,
  ([date], call) => {
    const unit = DATE_UNITS[unitOf('trunc', argumentsOf(call)[1]) ?? '']
    return unit === undefined ? 'CAST(NULL AS DATE)' : `CAST(date_trunc('${unit}', ${date}) AS DATE)`
  },
  { nullable: true },
)

const dateTrunc = simple(
  'date_trunc',
  [STRING, TIMESTAMP],
  TIMESTAMP,
  ([, instant], call, settings) => {
    const unit = TIME_UNITS[unitOf('date_trunc', argumentsOf(call)[0]) ?? '']
    if (unit === undefined) return 'CAST(NULL AS TIMESTAMP WITH TIME ZONE)'
    if (unit === 'microsecond') return instant!
    if (unit === 'second' || unit === 'millisecond') {
      const size = unit === 'second' ? 1_000_000 : 1000
      return bindNames(
        'dt',
        [`epoch_us(${instant})`],
        (t) => `make_timestamptz(${t} - (${t} % ${size} + ${size}) % ${size})`,
      )
    }
    const local = (t: string) => `date_trunc('${unit}', CAST(${t} AS TIMESTAMP))`
    if (unit !== 'hour' && unit !== 'minute') return instantOf(local(instant!), settings.timeZone)
    // Within the hour that comes twice the instant counts.
    return bindNames('dt', [instant!], (t) => `(${t} - (CAST(${t} AS TIMESTAMP) - ${local(t)}))`)
  },
  { nullable: true },
)

const MICROS: Readonly<Record<string, string>> = {
  hour: '3600000000',
  minute: '60000000',
  second: '1000000',
  millisecond: '1000',
  microsecond: '1',
}
const MONTHS: Readonly<Record<string, number>> = { year: 12, quarter: 3, month: 1 }
const DAYS: Readonly<Record<string, number>> = { week: 7, day: 1, dayofyear: 1 }

const knownUnit = (name: string, argument: Expression | undefined): string => {
  const unit = unitOf(name, argument) ?? ''
  if (unit in MICROS || unit in MONTHS || unit in DAYS) return unit
  throw new SqlError(
    'INVALID_PARAMETER_VALUE.DATETIME_UNIT',
    `${name} takes a unit such as YEAR, MONTH, DAY or HOUR, not ${unit}`,
  )
}

/** Months and days move the local time, smaller units the instant. */
const timestampAdd: SparkFunction = {
  name: 'timestampadd',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('timestampadd', given, 3)
    knownUnit('timestampadd', given[0])
    const local = given[2]!.type.kind === 'timestamp_ntz'
    const args = [
      given[0]!,
      coerced('timestampadd', given, 1, LONG, settings),
      coerced('timestampadd', given, 2, local ? TIMESTAMP_NTZ : TIMESTAMP, settings),
    ]
    return { args, type: local ? TIMESTAMP_NTZ : TIMESTAMP, nullable: anyNullable(args) }
  },
  emit: ([, count, value], call, settings) => {
    const unit = knownUnit('timestampadd', argumentsOf(call)[0])
    const isLocal = call.type.kind === 'timestamp_ntz'
    const micros = MICROS[unit]
    if (micros !== undefined) return `(${value} + to_microseconds(CAST(${count} * ${micros} AS BIGINT)))`
    const step =
      unit in MONTHS
        ? `to_months(CAST(${count} * ${MONTHS[unit]} AS INTEGER))`
        : `to_days(CAST(${count} * ${DAYS[unit]} AS INTEGER))`
    return isLocal ? `(${value} + ${step})` : instantOf(`(CAST(${value} AS TIMESTAMP) + ${step})`, settings.timeZone)
  },
}

/** Whole units between two local times, cut off towards zero. */
const timestampDiff: SparkFunction = {
  name: 'timestampdiff',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('timestampdiff', given, 3)
    knownUnit('timestampdiff', given[0])
    const args = [
      given[0]!,
      coerced('timestampdiff', given, 1, TIMESTAMP, settings),
      coerced('timestampdiff', given, 2, TIMESTAMP, settings),
    ]
    return { args, type: LONG, nullable: anyNullable(args) }
  },
  emit: ([, start, end], call) => {
    const unit = knownUnit('timestampdiff', argumentsOf(call)[0])
    const micros = MICROS[unit]
    return bindNames('td', [`CAST(${start} AS TIMESTAMP)`, `CAST(${end} AS TIMESTAMP)`], (a, b) => {
      const size = micros ?? (unit in DAYS ? String(DAYS[unit]! * 86_400_000_000) : undefined)
      if (size !== undefined) return `CAST((epoch_us(${b}) - epoch_us(${a})) // ${size} AS BIGINT)`
      const months = `((year(${b}) - year(${a})) * 12 + month(${b}) - month(${a}))`
      const rest = (t: string) =>
        `(day(${t}) * 86400000000 + epoch_us(${t}) - epoch_us(CAST(CAST(${t} AS DATE) AS TIMESTAMP)))`
      const whole = `CASE WHEN ${months} > 0 AND ${rest(b)} < ${rest(a)} THEN ${months} - 1 WHEN ${months} < 0 AND ${rest(b)} > ${rest(a)} THEN ${months} + 1 ELSE ${months} END`
      return `CAST((${whole}) // ${MONTHS[unit]} AS BIGINT)`
    })
  },
}

const addMonthsFunction = simple('add_months', [DATE, INTEGER], DATE, ([date, months]) => addMonths(date!, months!))

/** date(x), timestamp(x) are casts; these are the words for now. */
const today = (name: string, type: typeof DATE, sql: string, aliases?: readonly string[]): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (given) => {
    checkCount(name, given, 0)
    return { args: [], type, nullable: false }
  },
  emit: () => sql,
})

const datePart = (name: string, format: string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    const value = given[0]!
    if (!isDatetime(value.type) && value.type.kind !== 'string' && value.type.kind !== 'void')
      throw wrongType(name, 0, 'DATE', value.type)
    const arg = castTo(value, DATE, settings)
    return { args: [arg], type: STRING, nullable: arg.nullable }
  },
  emit: ([date]) => `strftime(${date}, '${format}')`,
})

export const DATE_SHIFT: readonly SparkFunction[] = [
  addMonthsFunction,
  monthsBetween,
  nextDay,
  trunc,
  dateTrunc,
  timestampAdd,
  timestampDiff,
  datePart('dayname', '%a'),
  datePart('monthname', '%b'),
  today('current_date', DATE, 'CAST(CAST(now() AS TIMESTAMP) AS DATE)', ['curdate']),
  today('current_timestamp', TIMESTAMP, 'now()', ['now']),
  today('localtimestamp', TIMESTAMP_NTZ, 'CAST(now() AS TIMESTAMP)'),
]
