import type { Expression, ExpressionOf } from '../plan/expression.ts'
import type { Expected } from '../types/coercion.ts'
import type { DataType } from '../types/data-type.ts'
import { type CallSite, callSite } from './call-site.ts'
import type { SparkFunction, SqlSettings, TwoPhase } from './function.ts'
import { checkCount, coerced } from './signature.ts'

export type AggregateCall = ExpressionOf<'aggregate'>

/** An aggregate node of another name over other arguments. */
export const aggregateOf = (
  name: string,
  args: readonly Expression[],
  type: DataType,
  nullable = true,
): AggregateCall => ({
  kind: 'aggregate',
  name,
  args,
  distinct: false,
  filter: undefined,
  orderBy: [],
  type,
  nullable,
})

/** Two phases of which the second is the same function over the first's results. */
export const mergedBySelf = (call: Expression): TwoPhase => ({
  partial: [call],
  merge: ([partial]) => aggregateOf((call as AggregateCall).name, [partial!], call.type, call.nullable),
})

export interface AggregateOptions {
  readonly aliases?: readonly string[]
  readonly optional?: number
  readonly nullable?: false
  readonly twoPhase?: (call: AggregateCall) => TwoPhase | undefined
}

/** An aggregate of fixed parameters. `emit` gets the site of the call: use `invoke`. */
export const aggregate = (
  name: string,
  parameters: readonly Expected[],
  result: DataType | ((args: readonly Expression[]) => DataType),
  emit: (site: CallSite, call: AggregateCall, settings: SqlSettings) => string,
  options: AggregateOptions = {},
): SparkFunction => ({
  name,
  ...(options.aliases && { aliases: options.aliases }),
  kind: 'aggregate',
  resolve: (given, settings) => {
    checkCount(name, given, parameters.length - (options.optional ?? 0), parameters.length)
    const args = given.map((_, index) => coerced(name, given, index, parameters[index]!, settings))
    return { args, type: typeof result === 'function' ? result(args) : result, nullable: options.nullable !== false }
  },
  emit: (texts, call, settings) => emit(callSite(texts, call), call as AggregateCall, settings),
  ...(options.twoPhase && {
    twoPhase: (call: Expression) => (call.kind === 'aggregate' && !call.distinct ? options.twoPhase!(call) : undefined),
  }),
})
