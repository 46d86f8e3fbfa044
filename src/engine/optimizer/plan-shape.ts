import type { Expression } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'

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
    case 'project':
    case 'filter':
    case 'aggregate':
    case 'expand':
    case 'sort':
    case 'limit':
    case 'window':
    case 'generate':
    case 'sample':
    case 'repartition':
    case 'map-batches':
      return [plan.input]
  }
}

/** The expressions of this node alone. */
export const expressionsOf = (plan: LogicalPlan): readonly Expression[] => {
  switch (plan.kind) {
    case 'range':
    case 'stage-input':
    case 'limit':
    case 'union':
    case 'sample':
    case 'map-batches':
      return []
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
      return plan.condition === undefined ? [] : [plan.condition]
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
  }
}
