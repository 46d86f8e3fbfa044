import { conjoin, conjuncts } from '../optimizer/expression-tree.ts'
import { joinPairs } from '../optimizer/join-keys.ts'
import { mapSubqueries, withInputs } from '../optimizer/plan-tree.ts'
import type { Expression } from '../plan/expression.ts'
import { idsOf, mapList } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'

type Ids = ReadonlySet<number>

const NONE: Ids = new Set()
const COMPARISONS = new Set(['=', '<', '<=', '>', '>='])

/**
 * The plan without `x IS NOT NULL` where a join or a comparison above lets no null of x through: the same rows. DuckDB
 * takes each condition for one that leaves a fifth of the rows, and builds its hash tables on the wrong side for it.
 */
export const dropImpliedNulls = (plan: LogicalPlan): LogicalPlan => drop(plan, NONE)

/** `rejected`: columns whose nulls do not come through what is above. */
const drop = (plan: LogicalPlan, rejected: Ids): LogicalPlan => {
  const node = mapSubqueries(plan, dropImpliedNulls)
  switch (node.kind) {
    case 'filter': {
      const parts = conjuncts(node.condition)
      const all = new Set([...rejected, ...parts.flatMap(compared)])
      const condition = conjoin(parts.filter((part) => !isImplied(part, all)))
      const known = new Set([...all, ...parts.flatMap(notNull)])
      const input = drop(node.input, known)
      if (condition === undefined) return input
      const kept = parts.some((part) => isImplied(part, all)) ? { ...node, condition } : node
      return withInputs(kept, [input])
    }
    case 'scan': {
      const all = new Set([...rejected, ...node.filters.flatMap(compared)])
      const filters = node.filters.filter((part) => !isImplied(part, all))
      return filters.length === node.filters.length ? node : { ...node, filters }
    }
    case 'join':
      return dropJoin(node, rejected)
    case 'project': {
      const passed = node.items.flatMap(({ attribute, expression }) =>
        rejected.has(attribute.id) && expression.kind === 'attribute' ? [expression.id] : [],
      )
      return withInputs(node, [drop(node.input, new Set(passed))])
    }
    case 'aggregate': {
      const passed = node.groups.flatMap(({ attribute, expression }) =>
        rejected.has(attribute.id) && expression.kind === 'attribute' ? [expression.id] : [],
      )
      return withInputs(node, [drop(node.input, new Set(passed))])
    }
    case 'sort':
    case 'repartition':
      return withInputs(node, [drop(node.input, rejected)])
    default:
      return withInputs(
        node,
        mapList(inputsOf(node), (input) => drop(input, NONE)),
      )
  }
}

const dropJoin = (node: PlanOf<'join'>, rejected: Ids): LogicalPlan => {
  const { pairs } = joinPairs(node.condition, idsOf(node.left.output), idsOf(node.right.output))
  const keys = pairs
    .filter(({ nullSafe }) => !nullSafe)
    .flatMap(({ left, right }) => [...column(left), ...column(right)])
  const both = new Set([...rejected, ...keys])
  const [left, right] = sides(node.how, rejected, new Set(keys), both)
  return withInputs(node, [drop(node.left, left), drop(node.right, right)])
}

const sides = (how: PlanOf<'join'>['how'], above: Ids, keys: Ids, both: Ids): readonly [Ids, Ids] => {
  switch (how) {
    case 'inner':
      return [both, both]
    case 'semi':
      return [both, keys]
    case 'left':
    case 'anti':
      return [above, keys]
    case 'right':
      return [keys, above]
    case 'full':
      return [NONE, NONE]
    case 'null-aware-anti':
    case 'as-of':
      return [above, NONE]
  }
}

const column = (expression: Expression): readonly number[] => (expression.kind === 'attribute' ? [expression.id] : [])

/** Columns of a comparison: null makes it null. */
const compared = (part: Expression): readonly number[] =>
  part.kind === 'call' && COMPARISONS.has(part.name) ? part.args.flatMap(column) : []

const notNull = (part: Expression): readonly number[] =>
  part.kind === 'call' && part.name === 'isnotnull' ? part.args.flatMap(column) : []

const isImplied = (part: Expression, rejected: Ids): boolean => notNull(part).some((id) => rejected.has(id))
