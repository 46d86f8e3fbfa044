import type { Attribute, Expression } from '../plan/expression.ts'
import { childrenOf, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf, mapExpressions } from '../plan/plan-shape.ts'
import { replace } from './expression-tree.ts'

/** The same node over other inputs; `output` stays. */
export const mapInputs = (plan: LogicalPlan, change: (input: LogicalPlan) => LogicalPlan): LogicalPlan => {
  switch (plan.kind) {
    case 'scan':
    case 'range':
    case 'values':
    case 'stage-input':
      return plan
    case 'join': {
      const left = change(plan.left)
      const right = change(plan.right)
      return left === plan.left && right === plan.right ? plan : { ...plan, left, right }
    }
    case 'union': {
      const inputs = plan.inputs.map(change)
      return inputs.every((input, index) => input === plan.inputs[index]) ? plan : { ...plan, inputs }
    }
    default: {
      const input = change(plan.input)
      return input === plan.input ? plan : { ...plan, input }
    }
  }
}

/** Ids of the columns of enclosing queries that the plan names, subqueries inside included. */
export const outerIds = (plan: LogicalPlan): ReadonlySet<number> => {
  const ids = new Set<number>()
  const visitExpression = (expression: Expression): void => {
    if (expression.kind === 'outer') ids.add(expression.attribute.id)
    const inner = subqueryOf(expression)
    if (inner) visit(inner)
    childrenOf(expression).forEach(visitExpression)
  }
  const visit = (node: LogicalPlan): void => {
    expressionsOf(node).forEach(visitExpression)
    inputsOf(node).forEach(visit)
  }
  visit(plan)
  return ids
}

/** Ids of the attributes that an expression reads from its input; lambda parameters are left out. */
export const usedIds = (expression: Expression): ReadonlySet<number> => {
  const ids = new Set<number>()
  const visit = (inner: Expression, bound: ReadonlySet<number>): void => {
    if (inner.kind === 'attribute') {
      if (!bound.has(inner.id)) ids.add(inner.id)
      return
    }
    const below = inner.kind === 'lambda' ? new Set([...bound, ...inner.parameters.map(({ id }) => id)]) : bound
    for (const child of childrenOf(inner)) visit(child, below)
  }
  visit(expression, new Set())
  return ids
}

/** Columns of enclosing queries exchanged for others, also in subqueries inside; where `change` gives undefined they stay. */
export const replaceOuter = (
  plan: LogicalPlan,
  change: (attribute: Attribute) => Attribute | undefined,
): LogicalPlan => {
  const inExpression = (expression: Expression): Expression =>
    replace(expression, (inner) => {
      if (inner.kind === 'outer') {
        const other = change(inner.attribute)
        return other && { ...inner, attribute: other, type: other.type, nullable: other.nullable }
      }
      const subplan = subqueryOf(inner)
      if (!subplan) return undefined
      const changed = replaceOuter(subplan, change)
      return inner.kind === 'in-subquery'
        ? { ...inner, values: inner.values.map(inExpression), plan: changed }
        : ({ ...inner, plan: changed } as Expression)
    })
  return mapInputs(mapExpressions(plan, inExpression), (input) => replaceOuter(input, change))
}
