import type { Expression } from '../plan/expression.ts'
import { commonTypeOfTwo } from '../types/coercion.ts'
import { DATE, type DataType, DOUBLE, INTEGER, LONG, TIMESTAMP } from '../types/data-type.ts'
import { isDatetime, isIntegral, isInterval, isNumeric } from '../types/same-type.ts'
import { castTo } from './coerce.ts'
import type { ResolvedCall, SqlSettings } from './function.ts'
import { raise } from './raise.ts'
import { unsupported } from './refuse.ts'

/**
 * + - * / where a date, a timestamp or an interval takes part; undefined where Spark has no such operation. Source:
 * Spark's BinaryArithmeticWithDatetimeResolver.
 */
export const temporalCall = (
  operator: string,
  [left, right]: readonly Expression[],
  settings: SqlSettings,
): ResolvedCall | undefined => {
  const [a, b] = [left!, right!]
  const result = (args: readonly Expression[], type: DataType): ResolvedCall => ({
    args,
    type,
    nullable: args.some((arg) => arg.nullable),
  })
  switch (operator) {
    case '+':
      if (isInterval(a.type) && !isInterval(b.type)) {
        const swapped = plus(b, a, settings)
        return swapped && result([castTo(a, a.type, settings), swapped.moved], swapped.type)
      }
      return sum(a, b, settings, result)
    case '-':
      if (isDatetime(a.type) || isDatetime(b.type)) {
        const difference = minus(a, b, settings)
        if (difference) return result(difference.args, difference.type)
      }
      return sum(a, b, settings, result)
    case '*':
      if (isInterval(a.type)) return scaledBy(a, b, settings, (x, y) => result([x, y], plain(a.type)))
      if (isInterval(b.type)) return scaledBy(b, a, settings, (x, y) => result([y, x], plain(b.type)))
      return undefined
    case '/':
      return isInterval(a.type) ? scaledBy(a, b, settings, (x, y) => result([x, y], plain(a.type))) : undefined
    default:
      return undefined
  }
}

/** After multiplication an interval spans all its fields. */
const plain = (type: DataType): DataType =>
  type.kind === 'day-time-interval' ? { kind: 'day-time-interval' } : { kind: 'year-month-interval' }

const sum = (
  a: Expression,
  b: Expression,
  settings: SqlSettings,
  result: (args: readonly Expression[], type: DataType) => ResolvedCall,
): ResolvedCall | undefined => {
  if (isInterval(a.type) && isInterval(b.type)) {
    const type = commonTypeOfTwo(a.type, b.type, settings)
    return type && result([a, b], type)
  }
  const moved = plus(a, b, settings)
  return moved && result([moved.moved, b.type.kind === 'string' ? castTo(b, INTEGER, settings) : b], moved.type)
}

/** A date or timestamp moved by days or by an interval. */
const plus = (
  base: Expression,
  step: Expression,
  settings: SqlSettings,
): { readonly moved: Expression; readonly type: DataType } | undefined => {
  const moved = base.type.kind === 'string' || base.type.kind === 'void' ? castTo(base, TIMESTAMP, settings) : base
  if (!isDatetime(moved.type))
    return isIntegral(base.type) && isDatetime(step.type) ? { moved: base, type: DATE } : undefined
  const type = step.type
  if (type.kind === 'year-month-interval') return { moved, type: moved.type }
  if (type.kind === 'day-time-interval') {
    if (moved.type.kind !== 'date') return { moved, type: moved.type }
    // Whole days leave a date a date.
    if (type.start === 'day' && type.end === 'day') return { moved, type: DATE }
    return { moved: castTo(moved, TIMESTAMP, settings), type: TIMESTAMP }
  }
  const days = type.kind === 'integer' || type.kind === 'short' || type.kind === 'byte' || type.kind === 'void'
  return moved.type.kind === 'date' && days ? { moved, type: DATE } : undefined
}

const minus = (
  a: Expression,
  b: Expression,
  settings: SqlSettings,
): { readonly args: readonly Expression[]; readonly type: DataType } | undefined => {
  const type = commonTypeOfTwo(a.type, b.type, settings)
  if (!type || !isDatetime(type)) return undefined
  const args = [castTo(a, type, settings), castTo(b, type, settings)]
  return type.kind === 'date'
    ? { args, type: { kind: 'day-time-interval', start: 'day', end: 'day' } }
    : { args, type: { kind: 'day-time-interval' } }
}

