import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import type { DataType, DayTimeField, YearMonthField } from '../types/data-type.ts'
import type { ExpressionContext } from './analyzed.ts'

type IntervalSyntax = ExpressionSyntax & { readonly kind: 'interval' }

const MONTHS: Readonly<Record<string, readonly [bigint, YearMonthField]>> = {
  year: [12n, 'year'],
  month: [1n, 'month'],
}

const MICROSECONDS: Readonly<Record<string, readonly [bigint, DayTimeField]>> = {
  week: [604_800_000_000n, 'day'],
  day: [86_400_000_000n, 'day'],
  hour: [3_600_000_000n, 'hour'],
  minute: [60_000_000n, 'minute'],
  second: [1_000_000n, 'second'],
  millisecond: [1_000n, 'second'],
  microsecond: [1n, 'second'],
}

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
  if (value.type.kind === 'decimal') {
    const { scale } = value.type
    const digits = String(value.value)
      .replace('-', '')
      .padStart(scale + 1, '0')
    const sign = String(value.value).startsWith('-') ? '-' : ''
    return scale === 0 ? `${sign}${digits}` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  }
  return String(value.value)
}

/** INTERVAL 'x-y' YEAR TO MONTH and INTERVAL 'd h:m:s' DAY TO SECOND and the like, as units with numbers. */
const splitRange = (text: string, unit: string, at: IntervalSyntax['at']): readonly (readonly [string, string])[] => {
  const [from, to] = unit.split(/\s+to\s+/)
  const signed = /^\s*([+-]?)\s*(.*?)\s*$/s.exec(text)!
  const body = signed[2]!
  const sign = signed[1]!
  const order = ['day', 'hour', 'minute', 'second']
  const units = from === 'year' ? ['year', 'month'] : order.slice(order.indexOf(from!), order.indexOf(to!) + 1)
  const numbers = from === 'year' ? body.split('-') : body.split(/[\s:]+/)
  if (numbers.length !== units.length) throw fault(`'${text}' is no interval ${unit.toUpperCase()}`, at)
  return units.map((name, index) => [name, `${sign}${numbers[index]}`] as const)
}

/** An interval literal: months, or microseconds. Months and days in one are refused, as Spark does. */
export const resolveInterval = (syntax: IntervalSyntax, context: ExpressionContext): Expression => {
  const [only] = syntax.parts
  if (syntax.parts.length === 1 && only && !isConstant(only.value))
    return scaled(only.value, only.unit, syntax.at, context)
  const parts = syntax.parts.flatMap(({ value, unit }): readonly (readonly [string, string])[] => {
    const name = unit.toLowerCase()
    const text = numberText(value, syntax.at)
    return / to /.test(name) ? splitRange(text, name, syntax.at) : [[name.replace(/s$/, ''), text]]
  })
  const units = parts.map(([unit]) => unit)
  if (units.every((unit) => unit in MONTHS)) {
    const months = parts.reduce(
      (sum, [unit, text]) => sum + (millionths(text, syntax.at) / 1_000_000n) * MONTHS[unit]![0],
      0n,
    )
    return literal(Number(months), {
      kind: 'year-month-interval',
      ...ends<YearMonthField>(
        units.map((unit) => MONTHS[unit]![1]),
        ['year', 'month'],
      ),
    })
  }
  if (units.every((unit) => unit in MICROSECONDS)) {
    const micros = parts.reduce(
      (sum, [unit, text]) => sum + (millionths(text, syntax.at) * MICROSECONDS[unit]![0]) / 1_000_000n,
      0n,
    )
    return literal(micros, {
      kind: 'day-time-interval',
      ...ends<DayTimeField>(
        units.map((unit) => MICROSECONDS[unit]![1]),
        ['day', 'hour', 'minute', 'second'],
      ),
    })
  }
  const unknown = units.find((unit) => !(unit in MONTHS) && !(unit in MICROSECONDS))
  if (unknown !== undefined) throw fault(`${unknown} is no unit of an interval`, syntax.at)
  throw new SqlError(
    'UNSUPPORTED_FEATURE.INTERVAL_MIXED',
    'Cannot mix year-month and day-time fields in one interval; add two intervals one after the other',
    syntax.at,
  )
}

const isConstant = (value: ExpressionSyntax): boolean =>
  value.kind === 'literal' || (value.kind === 'call' && value.name === 'negative' && value.args.every(isConstant))

const ends = <F extends string>(fields: readonly F[], order: readonly F[]): { readonly start: F; readonly end: F } => {
  const places = fields.map((field) => order.indexOf(field))
  return { start: order[Math.min(...places)]!, end: order[Math.max(...places)]! }
}

const literal = (value: number | bigint, type: DataType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: false,
})

/** INTERVAL x DAY with a computed x: x times one day. */
const scaled = (
  value: ExpressionSyntax,
  unit: string,
  at: IntervalSyntax['at'],
  context: ExpressionContext,
): Expression => {
  const one: ExpressionSyntax = {
    kind: 'interval',
    parts: [{ value: { kind: 'literal', value: 1, type: { kind: 'integer' } }, unit }],
  }
  return context.analysis.expression({ kind: 'call', name: '*', args: [one, value], ...(at ? { at } : {}) }, context)
}
