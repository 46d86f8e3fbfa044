import { aggregate, pass, project, select } from '../optimizer/build.ts'
import { isDeterministic } from '../optimizer/expression-tree.ts'
import { expressionKey } from '../optimizer/same-plan.ts'
import { estimatedBytes } from '../optimizer/statistics.ts'
import type { Attribute, Expression, ExpressionOf, Named } from '../plan/expression.ts'
import { transformUp } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import {
  exchange,
  extendRows,
  extendWhole,
  type Fragment,
  isOneTask,
  namesThrough,
  type Planner,
  partitionsFor,
  renamed,
  toSingle,
  withColumns,
} from './fragment.ts'
import { clustered } from './key-cut.ts'
import type { Partitioning } from './physical-plan.ts'

type Call = ExpressionOf<'aggregate'>

/** An aggregate as what the tasks compute and what is made of it where all their rows have come together. */
interface Phases {
  readonly partial: readonly Named[]
  /** Aggregates over the partial columns. */
  readonly merging: readonly Named[]
  /** Over the merged columns. */
  readonly result: Named
}

const column = (planner: Planner, name: string, { type, nullable }: Expression): Attribute => ({
  kind: 'attribute',
  id: planner.newId(),
  name,
  type,
  nullable,
})

const phasesOf = (planner: Planner, item: Named): Phases | undefined => {
  const { expression } = item
  if (expression.kind !== 'aggregate' || expression.distinct || expression.orderBy.length > 0) return undefined
  if (!isDeterministic(expression)) return undefined
  const { filter } = expression
  const phases = planner.options.functionOf(expression.name)?.twoPhase?.({ ...expression, filter: undefined } as Call)
  if (phases === undefined) return undefined
  const partial = phases.partial.map((part): Named => {
    const filtered = part.kind === 'aggregate' && filter !== undefined ? { ...part, filter } : part
    return { attribute: column(planner, item.attribute.name, part), expression: filtered }
  })
  const merging: Named[] = []
  const merged = phases.merge(partial.map(({ attribute }) => attribute))
  const result = transformUp(merged, (part) => {
    if (part.kind !== 'aggregate') return part
    const attribute = column(planner, item.attribute.name, part)
    merging.push({ attribute, expression: part })
    return attribute
  })
  return { partial, merging, result: { attribute: item.attribute, expression: result } }
}

const target = (planner: Planner, keys: readonly Attribute[], bytes: number): Partitioning =>
  keys.length === 0 ? { kind: 'single' } : { kind: 'hash', keys, partitions: partitionsFor(planner.options, bytes) }

const isDistinct = ({ expression }: Named): boolean => expression.kind === 'aggregate' && expression.distinct

/** The arguments that all distinct aggregates share; undefined where they differ, or one is more than plainly distinct. */
const distinctArguments = (items: readonly Named[]): readonly Expression[] | undefined => {
  const calls = items.filter(isDistinct).map(({ expression }) => expression as Call)
  const [first] = calls
  if (first === undefined) return undefined
  const key = (call: Call) => call.args.map(expressionKey).join()
  const plain = calls.every(
    (call) => call.filter === undefined && call.orderBy.length === 0 && key(call) === key(first),
  )
  return plain && first.args.every(isDeterministic) ? first.args : undefined
}

/** In the tasks by groups, then by groups again where equal ones have met. */
const twoPhase = (
  planner: Planner,
  node: PlanOf<'aggregate'>,
  input: Fragment,
  extra: readonly Named[],
  phases: readonly (Phases | Named)[],
): Fragment => {
  const partial = phases.flatMap((phase) => ('partial' in phase ? phase.partial : []))
  const first = extendRows(input, aggregate(input.plan, [...node.groups, ...extra], partial))
  const keys = node.groups.map(({ attribute }) => attribute)
  const moved = exchange(
    planner,
    { ...first, notes: [...first.notes, 'aggregate: partly in each task'] },
    target(planner, keys, estimatedBytes(node, planner.options.estimate)),
  )
  const merging = phases.flatMap((phase) => ('partial' in phase ? phase.merging : [phase]))
  const final = aggregate(
    moved.plan,
    node.groups.map(({ attribute }) => pass(attribute)),
    merging,
  )
  const results = phases.map((phase) => ('partial' in phase ? phase.result : pass(phase.attribute)))
  const merged = extendWhole(moved, project(final, [...keys.map(pass), ...results]))
  return { ...merged, notes: [...merged.notes, `aggregate: merged by ${keys.length === 0 ? 'one task' : 'key'}`] }
}