const scaledBy = (
  interval: Expression,
  number: Expression,
  settings: SqlSettings,
  result: (interval: Expression, number: Expression) => ResolvedCall,
): ResolvedCall | undefined => {
  const { type } = number
  if (type.kind === 'string' || type.kind === 'void') return result(interval, castTo(number, DOUBLE, settings))
  if (isIntegral(type)) return result(interval, castTo(number, LONG, settings))
  return isNumeric(type) ? result(interval, castTo(number, DOUBLE, settings)) : undefined
}

const months = (sql: string): string => `to_months(${sql})`
const micros = (sql: string): string => `to_microseconds(${sql})`

const DAY = 86_400_000_000

/** SQL of a date or timestamp moved by `step` (of type `by`), forwards or backwards. */
export const moved = (
  base: string,
  from: DataType,
  step: string,
  by: DataType,
  sign: '+' | '-',
  to: DataType,
): string => {
  switch (by.kind) {
    case 'year-month-interval': {
      const sql = `(${base} ${sign} ${months(step)})`
      return from.kind === 'date' ? `CAST(${sql} AS DATE)` : sql
    }
    case 'day-time-interval':
      if (to.kind === 'date') return `(${base} ${sign} CAST(${step} // ${DAY} AS INTEGER))`
      // Whole days go by the calendar of the session's zone, the rest by the clock.
      return from.kind === 'timestamp'
        ? `(${base} ${sign} to_days(CAST(${step} // ${DAY} AS INTEGER)) ${sign} ${micros(`${step} % ${DAY}`)})`
        : `(${base} ${sign} ${micros(step)})`
    default:
      return `(${base} ${sign} ${step})`
  }
}

/** SQL of an operation that `temporalCall` resolved. */
export const emitTemporal = (
  operator: string,
  a: string,
  b: string,
  call: Expression,
  settings: SqlSettings,
): string => {
  const [left, right] = (call as { args: readonly Expression[] }).args.map((arg) => arg.type) as [DataType, DataType]
  if (isInterval(left) && isInterval(right)) return `(${a} ${operator} ${b})`
  if (operator === '*' || operator === '/') return scaledInterval(operator, [a, left], [b, right], call.type, settings)
  if (isDatetime(left) && isDatetime(right)) {
    if (left.kind === 'date') return `(CAST(${a} - ${b} AS BIGINT) * ${DAY})`
    // By the clock on the wall: a day is 24 hours long.
    const wall = (sql: string) => (left.kind === 'timestamp' ? `CAST(${sql} AS TIMESTAMP)` : sql)
    return `(epoch_us(${wall(a)}) - epoch_us(${wall(b)}))`
  }
  if (operator === '+' && !isDatetime(left)) return moved(b, right, a, left, '+', call.type)
  return moved(a, left, b, right, operator as '+' | '-', call.type)
}

const scaledInterval = (
  operator: '*' | '/',
  [a, left]: readonly [string, DataType],
  [b, right]: readonly [string, DataType],
  type: DataType,
  settings: SqlSettings,
): string => {
  const [interval, number, by] = isInterval(left) ? [a, b, right] : [b, a, left]
  const target = type.kind === 'day-time-interval' ? 'BIGINT' : 'INTEGER'
  if (by.kind === 'long' && operator === '*') return `CAST(${interval} * ${number} AS ${target})`
  if (by.kind === 'long') {
    if (!settings.ansi)
      throw unsupported('An interval divided by an integer is computed with spark.sql.ansi.enabled=true only')
    // Rounded half up. Source: Spark's DivideYMInterval and DivideDTInterval.
    const wide = `CAST(${interval} AS HUGEINT)`
    return (
      `CASE WHEN ${number} = 0 AND ${interval} IS NOT NULL THEN ${raise('INTERVAL_DIVIDED_BY_ZERO', 'Division by zero. Use try_divide to tolerate divisor being 0 and return NULL instead.')} ` +
      `ELSE CAST(sign(${interval}) * sign(${number}) * ((abs(${wide}) + abs(${number}) // 2) // abs(${number})) AS ${target}) END`
    )
  }
  throw unsupported(
    'An interval is multiplied or divided by integers only, not by decimals or doubles; cast the number',
  )
}
