import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { LateralViewSyntax } from '../sql/syntax.ts'
import type { Analysis, Analyzed, PlanScope } from './analyzed.ts'
import { qualified } from './analyzed.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { generatorOf, resolveGenerator } from './select-items.ts'

/** LATERAL VIEW [OUTER] explode(…) t AS a, b */
export const lateralView = (
  analysis: Analysis,
  input: Analyzed,
  view: LateralViewSyntax,
  scope: PlanScope,
): Analyzed => {
  const call = generatorOf(view.generator)
  if (!call)
    throw new SqlError(
      'UNSUPPORTED_GENERATOR',
      'LATERAL VIEW needs a function that makes rows, like explode',
      view.generator.at,
    )
  const context = rowContext(analysis, scope, levelOf(analysis, [input], scope.outer), 'LATERAL VIEW')
  const { call: generator, outer, generated } = resolveGenerator(call, view.columns, view.outer, context)
  const plan: LogicalPlan = {
    kind: 'generate',
    input: input.plan,
    generator,
    outer,
    generated,
    output: [...input.plan.output, ...generated],
  }
  const columns = [...input.columns, ...qualified(generated, view.alias === '' ? [] : [view.alias])]
  return { ...input, plan, columns, inputs: [input] }
}
