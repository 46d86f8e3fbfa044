import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { childrenOf, mapOrders, replace } from './expression-tree.ts'

export const inputsOf = (plan: LogicalPlan): readonly LogicalPlan[] => {
  switch (plan.kind) {
    case 'scan':
    case 'range':
    case 'values':
    case 'stage-input':
      return []
    case 'join':
      return [plan.left, plan.right]
    case 'union':
      return plan.inputs
    default:
      return [plan.input]
  }
}

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

/** The expressions that the node itself evaluates. */
export const expressionsOf = (plan: LogicalPlan): readonly Expression[] => {
  switch (plan.kind) {
    case 'scan':
      return plan.filters
    case 'values':
      return plan.rows.flat()
    case 'project':
      return plan.items.map(({ expression }) => expression)
    case 'filter':
      return [plan.condition]
    case 'aggregate':
      return [...plan.groups, ...plan.aggregates].map(({ expression }) => expression)
    case 'expand':
      return plan.projections.flat()
    case 'join':
      return plan.condition ? [plan.condition] : []
    case 'sort':
      return plan.orders.map(({ expression }) => expression)
    case 'window':
      return [
        ...plan.functions.map(({ expression }) => expression),
        ...plan.partitionBy,
        ...plan.orderBy.map(({ expression }) => expression),
      ]
    case 'generate':
      return [plan.generator]
    case 'repartition':
      return plan.by.map(({ expression }) => expression)
    default:
      return []
  }
}

const mapNamed = (named: readonly Named[], change: (expression: Expression) => Expression): readonly Named[] =>
  named.map((one) => ({ ...one, expression: change(one.expression) }))

/** The same node with other expressions; `output` stays. */
export const mapExpressions = (plan: LogicalPlan, change: (expression: Expression) => Expression): LogicalPlan => {
  switch (plan.kind) {
    case 'scan':
      return { ...plan, filters: plan.filters.map(change) }
    case 'values':
      return { ...plan, rows: plan.rows.map((row) => row.map(change)) }
    case 'project':
      return { ...plan, items: mapNamed(plan.items, change) }
    case 'filter':
      return { ...plan, condition: change(plan.condition) }
    case 'aggregate':
      return { ...plan, groups: mapNamed(plan.groups, change), aggregates: mapNamed(plan.aggregates, change) }
    case 'expand':
      return { ...plan, projections: plan.projections.map((row) => row.map(change)) }
    case 'join':
      return plan.condition ? { ...plan, condition: change(plan.condition) } : plan
    case 'sort':
      return { ...plan, orders: mapOrders(plan.orders, change) }
    case 'window':
      return {
        ...plan,
        functions: mapNamed(plan.functions, change),
        partitionBy: plan.partitionBy.map(change),
        orderBy: mapOrders(plan.orderBy, change),
      }
    case 'generate':
      return { ...plan, generator: change(plan.generator) }
    case 'repartition':
      return { ...plan, by: mapOrders(plan.by, change) }
    default:
      return plan
  }
}

/** The plan of a subquery expression; undefined for other expressions. */
export const subqueryOf = (expression: Expression): LogicalPlan | undefined =>
  expression.kind === 'scalar-subquery' || expression.kind === 'exists' || expression.kind === 'in-subquery'
    ? expression.plan
    : undefined

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

export const idsOf = (attributes: readonly Attribute[]): ReadonlySet<number> => new Set(attributes.map(({ id }) => id))

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