/** Rows as they are to where equal groups meet. */
const onePhase = (planner: Planner, node: PlanOf<'aggregate'>, input: Fragment, why: string): Fragment => {
  if (node.groups.length === 0) return over(node, toSingle(planner, input, why))
  const { fragment, columns } = withColumns(
    planner,
    input,
    node.groups.map(({ expression }) => expression),
  )
  const bytes = estimatedBytes(node.input, planner.options.estimate)
  const moved = exchange(planner, fragment, target(planner, columns, bytes))
  const groups = node.groups.map((group, index): Named => ({ ...group, expression: columns[index]! }))
  const made = over({ ...node, groups }, moved)
  return { ...made, notes: [...made.notes, `aggregate: all rows by key (${why})`] }
}

const over = (node: PlanOf<'aggregate'>, input: Fragment): Fragment => {
  const names = namesThrough(node.groups)
  return { ...extendWhole(input, { ...node, input: input.plan }), spread: renamed(input.spread, names) }
}

/** Groups of hardly more than one row: adding up in the tasks would only be work. */
const isAllButUnique = (planner: Planner, node: PlanOf<'aggregate'>): boolean => {
  if (node.groups.length === 0) return false
  const { estimate } = planner.options
  const rows = estimate(node.input).rows
  return rows > 10_000 && estimate(node).rows > 0.7 * rows
}

export const planAggregate = (planner: Planner, node: PlanOf<'aggregate'>): Fragment => {
  const input = planner.plan(node.input)
  const plain = new Set(
    node.groups.flatMap(({ expression }) => (expression.kind === 'attribute' ? [expression.id] : [])),
  )
  const together = isOneTask(input) || node.groups.length > 0 ? clustered(planner, input, plain) : undefined
  if (together !== undefined) return over(node, together)
  if (!node.groups.every(({ expression }) => isDeterministic(expression)))
    return over(
      node,
      toSingle(planner, input, 'its groups are computed by a function that gives another value each time'),
    )
  const distinct = node.aggregates.filter(isDistinct)
  const phases = node.aggregates.map((item) => (isDistinct(item) ? item : phasesOf(planner, item)))
  const not = phases.indexOf(undefined)
  if (not >= 0) {
    const { expression } = node.aggregates[not]!
    const name = expression.kind === 'aggregate' ? expression.name : 'an aggregate'
    return onePhase(planner, node, input, `${name} needs all rows of a group in one place`)
  }
  const known = phases as readonly (Phases | Named)[]
  if (distinct.length === 0)
    return isAllButUnique(planner, node)
      ? onePhase(planner, node, input, 'nearly each row is a group')
      : twoPhase(planner, node, input, [], known)
  const args = distinctArguments(node.aggregates)
  if (args === undefined) return onePhase(planner, node, input, 'distinct aggregates over several columns')
  const extra = args.map((expression): Named => ({ attribute: column(planner, 'distinct', expression), expression }))
  if (node.groups.length === 0 && distinct.length === node.aggregates.length) {
    const made = distinctFirst(planner, node, input, extra)
    if (made !== undefined) return made
  }
  const columns = extra.map(({ attribute }) => attribute)
  return twoPhase(
    planner,
    node,
    input,
    extra,
    known.map((phase) => ('partial' in phase ? phase : withArguments(phase, columns))),
  )
}

const withArguments = (item: Named, args: readonly Expression[]): Named => ({
  ...item,
  expression: { ...(item.expression as Call), args },
})

/** Distinct values by key first, so that each is in one task only; then they are added up as any others. */
const distinctFirst = (
  planner: Planner,
  node: PlanOf<'aggregate'>,
  input: Fragment,
  extra: readonly Named[],
): Fragment | undefined => {
  const columns = extra.map(({ attribute }) => attribute)
  const plain = node.aggregates.map((item) => {
    const call = { ...(item.expression as Call), args: columns, distinct: false }
    return phasesOf(planner, { ...item, expression: call })
  })
  if (plain.some((phase) => phase === undefined)) return undefined
  const values: LogicalPlan = aggregate(node.input, extra, [])
  const bytes = estimatedBytes(values, planner.options.estimate)
  const first = extendRows(input, aggregate(input.plan, extra, []))
  const moved = exchange(planner, first, target(planner, columns, bytes))
  const met = extendWhole(moved, aggregate(moved.plan, columns.map(pass), []))
  const done = twoPhase(planner, { ...node, groups: [] }, met, [], plain as readonly Phases[])
  return { ...done, plan: select(done.plan, node.output) }
}
