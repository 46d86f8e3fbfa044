import type { Attribute, Expression, Named, NewId } from '../plan/expression.ts'
import { idsOf, someExpression, transformUp } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { BOOLEAN } from '../types/data-type.ts'
import { allOf, distinct, exactly, join, limit, pass, predicate, project, TRUE } from './build-plan.ts'
import { bindTo, type Ids, type KeyPair } from './correlation.ts'
import { correlatedColumns, domainOf, sameValues } from './domain.ts'
import { usedIds } from './plan-tree.ts'
import { nameOf, pullUp } from './pull-up.ts'

export interface Attached {
  readonly plan: LogicalPlan
  readonly value: Expression
}

/** The rows that a column is joined to; `base`: what they were before other columns were joined, the same rows or more. */
export interface Outer {
  readonly plan: LogicalPlan
  readonly base: LogicalPlan
}

/** The least of the two that has the columns. */
export const baseFor = (columns: readonly Attribute[], { plan, base }: Outer): LogicalPlan => {
  const ids = idsOf(base.output)
  return columns.every(({ id }) => ids.has(id)) ? base : plan
}

const markerColumn = (newId: NewId): Named => ({
  attribute: { kind: 'attribute', id: newId(), name: 'exists', type: BOOLEAN, nullable: false },
  expression: TRUE,
})

const attach = (
  input: LogicalPlan,
  right: LogicalPlan,
  condition: Expression | undefined,
  marker: Attribute,
): Attached => ({
  plan: join(input, right, 'left', condition),
  value: predicate('isnotnull', { ...marker, nullable: true }),
})

/**
 * Joins a column to `input` that says whether the subquery has a row that fits `conditions` (over both); each row of
 * `input` stays one row. Source: Spark's ExistenceJoin.
 */
export const existenceMarker = (
  { plan: input, base }: Outer,
  subquery: LogicalPlan,
  conditions: readonly Expression[],
  newId: NewId,
  decorrelate: (plan: LogicalPlan) => LogicalPlan,
): Attached => {
  const ids: Ids = idsOf(input.output)
  const pulled = pullUp(subquery, ids, newId)
  const marker = markerColumn(newId)
  if (pulled) {
    const all = [...pulled.predicates.map((one) => bindTo(one, ids)), ...conditions]
    if (all.length === 0) return attach(input, limit(project(pulled.plan, [marker]), 1, 0), undefined, marker.attribute)
    const pairs = all.map((one) => asPair(one, ids, pulled.plan))
    if (pairs.every((pair) => pair !== undefined)) return byKeys(input, pulled.plan, pairs, marker, newId)
  }
  // The rows of the outer query that have a match, by their values.
  const named = new Set(conditions.flatMap((one) => [...usedIds(one)]))
  const correlated = correlatedColumns(input, subquery)
  const columns = input.output.filter((one) => correlated.some(({ id }) => id === one.id) || named.has(one.id))
  const domain = domainOf(baseFor(columns, { plan: input, base }), columns, newId)
  const dependent = domain.dependent(subquery)
  const toKeys = new Map(columns.map(({ id }, index) => [id, dependent.keys[index]!]))
  const bound = conditions.map((one) => bindColumns(one, toKeys))
  const condition = allOf(bound)
  const matching: LogicalPlan = condition
    ? { kind: 'filter', input: dependent.plan, condition, output: dependent.plan.output }
    : dependent.plan
  const values = distinct(exactly(decorrelate(matching), dependent.keys))
  const right = project(values, [...values.output.map(pass), marker])
  return attach(input, right, sameValues(columns, dependent.keys), marker.attribute)
}

const bindColumns = (expression: Expression, to: ReadonlyMap<number, Attribute>): Expression => {
  const change = (inner: Expression): Expression => (inner.kind === 'attribute' ? (to.get(inner.id) ?? inner) : inner)
  return transformUp(expression, change)
}

/** An equality between a value of the input and one of the subquery. */
const asPair = (condition: Expression, inputIds: Ids, subquery: LogicalPlan): KeyPair | undefined => {
  if (condition.kind !== 'call' || (condition.name !== '=' && condition.name !== '<=>')) return undefined
  const [one, other] = condition.args
  if (!one || !other || someExpression(condition, ({ kind }) => kind === 'outer' || kind === 'scalar-subquery'))
    return undefined
  const subqueryIds = idsOf(subquery.output)
  const only = (side: Expression, ids: Ids): boolean => [...usedIds(side)].every((id) => ids.has(id))
  if (only(one, subqueryIds) && only(other, inputIds)) return { operator: condition.name, inner: one, outer: other }
  if (only(other, subqueryIds) && only(one, inputIds)) return { operator: condition.name, inner: other, outer: one }
  return undefined
}

const byKeys = (
  input: LogicalPlan,
  subquery: LogicalPlan,
  pairs: readonly KeyPair[],
  marker: Named,
  newId: NewId,
): Attached => {
  const keys = pairs.map(({ inner }): Named => {
    const { type, nullable } = inner
    return { attribute: { kind: 'attribute', id: newId(), name: nameOf(inner), type, nullable }, expression: inner }
  })
  const values = distinct(project(subquery, keys))
  const right = project(values, [...values.output.map(pass), marker])
  const condition = allOf(pairs.map(({ operator, outer }, index) => predicate(operator, outer, keys[index]!.attribute)))
  return attach(input, right, condition, marker.attribute)
}
