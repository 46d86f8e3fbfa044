import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import type { DataType, DayTimeField, YearMonthField } from '../types/data-type.ts'
import type { ExpressionContext } from './analyzed.ts'

type IntervalSyntax = ExpressionSyntax & { readonly kind: 'interval' }

const MONTHS: Readonly<Record<string, readonly [months: bigint, field: YearMonthField]>> = {
  year: [12n, 'year'],
  month: [1n, 'month'],
}

const MICROSECONDS: Readonly<Record<string, readonly [microseconds: bigint, field: DayTimeField]>> = {
  week: [604_800_000_000n, 'day'],
  day: [86_400_000_000n, 'day'],
  hour: [3_600_000_000n, 'hour'],
  minute: [60_000_000n, 'minute'],
  second: [1_000_000n, 'second'],
  millisecond: [1_000n, 'second'],
  microsecond: [1n, 'second'],
}

const YEAR_TO_MONTH: readonly YearMonthField[] = ['year', 'month']
const DAY_TO_SECOND: readonly DayTimeField[] = ['day', 'hour', 'minute', 'second']

const fault = (message: string, at: IntervalSyntax['at']): SqlError =>
  new SqlError('INVALID_INTERVAL_FORMAT', `${message}; write it as INTERVAL '3' DAY`, at)

/** The number as written, times 10^6, so that fractions of seconds are whole. */
const millionths = (text: string, at: IntervalSyntax['at']): bigint => {
  const match = /^\s*([+-])?\s*(\d*)(?:\.(\d{0,9}))?\s*$/.exec(text)
  if (!match || (match[2] === '' && !match[3])) throw fault(`'${text}' is no number of an interval`, at)
  const value = BigInt(match[2] || '0') * 1_000_000n + BigInt((match[3] ?? '').slice(0, 6).padEnd(6, '0'))
  return match[1] === '-' ? -value : value
}

const numberText = (value: ExpressionSyntax, at: IntervalSyntax['at']): string => {
  if (value.kind === 'call' && value.name === 'negative' && value.args.length === 1) {
    const text = numberText(value.args[0]!, at)
    return text.startsWith('-') ? text.slice(1) : `-${text}`
  }
  if (value.kind !== 'literal' || value.value === null || value.value instanceof Uint8Array)
    throw fault('The number of an interval must be a literal', at)
  if (value.type.kind !== 'decimal') return String(value.value)
  const { scale } = value.type
  const sign = String(value.value).startsWith('-') ? '-' : ''
  const digits = String(value.value)
    .replace('-', '')
    .padStart(scale + 1, '0')
  return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const isConstant = (value: ExpressionSyntax): boolean =>
  value.kind === 'literal' || (value.kind === 'call' && value.name === 'negative' && value.args.every(isConstant))

/** The value of an interval of constants: months, or microseconds. Months and days in one are refused, as Spark does. */
export const intervalValue = (
  syntax: IntervalSyntax,
): { readonly value: number | bigint; readonly type: DataType } | undefined => {
  if (!syntax.parts.every(({ value }) => isConstant(value))) return undefined
  const parts = syntax.parts.map(({ value, unit }) => ({
    unit: unit.toLowerCase().replace(/s$/, ''),
    number: millionths(numberText(value, syntax.at), syntax.at),
  }))
  if (parts.every(({ unit }) => unit in MONTHS)) {
    const months = parts.reduce((sum, { unit, number }) => sum + (number / 1_000_000n) * MONTHS[unit]![0], 0n)
    const fields = ends(
      parts.map(({ unit }) => MONTHS[unit]![1]),
      YEAR_TO_MONTH,
    )
    return { value: Number(months), type: { kind: 'year-month-interval', ...fields } }
  }
  if (parts.every(({ unit }) => unit in MICROSECONDS)) {
    const value = parts.reduce((sum, { unit, number }) => sum + (number * MICROSECONDS[unit]![0]) / 1_000_000n, 0n)
    const fields = ends(
      parts.map(({ unit }) => MICROSECONDS[unit]![1]),
      DAY_TO_SECOND,
    )
    return { value, type: { kind: 'day-time-interval', ...fields } }
  }
  const unknown = parts.find(({ unit }) => !(unit in MONTHS) && !(unit in MICROSECONDS))
  if (unknown) throw fault(`${unknown.unit} is no unit of an interval`, syntax.at)
  throw new SqlError(
    'UNSUPPORTED_FEATURE.INTERVAL_MIXED',
    'Cannot mix year-month and day-time fields in one interval; add two intervals one after the other',
    syntax.at,
  )
}

const ends = <F extends string>(fields: readonly F[], order: readonly F[]): { readonly start: F; readonly end: F } => {
  const places = fields.map((field) => order.indexOf(field))
  return { start: order[Math.min(...places)]!, end: order[Math.max(...places)]! }
}

export const resolveInterval = (syntax: IntervalSyntax, context: ExpressionContext): Expression => {
  const constant = intervalValue(syntax)
  if (constant) return { kind: 'literal', ...constant, nullable: false }
  const [only] = syntax.parts
  if (syntax.parts.length > 1 || !only)
    throw fault('The numbers of an interval of several units must be literals', syntax.at)
  // INTERVAL x DAY with a computed x: x times one day.
  const one: ExpressionSyntax = {
    kind: 'interval',
    parts: [{ value: { kind: 'literal', value: 1, type: { kind: 'integer' } }, unit: only.unit }],
  }
  const product: ExpressionSyntax = { kind: 'call', name: '*', args: [one, only.value] }
  return context.analysis.expression(syntax.at ? { ...product, at: syntax.at } : product, context)
}

const two = (value: bigint): string => String(value).padStart(2, '0')

/** The interval as Spark writes it: `INTERVAL '1 02:03:04' DAY TO SECOND`. Source: Spark's IntervalUtils.toDayTimeIntervalString. */
export const intervalText = (value: number | bigint, type: DataType): string => {
  const number = BigInt(value)
  const size = number < 0n ? -number : number
  const sign = number < 0n ? '-' : ''
  if (type.kind === 'year-month-interval') {
    const range = type.start === type.end ? (type.start ?? 'month') : 'year to month'
    const text = range === 'year' ? `${size / 12n}` : range === 'month' ? `${size}` : `${size / 12n}-${size % 12n}`
    return `INTERVAL '${sign}${text}' ${range.toUpperCase()}`
  }
  if (type.kind !== 'day-time-interval') return String(value)
  const start = DAY_TO_SECOND.indexOf(type.start ?? 'day')
  const end = DAY_TO_SECOND.indexOf(type.end ?? 'second')
  let rest = size
  let text = ''
  for (let place = start; place <= end; place++) {
    const unit = MICROSECONDS[DAY_TO_SECOND[place]!]![0]
    const whole = rest / unit
    rest %= unit
    text += place === start ? String(whole) : `${place === 1 ? ' ' : ':'}${two(whole)}`
  }
  if (end === 3 && rest > 0n) text += `.${String(rest).padStart(6, '0').replace(/0+$/, '')}`
  const range = start === end ? DAY_TO_SECOND[start]! : `${DAY_TO_SECOND[start]} to ${DAY_TO_SECOND[end]}`
  return `INTERVAL '${sign}${text}' ${range.toUpperCase()}`
}
