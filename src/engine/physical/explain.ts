import { conjuncts } from '../optimizer/expression-tree.ts'
import { subqueriesIn } from '../optimizer/plan-tree.ts'
import {
  printAttribute,
  printExpression,
  printNode,
  printOrders,
  printPlan,
  printTree,
} from '../optimizer/print-plan.ts'
import { type Estimator, estimatedBytes } from '../optimizer/statistics.ts'
import { subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../plan/plan-shape.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { Partitioning, PhysicalPlan, Stage, StageInput } from './physical-plan.ts'
import { printBytes } from './print-bytes.ts'
import { printSyntax } from './print-syntax.ts'

/** Spark's modes of explain(); `codegen` has no meaning here, as no code is generated. */
export type ExplainMode = 'simple' | 'extended' | 'cost' | 'formatted'

export interface Explained {
  readonly parsed: PlanSyntax | undefined
  readonly analyzed: LogicalPlan
  readonly optimized: LogicalPlan
  readonly physical: PhysicalPlan
  readonly estimate: Estimator
}

/** A node of the physical tree as it is shown: the stages' plans, with what lies between them in place of their inputs. */
interface Shown {
  readonly title: string
  readonly details: readonly string[]
  readonly below: readonly Shown[]
}

const partitioningText = (output: Partitioning | undefined): string => {
  switch (output?.kind) {
    case undefined:
      return 'result'
    case 'single':
      return 'Exchange SinglePartition'
    case 'broadcast':
      return 'BroadcastExchange'
    case 'hash':
      return `Exchange hashpartitioning(${output.keys.map(printExpression).join(', ')}, ${output.partitions})`
    case 'range':
      return `Exchange rangepartitioning(${printOrders(output.orders)}, ${output.partitions})`
    case 'round-robin':
      return `Exchange RoundRobinPartitioning(${output.partitions})`
  }
}

const tasksText = (stage: Stage): string => `${stage.tasks} ${stage.tasks === 1 ? 'task' : 'tasks'}`

const stageDetails = (stage: Stage): readonly string[] => [
  ...stage.notes,
  ...(stage.whyWhole === undefined ? [] : [`one task: ${stage.whyWhole}`]),
]

/** What a stage reads, in place of the leaf that stands for it. */
const shownInput = (input: StageInput, pushed: readonly string[], seen: Set<Stage>): Shown => {
  switch (input.kind) {
    case 'scan': {
      const { relation, attributes, parts } = input
      const what =
        relation.kind === 'files' ? `${relation.source.format} ${relation.source.label}` : `held rows ${relation.id}`
      const files = relation.kind === 'files' ? relation.source.files : relation.files
      const read =
        parts === undefined ? 'read whole by each task' : `${parts.length} ${parts.length === 1 ? 'part' : 'parts'}`
      const details = [
        `Output: [${attributes.map(printAttribute).join(', ')}]`,
        `Files: ${files.length}, ${printBytes(files.reduce((sum, { bytes }) => sum + bytes, 0))}; ${read}`,
        ...(pushed.length === 0 ? [] : [`PushedFilters: [${pushed.join(', ')}]`]),
      ]
      return {
        title: `Scan ${what} [${attributes.map(printAttribute).join(', ')}]${pushed.length === 0 ? '' : ` PushedFilters: [${pushed.join(', ')}]`} (${read})`,
        details,
        below: [],
      }
    }
    case 'range':
      return { title: `Range in ${input.parts.length} parts`, details: [], below: [] }
    case 'shuffle':
    case 'broadcast': {
      const { stage } = input
      const title = `${partitioningText(stage.output)}${input.kind === 'broadcast' && stage.output?.kind !== 'broadcast' ? ' read whole by each task' : ''} [stage ${stage.id}, ${tasksText(stage)}]`
      if (seen.has(stage)) return { title: `Reused${title}`, details: [], below: [] }
      seen.add(stage)
      return { title, details: stageDetails(stage), below: [shownPlan(stage.plan, stage, seen)] }
    }
  }
}

const shownPlan = (plan: LogicalPlan, stage: Stage, seen: Set<Stage>): Shown => {
  const inputOf = (name: string) => stage.inputs.find((input) => input.name === name)
  if (plan.kind === 'stage-input') {
    const input = inputOf(plan.name)
    return input === undefined ? { title: printNode(plan), details: [], below: [] } : shownInput(input, [], seen)
  }
  if (plan.kind === 'filter' && plan.input.kind === 'stage-input') {
    const input = inputOf(plan.input.name)
    const parts = conjuncts(plan.condition)
    if (input?.kind === 'scan' && parts.every((part) => subqueryOf(part) === undefined))
      return shownInput(input, parts.map(printExpression), seen)
  }
  const subqueries = expressionsOf(plan).flatMap(subqueriesIn)
  return {
    title: printNode(plan),
    details: [`Output: [${plan.output.map(printAttribute).join(', ')}]`],
    below: [
      ...inputsOf(plan).map((input) => shownPlan(input, stage, seen)),
      ...subqueries.map((inner): Shown => ({ title: 'Subquery', details: [], below: [shownPlan(inner, stage, seen)] })),
    ],
  }
}

const physicalTree = (physical: PhysicalPlan): Shown => {
  const { root } = physical
  return {
    title: `Result [stage ${root.id}, ${tasksText(root)}]`,
    details: stageDetails(root),
    below: [shownPlan(root.plan, root, new Set())],
  }
}

/** Lines on a stage are shown with it in every mode: what was chosen and why is what explain is for. */
const simple = (physical: PhysicalPlan): string =>
  printTree(
    physicalTree(physical),
    ({ title, details }) =>
      [
        title,
        ...details.filter((line) => !/^(Output|Files|PushedFilters):/.test(line)).map((line) => `  (${line})`),
      ].join('\n'),
    ({ below }) => below,
  )

const formatted = (physical: PhysicalPlan): string => {
  const numbers = new Map<Shown, number>()
  const number = (shown: Shown): void => {
    for (const child of shown.below) number(child)
    numbers.set(shown, numbers.size + 1)
  }
  const root = physicalTree(physical)
  number(root)
  const short = (title: string) =>
    /^\S+(?: (?:hashpartitioning|rangepartitioning|SinglePartition|parquet|csv|json|text|inner|left|right|full|semi|anti))?/
      .exec(title)?.[0]
      .replace(/,$/, '') ?? title
  const tree = printTree(
    root,
    (shown) => `${short(shown.title)} (${numbers.get(shown)})`,
    ({ below }) => below,
  )
  const details = [...numbers].map(([{ title, details: lines }, at]) => [`(${at}) ${title}`, ...lines].join('\n'))
  return [tree, '', '', ...details.flatMap((text) => [text, ''])].join('\n').trimEnd()
}

/** What is not distributed, at the end: nobody has to look for it in the tree. */
const whole = (physical: PhysicalPlan): string => {
  const stages = physical.stages.filter(({ whyWhole }) => whyWhole !== undefined)
  return stages.length === 0
    ? ''
    : `\n\n== Not Distributed ==\n${stages.map(({ id, whyWhole }) => `stage ${id}: ${whyWhole}`).join('\n')}`
}

const withCost = (plan: LogicalPlan, estimate: Estimator): string =>
  printPlan(plan, (node) => {
    const rows = Math.ceil(estimate(node).rows)
    return `, Statistics(sizeInBytes=${printBytes(estimatedBytes(node, estimate))}, rowCount=${rows})`
  })

/** The text of `explain`. Source of the form: Spark's ExplainUtils. */
export const explain = (subject: Explained, mode: ExplainMode): string => {
  const { parsed, analyzed, optimized, physical, estimate } = subject
  switch (mode) {
    case 'simple':
      return `== Physical Plan ==\n${simple(physical)}${whole(physical)}`
    case 'formatted':
      return `== Physical Plan ==\n${formatted(physical)}${whole(physical)}`
    case 'cost':
      return `== Optimized Logical Plan ==\n${withCost(optimized, estimate)}\n\n== Physical Plan ==\n${simple(physical)}${whole(physical)}`
    case 'extended':
      return [
        '== Parsed Logical Plan ==',
        parsed === undefined ? '(made by the program)' : printSyntax(parsed),
        '',
        '== Analyzed Logical Plan ==',
        printPlan(analyzed),
        '',
        '== Optimized Logical Plan ==',
        printPlan(optimized),
        '',
        '== Physical Plan ==',
        `${simple(physical)}${whole(physical)}`,
      ].join('\n')
  }
}
