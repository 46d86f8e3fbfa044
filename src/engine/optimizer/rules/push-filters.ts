import type { Expression } from '../../plan/expression.ts'
import { idsOf, mapList } from '../../plan/expression-tree.ts'
import type { LogicalJoinType, LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { inputsOf } from '../../plan/plan-shape.ts'
import { filter, join } from '../build.ts'
import {
  attributeIds,
  conjoin,
  conjuncts,
  hasSubquery,
  isDeterministic,
  isSubset,
  substitute,
} from '../expression-tree.ts'
import { withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import { expressionKey } from '../same-plan.ts'

type Conditions = readonly Expression[]

/** The conditions without repetitions. */
const unique = (conditions: Conditions): Conditions =>
  conditions.length < 2
    ? conditions
    : [...new Map(conditions.map((condition) => [expressionKey(condition), condition])).values()]

const split = (conditions: Conditions, test: (condition: Expression) => boolean): readonly [Conditions, Conditions] => [
  conditions.filter(test),
  conditions.filter((condition) => !test(condition)),
]

const within = (ids: ReadonlySet<number>) => (condition: Expression) => isSubset(attributeIds(condition), ids)

/** `plan` with `conditions` (all deterministic) applied as far below as they mean the same. The output stays as it is. */
const push = (plan: LogicalPlan, conditions: Conditions): LogicalPlan => {
  switch (plan.kind) {
    case 'filter': {
      const [pure, other] = split(conjuncts(plan.condition), isDeterministic)
      if (other.length === 0) return push(plan.input, unique([...pure, ...conditions]))
      return above(conditions, rebuildFilter(plan, push(plan.input, pure), other))
    }
    case 'project':
      return pushThrough(plan, conditions, new Map(plan.items.map((item) => [item.attribute.id, item.expression])))
    case 'aggregate': {
      if (plan.groups.length === 0) return stop(plan, conditions)
      const groups = new Map(plan.groups.map((group) => [group.attribute.id, group.expression]))
      const [able, not] = split(conditions, within(new Set(groups.keys())))
      return above(not, pushThrough(plan, able, groups))
    }
    case 'join':
      return pushJoin(plan, conditions)
    case 'union': {
      const inputs = mapList(plan.inputs, (input) => {
        const names = new Map(plan.output.map(({ id }, index) => [id, input.output[index]!]))
        return push(
          input,
          conditions.map((condition) => substitute(condition, names)!),
        )
      })
      return withInputs(plan, inputs)
    }
    case 'sort':
    case 'repartition':
      return withInputs(plan, [push(plan.input, conditions)])
    case 'window': {
      const keys = new Set(plan.partitionBy.flatMap((key) => (key.kind === 'attribute' ? [key.id] : [])))
      const [able, not] = split(conditions, (condition) => attributeIds(condition).size > 0 && within(keys)(condition))
      return above(not, withInputs(plan, [push(plan.input, able)]))
    }
    case 'generate': {
      if (!isDeterministic(plan.generator)) return stop(plan, conditions)
      const [able, not] = split(conditions, within(idsOf(plan.input.output)))
      return above(not, withInputs(plan, [push(plan.input, able)]))
    }
    case 'scan': {
      const [able, not] = split(conditions, (condition) => !hasSubquery(condition))
      const known = new Set(plan.filters.map(expressionKey))
      const fresh = able.filter((condition) => !known.has(expressionKey(condition)))
      return above(not, fresh.length === 0 ? plan : { ...plan, filters: [...plan.filters, ...fresh] })
    }
    case 'expand':
    case 'limit':
    case 'sample':
    case 'map-batches':
    case 'range':
    case 'values':
    case 'stage-input':
      return stop(plan, conditions)
  }
}

const above = (conditions: Conditions, plan: LogicalPlan): LogicalPlan =>
  plan.kind === 'filter' && conditions.length > 0
    ? filter(plan.input, conjoin([...conjuncts(plan.condition), ...conditions]))
    : filter(plan, conjoin(conditions))

const rebuildFilter = (plan: PlanOf<'filter'>, input: LogicalPlan, conditions: Conditions): LogicalPlan =>
  input === plan.input && conditions.length === conjuncts(plan.condition).length
    ? plan
    : filter(input, conjoin(conditions))

/** The conditions stay above; what is below is looked at for filters of its own. */
const stop = (plan: LogicalPlan, conditions: Conditions): LogicalPlan =>
  above(
    conditions,
    withInputs(
      plan,
      mapList(inputsOf(plan), (input) => push(input, [])),
    ),
  )

/** Conditions over computed columns become conditions over what they are computed of. */
const pushThrough = (
  plan: PlanOf<'project'> | PlanOf<'aggregate'>,
  conditions: Conditions,
  columns: ReadonlyMap<number, Expression>,
): LogicalPlan => {
  const below: Expression[] = []
  const stay: Expression[] = []
  for (const condition of conditions) {
    const used = [...attributeIds(condition)].map((id) => columns.get(id))
    const moved = used.every((of) => of === undefined || isDeterministic(of))
      ? substitute(condition, columns)
      : undefined
    if (moved === undefined) stay.push(condition)
    else below.push(moved)
  }
  return above(stay, withInputs(plan, [push(plan.input, below)]))
}

/** Which sides conditions above a join, and conditions of the join itself, may sink into. */
const SINKS: Readonly<Record<LogicalJoinType, { readonly above: string; readonly own: string }>> = {
  inner: { above: 'lr', own: 'lr' },
  left: { above: 'l', own: 'r' },
  right: { above: 'r', own: 'l' },
  full: { above: '', own: '' },
  'as-of': { above: 'l', own: '' },
  semi: { above: 'l', own: 'lr' },
  anti: { above: 'l', own: 'r' },
  'null-aware-anti': { above: 'l', own: '' },
}

const pushJoin = (plan: PlanOf<'join'>, conditions: Conditions): LogicalPlan => {
  const [inLeft, inRight] = [within(idsOf(plan.left.output)), within(idsOf(plan.right.output))]
  const sinks = SINKS[plan.how]
  const [left, right, stay, own]: Expression[][] = [[], [], [], []]
  for (const condition of conditions) {
    if (sinks.above.includes('l') && inLeft(condition)) left!.push(condition)
    else if (sinks.above.includes('r') && inRight(condition)) right!.push(condition)
    else if (plan.how === 'inner') own!.push(condition)
    else stay!.push(condition)
  }
  for (const condition of conjuncts(plan.condition)) {
    const pure = isDeterministic(condition)
    if (pure && sinks.own.includes('l') && inLeft(condition)) left!.push(condition)
    else if (pure && sinks.own.includes('r') && inRight(condition)) right!.push(condition)
    else own!.push(condition)
  }
  const [newLeft, newRight] = [push(plan.left, unique(left!)), push(plan.right, unique(right!))]
  const all = unique(own!)
  const same = newLeft === plan.left && newRight === plan.right && all.length === conjuncts(plan.condition).length
  const joined = same
    ? plan
    : {
        ...join(newLeft, newRight, plan.how, conjoin(all), plan.broadcast),
        output: withInputs(plan, [newLeft, newRight]).output,
      }
  return above(stay!, joined)
}

/**
 * Conditions sink towards the rows they are about: through projections, sides of joins as their type allows, groups of
 * aggregates, unions, partition keys of windows, into scans. A condition over both sides of an inner join becomes its
 * join condition. Source: Spark's PushDownPredicates.
 */
export const pushFilters: Rule = { name: 'PushDownPredicates', apply: (plan) => push(plan, []) }
