import type { Expression, Named } from './expression.ts'
import { mapList, mapOrders } from './expression-tree.ts'
import type { LogicalPlan } from './logical-plan.ts'

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

const mapNamed = (items: readonly Named[], change: (expression: Expression) => Expression): readonly Named[] =>
  mapList(items, (item) => {
    const expression = change(item.expression)
    return expression === item.expression ? item : { ...item, expression }
  })

/** The node with each of its own expressions changed; inputs stay. */
export const mapExpressions = (plan: LogicalPlan, change: (expression: Expression) => Expression): LogicalPlan => {
  switch (plan.kind) {
    case 'range':
    case 'stage-input':
    case 'limit':
    case 'union':
    case 'sample':
    case 'map-batches':
      return plan
    case 'scan': {
      const filters = mapList(plan.filters, change)
      return filters === plan.filters ? plan : { ...plan, filters }
    }
    case 'values': {
      const rows = mapList(plan.rows, (row) => mapList(row, change))
      return rows === plan.rows ? plan : { ...plan, rows }
    }
    case 'project': {
      const items = mapNamed(plan.items, change)
      return items === plan.items ? plan : { ...plan, items }
    }
    case 'filter': {
      const condition = change(plan.condition)
      return condition === plan.condition ? plan : { ...plan, condition }
    }
    case 'aggregate': {
      const [groups, aggregates] = [mapNamed(plan.groups, change), mapNamed(plan.aggregates, change)]
      return groups === plan.groups && aggregates === plan.aggregates ? plan : { ...plan, groups, aggregates }
    }
    case 'expand': {
      const projections = mapList(plan.projections, (row) => mapList(row, change))
      return projections === plan.projections ? plan : { ...plan, projections }
    }
    case 'join': {
      const condition = plan.condition && change(plan.condition)
      return condition === plan.condition ? plan : { ...plan, condition }
    }
    case 'sort': {
      const orders = mapOrders(plan.orders, change)
      return orders === plan.orders ? plan : { ...plan, orders }
    }
    case 'window': {
      const functions = mapNamed(plan.functions, change)
      const [partitionBy, orderBy] = [mapList(plan.partitionBy, change), mapOrders(plan.orderBy, change)]
      return functions === plan.functions && partitionBy === plan.partitionBy && orderBy === plan.orderBy
        ? plan
        : { ...plan, functions, partitionBy, orderBy }
    }
    case 'generate': {
      const generator = change(plan.generator)
      return generator === plan.generator ? plan : { ...plan, generator }
    }
    case 'repartition': {
      const by = mapOrders(plan.by, change)
      return by === plan.by ? plan : { ...plan, by }
    }
  }
}
