import type { Attribute, Expression, Named } from '../../plan/expression.ts'
import { idsOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { expressionsOf } from '../../plan/plan-shape.ts'
import { aggregate, pass, project, select } from '../build.ts'
import { attributeIdsOf } from '../expression-tree.ts'
import { withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import { columnWidth } from '../width.ts'

type Ids = ReadonlySet<number>

const join = (...sets: readonly Ids[]): Ids => new Set(sets.flatMap((set) => [...set]))

/** What is needed of these columns: at least one, the narrowest, as a row must be something. */
const wanted = (columns: readonly Attribute[], needed: Ids): readonly Attribute[] => {
  const kept = columns.filter(({ id }) => needed.has(id))
  if (kept.length > 0 || columns.length === 0) return kept
  return [columns.reduce((one, other) => (columnWidth(other.type) < columnWidth(one.type) ? other : one))]
}

const wantedItems = (items: readonly Named[], needed: Ids): readonly Named[] => {
  const ids = idsOf(
    wanted(
      items.map(({ attribute }) => attribute),
      needed,
    ),
  )
  return items.length === ids.size ? items : items.filter(({ attribute }) => ids.has(attribute.id))
}

/** Gives at least the needed columns, each node no more than it must. */
const prune = (plan: LogicalPlan, needed: Ids): LogicalPlan => {
  const own = attributeIdsOf(expressionsOf(plan))
  switch (plan.kind) {
    case 'scan':
      return pruneScan(plan, join(needed, own))
    case 'values': {
      const output = wanted(plan.output, needed)
      if (output.length === plan.output.length) return plan
      const at = output.map((attribute) => plan.output.indexOf(attribute))
      return { ...plan, output, rows: plan.rows.map((row) => at.map((index) => row[index]!)) }
    }
    case 'range':
    case 'stage-input':
      return plan
    case 'project': {
      const items = wantedItems(plan.items, needed)
      const input = prune(plan.input, attributeIdsOf(items.map(({ expression }) => expression)))
      return items === plan.items && input === plan.input ? plan : project(input, items)
    }
    case 'aggregate': {
      const kept = plan.aggregates.filter(({ attribute }) => needed.has(attribute.id))
      const some = kept.length > 0 || plan.groups.length > 0 ? kept : plan.aggregates.slice(0, 1)
      const aggregates = some.length === plan.aggregates.length ? plan.aggregates : some
      const read = attributeIdsOf([...plan.groups, ...aggregates].map(({ expression }) => expression))
      const input = narrow(prune(plan.input, read), read)
      return aggregates === plan.aggregates && input === plan.input ? plan : aggregate(input, plan.groups, aggregates)
    }
    case 'expand':
      return pruneExpand(plan, needed)
    case 'join': {
      const read = join(needed, own)
      return withInputs(plan, [narrow(prune(plan.left, read), read), narrow(prune(plan.right, read), read)])
    }
    case 'union': {
      const output = wanted(plan.output, needed)
      const all = output.length === plan.output.length
      const at = output.map((attribute) => plan.output.indexOf(attribute))
      const inputs = plan.inputs.map((input) => {
        const columns = at.map((index) => input.output[index]!)
        return select(prune(input, idsOf(columns)), columns)
      })
      if (all && inputs.every((input, index) => input === plan.inputs[index])) return plan
      return { ...plan, inputs, output: all ? plan.output : output }
    }
    case 'window': {
      const functions = plan.functions.filter(({ attribute }) => needed.has(attribute.id))
      if (functions.length === 0) return prune(plan.input, needed)
      const kept = functions.length === plan.functions.length ? plan : { ...plan, functions }
      const read = join(needed, attributeIdsOf(expressionsOf(kept)))
      const input = narrow(prune(plan.input, read), read)
      if (kept === plan) return withInputs(plan, [input])
      return { ...kept, input, output: [...input.output, ...functions.map(({ attribute }) => attribute)] }
    }
    case 'map-batches':
      return withInputs(plan, [prune(plan.input, idsOf(plan.input.output))])
    case 'sort':
    case 'repartition': {
      const read = join(needed, own)
      return withInputs(plan, [narrow(prune(plan.input, read), read)])
    }
    case 'filter':
    case 'limit':
    case 'sample':
    case 'generate':
      return withInputs(plan, [prune(plan.input, join(needed, own))])
  }
}

const pruneScan = (plan: PlanOf<'scan'>, needed: Ids): LogicalPlan => {
  const output = wanted(plan.output, needed)
  if (output.length === plan.output.length) return plan
  const columns = output.map((attribute) => plan.columns[plan.output.indexOf(attribute)]!)
  return { ...plan, output, columns }
}

const pruneExpand = (plan: PlanOf<'expand'>, needed: Ids): LogicalPlan => {
  const output = wanted(plan.output, needed)
  const at = output.map((attribute) => plan.output.indexOf(attribute))
  const projections = plan.projections.map((row) => at.map((index): Expression => row[index]!))
  const input = prune(plan.input, attributeIdsOf(projections.flat()))
  if (output.length === plan.output.length) return withInputs(plan, [input])
  return { ...plan, input, projections, output }
}

/** Drops columns that only a filter below still read, so that they are not carried on. */
const narrow = (plan: LogicalPlan, needed: Ids): LogicalPlan => {
  const output = wanted(plan.output, needed)
  return output.length === plan.output.length ? plan : project(plan, output.map(pass))
}

/** Columns that nobody reads are not made, down to the scans. Source: Spark's ColumnPruning. */
export const pruneColumns: Rule = {
  name: 'ColumnPruning',
  apply: (plan) => select(prune(plan, idsOf(plan.output)), plan.output),
}
