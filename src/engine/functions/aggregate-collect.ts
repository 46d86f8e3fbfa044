import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { array, BINARY, type DataType, STRING } from '../types/data-type.ts'
import { isComplex, isOrderable } from '../types/same-type.ts'
import { simpleString } from '../types/type-name.ts'
import { type AggregateCall, aggregate, aggregateOf } from './aggregate-call.ts'
import { isNullLiteral } from './call-parts.ts'
import { type CallSite, callSite, invoke } from './call-site.ts'
import type { SparkFunction } from './function.ts'
import { constant, unsupported } from './refuse.ts'
import { checkCount, coerced } from './signature.ts'

const listOf = (args: readonly Expression[]): DataType => array(args[0]!.type, false)

const setOf = (args: readonly Expression[]): DataType => {
  if (args[0]!.type.kind === 'map')
    throw new SqlError('DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE', 'collect_set takes no maps: they cannot be compared')
  return listOf(args)
}

/** A list without nulls; of no rows an empty one. */
const collected = (site: CallSite): string =>
  `coalesce(list_filter(${invoke('list', site.args, site)}, lambda item: item IS NOT NULL), [])`

const merge = (name: string, emit: (list: string) => string): SparkFunction => ({
  name,
  kind: 'aggregate',
  resolve: (args) => ({ args, type: args[0]!.type, nullable: false }),
  emit: (texts, call) => {
    const site = callSite(texts, call)
    return emit(`coalesce(flatten(${invoke('list', site.args, site)}), [])`)
  },
})

/** The value beside the largest or smallest other one; a null beside it counts, a null to order by does not. */
const beside = (name: 'max_by' | 'min_by', duckdb: string): SparkFunction => ({
  name,
  kind: 'aggregate',
  resolve: (args) => {
    checkCount(name, args, 2)
    const order = args[1]!.type
    if (!isOrderable(order) || isComplex(order))
      throw unsupported(`${name} does not go by values of type ${simpleString(order)} here`)
    return { args, type: args[0]!.type, nullable: true }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    return invoke(duckdb, site.args, site)
  },
  twoPhase: (call) => {
    if (call.kind !== 'aggregate') return undefined
    const order = call.args[1]!
    return {
      partial: [call, aggregateOf(name === 'max_by' ? 'max' : 'min', [order], order.type)],
      merge: (partial) => aggregateOf(name, partial, call.type),
    }
  },
})

/** Texts joined by a constant between them. */
const listagg: SparkFunction = {
  name: 'listagg',
  aliases: ['string_agg'],
  kind: 'aggregate',
  resolve: (given, settings) => {
    checkCount('listagg', given, 1, 2)
    if (given.some((arg) => arg.type.kind === BINARY.kind))
      throw unsupported('listagg of BINARY is not computed here; cast it to STRING')
    const args = given.map((_, index) => coerced('listagg', given, index, STRING, settings))
    if (args[1]) constant('listagg', 1, args[1])
    return { args, type: STRING, nullable: true }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    const { args } = call as AggregateCall
    return invoke('string_agg', [site.args[0]!, isNullLiteral(args[1]) ? "''" : (site.args[1] ?? "''")], site)
  },
}

export const COLLECT: readonly SparkFunction[] = [
  aggregate('collect_list', ['any'], listOf, collected, {
    aliases: ['array_agg'],
    nullable: false,
    twoPhase: (call) => ({
      partial: [call],
      merge: ([partial]) => aggregateOf('$collect_list_merge', [partial!], call.type, false),
    }),
  }),
  aggregate('collect_set', ['any'], setOf, (site) => collected({ ...site, distinct: true }), {
    nullable: false,
    twoPhase: (call) => ({
      partial: [call],
      merge: ([partial]) => aggregateOf('$collect_set_merge', [partial!], call.type, false),
    }),
  }),
  merge('$collect_list_merge', (list) => list),
  merge('$collect_set_merge', (list) => `list_distinct(${list})`),
  beside('max_by', 'arg_max_null'),
  beside('min_by', 'arg_min_null'),
  listagg,
]
