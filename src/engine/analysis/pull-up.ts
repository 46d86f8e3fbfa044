import type { Attribute, Expression, Named, NewId } from '../plan/expression.ts'
import { idsOf, someExpression, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { aggregate, allOf, filter, join, pass, predicate, project } from './build-plan.ts'
import { type Ids, keyPair, namesOuter } from './correlation.ts'
import { conjuncts, replace } from './expression-tree.ts'
import { outerIds, usedIds } from './plan-tree.ts'

/** A subquery without its correlated conditions: its rows for an outer row are those of `plan` that fit all `predicates`. */
export interface Pulled {
  readonly plan: LogicalPlan
  readonly predicates: readonly Expression[]
}

/** Takes conditions on columns `ids` of the enclosing query out of a subquery; undefined where they cannot be moved. */
export const pullUp = (plan: LogicalPlan, ids: Ids, newId: NewId): Pulled | undefined => {
  if (![...outerIds(plan)].some((id) => ids.has(id))) return { plan, predicates: [] }
  switch (plan.kind) {
    case 'filter':
      return pullFilter(plan, ids, newId)
    case 'project':
      return pullProject(plan, ids, newId)
    case 'join':
      return pullJoin(plan, ids, newId)
    case 'aggregate':
      return pullAggregate(plan, ids, newId)
    case 'sort':
    case 'repartition': {
      const below = pullUp(plan.input, ids, newId)
      const own = plan.kind === 'sort' ? plan.orders : plan.by
      if (!below || own.some(({ expression }) => namesOuter(expression, ids))) return undefined
      return { plan: { ...plan, input: below.plan, output: below.plan.output }, predicates: below.predicates }
    }
    case 'generate': {
      const below = pullUp(plan.input, ids, newId)
      if (!below || namesOuter(plan.generator, ids)) return undefined
      const output = [...below.plan.output, ...plan.generated]
      return { plan: { ...plan, input: below.plan, output }, predicates: below.predicates }
    }
    default:
      return undefined
  }
}

/** Conditions with and without columns of the enclosing query; undefined where a subquery inside has some. */
const split = (
  condition: Expression | undefined,
  ids: Ids,
): { readonly correlated: readonly Expression[]; readonly own: readonly Expression[] } | undefined => {
  const all = condition ? conjuncts(condition) : []
  const correlated = all.filter((one) => namesOuter(one, ids))
  if (correlated.some((one) => someExpression(one, (inner) => subqueryOf(inner) !== undefined))) return undefined
  return { correlated, own: all.filter((one) => !correlated.includes(one)) }
}

const pullFilter = (plan: PlanOf<'filter'>, ids: Ids, newId: NewId): Pulled | undefined => {
  const below = pullUp(plan.input, ids, newId)
  const parts = split(plan.condition, ids)
  if (!below || !parts) return undefined
  const own = allOf(parts.own)
  return {
    plan: own ? filter(below.plan, own) : below.plan,
    predicates: [...below.predicates, ...parts.correlated],
  }
}

const pullProject = (plan: PlanOf<'project'>, ids: Ids, newId: NewId): Pulled | undefined => {
  const below = pullUp(plan.input, ids, newId)
  if (!below || plan.items.some(({ expression }) => namesOuter(expression, ids))) return undefined
  const needed = new Set(below.predicates.flatMap((one) => [...usedIds(one)]))
  const given = idsOf(plan.output)
  const extra = below.plan.output.filter(({ id }) => needed.has(id) && !given.has(id))
  return { plan: project(below.plan, [...plan.items, ...extra.map(pass)]), predicates: below.predicates }
}

const pullJoin = (plan: PlanOf<'join'>, ids: Ids, newId: NewId): Pulled | undefined => {
  const left = pullUp(plan.left, ids, newId)
  const right = pullUp(plan.right, ids, newId)
  const condition = split(plan.condition, ids)
  if (!left || !right || !condition) return undefined
  if (plan.how !== 'inner') {
    if (condition.correlated.length > 0) return undefined
    if (plan.how === 'full' && left.predicates.length + right.predicates.length > 0) return undefined
    if (plan.how === 'right' ? left.predicates.length > 0 : right.predicates.length > 0) return undefined
  }
  return {
    plan: join(left.plan, right.plan, plan.how, allOf(condition.own), plan.broadcast),
    predicates: [...left.predicates, ...right.predicates, ...condition.correlated],
  }
}

/** Keys that the conditions compare with become groups too: an outer row fits one of them at most. */
const pullAggregate = (plan: PlanOf<'aggregate'>, ids: Ids, newId: NewId): Pulled | undefined => {
  if (plan.groups.length === 0) return undefined
  const below = pullUp(plan.input, ids, newId)
  if (!below || [...plan.groups, ...plan.aggregates].some(({ expression }) => namesOuter(expression, ids)))
    return undefined
  const keyed = withKeys(below.predicates, ids, newId, plan.groups)
  return keyed && { plan: aggregate(below.plan, keyed.groups, plan.aggregates), predicates: keyed.predicates }
}

/**
 * Groups that the predicates need beside `groups`, and the predicates over them; undefined where a predicate is no
 * equality and not over groups alone.
 */
export const withKeys = (
  predicates: readonly Expression[],
  ids: Ids,
  newId: NewId,
  groups: readonly Named[],
): { readonly groups: readonly Named[]; readonly predicates: readonly Expression[] } | undefined => {
  const all = [...groups]
  const over: Expression[] = []
  for (const one of predicates) {
    const known = overGroups(one, groups)
    if (known) {
      over.push(known)
      continue
    }
    const pair = keyPair(one, ids)
    if (!pair) return undefined
    const { type, nullable } = pair.inner
    const attribute: Attribute = { kind: 'attribute', id: newId(), name: nameOf(pair.inner), type, nullable }
    all.push({ attribute, expression: pair.inner })
    over.push(predicate(pair.operator, attribute, pair.outer))
  }
  return { groups: all, predicates: over }
}

export const nameOf = (expression: Expression): string => (expression.kind === 'attribute' ? expression.name : 'key')

const overGroups = (expression: Expression, groups: readonly Named[]): Expression | undefined => {
  const used = usedIds(expression)
  if (used.size === 0) return undefined
  const columns = new Map(
    groups.flatMap(({ attribute, expression: grouped }) =>
      grouped.kind === 'attribute' ? [[grouped.id, attribute] as const] : [],
    ),
  )
  if (![...used].every((id) => columns.has(id))) return undefined
  return replace(expression, (inner) => (inner.kind === 'attribute' ? columns.get(inner.id) : undefined))
}
