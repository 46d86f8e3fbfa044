import type { Expression, SortOrder, WindowFrame } from '../plan/expression.ts'
import type { FrameBound } from '../sql/syntax.ts'
import { branch } from './branch.ts'

/** The expressions directly inside; plans of subqueries are not entered. */
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
        ...(expression.otherwise ? [expression.otherwise] : []),
      ]
    case 'in':
      return [expression.value, ...expression.list]
    case 'in-subquery':
      return expression.values
    case 'lambda':
      return [expression.body]
    case 'aggregate':
      return [
        ...expression.args,
        ...(expression.filter ? [expression.filter] : []),
        ...expression.orderBy.map((order) => order.expression),
      ]
    case 'window':
      return [expression.function, ...frameOffsets(expression.frame)]
  }
}

const frameOffsets = (frame: WindowFrame | undefined): readonly Expression[] =>
  frame ? [frame.start, frame.end].flatMap((bound) => ('offset' in bound ? [bound.offset] : [])) : []

/** The same expression with its direct children changed; itself when none changes. */
export const mapChildren = (expression: Expression, change: (child: Expression) => Expression): Expression => {
  const before = childrenOf(expression)
  const after = before.map(change)
  if (after.every((child, index) => child === before[index])) return expression
  const of = new Map(before.map((child, index) => [child, after[index]!]))
  const changed = (child: Expression): Expression => of.get(child)!
  switch (expression.kind) {
    case 'attribute':
    case 'literal':
    case 'outer':
    case 'scalar-subquery':
    case 'exists':
      return expression
    case 'call':
    case 'udf':
      return { ...expression, args: expression.args.map(changed) }
    case 'cast':
      return { ...expression, child: changed(expression.child) }
    case 'case':
      return {
        ...expression,
        branches: expression.branches.map(({ when, then }) => branch(changed(when), changed(then))),
        otherwise: expression.otherwise && changed(expression.otherwise),
      }
    case 'in':
      return { ...expression, value: changed(expression.value), list: expression.list.map(changed) }
    case 'in-subquery':
      return { ...expression, values: expression.values.map(changed) }
    case 'lambda':
      return { ...expression, body: changed(expression.body) }
    case 'aggregate':
      return {
        ...expression,
        args: expression.args.map(changed),
        filter: expression.filter && changed(expression.filter),
        orderBy: mapOrders(expression.orderBy, changed),
      }
    case 'window':
      return {
        ...expression,
        function: changed(expression.function),
        frame: expression.frame && {
          unit: expression.frame.unit,
          start: mapBound(expression.frame.start, changed),
          end: mapBound(expression.frame.end, changed),
        },
      }
  }
}

const mapBound = (bound: FrameBound<Expression>, change: (offset: Expression) => Expression): FrameBound<Expression> =>
  'offset' in bound ? { ...bound, offset: change(bound.offset) } : bound

export const mapOrders = (
  orders: readonly SortOrder[],
  change: (expression: Expression) => Expression,
): readonly SortOrder[] => orders.map((order) => ({ ...order, expression: change(order.expression) }))

/** From the leaves up: `change` sees each expression after its children were changed. */
export const rewrite = (expression: Expression, change: (expression: Expression) => Expression): Expression =>
  change(mapChildren(expression, (child) => rewrite(child, change)))

/** From the top down: where `change` answers, its answer stands and is not entered. */
export const replace = (
  expression: Expression,
  change: (expression: Expression) => Expression | undefined,
): Expression => change(expression) ?? mapChildren(expression, (child) => replace(child, change))

/** Whether it or anything inside fits; plans of subqueries are not entered. */
export const contains = (expression: Expression, fits: (expression: Expression) => boolean): boolean =>
  fits(expression) || childrenOf(expression).some((child) => contains(child, fits))

/** Conditions joined by AND, apart. */
export const conjuncts = (condition: Expression): readonly Expression[] =>
  condition.kind === 'call' && condition.name === 'and' ? condition.args.flatMap(conjuncts) : [condition]
