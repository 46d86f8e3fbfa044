import { lookupFunction } from '../functions/registry.ts'
import type { Expression } from '../plan/expression.ts'
import { someExpression, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../plan/plan-shape.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'

/** Whether it may be written twice: no random function, no function of the program, no subquery inside. */
export const isDeterministic = (syntax: ExpressionSyntax): boolean => {
  const visit = (node: unknown): boolean => {
    if (Array.isArray(node)) return node.every(visit)
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return true
    const one = node as ExpressionSyntax
    if (one.kind === 'udf' || one.kind === 'scalar-subquery' || one.kind === 'in-subquery' || one.kind === 'exists')
      return false
    if (one.kind === 'call' && lookupFunction(one.name)?.deterministic === false) return false
    return Object.entries(node).every(([key, value]) => key === 'of' || key === 'type' || visit(value))
  }
  return visit(syntax)
}

const isRandom = (expression: Expression): boolean =>
  expression.kind === 'udf' ||
  ((expression.kind === 'call' || expression.kind === 'aggregate') &&
    lookupFunction(expression.name)?.deterministic === false)

/** Whether an expression gives the same value for the same row, however often it is computed. */
export const sameEachTime = (expression: Expression): boolean =>
  !someExpression(expression, (inner) => {
    const plan = subqueryOf(inner)
    return isRandom(inner) || (plan !== undefined && !sameRowsEachTime(plan))
  })

/** Whether a plan gives the same rows each time it is run. */
export const sameRowsEachTime = (plan: LogicalPlan): boolean =>
  (plan.kind !== 'limit' || givesConstants(plan.input)) &&
  plan.kind !== 'sample' &&
  plan.kind !== 'map-batches' &&
  expressionsOf(plan).every(sameEachTime) &&
  inputsOf(plan).every(sameRowsEachTime)

/** All rows are the same, as those of an existence marker: a LIMIT may take any. */
const givesConstants = (plan: LogicalPlan): boolean =>
  plan.kind === 'project' && plan.items.every(({ expression }) => expression.kind === 'literal')
