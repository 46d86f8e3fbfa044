import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { DOUBLE, INTEGER } from '../types/data-type.ts'
import { isNullLiteral } from './call-parts.ts'
import { callSite, invoke } from './call-site.ts'
import { castTo, literal } from './coerce.ts'
import type { SparkFunction, SqlSettings } from './function.ts'
import { constant, wrongType } from './refuse.ts'
import { checkCount, coerced } from './signature.ts'

const ranking = (name: string, type: typeof INTEGER): SparkFunction => ({
  name,
  kind: 'window',
  resolve: (args) => {
    // Spark's ranks take values that only its own rules use.
    if (name === 'row_number' || name === 'cume_dist') checkCount(name, args, 0)
    return { args: [], type, nullable: false }
  },
  emit: (texts, call) => {
    const value = invoke(name, [], callSite(texts, call))
    return type.kind === 'integer' ? `CAST(${value} AS INTEGER)` : value
  },
})

const offsetOf = (name: string, given: readonly Expression[], settings: SqlSettings): Expression => {
  if (given[1]!.type.kind === 'string' || isNullLiteral(given[1]))
    throw new SqlError('FAILED_FUNCTION_CALL', `The offset of ${name} is a whole number`)
  return coerced(name, given, 1, INTEGER, settings)
}

/** A constant of at least 1. */
const placeOf = (name: string, given: readonly Expression[], index: number, settings: SqlSettings): Expression => {
  const argument = coerced(name, given, index, INTEGER, settings)
  const value = constant(name, index, argument)
  if (value === null || Number(value) < 1)
    throw new SqlError(
      'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
      `Argument ${index + 1} of ${name} is at least 1, not ${value}`,
    )
  return argument
}

/** lag(value[, offset[, default]]) */
const shifted = (name: 'lag' | 'lead'): SparkFunction => ({
  name,
  kind: 'window',
  resolve: (given, settings) => {
    checkCount(name, given, 1, 3)
    const value = given[0]!
    const args: Expression[] = [value]
    if (given[1]) args.push(offsetOf(name, given, settings))
    if (given[2]) args.push(castTo(given[2], value.type, settings))
    return { args, type: value.type, nullable: value.nullable || !given[2] || given[2].nullable }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    return invoke(name, site.args, site)
  },
})

/** Source: Spark's windowExpressions.scala. first_value and last_value are aggregates there and here. */
export const WINDOW: readonly SparkFunction[] = [
  ranking('row_number', INTEGER),
  ranking('rank', INTEGER),
  ranking('dense_rank', INTEGER),
  ranking('percent_rank', DOUBLE),
  ranking('cume_dist', DOUBLE),
  {
    name: 'ntile',
    kind: 'window',
    resolve: (given, settings) => {
      checkCount('ntile', given, 0, 1)
      if (given.length === 0) return { args: [literal(1, INTEGER)], type: INTEGER, nullable: false }
      if (given[0]!.type.kind !== 'integer') throw wrongType('ntile', 0, 'a whole number', given[0]!.type)
      return { args: [placeOf('ntile', given, 0, settings)], type: INTEGER, nullable: false }
    },
    emit: (texts, call) => {
      const site = callSite(texts, call)
      return `CAST(${invoke('ntile', site.args, site)} AS INTEGER)`
    },
  },
  shifted('lag'),
  shifted('lead'),
  {
    name: 'nth_value',
    kind: 'window',
    resolve: (given, settings) => {
      checkCount('nth_value', given, 2)
      const place = placeOf('nth_value', given, 1, settings)
      return { args: [given[0]!, place], type: given[0]!.type, nullable: true }
    },
    emit: (texts, call) => {
      const site = callSite(texts, call)
      return invoke('nth_value', site.args, site)
    },
  },
]
