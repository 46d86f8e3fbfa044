import { filter } from '../optimizer/build.ts'
import { conjoin, planIsDeterministic } from '../optimizer/expression-tree.ts'
import { mapSubqueries, somePlan, withInputs } from '../optimizer/plan-tree.ts'
import { estimatedBytes } from '../optimizer/statistics.ts'
import type { LogicalPlan, PlanOf, ScanRelation } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import { sourceBytes } from '../sources/file-source.ts'
import { keyBoundaries } from '../sources/key-ranges.ts'
import type { Fragment, Planner, Spread } from './fragment.ts'
import type { StageInput } from './physical-plan.ts'

const NONE: ReadonlySet<string> = new Set()

export const relationBytes = (relation: ScanRelation): number =>
  relation.kind === 'files' ? sourceBytes(relation.source) : relation.bytes

const scanInput = (planner: Planner, scan: PlanOf<'scan'>, parts: (StageInput & { kind: 'scan' })['parts']) => {
  const name = planner.newInput()
  const { relation, columns } = scan
  const input: StageInput = { name, kind: 'scan', relation, columns, attributes: scan.output, parts }
  const plan = filter({ kind: 'stage-input', name, output: scan.output }, conjoin(scan.filters))
  return { input, plan, name }
}

/** A table that lies in the order of one of the columns that are read could be cut by that column. */
const scanSpread = (planner: Planner, scan: PlanOf<'scan'>, parts: number): Spread => {
  const ranges = planner.options.keyRanges?.(scan.relation)
  if (ranges === undefined || keyBoundaries(ranges, parts).length === 0) return { kind: 'cut' }
  const key = scan.output[scan.columns.indexOf(ranges.column)]
  return key === undefined ? { kind: 'cut' } : { kind: 'range', keys: [new Set([key.id])], boundaries: undefined }
}

/** A table: one task for each of its parts. */
export const planScan = (planner: Planner, scan: PlanOf<'scan'>): Fragment => {
  const parts = planner.options.parts(scan.relation)
  const { input, plan, name } = scanInput(planner, scan, parts)
  const why = scan.relation.kind === 'files' && parts.length === 1 ? scan.relation.source.whyWhole : undefined
  return {
    plan,
    inputs: [input],
    spread: parts.length > 1 ? scanSpread(planner, scan, parts.length) : { kind: 'single' },
    tasks: Math.max(1, parts.length),
    additive: new Set([name]),
    whyWhole: why,
    notes: [],
  }
}

const SMALL_RANGE = 100_000n

export const planRange = (planner: Planner, range: PlanOf<'range'>): Fragment => {
  const { slots } = planner.options
  const span = range.end - range.start
  const rows =
    span === 0n || span > 0n !== range.step > 0n ? 0n : (span + range.step - (range.step > 0n ? 1n : -1n)) / range.step
  const wanted = range.partitions ?? (rows <= SMALL_RANGE ? 1 : slots)
  const tasks = Math.max(1, Math.min(wanted, rows > 1_000_000n ? 1_000_000 : Number(rows)))
  if (tasks === 1)
    return {
      plan: range,
      inputs: [],
      spread: { kind: 'inline' },
      tasks: 1,
      additive: NONE,
      whyWhole: undefined,
      notes: [],
    }
  const at = (index: number) => range.start + ((rows * BigInt(index)) / BigInt(tasks)) * range.step
  const name = planner.newInput()
  const parts = Array.from({ length: tasks }, (_, index) => ({
    start: at(index),
    end: index === tasks - 1 ? range.end : at(index + 1),
  }))
  return {
    plan: { kind: 'stage-input', name, output: range.output },
    inputs: [{ name, kind: 'range', attributes: range.output, step: range.step, parts }],
    spread: { kind: 'cut' },
    tasks,
    additive: new Set([name]),
    whyWhole: undefined,
    notes: [],
  }
}

/** The plan as it is, with all tables read whole: for one task, or for every task. */
export const planWhole = (planner: Planner, plan: LogicalPlan): Pick<Fragment, 'plan' | 'inputs'> => {
  const inputs: StageInput[] = []
  const walk = (node: LogicalPlan): LogicalPlan => {
    if (node.kind === 'scan') {
      const scan = scanInput(planner, node, undefined)
      inputs.push(scan.input)
      return scan.plan
    }
    return mapSubqueries(withInputs(node, inputsOf(node).map(walk)), walk)
  }
  return { plan: walk(plan), inputs }
}

const scannedBytes = (planner: Planner, input: StageInput): number => {
  if (input.kind !== 'scan') return 0
  const { relation, columns, attributes: output } = input
  const scan: LogicalPlan = { kind: 'scan', relation, columns, output, filters: [] }
  return Math.min(relationBytes(relation), estimatedBytes(scan, planner.options.estimate))
}

/** Gives the same rows wherever it is computed: rows that a limit happens to pick do not. */
const isRepeatable = (plan: LogicalPlan): boolean =>
  planIsDeterministic(plan) && !somePlan(plan, ({ kind }) => kind === 'limit')

/** The fragment as one that every task of another can compute for itself; undefined where it reads too much or through an exchange. */
export const inlined = (planner: Planner, fragment: Fragment, tasks = 1): Fragment | undefined => {
  if (fragment.spread.kind === 'inline') return fragment
  const { inputs, plan, spread } = fragment
  if (spread.kind === 'hash' || inputs.some((input) => input.kind !== 'scan') || !isRepeatable(plan)) return undefined
  const bytes = inputs.reduce((sum, input) => sum + scannedBytes(planner, input), 0)
  const { limits, slots } = planner.options
  // Reading the same again in each of many tasks costs more than one stage that does it once.
  const times = Math.max(1, tasks / (4 * Math.max(1, slots)))
  if (bytes * times > limits.inlineMaxBytes) return undefined
  const whole = inputs.map((input): StageInput => {
    const { tasks: _, ...rest } = input
    return rest.kind === 'scan' ? { ...rest, parts: undefined } : rest
  })
  return { ...fragment, inputs: whole, spread: { kind: 'inline' }, tasks: 1, additive: NONE }
}
