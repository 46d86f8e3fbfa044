import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { limit } from '../build.ts'
import { isDeterministic } from '../expression-tree.ts'
import { transformPlanUp, withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

/** An upper bound of the number of rows, where the plan says one. */
export const maxRows = (plan: LogicalPlan): number | undefined => {
  switch (plan.kind) {
    case 'values':
      return plan.rows.length
    case 'limit':
      return plan.count ?? maxRows(plan.input)
    case 'aggregate':
      return plan.groups.length === 0 ? 1 : undefined
    case 'project':
    case 'filter':
    case 'sort':
    case 'window':
    case 'repartition':
      return maxRows(plan.input)
    default:
      return undefined
  }
}

const limited = (plan: LogicalPlan, count: number): LogicalPlan => {
  const most = maxRows(plan)
  return most !== undefined && most <= count ? plan : limit(plan, count, 0)
}

const pushLimit = (plan: PlanOf<'limit'>): LogicalPlan => {
  const { input, count, offset } = plan
  if (input.kind === 'limit') {
    const left = input.count === undefined ? undefined : Math.max(0, input.count - offset)
    const fewest = count === undefined ? left : left === undefined ? count : Math.min(count, left)
    return limit(input.input, fewest, input.offset + offset)
  }
  if (input.kind === 'project' && input.items.every(({ expression }) => isDeterministic(expression)))
    return withInputs(input, [withInputs(plan, [input.input])])
  if (count === undefined) return plan
  const rows = count + offset
  if (input.kind === 'union') {
    const inputs = input.inputs.map((arm) => limited(arm, rows))
    return inputs.every((arm, index) => arm === input.inputs[index]) ? plan : withInputs(plan, [{ ...input, inputs }])
  }
  if (input.kind === 'join' && (input.how === 'left' || input.how === 'right')) {
    const side = input.how === 'left' ? input.left : input.right
    const small = limited(side, rows)
    if (small === side) return plan
    return withInputs(plan, [withInputs(input, input.how === 'left' ? [small, input.right] : [input.left, small])])
  }
  const most = maxRows(input)
  return offset === 0 && most !== undefined && most <= count ? input : plan
}

/** Limits sink below projections, into the arms of unions and the kept side of outer joins. Source: Spark's LimitPushDown, CombineLimits. */
export const pushLimits: Rule = {
  name: 'LimitPushDown',
  apply: (plan) => transformPlanUp(plan, (node) => (node.kind === 'limit' ? pushLimit(node) : node)),
}
