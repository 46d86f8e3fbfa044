import { estimatedBytes } from '../optimizer/statistics.ts'
import type { PlanOf } from '../plan/logical-plan.ts'
import { isEmptyWhen } from './empty-stage.ts'
import { exchange, type Fragment, isOneTask, type Planner } from './fragment.ts'
import type { StageInput } from './physical-plan.ts'

/** Differs from task to task, or is read by one task only. */
const isOwn = (fragment: Fragment, input: StageInput): boolean =>
  input.kind === 'shuffle' ||
  input.kind === 'range' ||
  (input.kind === 'scan' && input.parts !== undefined) ||
  (isOneTask(fragment) && input.kind !== 'broadcast')

/** The arm gives nothing in a task that reads none of its own inputs; otherwise it becomes a stage of its own. */
const separable = (planner: Planner, arm: Fragment): Fragment => {
  const own = new Set(arm.inputs.filter((input) => isOwn(arm, input)).map(({ name }) => name))
  return isEmptyWhen(arm.plan, (name) => own.has(name)) ? arm : exchange(planner, arm, { kind: 'single' })
}

/** A union of small single tasks is one task: it is over before others would have started. */
const SMALL = 8

export const planUnion = (planner: Planner, node: PlanOf<'union'>): Fragment => {
  const arms = node.inputs.map((input) => planner.plan(input))
  const { limits, estimate } = planner.options
  const small = estimatedBytes(node, estimate) <= limits.partitionBytes / SMALL
  if (arms.every(isOneTask) && (small || arms.length === 1)) {
    const inline = arms.every(({ spread }) => spread.kind === 'inline')
    return {
      plan: { ...node, inputs: arms.map(({ plan }) => plan) },
      inputs: arms.flatMap(({ inputs }) => inputs),
      spread: { kind: inline ? 'inline' : 'single' },
      tasks: 1,
      additive: new Set(),
      whyWhole: arms.find(({ whyWhole }) => whyWhole !== undefined)?.whyWhole,
      notes: arms.flatMap(({ notes }) => notes),
    }
  }
  const apart = arms.map((arm) => separable(planner, arm))
  let tasks = 0
  const inputs: StageInput[] = []
  for (const arm of apart) {
    const [from, to] = [tasks, tasks + arm.tasks]
    for (const input of arm.inputs) {
      const within = input.tasks
      if (within !== undefined) inputs.push({ ...input, tasks: { from: from + within.from, to: from + within.to } })
      else inputs.push(isOwn(arm, input) ? { ...input, tasks: { from, to } } : input)
    }
    tasks = to
  }
  return {
    plan: { ...node, inputs: apart.map(({ plan }) => plan) },
    inputs,
    spread: { kind: 'cut' },
    tasks,
    additive: new Set(apart.flatMap(({ additive }) => [...additive])),
    whyWhole: undefined,
    notes: [...apart.flatMap(({ notes }) => notes), `union: tasks of ${arms.length} inputs side by side`],
  }
}
