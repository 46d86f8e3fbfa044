import { idsOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { attributeIds, conjuncts, isDeterministic, isSubset } from '../expression-tree.ts'
import { transformPlanUp, withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import type { Estimator } from '../statistics.ts'

const over = (semi: PlanOf<'join'>, left: LogicalPlan): LogicalPlan => ({ ...semi, left, output: left.output })

/** An inner join that leaves less than this share of a side's rows goes first. */
const MUCH = 0.5

/**
 * A semi or anti join only leaves rows of its left side out: below an inner join it makes that one smaller. Where the
 * inner join is what leaves few rows, it stays above.
 */
const pushSemi = (semi: PlanOf<'join'>, estimate: Estimator): LogicalPlan => {
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
  const side = [inner.left, inner.right].find(({ output }) => isSubset(ofLeft, idsOf(output)))
  if (side === undefined || estimate(inner).rows < MUCH * estimate(side).rows) return semi
  const below = over(semi, side)
  const rebuilt = withInputs(inner, side === inner.left ? [below, inner.right] : [inner.left, below])
  return inner === left ? rebuilt : withInputs(left, [rebuilt])
}

/** Source: Spark's PushDownLeftSemiAntiJoin. */
export const pushSemiJoins: Rule = {
  name: 'PushDownLeftSemiAntiJoin',
  apply: (plan, { estimate }) =>
    transformPlanUp(plan, (node) =>
      node.kind === 'join' && (node.how === 'semi' || node.how === 'anti') ? pushSemi(node, estimate) : node,
    ),
}
