import type { PipelineRun, PipelineRunStatus, TaskStatus } from '../api/pipeline-run.ts'
import { bounded, timestamp, withCondition } from '../controller/conditions.ts'
import type { Action, Why } from '../controller/decision.ts'
import { same } from '../controller/same.ts'
import { TASK_STATES } from '../pipeline/task-state.ts'
import type { RunDecision } from './decide.ts'
import type { Pass } from './pass.ts'
import { why } from './reasons.ts'
import { withinBudget, withShortMessages } from './result-budget.ts'
import { stopped } from './stop.ts'
import { isUrgent, WAIT_FOR_MORE_MS } from './urgency.ts'

type RunState = NonNullable<PipelineRunStatus['state']>

/** The end of a pass: the whole status, the events of what changed, and when to look again. */
export const conclude = (pass: Pass, stop: Why | undefined): RunDecision => {
  const { state, said } = storyOf(pass, stop)
  const { run, recorded, now, observed } = pass
  const { source } = observed
  const tasks = withinBudget(withShortMessages(pass.tasks), pass.plan)
  const status: PipelineRunStatus = {
    ...withStory(run, recorded, state, said, now),
    startTime: recorded.startTime ?? timestamp(now),
    ...(state !== 'running' && { completionTime: timestamp(now) }),
    ...('origin' in source && { pipelineUid: source.origin.uid, pipelineGeneration: source.origin.generation }),
    tasks,
    counts: counts(pass),
    progress: `${tasks.length - pass.progress.open}/${tasks.length}`,
  }
  const wakeAt = pass.wakeAt
  if (state === 'running' && pass.actions.length === 0 && !isUrgent(recorded, status, now)) {
    const soon = same(status, recorded) ? undefined : now + WAIT_FOR_MORE_MS
    return decision(pass.actions, undefined, [], earliest(wakeAt, soon), now)
  }
  // A refusal that ends a task goes on at once, a quota has told its time; for others that may pass the loop backs off.
  const { refusal } = observed
  const next =
    refusal === undefined || refusal.reason === 'QuotaExceeded' ? wakeAt : refusal.retryable ? undefined : now
  return decision(pass.actions, status, eventsOf(pass, tasks, state, said), state === 'running' ? next : undefined, now)
}

/** The run cannot go on, and may some day. What its tasks did stays as it is. */
export const held = (
  run: PipelineRun,
  recorded: PipelineRunStatus,
  because: Why,
  now: number,
  wakeAt?: number,
): RunDecision => {
  const state = recorded.state ?? 'queued'
  return decision(
    [],
    withStory(run, recorded, state, because, now),
    isNews(recorded, because) ? [because] : [],
    wakeAt,
    now,
  )
}

/** The run ends whatever its tasks do. */
export const ended = (
  run: PipelineRun,
  recorded: PipelineRunStatus,
  state: 'failed',
  because: Why,
  now: number,
): RunDecision => {
  const { tasks } = recorded
  const status = {
    ...withStory(run, recorded, state, because, now),
    completionTime: timestamp(now),
    ...(tasks !== undefined && { tasks: tasks.map((task) => stopped(task, because.reason, timestamp(now))) }),
  }
  return decision([], status, [because], undefined, now)
}

const isNews = (recorded: PipelineRunStatus, { reason, message }: Why): boolean =>
  recorded.reason !== reason || recorded.message !== message

const earliest = (a: number | undefined, b: number | undefined): number | undefined =>
  a === undefined ? b : b === undefined ? a : Math.min(a, b)

const decision = (
  actions: readonly Action[],
  status: PipelineRunStatus | undefined,
  events: readonly Why[],
  wakeAt: number | undefined,
  now: number,
): RunDecision => ({
  actions,
  ...(status !== undefined && { status }),
  events,
  ...(wakeAt !== undefined && { requeueAfterMs: Math.max(1, wakeAt - now) }),
})

const withStory = (
  run: PipelineRun,
  recorded: PipelineRunStatus,
  state: RunState,
  { reason, message }: Why,
  now: number,
): PipelineRunStatus => {
  const succeeded = state === 'success' ? 'True' : state === 'failed' ? 'False' : 'Unknown'
  const observedGeneration = run.metadata.generation ?? 0
  const condition = { type: 'Succeeded', status: succeeded, reason, message, observedGeneration } as const
  return {
    ...recorded,
    state,
    reason,
    message,
    observedGeneration,
    conditions: [...withCondition(recorded.conditions ?? [], condition, now)],
  }
}

interface Story {
  readonly state: RunState
  readonly said: Why
}

const storyOf = (pass: Pass, stop: Why | undefined): Story => {
  if (stop !== undefined) return { state: 'failed', said: stop }
  const state = pass.progress.runState
  switch (state) {
    case 'success':
      return { state, said: why('RunSucceeded', `All ${pass.tasks.length} tasks have ended well.`) }
    case 'failed':
      return { state, said: why('RunFailed', failureOf(pass)) }
    case 'running':
      if (pass.run.spec.suspend === true) {
        return { state, said: why('Suspended', 'Suspended by spec.suspend: no task is started; those that run go on.') }
      }
      return { state, said: why('RunStarted', 'The run is under way.') }
  }
}

/** The first task in topological order that failed is the one that people want to hear of. */
const failureOf = (pass: Pass): string => {
  const failed = pass.plan.graph.order
    .map((position) => pass.tasks[position]!)
    .filter(({ state }) => state === 'failed')
  const [first] = failed
  if (first === undefined) return 'A leaf task could not run.'
  const more = failed.length > 1 ? ` (${failed.length - 1} more failed)` : ''
  return bounded(`Task '${first.name}' failed${more}: ${first.message ?? first.reason ?? 'no reason is known'}`)
}

const counts = (pass: Pass): NonNullable<PipelineRunStatus['counts']> =>
  Object.fromEntries(
    TASK_STATES.map((state) => [state, pass.progress.count(state)] as const).filter(([, count]) => count > 0),
  )

/** The recorder takes 25 events of one object at once: a large run must not spend them on what goes well. */
const MAX_TASKS_TOLD = 20
const MAX_FAILURES_TOLD = 10

/**
 * One event when the run starts and one when it ends; in between one when a task has ended by a try of its own: each in
 * small runs, the first failures in large ones.
 */
const eventsOf = (pass: Pass, tasks: readonly TaskStatus[], state: RunState, said: Why): readonly Why[] => {
  const events: Why[] = []
  if (pass.recorded.state !== 'running') events.push(why('RunStarted', `The run has ${tasks.length} tasks.`))
  let failures = pass.recordedTasks.filter((task) => task.state === 'failed').length
  for (const [position, task] of tasks.entries()) {
    if (task.state === pass.recordedTasks[position]!.state) continue
    if (task.state === 'success' && tasks.length > MAX_TASKS_TOLD) continue
    if (task.state === 'failed' && ++failures > MAX_FAILURES_TOLD) continue
    const event = taskEvent(task)
    if (event !== undefined) events.push(event)
  }
  const isNew = state !== 'running' || pass.recorded.reason !== said.reason
  return isNew && said.reason !== 'RunStarted' ? [...events, said] : events
}

const taskEvent = (task: TaskStatus): Why | undefined => {
  switch (task.state) {
    case 'success':
      return why('TaskSucceeded', `Task '${task.name}' succeeded.`)
    case 'failed':
      return why('TaskFailed', `Task '${task.name}' failed: ${task.message ?? task.reason ?? ''}`)
    default:
      return undefined
  }
}
