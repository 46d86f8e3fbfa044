import type { Expression, SortOrder } from '../plan/expression.ts'

const keys = (orders: readonly SortOrder[]): readonly Expression[] => orders.map(({ expression }) => expression)

/** The expressions directly inside; plans of subqueries have scopes of their own and are left out. */
export const children = (expression: Expression): readonly Expression[] => {
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
        ...(expression.otherwise ? [expression.otherwise] : []),
      ]
    case 'in':
      return [expression.value, ...expression.list]
    case 'lambda':
      return [expression.body]
    case 'aggregate':
      return [...expression.args, ...(expression.filter ? [expression.filter] : []), ...keys(expression.orderBy)]
    case 'window': {
      const offsets = [expression.frame?.start, expression.frame?.end].flatMap((bound) =>
        bound && 'offset' in bound ? [bound.offset] : [],
      )
      return [expression.function, ...offsets]
    }
    case 'in-subquery':
      return expression.values
  }
}
