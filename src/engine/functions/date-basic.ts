import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { DATE, type DataType, decimal, INTEGER, TIMESTAMP } from '../types/data-type.ts'
import { isDatetime } from '../types/same-type.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { constant, wrongType } from './refuse.ts'
import { checkCount, coerced, simple } from './signature.ts'

const argsOf = (call: Expression): readonly Expression[] => (call as { args: readonly Expression[] }).args

const integer = (sql: string): string => `CAST(${sql} AS INTEGER)`

/** Parts of a date. Timestamps are taken in the session's zone. */
const DATE_PARTS: Readonly<Record<string, (x: string) => string>> = {
  year: (x) => integer(`year(${x})`),
  quarter: (x) => integer(`quarter(${x})`),
  month: (x) => integer(`month(${x})`),
  week: (x) => integer(`weekofyear(${x})`),
  day: (x) => integer(`day(${x})`),
  // Sunday is 1; DuckDB has 0.
  dayofweek: (x) => integer(`dayofweek(${x}) + 1`),
  dayofweek_iso: (x) => integer(`isodow(${x})`),
  doy: (x) => integer(`dayofyear(${x})`),
  yearofweek: (x) => integer(`isoyear(${x})`),
}

const TIME_PARTS: Readonly<Record<string, (x: string) => string>> = {
  hour: (x) => integer(`hour(${x})`),
  minute: (x) => integer(`minute(${x})`),
}

const part = (name: string, field: string, aliases?: readonly string[]): SparkFunction =>
  simple(name, [DATE], INTEGER, ([x]) => DATE_PARTS[field]!(x!), aliases ? { aliases } : {})

const timePart = (name: string, emit: (x: string) => string): SparkFunction => ({
  name,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    const arg = given[0]!.type.kind === 'timestamp_ntz' ? given[0]! : coerced(name, given, 0, TIMESTAMP, settings)
    return { args: [arg], type: INTEGER, nullable: arg.nullable }
  },
  emit: ([x]) => emit(x!),
})

/** Names of fields in EXTRACT and date_part. Source: Spark's DatePart.parseExtractField. */
const FIELDS: Readonly<Record<string, string>> = {
  year: 'year',
  y: 'year',
  years: 'year',
  yr: 'year',
  yrs: 'year',
  yearofweek: 'yearofweek',
  quarter: 'quarter',
  qtr: 'quarter',
  month: 'month',
  mon: 'month',
  mons: 'month',
  months: 'month',
  week: 'week',
  w: 'week',
  weeks: 'week',
  day: 'day',
  d: 'day',
  days: 'day',
  dayofweek: 'dayofweek',
  dow: 'dayofweek',
  dayofweek_iso: 'dayofweek_iso',
  dow_iso: 'dayofweek_iso',
  doy: 'doy',
  hour: 'hour',
  h: 'hour',
  hours: 'hour',
  hr: 'hour',
  hrs: 'hour',
  minute: 'minute',
  m: 'minute',
  min: 'minute',
  mins: 'minute',
  minutes: 'minute',
  second: 'second',
  s: 'second',
  sec: 'second',
  seconds: 'second',
  secs: 'second',
}

const fieldOf = (call: string, arg: Expression): string => {
  const name = String(constant(call, 0, arg)).toLowerCase()
  const field = FIELDS[name]
  if (!field) throw new SqlError('INVALID_EXTRACT_FIELD', `Cannot extract "${name}" of a date or timestamp`)
  return field
}

const SECONDS = decimal(8, 6)

const YEAR_MONTH: Readonly<Record<string, string>> = { year: '// 12', month: '% 12' }
const DAY_TIME: Readonly<Record<string, string>> = {
  day: '// 86400000000',
  hour: '// 3600000000 % 24',
  minute: '// 60000000 % 60',
}

