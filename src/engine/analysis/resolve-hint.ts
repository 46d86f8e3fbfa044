import type { SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { type Analysis, type Analyzed, type NamedHint, over, type PlanScope } from './analyzed.ts'
import { constantInteger } from './constant.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { checkOrder } from './ordinals.ts'

type HintSyntax = PlanSyntax & { readonly kind: 'hint' }

const BROADCAST = new Set(['broadcast', 'broadcastjoin', 'mapjoin'])
const NOT_HONOURED = new Set(['merge', 'mergejoin', 'shuffle_merge', 'shuffle_hash', 'shuffle_replicate_nl'])
const HOW = { coalesce: 'coalesce', repartition: 'hash', repartition_by_range: 'range', rebalance: 'hash' } as const

/** A hint: honoured, or a warning; a query never fails for its hints' sake. Source: Spark's ResolveHints. */
export const resolveHint = (analysis: Analysis, syntax: HintSyntax, scope: PlanScope): Analyzed => {
  const name = syntax.name.toLowerCase()
  if (BROADCAST.has(name)) return broadcast(analysis, syntax, scope)
  const input = analysis.plan(syntax.input, scope)
  if (name in HOW) return repartition(analysis, syntax, input, scope, HOW[name as keyof typeof HOW])
  analysis.context.warn(
    NOT_HONOURED.has(name)
      ? `The hint ${syntax.name} is not honoured: joins are broadcast or shuffled by size`
      : `Unrecognized hint: ${syntax.name}`,
  )
  return over(input, syntax, input.plan)
}

const nameOf = (arg: ExpressionSyntax): string | undefined => {
  if (arg.kind === 'name') return arg.parts.join('.').toLowerCase()
  return arg.kind === 'literal' && typeof arg.value === 'string' ? arg.value.toLowerCase() : undefined
}

const broadcast = (analysis: Analysis, syntax: HintSyntax, scope: PlanScope): Analyzed => {
  if (syntax.args.length === 0) {
    const input = analysis.plan(syntax.input, scope)
    return { ...over(input, syntax, input.plan), broadcast: true }
  }
  const hints = syntax.args.flatMap((arg): NamedHint[] => {
    const name = nameOf(arg)
    return name === undefined ? [] : [{ name, used: false }]
  })
  const input = analysis.plan(syntax.input, { ...scope, hints: [...hints, ...scope.hints] })
  for (const hint of hints)
    if (!hint.used) analysis.context.warn(`Could not find relation ${hint.name} specified in hint ${syntax.name}`)
  return over(input, syntax, input.plan)
}

const repartition = (
  analysis: Analysis,
  syntax: HintSyntax,
  input: Analyzed,
  scope: PlanScope,
  how: 'coalesce' | 'hash' | 'range',
): Analyzed => {
  const context = rowContext(analysis, scope, levelOf(analysis, [input], undefined), 'a hint')
  const [first, ...rest] = syntax.args
  const number = first?.kind === 'literal' ? constantInteger(analysis.expression(first, context)) : undefined
  if (number !== undefined && (number === null || number <= 0n))
    throw new SqlError(
      'INVALID_HINT_PARAMETER',
      `${syntax.name} expects a positive number of partitions`,
      first?.at ?? syntax.at,
    )
  if (how === 'coalesce' && number === undefined)
    throw new SqlError('INVALID_HINT_PARAMETER', 'COALESCE expects a number of partitions', syntax.at)
  const columns = number === undefined ? syntax.args : rest
  const by = columns.map(
    (expression): SortOrder => checkOrder({ expression, descending: false }, analysis.expression(expression, context)),
  )
  const plan: LogicalPlan = {
    kind: 'repartition',
    input: input.plan,
    partitions: number === undefined ? undefined : Number(number),
    by,
    how: how === 'hash' && by.length === 0 ? 'round-robin' : how,
    output: input.plan.output,
  }
  return over(input, syntax, plan)
}
