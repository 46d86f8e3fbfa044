import { idsOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { attributeIds, conjuncts, isDeterministic, isSubset } from '../expression-tree.ts'
import { transformPlanUp, withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

const over = (semi: PlanOf<'join'>, left: LogicalPlan): LogicalPlan => ({ ...semi, left, output: left.output })

/** A semi or anti join only leaves rows of its left side out: below an inner join it makes that one smaller. */
const pushSemi = (semi: PlanOf<'join'>): LogicalPlan => {
  const { left } = semi
  const inner =
    left.kind === 'project' &&
    left.items.every(({ attribute, expression }) => expression.kind === 'attribute' && expression.id === attribute.id)
      ? left.input
      : left
  if (inner.kind !== 'join' || inner.how !== 'inner') return semi
  if (semi.condition === undefined || !conjuncts(semi.condition).every(isDeterministic)) return semi
  const ofRight = idsOf(semi.right.output)
  const ofLeft = new Set([...attributeIds(semi.condition)].filter((id) => !ofRight.has(id)))
  if (ofLeft.size === 0) return semi
  const rebuilt = isSubset(ofLeft, idsOf(inner.left.output))
    ? withInputs(inner, [over(semi, inner.left), inner.right])
    : isSubset(ofLeft, idsOf(inner.right.output))
      ? withInputs(inner, [inner.left, over(semi, inner.right)])
      : undefined
  if (rebuilt === undefined) return semi
  return inner === left ? rebuilt : withInputs(left, [rebuilt])
}

/** Source: Spark's PushDownLeftSemiAntiJoin. */
export const pushSemiJoins: Rule = {
  name: 'PushDownLeftSemiAntiJoin',
  apply: (plan) =>
    transformPlanUp(plan, (node) =>
      node.kind === 'join' && (node.how === 'semi' || node.how === 'anti') ? pushSemi(node) : node,
    ),
}
