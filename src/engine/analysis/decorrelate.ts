import type { Expression, ExpressionOf, NewId } from '../plan/expression.ts'
import { idsOf, mapChildren, someExpression, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { inputsOf, mapExpressions } from '../plan/plan-shape.ts'
import { attachScalar } from './attach-scalar.ts'
import { branch } from './branch.ts'
import { allOf, exactly, filter, join, predicate, TRUE } from './build-plan.ts'
import { copyPlan } from './copy-plan.ts'
import { bindTo, type Ids, unsupported } from './correlation.ts'
import { correlatedColumns, domainOf, sameValues } from './domain.ts'
import { existenceMarker } from './existence-marker.ts'
import { conjuncts } from './expression-tree.ts'
import { joinLateral } from './lateral-join.ts'
import { mapInputs, outerIds } from './plan-tree.ts'
import { pullUp } from './pull-up.ts'

/**
 * Rewrites subqueries as joins: EXISTS and IN always, scalar subqueries where they name columns of the query around
 * them. Throws UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY for what it cannot rewrite.
 */
export const decorrelate = (plan: LogicalPlan, newId: NewId): LogicalPlan => {
  const below = mapInputs(plan, (input) => decorrelate(input, newId))
  // Subqueries in subqueries first: what is left of those names columns further out.
  const node = mapExpressions(below, (expression) => inSubqueries(expression, (inner) => decorrelate(inner, newId)))
  if (node.kind === 'join') return decorrelateJoin(node, newId)
  if (node.kind === 'filter') return decorrelateFilter(node, newId)
  const [input] = inputsOf(node)
  if (!input) return refuseIn(node)
  const attached = attachedTo(input, newId)
  const changed = mapExpressions(node, (expression) => attached.rewrite(expression, false))
  const now = attached.plan()
  if (now === input) return node
  // Other nodes compute over the joined columns; those that pass all columns on must not pass these.
  const over = mapInputs(changed, () => now)
  switch (over.kind) {
    case 'project':
    case 'aggregate':
    case 'expand':
      return over
    case 'window': {
      const output = [...now.output, ...over.functions.map(({ attribute }) => attribute)]
      return exactly({ ...over, output }, node.output)
    }
    case 'generate':
      return exactly({ ...over, output: [...now.output, ...over.generated] }, node.output)
    default:
      return exactly({ ...over, output: now.output }, node.output)
  }
}

const inSubqueries = (expression: Expression, change: (plan: LogicalPlan) => LogicalPlan): Expression => {
  const below = mapChildren(expression, (child) => inSubqueries(child, change))
  const plan = subqueryOf(below)
  return plan ? ({ ...below, plan: change(plan) } as Expression) : below
}

const refuseIn = (node: LogicalPlan): LogicalPlan =>
  mapExpressions(node, (expression) => {
    if (someExpression(expression, (inner) => inner.kind === 'exists' || inner.kind === 'in-subquery'))
      throw unsupported('UNSUPPORTED_IN_EXISTS_SUBQUERY', `IN and EXISTS cannot stand in a ${node.kind}`)
    return expression
  })

const decorrelateFilter = (node: PlanOf<'filter'>, newId: NewId): LogicalPlan => {
  const others: Expression[] = []
  let plan = node.input
  const later: Expression[] = []
  // Plain conditions first: what they leave out need not be joined.
  for (const condition of conjuncts(node.condition)) (hasSubquery(condition) ? later : others).push(condition)
  const own = allOf(others)
  if (own) plan = filter(plan, own)
  for (const condition of later) {
    const semi = semiJoin(plan, condition, newId)
    if (semi) {
      plan = semi
      continue
    }
    const attached = attachedTo(plan, newId)
    const rewritten = attached.rewrite(condition, true)
    plan = exactly(filter(attached.plan(), rewritten), node.output)
  }
  return plan
}

const hasSubquery = (expression: Expression): boolean =>
  someExpression(expression, (inner) =>
    inner.kind !== 'scalar-subquery' ? subqueryOf(inner) !== undefined : outerIds(inner.plan).size > 0,
  )

/** EXISTS, IN and their negations as a condition of their own. */
const semiJoin = (input: LogicalPlan, condition: Expression, newId: NewId): LogicalPlan | undefined => {
  const negated = condition.kind === 'call' && condition.name === 'not'
  const inner = negated ? condition.args[0]! : condition
  if (inner.kind === 'exists') return joinMatches(input, withoutTop(inner.plan), [], negated ? 'anti' : 'semi', newId)
  if (inner.kind !== 'in-subquery' || inner.values.some(hasSubquery)) return undefined
  const equal = inner.values.map((value, index) => predicate('=', value, inner.plan.output[index]!))
  if (!negated) return joinMatches(input, inner.plan, equal, 'semi', newId)
  const ids = idsOf(input.output)
  const correlated = [...outerIds(inner.plan)].some((id) => ids.has(id))
  if (!correlated && equal.length === 1 && equal[0]!.nullable)
    return join(input, inner.plan, 'null-aware-anti', equal[0])
  return joinMatches(input, inner.plan, orUnknown(equal), 'anti', newId)
}

/** True where the values are equal, and where that is not known. */
const orUnknown = (equal: readonly Expression[]): readonly Expression[] => {
  const all = allOf(equal)!
  return all.nullable ? [predicate('or', all, predicate('isnull', all))] : equal
}

/** EXISTS asks for any row: its columns, order, DISTINCT and LIMIT do not matter. */
const withoutTop = (plan: LogicalPlan): LogicalPlan => {
  switch (plan.kind) {
    case 'sort':
    case 'project':
      return withoutTop(plan.input)
    case 'limit':
      return plan.count !== 0 && plan.offset === 0 ? withoutTop(plan.input) : plan
    case 'aggregate':
      return plan.groups.length > 0 ? withoutTop(plan.input) : plan
    default:
      return plan
  }
}

const joinMatches = (
  input: LogicalPlan,
  subquery: LogicalPlan,
  conditions: readonly Expression[],
  how: 'semi' | 'anti',
  newId: NewId,
): LogicalPlan => {
  const ids: Ids = idsOf(input.output)
  const pulled = pullUp(subquery, ids, newId)
  if (pulled) {
    const all = [...pulled.predicates.map((one) => bindTo(one, ids)), ...conditions]
    return join(input, pulled.plan, how, allOf(all))
  }
  const domain = domainOf(input, correlatedColumns(input, subquery), newId)
  const dependent = domain.dependent(subquery)
  const same = sameValues(domain.columns, dependent.keys)
  // Subqueries inside may name what is now a column beside them.
  const right = decorrelate(dependent.plan, newId)
  return join(input, right, how, allOf([...(same ? [same] : []), ...conditions]))
}

/** An input to which subqueries are joined, one column each, while expressions over it are rewritten. */
const attachedTo = (input: LogicalPlan, newId: NewId) => {
  let plan = input
  const attach = (next: { readonly plan: LogicalPlan; readonly value: Expression }): Expression => {
    plan = next.plan
    return next.value
  }
  const marker = (subquery: LogicalPlan, conditions: readonly Expression[]): Expression =>
    attach(existenceMarker({ plan, base: input }, subquery, conditions, newId, (inner) => decorrelate(inner, newId)))

  /** `asFilter`: NULL and false are the same here. */
  const rewrite = (expression: Expression, asFilter: boolean): Expression => {
    switch (expression.kind) {
      case 'exists':
        return marker(withoutTop(expression.plan), [])
      case 'in-subquery':
        return rewriteIn(expression, asFilter)
      case 'scalar-subquery': {
        const ids = idsOf(plan.output)
        if (![...outerIds(expression.plan)].some((id) => ids.has(id))) return expression
        return attach(attachScalar({ plan, base: input }, expression, newId, (inner) => decorrelate(inner, newId)))
      }
      case 'call':
        if (expression.name === 'and' || expression.name === 'or')
          return mapChildren(expression, (child) => rewrite(child, asFilter))
        return mapChildren(expression, (child) => rewrite(child, false))
      default:
        return mapChildren(expression, (child) => rewrite(child, false))
    }
  }

  const rewriteIn = (expression: ExpressionOf<'in-subquery'>, asFilter: boolean): Expression => {
    const values = expression.values.map((value) => rewrite(value, false))
    const found = marker(expression.plan, equals(values, expression.plan))
    if (asFilter || !equals(values, expression.plan).some(({ nullable }) => nullable)) return found
    const { type } = expression
    const unknown: Expression = { kind: 'literal', value: null, type, nullable: true }
    const no: Expression = { kind: 'literal', value: false, type, nullable: false }
    const branches = [branch(found, TRUE), branch(mayMatch(values, expression.plan), unknown)]
    return { kind: 'case', branches, otherwise: no, type, nullable: true }
  }

  /** Whether there is a row of which it is not known if it is equal. Each look at the rows is under ids of its own. */
  const mayMatch = (values: readonly Expression[], subquery: LogicalPlan): Expression => {
    const again = (): LogicalPlan => copyPlan(subquery, newId).plan
    const [value] = values
    if (values.length > 1 || !value) {
      const rows = again()
      return marker(rows, [predicate('isnull', allOf(equals(values, rows))!)])
    }
    const reasons: Expression[] = []
    if (value.nullable) reasons.push(predicate('and', predicate('isnull', value), marker(again(), [])))
    if (subquery.output[0]!.nullable) {
      const rows = again()
      reasons.push(marker(filter(rows, predicate('isnull', rows.output[0]!)), []))
    }
    return reasons.reduce((one, other) => predicate('or', one, other))
  }

  return { plan: () => plan, rewrite }
}

const equals = (values: readonly Expression[], plan: LogicalPlan): readonly Expression[] =>
  values.map((value, index) => predicate('=', value, plan.output[index]!))

const decorrelateJoin = (node: PlanOf<'join'>, newId: NewId): LogicalPlan => {
  const leftIds = idsOf(node.left.output)
  if ([...outerIds(node.right)].some((id) => leftIds.has(id)))
    return joinLateral(node, newId, (inner) => decorrelate(inner, newId))
  if (!node.condition || !hasSubquery(node.condition)) return node
  const own = conjuncts(node.condition).filter((one) => !hasSubquery(one))
  const nested = conjuncts(node.condition).filter(hasSubquery)
  if (node.how === 'inner') {
    const plain = join(node.left, node.right, 'inner', allOf(own), node.broadcast)
    return exactly(
      decorrelateFilter({ kind: 'filter', input: plain, condition: allOf(nested)!, output: node.output }, newId),
      node.output,
    )
  }
  // A condition on the side that only fills up rows can be checked there before.
  const rightIds = idsOf(node.right.output)
  const side = node.how === 'right' ? leftIds : rightIds
  const usesOnly = (one: Expression): boolean => [...columnsIn(one)].every((id) => side.has(id))
  if (node.how !== 'full' && nested.every(usesOnly)) {
    const filled = node.how === 'right' ? node.left : node.right
    const checked = decorrelateFilter(
      { kind: 'filter', input: filled, condition: allOf(nested)!, output: filled.output },
      newId,
    )
    return node.how === 'right'
      ? join(checked, node.right, node.how, allOf(own))
      : join(node.left, checked, node.how, allOf(own))
  }
  throw unsupported(
    'UNSUPPORTED_CORRELATED_EXPRESSION_IN_JOIN_CONDITION',
    `a subquery in the condition of a ${node.how} join names columns of the side that is kept whole`,
  )
}

/** Columns that a condition reads, those that its subqueries name outside of themselves included. */
const columnsIn = (expression: Expression): ReadonlySet<number> => {
  const ids = new Set<number>()
  someExpression(expression, (inner) => {
    if (inner.kind === 'attribute') ids.add(inner.id)
    const plan = subqueryOf(inner)
    if (plan) for (const id of outerIds(plan)) ids.add(id)
    return false
  })
  return ids
}
