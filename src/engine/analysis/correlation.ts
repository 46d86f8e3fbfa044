import type { Attribute, Expression } from '../plan/expression.ts'
import { mapChildren, someExpression, subqueryOf } from '../plan/expression-tree.ts'
import { SqlError } from '../sql/sql-error.ts'
import { outerIds, replaceOuter, usedIds } from './plan-tree.ts'

export type Ids = ReadonlySet<number>

/** Whether it names one of these columns of an enclosing query, in subqueries inside too. */
export const namesOuter = (expression: Expression, ids: Ids): boolean =>
  someExpression(expression, (inner) => {
    if (inner.kind === 'outer') return ids.has(inner.attribute.id)
    const plan = subqueryOf(inner)
    return plan !== undefined && [...outerIds(plan)].some((id) => ids.has(id))
  })

/** Columns of the enclosing query become others; in subqueries inside they stay columns of an enclosing query. */
export const bindOuter = (
  expression: Expression,
  change: (attribute: Attribute) => Attribute | undefined,
): Expression => {
  if (expression.kind === 'outer') return change(expression.attribute) ?? expression
  const plan = subqueryOf(expression)
  const below = mapChildren(expression, (child) => bindOuter(child, change))
  return plan ? ({ ...below, plan: replaceOuter(plan, change) } as Expression) : below
}

/** Columns of the enclosing query `ids` as they stand in its own rows. */
export const bindTo = (expression: Expression, ids: Ids): Expression =>
  bindOuter(expression, (attribute) => (ids.has(attribute.id) ? attribute : undefined))

/** `inner = outer` or `inner <=> outer`: one side is of the subquery alone, the other of the enclosing query alone. */
export interface KeyPair {
  readonly operator: '=' | '<=>'
  readonly inner: Expression
  readonly outer: Expression
}

export const keyPair = (predicate: Expression, ids: Ids): KeyPair | undefined => {
  if (predicate.kind !== 'call' || (predicate.name !== '=' && predicate.name !== '<=>')) return undefined
  const [one, other] = predicate.args
  if (!one || !other || someExpression(predicate, (inner) => subqueryOf(inner) !== undefined)) return undefined
  const isInner = (side: Expression): boolean => !namesOuter(side, ids)
  const isOuter = (side: Expression): boolean => usedIds(side).size === 0 && namesOuter(side, ids)
  if (isInner(one) && isOuter(other)) return { operator: predicate.name, inner: one, outer: other }
  if (isInner(other) && isOuter(one)) return { operator: predicate.name, inner: other, outer: one }
  return undefined
}

/** What no rewrite is known for. `reason`: Spark's subclass and a sentence. */
export const unsupported = (reason: string, message: string): SqlError =>
  new SqlError(
    `UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.${reason}`,
    `Unsupported subquery expression: ${message}. Write it as a join`,
  )
