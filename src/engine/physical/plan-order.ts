import { limit, select, sort } from '../optimizer/build.ts'
import { estimatedBytes } from '../optimizer/statistics.ts'
import type { Expression } from '../plan/expression.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import {
  exchange,
  extendRows,
  extendWhole,
  type Fragment,
  isOneTask,
  type Planner,
  partitionsFor,
  toSingle,
  withColumns,
} from './fragment.ts'
import { clustered } from './key-cut.ts'

/** A task whose order or choice of rows is its own is not one that others may repeat. */
const pinned = (fragment: Fragment): Fragment =>
  fragment.spread.kind === 'inline' ? { ...fragment, spread: { kind: 'single' } } : fragment

export const planSort = (planner: Planner, node: PlanOf<'sort'>): Fragment => {
  const input = planner.plan(node.input)
  if (!node.global || isOneTask(input)) return extendWhole(input, sort(input.plan, node.orders, node.global))
  const bytes = estimatedBytes(node.input, planner.options.estimate)
  if (bytes <= planner.options.limits.sortMaxBytes) {
    const all = toSingle(planner, input)
    return { ...extendWhole(all, sort(all.plan, node.orders, true)), notes: [...all.notes, 'sort: in one task'] }
  }
  const { fragment, columns } = withColumns(
    planner,
    input,
    node.orders.map(({ expression }) => expression),
  )
  const orders = node.orders.map((order, index) => ({ ...order, expression: columns[index] as Expression }))
  const partitions = partitionsFor(planner.options, bytes)
  const moved = exchange(planner, fragment, { kind: 'range', orders, partitions, fixed: true })
  const sorted = extendWhole(moved, select(sort(moved.plan, orders, true), node.output))
  return { ...sorted, notes: [`sort: in ${partitions} ranges`] }
}

/** So many rows of each task are few enough to be sent to the driver rather than shuffled. */
const FEW_ROWS = 100_000

export const planLimit = (planner: Planner, node: PlanOf<'limit'>): Fragment => {
  const ordered = node.input.kind === 'sort' && node.input.global ? node.input : undefined
  const input = planner.plan(ordered?.input ?? node.input)
  const apply = (plan: LogicalPlan, count: number | undefined, offset: number): LogicalPlan =>
    limit(ordered === undefined ? plan : sort(plan, ordered.orders, true), count, offset)
  const last = (fragment: Fragment) => pinned(extendWhole(fragment, apply(fragment.plan, node.count, node.offset)))
  if (isOneTask(input)) return last(input)
  if (node.count === undefined) {
    const all = planner.plan(node.input)
    const one = toSingle(planner, all, 'OFFSET without LIMIT counts over all rows')
    return extendWhole(one, limit(one.plan, undefined, node.offset))
  }
  const rows = node.count + node.offset
  const top = extendRows(input, apply(input.plan, rows, 0))
  const note = ordered === undefined ? `limit: ${rows} rows of each task` : `top-n: ${rows} rows of each task`
  const noted = { ...top, notes: [...top.notes, note] }
  const moved = exchange(planner, noted, rows <= FEW_ROWS ? { kind: 'broadcast' } : { kind: 'single' })
  return last({ ...moved, spread: { kind: 'single' } })
}

export const planWindow = (planner: Planner, node: PlanOf<'window'>): Fragment => {
  const input = planner.plan(node.input)
  const over = (fragment: Fragment, partitionBy: readonly Expression[]): Fragment =>
    pinned(
      extendWhole(fragment, {
        ...node,
        input: fragment.plan,
        partitionBy,
        output: [...fragment.plan.output, ...node.functions.map(({ attribute }) => attribute)],
      }),
    )
  if (isOneTask(input)) return over(input, node.partitionBy)
  if (node.partitionBy.length === 0)
    return over(toSingle(planner, input, 'a window without PARTITION BY looks at all rows together'), [])
  const keyed = withColumns(planner, input, node.partitionBy)
  const partitions = partitionsFor(planner.options, estimatedBytes(node.input, planner.options.estimate))
  const moved =
    clustered(planner, keyed.fragment, new Set(keyed.columns.map(({ id }) => id))) ??
    exchange(planner, keyed.fragment, { kind: 'hash', keys: keyed.columns, partitions })
  const done = over(moved, keyed.columns)
  return { ...done, plan: select(done.plan, node.output), notes: [...done.notes, 'window: by its partition keys'] }
}

export const planRepartition = (planner: Planner, node: PlanOf<'repartition'>): Fragment => {
  const input = planner.plan(node.input)
  const { slots, limits } = planner.options
  const fixed = node.partitions !== undefined
  const usual = limits.shufflePartitions ?? Math.max(1, slots)
  const partitions = Math.max(1, node.partitions ?? usual)
  switch (node.how) {
    case 'coalesce':
      if (input.tasks <= partitions) return input
      return exchange(
        planner,
        input,
        partitions === 1 ? { kind: 'single' } : { kind: 'round-robin', partitions, fixed },
      )
    case 'round-robin':
      return exchange(planner, input, { kind: 'round-robin', partitions, fixed })
    case 'hash':
    case 'range': {
      if (node.by.length === 0) return exchange(planner, input, { kind: 'round-robin', partitions, fixed })
      const { fragment, columns } = withColumns(
        planner,
        input,
        node.by.map(({ expression }) => expression),
      )
      const orders = node.by.map((order, index) => ({ ...order, expression: columns[index] as Expression }))
      const moved = exchange(
        planner,
        fragment,
        node.how === 'hash'
          ? { kind: 'hash', keys: columns, partitions, fixed }
          : { kind: 'range', orders, partitions, fixed: true },
      )
      return { ...moved, plan: select(moved.plan, node.output) }
    }
  }
}
