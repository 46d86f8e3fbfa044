import { pass, project } from '../optimizer/build.ts'
import { mapSubqueries, withInputs } from '../optimizer/plan-tree.ts'
import { mapList } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import type { AdaptiveSettings } from './adaptive-settings.ts'
import { type FinishedStage, totalSize } from './finished-stage.ts'
import type { Stage, StageInput } from './physical-plan.ts'
import { BROADCASTABLE } from './plan-join.ts'
import { printBytes } from './print-bytes.ts'

type ShuffleInput = StageInput & { readonly kind: 'shuffle' }

/** A join of two shuffles in a stage that reads nothing else in parts. */
interface ShuffledJoin {
  readonly small: ShuffleInput
  readonly large: ShuffleInput
}

/** Whether the plan is one input, seen through nodes that work row by row. */
const reads = (plan: LogicalPlan, name: string): boolean =>
  plan.kind === 'stage-input'
    ? plan.name === name
    : (plan.kind === 'project' || plan.kind === 'filter') && reads(plan.input, name)

const joinsIn = (plan: LogicalPlan): readonly PlanOf<'join'>[] => [
  ...(plan.kind === 'join' ? [plan] : []),
  ...inputsOf(plan).flatMap(joinsIn),
]

/** The two orders in which the shuffles of a stage may stand as small and large side: a stage that is joined so may be planned anew. */
const shuffledJoins = (stage: Stage): readonly ShuffledJoin[] => {
  const shuffles = stage.inputs.filter((input) => input.kind === 'shuffle')
  const [one, other] = shuffles
  const cut = stage.inputs.some(
    (input) =>
      input.tasks !== undefined || ((input.kind === 'scan' || input.kind === 'range') && input.parts !== undefined),
  )
  if (one === undefined || other === undefined || shuffles.length !== 2 || cut) return []
  return [
    { small: one, large: other },
    { small: other, large: one },
  ].filter(({ small, large }) => {
    const join = joinsIn(stage.plan).find(
      ({ left, right }) =>
        (reads(left, small.name) && reads(right, large.name)) || (reads(right, small.name) && reads(left, large.name)),
    )
    if (join === undefined || !stage.additive.has(large.name)) return false
    return BROADCASTABLE[join.how].includes(reads(join.left, small.name) ? 'left' : 'right')
  })
}

/**
 * The stage that should wait for another: of two sides of a join the larger one, when the smaller might turn out small
 * enough to be read by every task.
 */
export const heldBack = (stages: readonly Stage[], settings: AdaptiveSettings): ReadonlyMap<Stage, Stage> => {
  const held = new Map<Stage, Stage>()
  if (!settings.enabled || settings.broadcastMaxBytes < 0) return held
  for (const stage of stages) {
    for (const { small, large } of shuffledJoins(stage)) {
      if (small.stage.estimatedBytes >= large.stage.estimatedBytes || readers(stages, large.stage) > 1) continue
      if (small.stage !== large.stage && !dependsOn(small.stage, large.stage)) held.set(large.stage, small.stage)
    }
  }
  return held
}

const dependsOn = (stage: Stage, on: Stage): boolean =>
  stage.inputs.some((input) => 'stage' in input && (input.stage === on || dependsOn(input.stage, on)))

const readers = (stages: readonly Stage[], stage: Stage): number =>
  stages.reduce(
    (sum, reader) => sum + reader.inputs.filter((input) => 'stage' in input && input.stage === stage).length,
    0,
  )

const replaceInput = (plan: LogicalPlan, name: string, by: LogicalPlan): LogicalPlan => {
  const replace = (node: LogicalPlan): LogicalPlan =>
    node.kind === 'stage-input' && node.name === name
      ? by
      : mapSubqueries(withInputs(node, mapList(inputsOf(node), replace)), replace)
  return replace(plan)
}

/**
 * The plan after one side of a shuffled join turned out small before the other began: the other is not moved, its tasks
 * join where they are. Undefined: nothing to change. Source: Spark's DynamicJoinSelection and local shuffle reads.
 */
export const switchToBroadcast = (
  stages: readonly Stage[],
  finished: ReadonlyMap<Stage, FinishedStage>,
  started: ReadonlySet<Stage>,
  settings: AdaptiveSettings,
): { readonly stages: readonly Stage[]; readonly before: Stage; readonly after: Stage } | undefined => {
  if (!settings.enabled) return undefined
  for (const stage of stages) {
    if (started.has(stage)) continue
    for (const { small, large } of shuffledJoins(stage)) {
      const done = finished.get(small.stage)
      if (done === undefined || started.has(large.stage) || readers(stages, large.stage) > 1) continue
      const { bytes } = totalSize(done)
      if (bytes > settings.broadcastMaxBytes) continue
      return replaceStage(stages, stage, joinInPlace(stage, small, large, bytes), large.stage)
    }
  }
  return undefined
}

const joinInPlace = (stage: Stage, small: ShuffleInput, large: ShuffleInput, bytes: number): Stage => {
  const moved = large.stage
  const renames = large.attributes.some(({ id }, index) => id !== moved.plan.output[index]?.id)
  const rows = renames
    ? project(
        moved.plan,
        large.attributes.map((attribute, index) => ({ ...pass(attribute), expression: moved.plan.output[index]! })),
      )
    : moved.plan
  const others = stage.inputs.filter((input) => input !== small && input !== large)
  const whole: StageInput = { name: small.name, kind: 'broadcast', stage: small.stage, attributes: small.attributes }
  const additive = [...stage.additive].filter((name) => name !== small.name && name !== large.name)
  return {
    ...stage,
    plan: replaceInput(stage.plan, large.name, rows),
    inputs: [...others, whole, ...moved.inputs],
    tasks: moved.tasks,
    additive: new Set([...additive, ...moved.additive]),
    notes: [
      ...stage.notes,
      ...moved.notes,
      `changed while it ran: stage ${small.stage.id} gave only ${printBytes(bytes)}, so each task reads all of it and stage ${moved.id} is not moved`,
    ],
  }
}

/** The list with `before` replaced and `gone` left out; readers of `before` read `after`. */
const replaceStage = (stages: readonly Stage[], before: Stage, after: Stage, gone: Stage) => {
  const now = new Map<Stage, Stage>([[before, after]])
  const next: Stage[] = []
  for (const stage of stages) {
    if (stage === gone) continue
    if (stage === before) {
      next.push(after)
      continue
    }
    const inputs = mapList(stage.inputs, (input) => {
      const by = 'stage' in input ? now.get(input.stage) : undefined
      return by === undefined ? input : ({ ...input, stage: by } as StageInput)
    })
    const changed = inputs === stage.inputs ? stage : { ...stage, inputs }
    if (changed !== stage) now.set(stage, changed)
    next.push(changed)
  }
  return { stages: next, before, after }
}
