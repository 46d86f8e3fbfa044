import type { Attribute, Expression, NewId } from '../../plan/expression.ts'
import { idsOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { filter, join, pass, project } from '../build.ts'
import { call, isDeterministic, substitute } from '../expression-tree.ts'
import { joinPairs } from '../join-keys.ts'
import { transformPlanUp, withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import type { Estimator } from '../statistics.ts'

/** The keys are worth computing twice when they leave at most this share of the groups. */
const WORTH = 0.2

/** A table with filters and columns left out: cheap to read once more. */
const isPlainScan = (plan: LogicalPlan): boolean =>
  plan.kind === 'scan' ||
  (plan.kind === 'filter' && isDeterministic(plan.condition) && isPlainScan(plan.input)) ||
  (plan.kind === 'project' &&
    plan.items.every(({ expression }) => expression.kind === 'attribute') &&
    isPlainScan(plan.input))

/** The same rows under new ids; `key` is where the old column went. */
const copy = (plan: LogicalPlan, newId: NewId, names: Map<number, Attribute>): LogicalPlan => {
  const fresh = (attribute: Attribute): Attribute => {
    const made = { ...attribute, id: newId() }
    names.set(attribute.id, made)
    return made
  }
  const again = (expression: Expression): Expression => substitute(expression, names) ?? expression
  switch (plan.kind) {
    case 'scan': {
      const output = plan.output.map(fresh)
      return { ...plan, output, filters: plan.filters.map(again) }
    }
    case 'filter': {
      const input = copy(plan.input, newId, names)
      return filter(input, again(plan.condition))
    }
    case 'project': {
      const input = copy(plan.input, newId, names)
      const items = plan.items.map(({ attribute, expression }) => {
        const read = again(expression)
        return {
          expression: read,
          attribute: attribute.id === (expression as Attribute).id ? (read as Attribute) : fresh(attribute),
        }
      })
      return project(input, items)
    }
    default:
      throw new Error(`a ${plan.kind} is not copied here`)
  }
}

interface Found {
  readonly aggregate: PlanOf<'aggregate'>
  readonly rebuild: (aggregate: LogicalPlan) => LogicalPlan
  /** What the join's key is in the aggregate's input. */
  readonly key: Expression
}

/** The aggregate below, when the key is one of its groups. */
const findAggregate = (plan: LogicalPlan, key: Expression): Found | undefined => {
  if (key.kind !== 'attribute') return undefined
  if (plan.kind === 'filter') {
    const found = findAggregate(plan.input, key)
    return found && { ...found, rebuild: (aggregate) => withInputs(plan, [found.rebuild(aggregate)]) }
  }
  if (plan.kind === 'project') {
    const item = plan.items.find(({ attribute }) => attribute.id === key.id)
    const found = item && findAggregate(plan.input, item.expression)
    return found && { ...found, rebuild: (aggregate) => withInputs(plan, [found.rebuild(aggregate)]) }
  }
  if (plan.kind !== 'aggregate') return undefined
  const group = plan.groups.find(({ attribute }) => attribute.id === key.id)
  return group?.expression.kind === 'attribute'
    ? { aggregate: plan, rebuild: (aggregate) => aggregate, key: group.expression }
    : undefined
}

/** Reached already: the aggregate's input is a semi join by that key. */
const isReduced = (plan: LogicalPlan, key: Expression): boolean =>
  key.kind === 'attribute' &&
  ((plan.kind === 'join' &&
    plan.how === 'semi' &&
    (joinPairs(plan.condition, idsOf(plan.left.output), idsOf(plan.right.output)).pairs.some(
      ({ left }) => left.kind === 'attribute' && left.id === key.id,
    ) ||
      isReduced(plan.left, key))) ||
    (plan.kind === 'join' && plan.how === 'inner' && (isReduced(plan.left, key) || isReduced(plan.right, key))) ||
    ((plan.kind === 'project' || plan.kind === 'filter') && isReduced(plan.input, key)))

const reduce = (
  side: LogicalPlan,
  sideKey: Expression,
  other: LogicalPlan,
  otherKey: Expression,
  newId: NewId,
  estimate: Estimator,
): LogicalPlan => {
  const source = scanWith(other, otherKey)
  if (source === undefined) return side
  const found = findAggregate(side, sideKey)
  if (found === undefined || isReduced(found.aggregate.input, found.key)) return side
  if (estimate(source.plan).rows > WORTH * estimate(found.aggregate).rows) return side
  const names = new Map<number, Attribute>()
  const copied = copy(source.plan, newId, names)
  const key = names.get((source.key as Attribute).id)
  if (key === undefined) return side
  const semi = join(found.aggregate.input, project(copied, [pass(key)]), 'semi', call('=', [found.key, key]))
  return found.rebuild(withInputs(found.aggregate, [semi]))
}

interface KeySource {
  readonly plan: LogicalPlan
  readonly key: Expression
}

/** A filtered table among whose keys all of the plan's are: below inner and semi joins, which only leave rows out, also the other side's equal key. */
const scanWith = (plan: LogicalPlan, key: Expression): KeySource | undefined => {
  if (key.kind !== 'attribute' || !idsOf(plan.output).has(key.id)) return undefined
  if (isPlainScan(plan)) return hasFilter(plan) ? { plan, key } : undefined
  if (plan.kind === 'filter') return scanWith(plan.input, key)
  if (plan.kind === 'project') {
    const passed = plan.items.some(
      ({ attribute, expression }) =>
        attribute.id === key.id && expression.kind === 'attribute' && expression.id === key.id,
    )
    return passed ? scanWith(plan.input, key) : undefined
  }
  if (plan.kind !== 'join' || (plan.how !== 'inner' && plan.how !== 'semi')) return undefined
  const own = scanWith(plan.left, key) ?? (plan.how === 'inner' ? scanWith(plan.right, key) : undefined)
  if (own !== undefined) return own
  const { pairs } = joinPairs(plan.condition, idsOf(plan.left.output), idsOf(plan.right.output))
  for (const pair of pairs) {
    if (pair.nullSafe) continue
    const equal = isColumn(pair.left, key.id)
      ? scanWith(plan.right, pair.right)
      : isColumn(pair.right, key.id)
        ? scanWith(plan.left, pair.left)
        : undefined
    if (equal !== undefined) return equal
  }
  return undefined
}

const isColumn = (expression: Expression, id: number): boolean =>
  expression.kind === 'attribute' && expression.id === id

const hasFilter = (plan: LogicalPlan): boolean =>
  plan.kind === 'scan'
    ? plan.filters.some((condition) => !(condition.kind === 'call' && condition.name === 'isnotnull'))
    : plan.kind === 'filter' || (plan.kind === 'project' && hasFilter(plan.input))

const reduceJoin = (plan: PlanOf<'join'>, newId: NewId, estimate: Estimator): LogicalPlan => {
  if (plan.how !== 'inner' && plan.how !== 'left') return plan
  const { pairs } = joinPairs(plan.condition, idsOf(plan.left.output), idsOf(plan.right.output))
  for (const pair of pairs) {
    if (pair.nullSafe) continue
    const right = reduce(plan.right, pair.right, plan.left, pair.left, newId, estimate)
    if (right !== plan.right) return withInputs(plan, [plan.left, right])
    if (plan.how === 'left') continue
    const left = reduce(plan.left, pair.left, plan.right, pair.right, newId, estimate)
    if (left !== plan.left) return withInputs(plan, [left, plan.right])
  }
  return plan
}

/**
 * Groups that a join throws away are not made: the keys of a small filtered table, read once more, go below the
 * aggregate as a semi join. What a decorrelated subquery needs, which else would aggregate a whole table for a few rows.
 * Source: Spark's InjectRuntimeFilter, which does it with a Bloom filter.
 */
export const pushKeysBelowAggregates: Rule = {
  name: 'InjectRuntimeFilter',
  apply: (plan, { newId, estimate }) =>
    transformPlanUp(plan, (node) => (node.kind === 'join' ? reduceJoin(node, newId, estimate) : node)),
}
