import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { emptyRows, filter, pass, project } from '../build.ts'
import { conjoin, conjuncts, isNeverTrue, isTrue } from '../expression-tree.ts'
import { transformPlanUp } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

const isEmpty = (plan: LogicalPlan): boolean => plan.kind === 'values' && plan.rows.length === 0

/** Whether a node gives no rows because its inputs have none, or its condition lets none through. */
const givesNothing = (plan: LogicalPlan): boolean => {
  switch (plan.kind) {
    case 'filter':
      return isEmpty(plan.input) || conjuncts(plan.condition).some(isNeverTrue)
    case 'project':
    case 'sort':
    case 'window':
    case 'generate':
    case 'sample':
    case 'repartition':
    case 'expand':
      return isEmpty(plan.input)
    case 'limit':
      return isEmpty(plan.input) || plan.count === 0
    case 'aggregate':
      return plan.groups.length > 0 && isEmpty(plan.input)
    case 'union':
      return plan.inputs.every(isEmpty)
    case 'join': {
      const never = conjuncts(plan.condition).some(isNeverTrue)
      switch (plan.how) {
        case 'inner':
          return isEmpty(plan.left) || isEmpty(plan.right) || never
        case 'semi':
          return isEmpty(plan.left) || isEmpty(plan.right) || never
        case 'left':
        case 'as-of':
        case 'anti':
        case 'null-aware-anti':
          return isEmpty(plan.left)
        case 'right':
          return isEmpty(plan.right)
        case 'full':
          return isEmpty(plan.left) && isEmpty(plan.right)
      }
      return false
    }
    default:
      return false
  }
}

const simplify = (plan: LogicalPlan): LogicalPlan => {
  if (plan.kind === 'scan') return plan.filters.some(isNeverTrue) ? emptyRows(plan.output) : plan
  if (givesNothing(plan)) return emptyRows(plan.output)
  if (plan.kind === 'filter') {
    const parts = conjuncts(plan.condition)
    const kept = parts.filter((part) => !isTrue(part))
    if (kept.length === 0) return plan.input
    if (kept.length < parts.length) return filter(plan.input, conjoin(kept))
  }
  if (plan.kind === 'union') {
    const inputs = plan.inputs.filter((input) => !isEmpty(input))
    const [only] = inputs
    if (inputs.length === 1 && only !== undefined)
      return project(
        only,
        plan.output.map((attribute, index) => ({ ...pass(attribute), expression: only.output[index]! })),
      )
    return inputs.length === plan.inputs.length ? plan : { ...plan, inputs }
  }
  if (plan.kind === 'join' && (plan.how === 'anti' || plan.how === 'null-aware-anti') && isEmpty(plan.right))
    return plan.left
  return plan
}

/** What can give no rows is not computed. Source: Spark's PropagateEmptyRelation, PruneFilters. */
export const propagateEmpty: Rule = {
  name: 'PropagateEmptyRelation',
  apply: (plan) => transformPlanUp(plan, simplify),
}
