import type { Expression } from '../plan/expression.ts'
import { BOOLEAN, type DataType, DOUBLE } from '../types/data-type.ts'
import { isFractional } from '../types/same-type.ts'
import type { SparkFunction } from './function.ts'
import { mayFail } from './may-fail.ts'
import { checkCount, coerced, simple } from './signature.ts'

/**
 * DuckDB evaluates the sides of AND and OR in the order it thinks best. Where the right one may fail on what the left
 * one keeps away from it (b <> 0 AND a / b > 1), the order is made part of the meaning, as in Spark.
 */
const junction = (name: 'and' | 'or'): SparkFunction => ({
  ...simple(name, [BOOLEAN, BOOLEAN], BOOLEAN, ([a, b], call) => {
    const right = (call as { args: readonly Expression[] }).args[1]!
    if (!mayFail(right)) return `(${a} ${name.toUpperCase()} ${b})`
    return name === 'and'
      ? `CASE WHEN NOT ${a} THEN false ELSE (${a} AND ${b}) END`
      : `CASE WHEN ${a} THEN true ELSE (${a} OR ${b}) END`
  }),
})

const check = (
  name: string,
  emit: (a: string, type: DataType) => string,
  aliases?: readonly string[],
): SparkFunction => ({
  name,
  ...(aliases && { aliases }),
  kind: 'scalar',
  resolve: (args) => {
    checkCount(name, args, 1)
    return { args, type: BOOLEAN, nullable: false }
  },
  emit: ([a], call) => emit(a!, (call as { args: readonly Expression[] }).args[0]!.type),
})

export const LOGIC: readonly SparkFunction[] = [
  junction('and'),
  junction('or'),
  simple('not', [BOOLEAN], BOOLEAN, ([a]) => `(NOT ${a})`, { aliases: ['!'] }),
  check('isnull', (a) => `(${a} IS NULL)`),
  check('isnotnull', (a) => `(${a} IS NOT NULL)`),
  check('istrue', (a) => `(${a} IS NOT DISTINCT FROM true)`),
  check('isfalse', (a) => `(${a} IS NOT DISTINCT FROM false)`),
  {
    ...check('isnan', (a) => `coalesce(isnan(${a}), false)`),
    resolve: (args, settings) => {
      checkCount('isnan', args, 1)
      const arg = isFractional(args[0]!.type) ? args[0]! : coerced('isnan', args, 0, DOUBLE, settings)
      return { args: [arg], type: BOOLEAN, nullable: false }
    },
  },
]
