import { mapList } from '../../plan/expression-tree.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { inputsOf } from '../../plan/plan-shape.ts'
import { withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

/** Aggregates whose value hangs on the order of their rows. */
const ORDERED = new Set([
  'first',
  'first_value',
  'any_value',
  'last',
  'last_value',
  'collect_list',
  'array_agg',
  'listagg',
  'string_agg',
])

/** `free`: nobody above can see in which order the rows come. */
const drop = (plan: LogicalPlan, free: boolean): LogicalPlan => {
  switch (plan.kind) {
    case 'sort':
      if (free) return drop(plan.input, true)
      return withInputs(plan, [drop(plan.input, plan.global)])
    case 'aggregate': {
      const seen = plan.aggregates.some(
        ({ expression }) => expression.kind === 'aggregate' && ORDERED.has(expression.name),
      )
      return withInputs(plan, [drop(plan.input, !seen)])
    }
    case 'join':
      return withInputs(plan, [drop(plan.left, true), drop(plan.right, true)])
    case 'project':
    case 'filter':
    case 'generate':
    case 'expand':
      return withInputs(plan, [drop(plan.input, free)])
    case 'window':
      return withInputs(plan, [drop(plan.input, free && plan.orderBy.length > 0)])
    case 'repartition':
      return withInputs(plan, [drop(plan.input, plan.how !== 'coalesce')])
    default:
      return withInputs(
        plan,
        mapList(inputsOf(plan), (input) => drop(input, false)),
      )
  }
}

/** A sort whose order nobody sees (below an aggregate, a join, another sort) goes. Source: Spark's EliminateSorts. */
export const dropSorts: Rule = { name: 'EliminateSorts', apply: (plan) => drop(plan, false) }
