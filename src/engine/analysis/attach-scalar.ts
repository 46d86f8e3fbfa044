import { castTo, literal } from '../functions/coerce.ts'
import { lookupFunction } from '../functions/registry.ts'
import type { Attribute, Expression, ExpressionOf, Named, NewId } from '../plan/expression.ts'
import { idsOf, someExpression, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { type DataType, LONG, STRING } from '../types/data-type.ts'
import { branch } from './branch.ts'
import { aggregate, allOf, join, pass, predicate, project, TRUE } from './build-plan.ts'
import { bindTo, type Ids, namesOuter, unsupported } from './correlation.ts'
import { correlatedColumns, domainOf, sameValues } from './domain.ts'
import { emptyValue, isNull } from './empty-value.ts'
import { type Attached, baseFor, type Outer } from './existence-marker.ts'
import { replace } from './expression-tree.ts'
import { pullUp, withKeys } from './pull-up.ts'

type Scalar = ExpressionOf<'scalar-subquery'>

/** Joins the value of a correlated scalar subquery to `input` as a column; each row of `input` stays one row. */
export const attachScalar = (
  outer: Outer,
  subquery: Scalar,
  newId: NewId,
  decorrelate: (plan: LogicalPlan) => LogicalPlan,
): Attached =>
  byGroups(outer.plan, subquery, newId) ??
  byKeys(outer.plan, subquery, newId) ??
  byDomain(outer, subquery, newId, decorrelate)

/** What is computed of a global aggregate: `value` over its columns. */
interface OverAggregate {
  readonly node: PlanOf<'aggregate'>
  readonly value: Expression
}

/** The value as an expression over the aggregates; a HAVING makes it NULL where it does not hold. */
const overAggregate = (plan: LogicalPlan): OverAggregate | undefined => {
  const [column] = plan.output
  let value: Expression = column!
  const into = (items: readonly Named[]) => {
    const by = new Map(items.map(({ attribute, expression }) => [attribute.id, expression]))
    value = replace(value, (inner) => (inner.kind === 'attribute' ? by.get(inner.id) : undefined))
  }
  for (let node = plan; ; ) {
    switch (node.kind) {
      case 'aggregate':
        return node.groups.length === 0 ? { node, value } : undefined
      case 'project':
        into(node.items)
        node = node.input
        break
      case 'filter':
        value = {
          kind: 'case',
          branches: [branch(node.condition, value)],
          otherwise: undefined,
          type: value.type,
          nullable: true,
        }
        node = node.input
        break
      case 'sort':
        node = node.input
        break
      case 'limit':
        if (node.count === 0 || node.offset > 0) return undefined
        node = node.input
        break
      default:
        return undefined
    }
  }
}

/** Aggregates grouped by what the correlated equalities compare, joined from the left; the count of no rows is 0. */
const byGroups = (input: LogicalPlan, subquery: Scalar, newId: NewId): Attached | undefined => {
  const ids: Ids = idsOf(input.output)
  const over = overAggregate(subquery.plan)
  if (!over) return undefined
  const { node, value } = over
  if (namesOuter(value, ids) || node.aggregates.some(({ expression }) => namesOuter(expression, ids))) return undefined
  if (someExpression(value, (inner) => subqueryOf(inner) !== undefined)) return undefined
  const pulled = pullUp(node.input, ids, newId)
  const keyed = pulled && withKeys(pulled.predicates, ids, newId, [])
  if (!pulled || !keyed) return undefined
  const defaults = new Map(
    node.aggregates.map(({ attribute, expression }) => [
      attribute.id,
      expression.kind === 'aggregate' ? emptyValue(expression) : undefined,
    ]),
  )
  if ([...defaults.values()].includes(undefined)) return undefined
  const overNothing = replace(value, (inner) => (inner.kind === 'attribute' ? defaults.get(inner.id) : undefined))
  const result: Attribute = { kind: 'attribute', id: newId(), name: 'scalarsubquery', type: value.type, nullable: true }
  const found: Attribute = { kind: 'attribute', id: newId(), name: 'found', type: TRUE.type, nullable: false }
  const grouped = aggregate(pulled.plan, keyed.groups, node.aggregates)
  const nullOverNothing = isNull(overNothing)
  const right = project(grouped, [
    ...keyed.groups.map(({ attribute }) => pass(attribute)),
    { attribute: result, expression: value },
    ...(nullOverNothing ? [] : [{ attribute: found, expression: TRUE }]),
  ])
  const condition = allOf(keyed.predicates.map((one) => bindTo(one, ids)))
  const plan = join(input, right, 'left', condition)
  if (nullOverNothing) return { plan, value: result }
  return {
    plan,
    value: {
      kind: 'case',
      branches: [branch<Expression>(predicate('isnull', { ...found, nullable: true }), overNothing)],
      otherwise: result,
      type: value.type,
      nullable: true,
    },
  }
}

/** A subquery without aggregates whose correlated conditions are equalities: one row for each key, checked. */
const byKeys = (input: LogicalPlan, subquery: Scalar, newId: NewId): Attached | undefined => {
  const ids: Ids = idsOf(input.output)
  const pulled = pullUp(subquery.plan, ids, newId)
  const keyed = pulled && withKeys(pulled.predicates, ids, newId, [])
  if (!pulled || !keyed) return undefined
  const right = checked(pulled.plan, subquery.plan.output[0]!, keyed.groups, newId)
  const plan = join(input, right.plan, 'left', allOf(keyed.predicates.map((one) => bindTo(one, ids))))
  return { plan, value: { ...right.value, nullable: true } }
}

/** Any other subquery: computed for the distinct values of the outer columns. */
const byDomain = (
  outer: Outer,
  subquery: Scalar,
  newId: NewId,
  decorrelate: (plan: LogicalPlan) => LogicalPlan,
): Attached => {
  const columns = correlatedColumns(outer.plan, subquery.plan)
  const domain = domainOf(baseFor(columns, outer), columns, newId)
  const { plan, keys } = domain.dependent(subquery.plan)
  const value = subquery.plan.output[0]!
  const right = decorrelate(plan)
  const single = hasOneRow(subquery.plan) ? { plan: right, value } : checked(right, value, keys.map(pass), newId)
  return {
    plan: join(outer.plan, single.plan, 'left', sameValues(domain.columns, keys)),
    value: { ...single.value, nullable: true },
  }
}

const hasOneRow = (plan: LogicalPlan): boolean => {
  switch (plan.kind) {
    case 'aggregate':
      return plan.groups.length === 0
    case 'limit':
      return plan.count !== undefined && plan.count <= 1
    case 'project':
    case 'filter':
    case 'sort':
      return hasOneRow(plan.input)
    case 'values':
      return plan.rows.length <= 1
    default:
      return false
  }
}

const TOO_MANY = '[SCALAR_SUBQUERY_TOO_MANY_ROWS] More than one row returned by a subquery used as an expression.'

/**
 * One row for each key, and the value as it is read above the join: where a row of the other side meets a key with more
 * rows, the query fails when it runs; keys that nothing meets do no harm. Source: Spark's SingleJoin.
 */
const checked = (plan: LogicalPlan, value: Attribute, keys: readonly Named[], newId: NewId): Attached => {
  const any = lookupFunction('any_value')
  const raise = lookupFunction('raise_error')
  if (!any || !raise)
    throw unsupported(
      'MUST_AGGREGATE_CORRELATED_SCALAR_SUBQUERY',
      'correlated scalar subqueries must be aggregated to return at most one row',
    )
  const settings = { ansi: true, timeZone: 'UTC' }
  const named = (name: string, type: DataType, nullable: boolean): Attribute => ({
    kind: 'attribute',
    id: newId(),
    name,
    type,
    nullable,
  })
  const aggregateOf = (name: string, args: readonly Expression[], attribute: Attribute): Named => ({
    attribute,
    expression: {
      kind: 'aggregate',
      name,
      args,
      distinct: false,
      filter: undefined,
      orderBy: [],
      type: attribute.type,
      nullable: attribute.nullable,
    },
  })
  const one = named(value.name, value.type, true)
  const rows = named('rows', LONG, false)
  const grouped = aggregate(plan, keys, [
    aggregateOf(any.name, any.resolve([value], settings).args, one),
    aggregateOf('count', [literal(1n, LONG)], rows),
  ])
  const failure = raise.resolve([literal(TOO_MANY, STRING)], settings)
  const raised = castTo(
    { kind: 'call', name: raise.name, args: failure.args, type: failure.type, nullable: true },
    value.type,
    settings,
  )
  const guarded: Expression = {
    kind: 'case',
    branches: [branch(predicate('>', { ...rows, nullable: true }, literal(1n, LONG)), raised)],
    otherwise: one,
    type: value.type,
    nullable: true,
  }
  return { plan: grouped, value: guarded }
}
