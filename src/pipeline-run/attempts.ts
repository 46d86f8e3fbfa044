import type { PipelineTask } from '../api/pipeline.ts'
import type { TaskStatus } from '../api/pipeline-run.ts'
import { bounded, timestamp } from '../controller/conditions.ts'
import type { TaskExecutor, TaskFailure, TaskOutcome } from '../executor/task-executor.ts'
import type { KubeObject } from '../kube/object.ts'
import { timeOf } from '../kube/time.ts'
import { retryVerdict } from '../pipeline/retry.ts'
import { isFinal } from '../pipeline/task-state.ts'
import { inFlight } from './known-status.ts'

/** All that is known of one task. */
export interface TaskView {
  readonly task: PipelineTask
  readonly executor: TaskExecutor
  readonly recorded: TaskStatus
  /** Its children by attempt. */
  readonly children: ReadonlyMap<number, KubeObject>
  /** Whether the API server itself was asked for the child of the recorded try and has none. */
  readonly gone: boolean
}

export interface Assessment {
  readonly status: TaskStatus
  /** Epoch ms at which it has to be looked at again without any change. */
  readonly wakeAt?: number
}

/** Kubelet ends a pod at its deadline; only where it does not (a dead node, an old kubelet) we do. */
const TIMEOUT_SLACK_MS = 30_000
/** deletionTimestamp is when the grace period is over: a pod that is still there so long after it has lost its node. */
const TERMINATING_PATIENCE_MS = 60_000
const UNSURE_MS = 2_000

/**
 * What a task's status should read, by what became of its tries. Takes in every try that status has not accounted for,
 * so that a crash between a write to the cluster and the write of status loses and doubles nothing.
 */
export const assess = (view: TaskView, now: number): Assessment => {
  const { recorded, children } = view
  if (isFinal(recorded.state)) return { status: recorded }
  const known = recorded.attempt ?? 0
  const latest = Math.max(known, ...children.keys())
  let current: Assessment = { status: recorded }
  for (let attempt = inFlight(recorded) ? known : known + 1; attempt <= latest; attempt++) {
    current = assessAttempt({ ...view, recorded: current.status }, attempt, attempt === latest, now)
    if (isFinal(current.status.state)) return current
  }
  return current.status.state === 'up_for_retry' ? retryWhenDue(current.status, now) : current
}

const retryWhenDue = (status: TaskStatus, now: number): Assessment => {
  const due = timeOf(status.nextRetryTime) ?? 0
  if (due > now) return { status, wakeAt: due }
  const { nextRetryTime: _, ...rest } = status
  return { status: { ...rest, state: 'scheduled' } }
}

const assessAttempt = (view: TaskView, attempt: number, isLatest: boolean, now: number): Assessment => {
  const child = view.children.get(attempt)
  const status = ofAttempt(view, attempt, child)
  const outcome = child === undefined ? undefined : view.executor.outcome(child)
  if (outcome?.state === 'success') return { status: succeeded(status, outcome, now) }
  if (!isLatest) {
    // A later try exists, so this one was given up: only whose fault it was is still to be counted.
    const failure = outcome?.state === 'failed' ? outcome : LOST
    return { status: { ...counted(status, failure), state: 'scheduled' } }
  }
  if (outcome === undefined) {
    // A try of this number may have begun already, unseen by the cache: it is not begun again before that is ruled out.
    return view.gone ? { status: failed(view, status, LOST, now) } : { status, wakeAt: now + UNSURE_MS }
  }
  return followed(view, status, child!, outcome, now)
}

const LOST: TaskFailure = {
  state: 'failed',
  class: 'infrastructure',
  reason: 'PodLost',
  message: 'its pod is gone and did not tell how it ended',
}

type Open = Exclude<TaskOutcome, { state: 'success' }>

const followed = (view: TaskView, status: TaskStatus, child: KubeObject, outcome: Open, now: number): Assessment => {
  if (outcome.state === 'failed') return { status: failed(view, status, outcome, now) }
  const terminating = timeOf(child.metadata.deletionTimestamp)
  if (terminating !== undefined) {
    const givenUpAt = terminating + TERMINATING_PATIENCE_MS
    if (givenUpAt <= now) return { status: failed(view, status, LOST, now) }
    return {
      status: { ...status, ...doing(outcome), reason: 'Terminating', message: 'its pod is being deleted' },
      wakeAt: givenUpAt,
    }
  }
  if (outcome.state === 'queued') {
    const { failsAt, reason = 'PodPending', message = 'its pod does not start' } = outcome
    if (failsAt !== undefined && failsAt <= now) {
      return { status: failed(view, status, { state: 'failed', class: outcome.class ?? 'user', reason, message }, now) }
    }
    return { status: { ...status, ...doing(outcome) }, ...(failsAt !== undefined && { wakeAt: failsAt }) }
  }
  const { timeoutSeconds } = view.task
  if (timeoutSeconds === undefined || outcome.startedAt === undefined) {
    return { status: { ...status, ...doing(outcome) } }
  }
  const overdueAt = outcome.startedAt + timeoutSeconds * 1000 + TIMEOUT_SLACK_MS
  if (overdueAt > now) return { status: { ...status, ...doing(outcome) }, wakeAt: overdueAt }
  const message = `ran longer than its timeoutSeconds (${timeoutSeconds})`
  return { status: failed(view, status, { state: 'failed', class: 'user', reason: 'TaskTimeout', message }, now) }
}

