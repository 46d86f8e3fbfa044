import type { Expression, Named } from '../../plan/expression.ts'
import { childrenOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { project } from '../build.ts'
import { attributeIds, isDeterministic, substitute } from '../expression-tree.ts'
import { transformPlanUp } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

const isCheap = (expression: Expression): boolean => expression.kind === 'attribute' || expression.kind === 'literal'

const countUses = (expression: Expression, uses: Map<number, number>): void => {
  if (expression.kind === 'attribute') uses.set(expression.id, (uses.get(expression.id) ?? 0) + 1)
  if (expression.kind === 'lambda') for (const id of attributeIds(expression)) uses.set(id, (uses.get(id) ?? 0) + 1)
  for (const child of childrenOf(expression)) countUses(child, uses)
}

/** The upper projection over the lower one's input; undefined where something would be computed twice or move that must not. */
export const mergeItems = (upper: readonly Named[], lower: readonly Named[]): readonly Named[] | undefined => {
  const uses = new Map<number, number>()
  for (const { expression } of upper) countUses(expression, uses)
  const doubled = lower.some(
    ({ attribute, expression }) =>
      !isCheap(expression) && ((uses.get(attribute.id) ?? 0) > 1 || !isDeterministic(expression)),
  )
  if (doubled) return undefined
  const columns = new Map(lower.map(({ attribute, expression }) => [attribute.id, expression]))
  const merged: Named[] = []
  for (const item of upper) {
    const expression = substitute(item.expression, columns)
    if (expression === undefined) return undefined
    merged.push({ attribute: item.attribute, expression })
  }
  return merged
}

const mergeProject = (plan: PlanOf<'project'>): LogicalPlan => {
  if (plan.input.kind === 'project') {
    const items = mergeItems(plan.items, plan.input.items)
    return items === undefined ? plan : project(plan.input.input, items)
  }
  const same =
    plan.items.length === plan.input.output.length &&
    plan.items.every(
      ({ attribute, expression }, index) =>
        expression.kind === 'attribute' &&
        expression.id === attribute.id &&
        plan.input.output[index]?.id === attribute.id &&
        plan.input.output[index]?.name === attribute.name,
    )
  return same ? plan.input : plan
}

/** Two projections become one, and one that changes nothing goes. Source: Spark's CollapseProject, RemoveNoopOperators. */
export const mergeProjects: Rule = {
  name: 'CollapseProject',
  apply: (plan) => transformPlanUp(plan, (node) => (node.kind === 'project' ? mergeProject(node) : node)),
}
