import { filter } from '../optimizer/build.ts'
import { conjoin, conjuncts } from '../optimizer/expression-tree.ts'
import { mapSubqueries, withInputs } from '../optimizer/plan-tree.ts'
import { canonicalKey } from '../optimizer/same-plan.ts'
import type { Estimate } from '../optimizer/statistics.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import type { ScanPart } from '../sources/key-ranges.ts'
import type { Fragment } from './fragment.ts'
import type { PhysicalOptions } from './physical-options.ts'
import type { Partitioning, Stage, StageInput } from './physical-plan.ts'
import { bytesOf, estimateFragment } from './stage-estimate.ts'

/** Plain parts of a relation are always the same ones. */
const partsKey = (parts: readonly ScanPart[]) =>
  parts.map(({ keys }) => (keys === undefined ? 'rows' : `${keys.column} from ${keys.from} to ${keys.to}`))

/** What an input reads, in words that are the same for equal inputs. */
const inputKey = (input: StageInput): string => {
  const tasks = JSON.stringify(input.tasks)
  switch (input.kind) {
    case 'scan': {
      const relation = input.relation.kind === 'files' ? input.relation.source.key : `held ${input.relation.id}`
      return JSON.stringify(['scan', relation, input.columns, input.parts && partsKey(input.parts), tasks])
    }
    case 'range':
      return JSON.stringify([
        'range',
        String(input.step),
        input.parts.map(({ start, end }) => [`${start}`, `${end}`]),
        tasks,
      ])
    case 'shuffle':
    case 'broadcast':
      return JSON.stringify([input.kind, input.stage.id, tasks])
  }
}

type NeverNull = PhysicalOptions['neverNull']

/** Without `IS NOT NULL` of columns that have no NULL: two readers of a table are more often seen to be the same. */
const withoutSure = (plan: PlanOf<'filter'>, inputs: readonly StageInput[], neverNull: NeverNull): LogicalPlan => {
  const { input } = plan
  const scan = inputs.find((each) => input.kind === 'stage-input' && each.name === input.name)
  if (scan?.kind !== 'scan') return plan
  const conditions = conjuncts(plan.condition).filter((condition) => {
    if (condition.kind !== 'call' || condition.name !== 'isnotnull') return true
    const [column] = condition.args
    const index = scan.attributes.findIndex(({ id }) => column?.kind === 'attribute' && column.id === id)
    const name = scan.columns[index]
    return name === undefined || neverNull?.(scan.relation, name) !== true
  })
  return filter(input, conjoin(conditions))
}

/** Equal for fragments that compute the same rows in the same columns and send them on in the same way. */
export const stageKey = (fragment: Fragment, output: Partitioning, neverNull?: NeverNull): string => {
  const keys = new Map(fragment.inputs.map((input) => [input.name, inputKey(input)]))
  const rename = (given: LogicalPlan): LogicalPlan => {
    const node = given.kind === 'filter' ? withoutSure(given, fragment.inputs, neverNull) : given
    return mapSubqueries(
      node.kind === 'stage-input'
        ? { ...node, name: keys.get(node.name) ?? node.name }
        : withInputs(node, inputsOf(node).map(rename)),
      rename,
    )
  }
  const at = (id: number) => fragment.plan.output.findIndex((attribute) => attribute.id === id)
  const target =
    output.kind === 'hash'
      ? { ...output, keys: output.keys.map((key) => (key.kind === 'attribute' ? at(key.id) : -1)) }
      : output.kind === 'range'
        ? {
            ...output,
            orders: output.orders.map((order) => ({
              ...order,
              expression: order.expression.kind === 'attribute' ? at(order.expression.id) : -1,
            })),
          }
        : output
  return JSON.stringify([canonicalKey(rename(fragment.plan)), target])
}

/** The stages of one plan, inputs first. Equal ones are one. */
export interface StageBook {
  readonly stages: Stage[]
  readonly byKey: Map<string, Stage>
  readonly estimates: Map<Stage, Estimate>
}

export const emptyBook = (): StageBook => ({ stages: [], byKey: new Map(), estimates: new Map() })

export const enterStage = (
  book: StageBook,
  fragment: Fragment,
  output: Partitioning | undefined,
  { estimate, neverNull }: Pick<PhysicalOptions, 'estimate' | 'neverNull'>,
): Stage => {
  const key = output === undefined ? undefined : stageKey(fragment, output, neverNull)
  const known = key === undefined ? undefined : book.byKey.get(key)
  if (known !== undefined) return known
  const { plan, inputs, whyWhole, tasks, additive, notes } = fragment
  const estimated = estimateFragment(fragment, estimate, book.estimates)
  const estimatedBytes = bytesOf(fragment, estimated)
  const stage: Stage = {
    id: book.stages.length,
    plan,
    inputs,
    output,
    whyWhole,
    tasks,
    additive,
    notes,
    estimatedBytes,
  }
  book.estimates.set(stage, estimated)
  book.stages.push(stage)
  if (key !== undefined) book.byKey.set(key, stage)
  return stage
}
