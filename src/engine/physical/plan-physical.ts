import { isDeterministic, outerReferences } from '../optimizer/expression-tree.ts'
import { largestId, mapSubqueries, subqueriesIn, withInputs } from '../optimizer/plan-tree.ts'
import type { Named } from '../plan/expression.ts'
import { someExpression } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf } from '../plan/plan-shape.ts'
import {
  extendRows,
  extendWhole,
  type Fragment,
  namesThrough,
  type Planner,
  readStage,
  renamed,
  toSingle,
} from './fragment.ts'
import type { PhysicalOptions } from './physical-options.ts'
import type { PhysicalPlan, StageInput } from './physical-plan.ts'
import { planAggregate } from './plan-aggregate.ts'
import { planJoin } from './plan-join.ts'
import { inlined, planRange, planScan, planWhole } from './plan-leaves.ts'
import { planLimit, planRepartition, planSort, planWindow } from './plan-order.ts'
import { planUnion } from './plan-union.ts'
import { emptyBook, enterStage } from './stage-book.ts'

/**
 * Where each part of the plan runs: stages with an exchange between them, only where rows must meet that may lie apart.
 * What cannot be distributed runs as one task, and the stage says why.
 */
export const planPhysical = (plan: LogicalPlan, given: PhysicalOptions): PhysicalPlan => {
  const options = given.limits.keyRanges ? given : { ...given, keyRanges: () => undefined }
  const book = emptyBook()
  let id = largestId(plan)
  let inputs = 0
  const planner: Planner = {
    options,
    newId: () => {
      id += 1
      return id
    },
    newInput: () => {
      inputs += 1
      return `bellows_in_${inputs}`
    },
    plan: (node, wanted = new Set()) => planNode(planner, node, wanted),
    stage: (fragment, output) => ({ stage: enterStage(book, fragment, output, options) }),
  }
  const fragment = options.local ? planLocally(planner, plan) : planner.plan(plan)
  const root = enterStage(book, fragment, undefined, options)
  return { stages: book.stages, root, output: plan.output }
}

const planLocally = (planner: Planner, plan: LogicalPlan): Fragment => ({
  ...planWhole(planner, plan),
  spread: { kind: 'single' },
  tasks: 1,
  additive: new Set(),
  whyWhole: undefined,
  notes: [],
})

const planNode = (planner: Planner, node: LogicalPlan, wanted: ReadonlySet<number>): Fragment => {
  const { plan, inputs } = planSubqueries(planner, node)
  const fragment = planOperator(planner, plan, wanted)
  return inputs.length === 0 ? fragment : { ...fragment, inputs: [...fragment.inputs, ...inputs] }
}

/** Each subquery that stands alone becomes a stage whose rows every task reads; one that names outer columns is computed in place over whole tables. */
const planSubqueries = (
  planner: Planner,
  node: LogicalPlan,
): { readonly plan: LogicalPlan; readonly inputs: readonly StageInput[] } => {
  if (!expressionsOf(node).some((expression) => subqueriesIn(expression).length > 0)) return { plan: node, inputs: [] }
  const inputs: StageInput[] = []
  const plan = mapSubqueries(node, (inner) => {
    if (outerReferences(inner).length > 0) {
      const whole = planWhole(planner, inner)
      inputs.push(...whole.inputs)
      return whole.plan
    }
    const fragment = planner.plan(inner)
    const small = inlined(planner, fragment)
    if (small !== undefined) {
      inputs.push(...small.inputs)
      return small.plan
    }
    const read = readStage(planner, fragment, { kind: 'broadcast' })
    inputs.push(read.input)
    return read.plan
  })
  return { plan, inputs }
}

/** Functions that count the rows or name the task: over several tasks they would repeat themselves. */
const BY_TASK = new Set(['monotonically_increasing_id', 'spark_partition_id'])

const countsRows = (node: LogicalPlan): string | undefined => {
  for (const expression of expressionsOf(node)) {
    let found: string | undefined
    someExpression(expression, (part) => {
      if (part.kind === 'call' && BY_TASK.has(part.name)) found = part.name
      return found !== undefined
    })
    if (found !== undefined) return found
  }
  return undefined
}

const rowByRow = (
  planner: Planner,
  node: LogicalPlan & { readonly input: LogicalPlan },
  wanted?: ReadonlySet<number>,
): Fragment => {
  const input = planner.plan(node.input, wanted)
  const counted = countsRows(node)
  const placed = counted === undefined ? input : toSingle(planner, input, `${counted}() counts over all rows`)
  const plan = withInputs(node, [placed.plan])
  const fixed = expressionsOf(node).every(isDeterministic)
  const made = fixed ? extendRows(placed, plan) : extendWhole(placed, plan)
  return !fixed && made.spread.kind === 'inline' ? { ...made, spread: { kind: 'single' } } : made
}

const beforeNames = (items: readonly Named[], wanted: ReadonlySet<number>): readonly number[] =>
  items.flatMap(({ attribute, expression }) =>
    expression.kind === 'attribute' && wanted.has(attribute.id) ? [expression.id] : [],
  )

const planOperator = (planner: Planner, node: LogicalPlan, wanted: ReadonlySet<number>): Fragment => {
  switch (node.kind) {
    case 'scan':
      return planScan(planner, node)
    case 'range':
      return planRange(planner, node)
    case 'values':
    case 'stage-input': {
      const base = { plan: node, inputs: [], tasks: 1, additive: new Set<string>(), whyWhole: undefined, notes: [] }
      const fixed = expressionsOf(node).every(isDeterministic)
      return { ...base, spread: { kind: fixed ? 'inline' : 'single' } }
    }
    case 'project': {
      const made = rowByRow(planner, node, new Set(beforeNames(node.items, wanted)))
      return { ...made, spread: renamed(made.spread, namesThrough(node.items)) }
    }
    case 'expand': {
      const made = rowByRow(planner, node)
      return 'keys' in made.spread ? { ...made, spread: { kind: 'cut' } } : made
    }
    case 'filter':
      return rowByRow(planner, node, wanted)
    case 'generate':
      return rowByRow(planner, node)
    case 'sample': {
      const input = planner.plan(node.input)
      const made = extendWhole(input, withInputs(node, [input.plan]))
      return made.spread.kind === 'inline' ? { ...made, spread: { kind: 'single' } } : made
    }
    case 'aggregate':
      return planAggregate(planner, node)
    case 'join':
      return planJoin(planner, node, wanted)
    case 'sort':
      return planSort(planner, node)
    case 'limit':
      return planLimit(planner, node)
    case 'window':
      return planWindow(planner, node)
    case 'union':
      return planUnion(planner, node)
    case 'repartition':
      return planRepartition(planner, node)
    case 'map-batches': {
      const input = planner.plan(node.input)
      return extendWhole(input, withInputs(node, [input.plan]))
    }
  }
}
