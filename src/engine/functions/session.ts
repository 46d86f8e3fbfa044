import { quoteText } from '../duckdb/quote.ts'
import { SqlError } from '../sql/sql-error.ts'
import { BOOLEAN, INTEGER, STRING, VOID } from '../types/data-type.ts'
import { isNumeric } from '../types/same-type.ts'
import { simpleString } from '../types/type-name.ts'
import { argumentsOf, typeOfArgument } from './call-parts.ts'
import { castTo, literal } from './coerce.ts'
import { comparable } from './comparison.ts'
import type { SparkFunction } from './function.ts'
import { raise, raiseText } from './raise.ts'
import { wrongType } from './refuse.ts'
import { checkCount, coerced, unified } from './signature.ts'

const typeOf: SparkFunction = {
  name: 'typeof',
  kind: 'scalar',
  resolve: (given) => {
    checkCount('typeof', given, 1)
    return { args: given, type: STRING, nullable: false }
  },
  emit: ([arg], call) => {
    const name = quoteText(simpleString(typeOfArgument(call, 0)))
    // A column is mentioned, so that an aggregate that makes it stays one.
    return argumentsOf(call)[0]!.kind === 'attribute' ? `CASE WHEN ${arg} IS NULL THEN ${name} ELSE ${name} END` : name
  },
}

const raiseError: SparkFunction = {
  name: 'raise_error',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('raise_error', given, 1, 2)
    if (given.length === 2)
      throw new SqlError(
        'UNSUPPORTED_FEATURE',
        'raise_error with a condition and its parameters is not computed here; give one text',
      )
    return { args: [coerced('raise_error', given, 0, STRING, settings)], type: VOID, nullable: true }
  },
  emit: ([message]) => raiseText(`'[USER_RAISED_EXCEPTION] ' || coalesce(${message}, 'null')`),
  deterministic: false,
}

const assertTrue: SparkFunction = {
  name: 'assert_true',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('assert_true', given, 1, 2)
    const kind = given[0]!.type.kind
    if (kind !== 'boolean' && kind !== 'void') throw wrongType('assert_true', 0, 'BOOLEAN', given[0]!.type)
    const condition = castTo(given[0]!, BOOLEAN, settings)
    const message = given[1] ? [coerced('assert_true', given, 1, STRING, settings)] : []
    return { args: [condition, ...message], type: VOID, nullable: true }
  },
  emit: ([condition, message]) => {
    const failure =
      message === undefined
        ? raise('USER_RAISED_EXCEPTION', 'The condition is not true')
        : raiseText(`'[USER_RAISED_EXCEPTION] ' || coalesce(${message}, 'null')`)
    return `CASE WHEN ${condition} THEN NULL ELSE ${failure} END`
  },
  deterministic: false,
}

const equalNull: SparkFunction = {
  name: 'equal_null',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('equal_null', given, 2)
    const [a, b] = comparable('equal_null', given[0]!, given[1]!, settings)
    return { args: [a, b], type: BOOLEAN, nullable: false }
  },
  emit: ([a, b]) => `(${a} IS NOT DISTINCT FROM ${b})`,
}

/** What is 0 becomes null, or null becomes 0. */
const nullIfZero: SparkFunction = {
  name: 'nullifzero',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('nullifzero', given, 1)
    const [a, b] = comparable('nullifzero', given[0]!, literal(0, INTEGER), settings)
    return { args: [given[0]!, a, b], type: given[0]!.type, nullable: true }
  },
  emit: ([value, a, b]) => `CASE WHEN ${a} = ${b} THEN NULL ELSE ${value} END`,
}

const zeroIfNull: SparkFunction = {
  name: 'zeroifnull',
  kind: 'scalar',
  resolve: (given, settings) => {
    checkCount('zeroifnull', given, 1)
    const value =
      given[0]!.type.kind === 'void' || isNumeric(given[0]!.type) || given[0]!.type.kind === 'string'
        ? given[0]!
        : coerced('zeroifnull', given, 0, 'numeric', settings)
    const { args, type } = unified('zeroifnull', [value, literal(0, INTEGER)], settings)
    return { args: args.map((arg) => castTo(arg, type, settings)), type, nullable: false }
  },
  emit: (args) => `coalesce(${args.join(', ')})`,
}

export const SESSION: readonly SparkFunction[] = [typeOf, raiseError, assertTrue, equalNull, nullIfZero, zeroIfNull]
