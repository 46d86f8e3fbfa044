import type { Expression } from '../plan/expression.ts'
import { DOUBLE, INTEGER } from '../types/data-type.ts'
import { callSite, invoke } from './call-site.ts'
import { castTo } from './coerce.ts'
import type { SparkFunction } from './function.ts'
import { checkCount, coerced } from './signature.ts'

const ranking = (name: string, type: typeof INTEGER): SparkFunction => ({
  name,
  kind: 'window',
  resolve: (args) => {
    checkCount(name, args, 0)
    return { args, type, nullable: false }
  },
  emit: (texts, call) => {
    const value = invoke(name, [], callSite(texts, call))
    return type.kind === 'integer' ? `CAST(${value} AS INTEGER)` : value
  },
})

/** lag(value[, offset[, default]]) */
const shifted = (name: 'lag' | 'lead'): SparkFunction => ({
  name,
  kind: 'window',
  resolve: (given, settings) => {
    checkCount(name, given, 1, 3)
    const value = given[0]!
    const args: Expression[] = [value]
    if (given[1]) args.push(coerced(name, given, 1, INTEGER, settings))
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
      checkCount('ntile', given, 1)
      return { args: [coerced('ntile', given, 0, INTEGER, settings)], type: INTEGER, nullable: false }
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
      const place = coerced('nth_value', given, 1, INTEGER, settings)
      return { args: [given[0]!, place], type: given[0]!.type, nullable: true }
    },
    emit: (texts, call) => {
      const site = callSite(texts, call)
      return invoke('nth_value', site.args, site)
    },
  },
]
