import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { StructType } from '../types/data-type.ts'
import type { Analysis } from './analyzed.ts'
import type { AnalysisContext } from './context.ts'
import { decorrelate } from './decorrelate.ts'
import { loadLeaves } from './load-leaves.ts'
import { resolveExpression } from './resolve-expression.ts'
import { visible } from './resolve-leaves.ts'
import { resolvePlan } from './resolve-plan.ts'

/**
 * What the user wrote, with its names, types and casts settled: Spark's rules. No subquery but uncorrelated scalar ones
 * is left. Throws SqlError at the place of the first fault, EngineError where files cannot be opened.
 */
export const analyze = async (plan: PlanSyntax, context: AnalysisContext): Promise<LogicalPlan> => {
  const analysis: Analysis = {
    context,
    leaves: await loadLeaves(plan, context),
    plan: (syntax, scope) => resolvePlan(analysis, syntax, scope),
    expression: resolveExpression,
    given: new WeakMap(),
    spans: new WeakMap(),
  }
  const analyzed = analysis.plan(plan, { tables: new Map(), outer: undefined, find: context.find, hints: [], depth: 0 })
  return decorrelate(visible(analyzed), context.newId)
}

/** Names and types of what a plan gives. */
export const schemaOf = (plan: LogicalPlan): StructType => ({
  kind: 'struct',
  fields: plan.output.map(({ name, type, nullable }) => ({ name, type, nullable })),
})