/** Status of a task while this try of it is looked at; nothing of the tries before but their failures. */
const ofAttempt = (view: TaskView, attempt: number, child: KubeObject | undefined): TaskStatus => {
  const { recorded, executor } = view
  const { name, userFailures, infrastructureFailures, startTime, podUid, reason, message } = recorded
  const same = recorded.attempt === attempt && inFlight(recorded)
  const uid = executor.field === 'podName' ? (child?.metadata.uid ?? (same ? podUid : undefined)) : undefined
  return {
    name,
    state: same ? recorded.state : 'queued',
    attempt,
    ...(userFailures !== undefined && { userFailures }),
    ...(infrastructureFailures !== undefined && { infrastructureFailures }),
    ...childField(executor, child?.metadata.name ?? (same ? (recorded.podName ?? recorded.application) : undefined)),
    ...(uid !== undefined && { podUid: uid }),
    ...(same && startTime !== undefined && { startTime }),
    ...(child === undefined && same && reason !== undefined && { reason }),
    ...(child === undefined && same && message !== undefined && { message }),
  }
}

export const childField = (executor: TaskExecutor, name: string | undefined): Partial<TaskStatus> =>
  name === undefined ? {} : { [executor.field]: name }

const doing = (outcome: Extract<TaskOutcome, { state: 'queued' | 'running' }>): Partial<TaskStatus> => {
  switch (outcome.state) {
    case 'queued':
      return {
        state: 'queued',
        ...(outcome.reason !== undefined && { reason: bounded(outcome.reason, 128) }),
        ...(outcome.message !== undefined && { message: bounded(outcome.message) }),
      }
    case 'running':
      return { state: 'running', ...(outcome.startedAt !== undefined && { startTime: timestamp(outcome.startedAt) }) }
  }
}

const times = (
  { startedAt, endedAt }: { readonly startedAt?: number | undefined; readonly endedAt?: number | undefined },
  now: number,
): Partial<TaskStatus> => ({
  ...(startedAt !== undefined && { startTime: timestamp(startedAt) }),
  endTime: timestamp(endedAt ?? now),
})

const succeeded = (
  status: TaskStatus,
  outcome: Extract<TaskOutcome, { state: 'success' }>,
  now: number,
): TaskStatus => {
  const { reason: _, message: __, ...rest } = status
  return {
    ...rest,
    state: 'success',
    ...times(outcome, now),
    ...(outcome.result !== undefined && { result: outcome.result }),
  }
}

const counted = (status: TaskStatus, failure: TaskFailure): TaskStatus => {
  const field = failure.class === 'user' ? 'userFailures' : 'infrastructureFailures'
  return { ...status, [field]: (status[field] ?? 0) + 1 }
}

const failed = ({ task }: TaskView, before: TaskStatus, failure: TaskFailure, now: number): TaskStatus => {
  const status = counted(before, failure)
  const failures = { user: status.userFailures ?? 0, infrastructure: status.infrastructureFailures ?? 0 }
  const verdict = retryVerdict(failure.class, failures, {
    retries: task.retries ?? 0,
    retryDelaySeconds: task.retryDelaySeconds ?? 0,
    infrastructureRetries: task.infrastructureRetries ?? 0,
  })
  const story = {
    ...(failure.startedAt !== undefined && { startTime: timestamp(failure.startedAt) }),
    reason: bounded(failure.reason, 128),
    message: bounded(failure.message),
  }
  if (!verdict.retry) {
    const told =
      failures.user + failures.infrastructure > 1 ? `${failure.message} (${verdict.message})` : failure.message
    return { ...status, ...story, message: bounded(told), state: 'failed', ...times(failure, now) }
  }
  const from = Math.min(failure.endedAt ?? now, now)
  return { ...status, ...story, state: 'up_for_retry', nextRetryTime: timestamp(from + verdict.delaySeconds * 1000) }
}

/** A task that ends without a try: its templates, its manifest or the API server did not allow one. */
export const failedUnstarted = (status: TaskStatus, reason: string, message: string, now: number): TaskStatus => {
  const { nextRetryTime: _, ...rest } = status
  return { ...rest, state: 'failed', reason: bounded(reason, 128), message: bounded(message), endTime: timestamp(now) }
}