const extract: SparkFunction = {
  name: 'extract',
  aliases: ['date_part', 'datepart'],
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('extract', given, 2)
    const field = fieldOf('extract', given[0]!)
    const value = given[1]!
    if (value.type.kind === 'year-month-interval' || value.type.kind === 'day-time-interval') {
      const known = value.type.kind === 'year-month-interval' ? YEAR_MONTH : DAY_TIME
      if (field !== 'second' && !(field in known))
        throw wrongType('extract', 1, `of a type with the field ${field}`, value.type)
      return { args: [given[0]!, value], type: intervalPart(field, value.type), nullable: value.nullable }
    }
    const target: DataType =
      field in DATE_PARTS ? DATE : isDatetime(value.type) && value.type.kind !== 'date' ? value.type : TIMESTAMP
    const source = isDatetime(value.type)
      ? castTo(value, target, settings)
      : coerced('extract', given, 1, target, settings)
    return { args: [given[0]!, source], type: field === 'second' ? SECONDS : INTEGER, nullable: source.nullable }
  },
  emit: ([, x], call) => {
    const field = fieldOf('extract', argsOf(call)[0]!)
    const { type } = argsOf(call)[1]!
    if (type.kind === 'year-month-interval')
      return `CAST(${x} ${YEAR_MONTH[field]} AS ${field === 'year' ? 'INTEGER' : 'TINYINT'})`
    if (type.kind === 'day-time-interval') {
      if (field === 'second')
        return `CAST(CAST(${x} % 60000000 AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(6,6)) AS DECIMAL(8,6))`
      return `CAST(${x} ${DAY_TIME[field]} AS ${field === 'day' ? 'INTEGER' : 'TINYINT'})`
    }
    if (field === 'second')
      return `CAST(CAST(microsecond(${x}) AS DECIMAL(18,0)) * CAST('0.000001' AS DECIMAL(6,6)) AS DECIMAL(8,6))`
    return (DATE_PARTS[field] ?? TIME_PARTS[field])!(x!)
  },
}

const intervalPart = (field: string, type: DataType): DataType => {
  if (field === 'second') return SECONDS
  return field === 'year' || (field === 'day' && type.kind === 'day-time-interval') ? INTEGER : { kind: 'byte' }
}

/** Days forwards or backwards. Source: Spark's DateAdd and DateSub. */
const moved = (name: string, sign: '+' | '-', aliases: readonly string[]): SparkFunction => ({
  name,
  aliases,
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount(name, given, 2)
    const days = given[1]!.type.kind
    if (days !== 'integer' && days !== 'short' && days !== 'byte' && days !== 'void' && days !== 'string') {
      throw wrongType(name, 1, 'an INT, SMALLINT or TINYINT', given[1]!.type)
    }
    const args = [coerced(name, given, 0, DATE, settings), castTo(given[1]!, INTEGER, settings)]
    return { args, type: DATE, nullable: args.some((arg) => arg.nullable) }
  },
  emit: ([date, days]) => `(${date} ${sign} ${days})`,
})

/** What TPC-H and most programs need of dates; the other functions of dates are in datetime*.ts. */
export const DATE_BASIC: readonly SparkFunction[] = [
  part('year', 'year'),
  part('quarter', 'quarter'),
  part('month', 'month'),
  part('weekofyear', 'week'),
  part('day', 'day', ['dayofmonth']),
  part('dayofweek', 'dayofweek'),
  part('dayofyear', 'doy'),
  // Monday is 0.
  simple('weekday', [DATE], INTEGER, ([x]) => integer(`isodow(${x}) - 1`)),
  timePart('hour', TIME_PARTS.hour!),
  timePart('minute', TIME_PARTS.minute!),
  timePart('second', (x) => integer(`second(${x})`)),
  extract,
  moved('date_add', '+', ['dateadd']),
  moved('date_sub', '-', []),
  simple('datediff', [DATE, DATE], INTEGER, ([end, start]) => integer(`${end} - ${start}`), { aliases: ['date_diff'] }),
  simple('last_day', [DATE], DATE, ([x]) => `last_day(${x})`),
]
