import type { Attribute, Expression, SortOrder } from './expression.ts'
import type { LogicalPlan } from './logical-plan.ts'

/** The same array when nothing changed, so that unchanged trees stay the same objects. */
export const mapList = <T>(list: readonly T[], change: (item: T) => T): readonly T[] => {
  const next = list.map(change)
  return next.some((item, index) => item !== list[index]) ? next : list
}

export const mapOrders = (
  orders: readonly SortOrder[],
  change: (expression: Expression) => Expression,
): readonly SortOrder[] =>
  mapList(orders, (order) => {
    const expression = change(order.expression)
    return expression === order.expression ? order : { ...order, expression }
  })

/** Direct parts; plans of subqueries are not parts. */
export const childrenOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'attribute':
    case 'literal':
    case 'outer':
    case 'scalar-subquery':
    case 'exists':
      return []
    case 'call':
    case 'udf':
      return expression.args
    case 'cast':
      return [expression.child]
    case 'case':
      return [
        ...expression.branches.flatMap(({ when, then }) => [when, then]),
        ...(expression.otherwise === undefined ? [] : [expression.otherwise]),
      ]
    case 'in':
      return [expression.value, ...expression.list]
    case 'lambda':
      return [expression.body]
    case 'aggregate':
      return [
        ...expression.args,
        ...(expression.filter === undefined ? [] : [expression.filter]),
        ...expression.orderBy.map((order) => order.expression),
      ]
    case 'window': {
      const bounds = expression.frame === undefined ? [] : [expression.frame.start, expression.frame.end]
      return [expression.function, ...bounds.flatMap((bound) => ('offset' in bound ? [bound.offset] : []))]
    }
    case 'in-subquery':
      return expression.values
  }
}

/** The expression with its direct parts changed; the same object when none did. */
export const mapChildren = (expression: Expression, change: (child: Expression) => Expression): Expression => {
  switch (expression.kind) {
    case 'attribute':
    case 'literal':
    case 'outer':
    case 'scalar-subquery':
    case 'exists':
      return expression
    case 'call':
    case 'udf': {
      const args = mapList(expression.args, change)
      return args === expression.args ? expression : { ...expression, args }
    }
    case 'cast': {
      const child = change(expression.child)
      return child === expression.child ? expression : { ...expression, child }
    }
    case 'case': {
      const branches = mapList(expression.branches, (branch) => {
        const [when, then] = [change(branch.when), change(branch.then)]
        return when === branch.when && then === branch.then ? branch : { when, then }
      })
      const otherwise = expression.otherwise && change(expression.otherwise)
      return branches === expression.branches && otherwise === expression.otherwise
        ? expression
        : { ...expression, branches, otherwise }
    }
    case 'in': {
      const [value, list] = [change(expression.value), mapList(expression.list, change)]
      return value === expression.value && list === expression.list ? expression : { ...expression, value, list }
    }
    case 'lambda': {
      const body = change(expression.body)
      return body === expression.body ? expression : { ...expression, body }
    }
    case 'aggregate': {
      const args = mapList(expression.args, change)
      const filter = expression.filter && change(expression.filter)
      const orderBy = mapOrders(expression.orderBy, change)
      return args === expression.args && filter === expression.filter && orderBy === expression.orderBy
        ? expression
        : { ...expression, args, filter, orderBy }
    }
    case 'window': {
      const inner = change(expression.function)
      const { frame } = expression
      const bound = (side: 'start' | 'end') => {
        const at = frame?.[side]
        return at && 'offset' in at ? { ...at, offset: change(at.offset) } : at
      }
      const [start, end] = [bound('start'), bound('end')]
      const moved = start !== frame?.start || end !== frame?.end
      if (inner === expression.function && !moved) return expression
      return {
        ...expression,
        function: inner,
        frame: moved && frame && start && end ? { ...frame, start, end } : frame,
      }
    }
    case 'in-subquery': {
      const values = mapList(expression.values, change)
      return values === expression.values ? expression : { ...expression, values }
    }
  }
}

/** Changes parts first, then the whole. */
export const transformUp = (expression: Expression, change: (expression: Expression) => Expression): Expression =>
  change(mapChildren(expression, (child) => transformUp(child, change)))

export const someExpression = (expression: Expression, test: (expression: Expression) => boolean): boolean =>
  test(expression) || childrenOf(expression).some((child) => someExpression(child, test))

/** The plan of a subquery, undefined for all other expressions. */
export const subqueryOf = (expression: Expression): LogicalPlan | undefined =>
  expression.kind === 'scalar-subquery' || expression.kind === 'exists' || expression.kind === 'in-subquery'
    ? expression.plan
    : undefined

export const idsOf = (attributes: readonly Attribute[]): ReadonlySet<number> => new Set(attributes.map(({ id }) => id))
