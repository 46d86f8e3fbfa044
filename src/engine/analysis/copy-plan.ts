import type { Attribute, Expression, Named, NewId } from '../plan/expression.ts'
import { mapChildren, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf, mapExpressions } from '../plan/plan-shape.ts'
import { mapInputs } from './plan-tree.ts'

export interface PlanCopy {
  readonly plan: LogicalPlan
  /** The copy of a column of the plan. */
  readonly attribute: (attribute: Attribute) => Attribute
}

/** The same plan with fresh ids for all that it makes, so that both can stand in one plan. */
export const copyPlan = (plan: LogicalPlan, newId: NewId): PlanCopy => {
  const made = new Set<number>()
  collect(plan, made)
  const ids = new Map<number, number>()
  const attribute = (one: Attribute): Attribute => {
    if (!made.has(one.id)) return one
    const id = ids.get(one.id) ?? newId()
    ids.set(one.id, id)
    return { ...one, id }
  }
  const expression = (one: Expression): Expression => {
    switch (one.kind) {
      case 'attribute':
        return attribute(one)
      case 'outer':
        return { ...one, attribute: attribute(one.attribute) }
      case 'lambda':
        return { ...one, parameters: one.parameters.map(attribute), body: expression(one.body) }
      case 'scalar-subquery':
      case 'exists':
        return { ...one, plan: copy(one.plan) }
      case 'in-subquery':
        return { ...one, values: one.values.map(expression), plan: copy(one.plan) }
      default:
        return mapChildren(one, expression)
    }
  }
  const named = (list: readonly Named[]): readonly Named[] =>
    list.map((one) => ({ ...one, attribute: attribute(one.attribute) }))
  const copy = (node: LogicalPlan): LogicalPlan => {
    const changed = mapInputs(mapExpressions({ ...node, output: node.output.map(attribute) }, expression), copy)
    switch (changed.kind) {
      case 'project':
        return { ...changed, items: named(changed.items) }
      case 'aggregate':
        return { ...changed, groups: named(changed.groups), aggregates: named(changed.aggregates) }
      case 'window':
        return { ...changed, functions: named(changed.functions) }
      case 'generate':
        return { ...changed, generated: changed.generated.map(attribute) }
      default:
        return changed
    }
  }
  return { plan: copy(plan), attribute }
}

const collect = (plan: LogicalPlan, made: Set<number>): void => {
  for (const { id } of plan.output) made.add(id)
  for (const expression of expressionsOf(plan)) collectIn(expression, made)
  for (const input of inputsOf(plan)) collect(input, made)
}

const collectIn = (expression: Expression, made: Set<number>): void => {
  if (expression.kind === 'lambda') for (const { id } of expression.parameters) made.add(id)
  const plan = subqueryOf(expression)
  if (plan) collect(plan, made)
  mapChildren(expression, (child) => {
    collectIn(child, made)
    return child
  })
}
