import type { Expression } from '../../plan/expression.ts'
import { idsOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { filter, join } from '../build.ts'
import { conjuncts, disjuncts } from '../expression-tree.ts'
import { transformPlanUp } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

/** Functions that are null when any argument is. */
const STRICT = new Set([
  '=',
  '<',
  '<=',
  '>',
  '>=',
  '<>',
  '!=',
  '+',
  '-',
  '*',
  '/',
  '%',
  'div',
  'like',
  'negative',
  'substring',
  'substr',
  'upper',
  'lower',
  'year',
  'abs',
  'not',
])

/** Null when all columns of `ids` are null. */
const nullWithout = (expression: Expression, ids: ReadonlySet<number>): boolean => {
  switch (expression.kind) {
    case 'attribute':
      return ids.has(expression.id)
    case 'cast':
      return nullWithout(expression.child, ids)
    case 'call':
      return STRICT.has(expression.name) && expression.args.some((arg) => nullWithout(arg, ids))
    case 'in':
      return nullWithout(expression.value, ids)
    default:
      return false
  }
}

/** Never true when all columns of `ids` are null. */
export const rejectsNulls = (condition: Expression, ids: ReadonlySet<number>): boolean => {
  if (condition.kind === 'call') {
    if (condition.name === 'and') return conjuncts(condition).some((part) => rejectsNulls(part, ids))
    if (condition.name === 'or') return disjuncts(condition).every((part) => rejectsNulls(part, ids))
    if (condition.name === 'isnotnull') return condition.args.some((arg) => nullWithout(arg, ids))
  }
  return nullWithout(condition, ids)
}

const narrowed = (join: PlanOf<'join'>, condition: Expression): PlanOf<'join'>['how'] => {
  const parts = conjuncts(condition)
  const right = parts.some((part) => rejectsNulls(part, idsOf(join.right.output)))
  const left = parts.some((part) => rejectsNulls(part, idsOf(join.left.output)))
  switch (join.how) {
    case 'left':
      return right ? 'inner' : 'left'
    case 'right':
      return left ? 'inner' : 'right'
    case 'full':
      return left && right ? 'inner' : left ? 'left' : right ? 'right' : 'full'
    default:
      return join.how
  }
}

const eliminate = (plan: LogicalPlan): LogicalPlan => {
  if (plan.kind !== 'filter' || plan.input.kind !== 'join') return plan
  const before = plan.input
  const how = narrowed(before, plan.condition)
  return how === before.how
    ? plan
    : filter(join(before.left, before.right, how, before.condition, before.broadcast), plan.condition)
}

/** An outer join under a filter that no null row passes is a narrower one. Source: Spark's EliminateOuterJoin. */
export const eliminateOuterJoins: Rule = {
  name: 'EliminateOuterJoin',
  apply: (plan) => transformPlanUp(plan, eliminate),
}
