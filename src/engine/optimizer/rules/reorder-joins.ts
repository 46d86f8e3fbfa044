import type { Attribute, Expression } from '../../plan/expression.ts'
import { idsOf, mapList } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { inputsOf } from '../../plan/plan-shape.ts'
import { join, select } from '../build.ts'
import { attributeIds, call, conjoin, conjuncts, isDeterministic, isSubset } from '../expression-tree.ts'
import { withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import { expressionKey } from '../same-plan.ts'
import type { Estimator } from '../statistics.ts'

const isReorderable = (plan: LogicalPlan): plan is PlanOf<'join'> =>
  plan.kind === 'join' &&
  plan.how === 'inner' &&
  plan.broadcast === undefined &&
  conjuncts(plan.condition).every(isDeterministic)

interface Cluster {
  readonly relations: LogicalPlan[]
  readonly conditions: Expression[]
}

/** The relations and conditions of neighbouring inner joins, through projections that only leave columns out. */
const flatten = (plan: LogicalPlan, cluster: Cluster, change: (plan: LogicalPlan) => LogicalPlan): void => {
  if (isReorderable(plan)) {
    flatten(plan.left, cluster, change)
    flatten(plan.right, cluster, change)
    cluster.conditions.push(...conjuncts(plan.condition))
  } else if (
    plan.kind === 'project' &&
    isReorderable(plan.input) &&
    plan.items.every(({ attribute, expression }) => expression.kind === 'attribute' && expression.id === attribute.id)
  )
    flatten(plan.input, cluster, change)
  else cluster.relations.push(change(plan))
}

interface Candidate {
  readonly plan: LogicalPlan
  readonly rows: number
  /** Rows of all joins below, and of this one. */
  readonly cost: number
}

/** a = b and b = c: a = c, so that any two of them can be joined first. Columns only. */
const withTransitive = (conditions: readonly Expression[]): readonly Expression[] => {
  const classes: Map<number, Attribute>[] = []
  for (const condition of conditions) {
    if (condition.kind !== 'call' || condition.name !== '=') continue
    const [one, other] = condition.args
    if (one?.kind !== 'attribute' || other?.kind !== 'attribute') continue
    if (JSON.stringify(one.type) !== JSON.stringify(other.type)) continue
    const touched = classes.filter((members) => members.has(one.id) || members.has(other.id))
    const merged = new Map(touched.flatMap((members) => [...members]))
    merged.set(one.id, one).set(other.id, other)
    for (const members of touched) classes.splice(classes.indexOf(members), 1)
    classes.push(merged)
  }
  const known = new Set(conditions.map(expressionKey))
  const made: Expression[] = []
  for (const members of classes) {
    const list = [...members.values()]
    for (const [index, one] of list.entries())
      for (const other of list.slice(index + 1)) {
        const [there, back] = [call('=', [one, other]), call('=', [other, one])]
        if (!known.has(expressionKey(there)) && !known.has(expressionKey(back))) made.push(there)
      }
  }
  return made
}

const MOST_BY_SEARCH = 10

const reorder = (
  plan: PlanOf<'join'>,
  change: (plan: LogicalPlan) => LogicalPlan,
  estimate: Estimator,
): LogicalPlan => {
  const cluster: Cluster = { relations: [], conditions: [] }
  flatten(plan, cluster, change)
  const { relations, conditions } = cluster
  if (relations.length <= 2) return withInputs(plan, mapList(inputsOf(plan), change))
  const extra = withTransitive(conditions)
  const joiner = makeJoiner(relations, conditions, extra, estimate)
  const best =
    relations.length <= MOST_BY_SEARCH ? searched(relations, joiner, estimate) : greedy(relations, joiner, estimate)
  const constant = conditions.filter((condition) => attributeIds(condition).size === 0)
  const all =
    constant.length === 0
      ? best.plan
      : { ...best.plan, condition: conjoin([...conjuncts((best.plan as PlanOf<'join'>).condition), ...constant]) }
  return select(all as LogicalPlan, plan.output)
}

type Joiner = (one: Candidate, other: Candidate) => Candidate & { readonly connected: boolean }

/** Joins two parts by all conditions that become answerable; an implied equality only where no written one connects them. */
const makeJoiner = (
  relations: readonly LogicalPlan[],
  conditions: readonly Expression[],
  extra: readonly Expression[],
  estimate: Estimator,
): Joiner => {
  const ids = new Map([...conditions, ...extra].map((condition) => [condition, attributeIds(condition)]))
  const single = new Set(
    relations.flatMap((relation) => {
      const own = idsOf(relation.output)
      return conditions.filter((condition) => isSubset(ids.get(condition)!, own))
    }),
  )
  return (one, other) => {
    const [left, right] = [idsOf(one.plan.output), idsOf(other.plan.output)]
    const both = new Set([...left, ...right])
    const across = (condition: Expression) => {
      const used = ids.get(condition)!
      return (
        used.size > 0 &&
        !single.has(condition) &&
        isSubset(used, both) &&
        !isSubset(used, left) &&
        !isSubset(used, right)
      )
    }
    const written = conditions.filter(across)
    const equal = new Set(written.flatMap((condition) => [...ids.get(condition)!]))
    const implied = extra.filter(
      (condition) => across(condition) && ![...ids.get(condition)!].every((id) => equal.has(id)),
    )
    const used = written.some((condition) => condition.kind === 'call' && condition.name === '=')
      ? written
      : [...written, ...implied.slice(0, 1)]
    const [build, probe] = one.rows < other.rows ? [one, other] : [other, one]
    const joined = join(probe.plan, build.plan, 'inner', conjoin(used))
    const rows = estimate(joined).rows
    return { plan: joined, rows, cost: one.cost + other.cost + rows + build.rows * 0.5, connected: used.length > 0 }
  }
}

const leaf = (plan: LogicalPlan, estimate: Estimator): Candidate => ({ plan, rows: estimate(plan).rows, cost: 0 })

/** The cheapest tree over all sets of relations. All pairs without a condition are last resort: they cost their weight in rows. */
const searched = (relations: readonly LogicalPlan[], joiner: Joiner, estimate: Estimator): Candidate => {
  const best = new Map<number, Candidate>()
  for (const [index, relation] of relations.entries()) best.set(1 << index, leaf(relation, estimate))
  const full = (1 << relations.length) - 1
  for (let set = 1; set <= full; set += 1) {
    if ((set & (set - 1)) === 0) continue
    let found: ReturnType<Joiner> | undefined
    for (let part = (set - 1) & set; part > (set ^ part); part = (part - 1) & set) {
      const [one, other] = [best.get(part)!, best.get(set ^ part)!]
      if (found?.connected && one.cost + other.cost >= found.cost) continue
      const candidate = joiner(one, other)
      const better =
        found === undefined ||
        (candidate.connected === found.connected ? candidate.cost < found.cost : candidate.connected)
      if (better) found = candidate
    }
    best.set(set, found!)
  }
  return best.get(full)!
}

const greedy = (relations: readonly LogicalPlan[], joiner: Joiner, estimate: Estimator): Candidate => {
  let parts = relations.map((relation) => leaf(relation, estimate))
  while (parts.length > 1) {
    let found: { readonly one: Candidate; readonly other: Candidate; readonly joined: ReturnType<Joiner> } | undefined
    for (const [index, one] of parts.entries())
      for (const other of parts.slice(index + 1)) {
        const joined = joiner(one, other)
        const better =
          found === undefined ||
          (joined.connected && !found.joined.connected) ||
          (joined.connected === found.joined.connected && joined.rows < found.joined.rows)
        if (better) found = { one, other, joined }
      }
    if (found === undefined) break
    const { one, other, joined } = found
    parts = [...parts.filter((part) => part !== one && part !== other), joined]
  }
  return parts[0]!
}

/** Neighbouring inner joins in the order that makes the fewest rows, by estimate. Source: Spark's CostBasedJoinReorder. */
export const reorderJoins: Rule = {
  name: 'CostBasedJoinReorder',
  apply: (plan, { estimate }) => {
    const change = (node: LogicalPlan): LogicalPlan =>
      isReorderable(node) ? reorder(node, change, estimate) : withInputs(node, mapList(inputsOf(node), change))
    return change(plan)
  },
}
