import type { PipelineRunStatus } from '../api/pipeline-run.ts'
import type { Decision } from '../controller/decision.ts'
import { timeOf } from '../kube/time.ts'
import { type Plan, paramsOf } from '../pipeline/plan.ts'
import { Progress } from '../pipeline/progress.ts'
import { isFinal } from '../pipeline/task-state.ts'
import { assess } from './attempts.ts'
import { childrenByTask } from './children.ts'
import { cleanUp, givenUpBy } from './clean-up.ts'
import { conclude, ended, held } from './conclude.ts'
import { isEnded, knownStatus, recordedTasks } from './known-status.ts'
import type { ObservedRun } from './observed.ts'
import { type Pass, setTask, wake } from './pass.ts'
import { pinAction } from './pin.ts'
import { why } from './reasons.ts'
import { quotaAsksAgainAt, refusedPin, takeRefusal } from './refused.ts'
import { executorOf, type PipelineRunSettings } from './settings.ts'
import { passedOver, startReady } from './start.ts'
import { stopAll, stopReason } from './stop.ts'
import { expiry } from './time-to-live.ts'

export type RunDecision = Decision<PipelineRunStatus>

/**
 * What is to be done for a run. Pure and total: statuses, pods and manifests may hold anything.
 * Order of a pass: take in what became of the tries; stop, where the run is to end; let the trigger rules settle what
 * follows; start what is ready; then say it in status. What status has given up is deleted one pass later.
 */
export const decide = (observed: ObservedRun, now: number, settings: PipelineRunSettings): RunDecision => {
  const run = observed.subject
  const recorded = knownStatus(run)
  // Children have the run as their owner: the garbage collector takes them.
  if (run.metadata.deletionTimestamp !== undefined) return { actions: [], events: [] }
  if (isEnded(recorded)) return afterTheEnd(observed, recorded, now, settings)

  const { source } = observed
  if (source.kind === 'missing') {
    const message = `There is no Pipeline '${source.name}' in this namespace. Apply it: the run starts then.`
    return held(run, recorded, why('PipelineNotFound', message), now)
  }
  const { planned } = source
  if (!planned.ok) return ended(run, recorded, 'failed', why('PipelineInvalid', planned.problems.join(' ')), now)
  const params = paramsOf(planned.plan.spec, run.spec.params)
  if (!params.ok) return ended(run, recorded, 'failed', why('ParamsInvalid', params.problems.join(' ')), now)
  const pinned = refusedPin(observed)
  if (pinned !== undefined) {
    const refusal = why('PinRefused', pinned.message)
    if (!pinned.retryable) return ended(run, recorded, 'failed', refusal, now)
    return held(run, recorded, refusal, now, quotaAsksAgainAt(observed, now))
  }

  const pass = newPass(observed, planned.plan, params.params, recorded, now, settings)
  if (source.kind === 'named') pass.actions.push(pinAction(run, source.spec, source.origin))
  pass.actions.push(...cleanUp(observed.children, givenUpBy(recorded), settings))
  takeIn(pass)
  takeRefusal(pass)
  const stop = stopReason(pass)
  if (stop !== undefined) stopAll(pass, stop)
  startReady(pass, stop === undefined && run.spec.suspend !== true && observed.refusal === undefined)
  return conclude(pass, stop)
}

const newPass = (
  observed: ObservedRun,
  plan: Plan,
  params: ReadonlyMap<string, string>,
  recorded: PipelineRunStatus,
  now: number,
  settings: PipelineRunSettings,
): Pass => {
  const tasks = recordedTasks(plan, recorded)
  const states = tasks.map(({ state }) => state)
  return {
    observed,
    run: observed.subject,
    settings,
    now,
    recorded,
    plan,
    params,
    children: childrenByTask(observed.children),
    recordedTasks: tasks,
    progress: observed.progress?.fork() ?? Progress.restore(plan.graph, plan.rules, states),
    tasks: [...tasks],
    actions: [],
    wakeAt: undefined,
  }
}

const NO_CHILDREN = new Map()

/** What became of every try that is out, and of every retry that is due. */
const takeIn = (pass: Pass): void => {
  for (const [position, recorded] of pass.recordedTasks.entries()) {
    // The counters may be ahead of a status that a crash or an edit left behind.
    if (isFinal(pass.progress.state(position)) && !isFinal(recorded.state)) passedOver(pass, position)
    const children = pass.children.get(recorded.name) ?? NO_CHILDREN
    if (children.size === 0 && (recorded.attempt ?? 0) === 0) continue
    const task = pass.plan.spec.tasks[position]!
    const child = recorded.podName ?? recorded.application
    const gone = child !== undefined && pass.observed.gone.has(child)
    const view = { task, executor: executorOf(pass.settings, task), recorded, children, gone }
    const { status, wakeAt } = assess(view, pass.now)
    wake(pass, wakeAt)
    if (status !== recorded) setTask(pass, position, status)
  }
}

const afterTheEnd = (
  { subject, children }: ObservedRun,
  recorded: PipelineRunStatus,
  now: number,
  settings: PipelineRunSettings,
): RunDecision => {
  const actions = cleanUp(children, () => true, settings)
  const { action, requeueAfterMs } = expiry(subject, timeOf(recorded.completionTime), now)
  return {
    actions: action === undefined ? actions : [...actions, action],
    events: [],
    ...(requeueAfterMs !== undefined && { requeueAfterMs }),
  }
}
