import type { SparkApplicationStatus } from '../api/spark-application.ts'
import { bounded, timestamp } from '../controller/conditions.ts'
import { timeOf } from '../kube/time.ts'
import { webUiOf } from './apache-spark/web-objects.ts'
import type { Failure } from './failure.ts'
import { budgetFor, retryDelay } from './retry.ts'
import type { Situation } from './situation.ts'
import { type StatusChange, type Step, why } from './step.ts'

/** RFC 3339 in whole seconds, not before `time`. */
export const timestampUp = (time: number): string => timestamp(Math.ceil(time / 1000) * 1000)

/** Times that other clocks wrote are believed only as far as they are not in the future. */
export const endedAt = (at: number | undefined, now: number): number => (at === undefined || at > now ? now : at)

/** The driver failed: another run after a wait, from the budget that pays for it, or the end. */
export const runFailed = (s: Situation, failure: Failure): Step => {
  const policy = s.spec.restartPolicy
  const tries = {
    executionAttempts: s.status.executionAttempts ?? 1,
    infrastructureFailures: s.status.infrastructureFailures ?? 0,
  }
  const ended = endedAt(failure.at, s.now)
  const change: StatusChange = {
    rootCause: rootCauseOf(failure),
    terminationTime: timestamp(ended),
    nextRetryTime: undefined,
    ...driverInfoOf(s),
  }
  const budget = budgetFor(failure, policy, tries)
  if (budget === undefined)
    return {
      kind: 'step',
      state: 'FAILED',
      why: why(failure.reason, failure.message),
      failed: true,
      change,
      requeueAfterMs: 0,
    }

  const infrastructureFailures = tries.infrastructureFailures + (budget === 'infrastructure' ? 1 : 0)
  const nth =
    budget === 'infrastructure' ? infrastructureFailures : tries.executionAttempts - tries.infrastructureFailures
  const delay = retryDelay(s.spec, policy.onFailureRetryInterval, nth, `${s.app.metadata.uid}/${s.status.attempt ?? 0}`)
  return {
    kind: 'step',
    state: 'FAILING',
    why: why(failure.reason, failure.message),
    failed: true,
    change: {
      ...change,
      ...(infrastructureFailures === 0 ? {} : { infrastructureFailures }),
      nextRetryTime: timestampUp(ended + delay),
    },
    requeueAfterMs: ended + delay - s.now,
  }
}

export const runSucceeded = (
  s: Situation,
  at: number | undefined,
  resultSummary: SparkApplicationStatus['resultSummary'],
): Step => {
  const ended = endedAt(at, s.now)
  const change: StatusChange = {
    terminationTime: timestamp(ended),
    rootCause: undefined,
    nextRetryTime: undefined,
    resultSummary,
    ...driverInfoOf(s),
  }
  const runs = s.status.executionAttempts ?? 1
  if (s.spec.restartPolicy.type !== 'Always') {
    const message = runs > 1 ? `the application completed in run ${runs}` : 'the application completed'
    return { kind: 'step', state: 'COMPLETED', why: why('Completed', message), change }
  }
  const delay = retryDelay(
    s.spec,
    s.spec.restartPolicy.onFailureRetryInterval,
    1,
    `${s.app.metadata.uid}/${s.status.attempt ?? 0}`,
  )
  return {
    kind: 'step',
    state: 'SUCCEEDING',
    why: why('RerunScheduled', `run ${runs} completed; restartPolicy Always starts the next`),
    change: { ...change, nextRetryTime: timestampUp(ended + delay) },
    requeueAfterMs: ended + delay - s.now,
  }
}

export const driverInfoOf = (s: Situation): Pick<SparkApplicationStatus, 'driverInfo'> =>
  s.driver?.metadata.uid === undefined
    ? {}
    : { driverInfo: { podName: s.driver.metadata.name, podUid: s.driver.metadata.uid, ...webUiOf(s) } }

const rootCauseOf = (failure: Failure): SparkApplicationStatus['rootCause'] => {
  const lines = failure.lastLines
    ?.split('\n')
    .slice(-20)
    .map((line) => bounded(line))
  return {
    reason: failure.reason,
    message: bounded(failure.message),
    ...(failure.exitCode === undefined ? {} : { exitCode: failure.exitCode }),
    ...(lines === undefined ? {} : { lastLines: lines }),
  }
}

/**
 * When the whole run must be over: counted from its first submission, retries included. Undefined: no deadline. The
 * start was written without its fraction of a second, so a whole one is added: up to a second late, never early.
 */
export const deadlineOf = (s: Situation): number | undefined => {
  const seconds = s.spec.activeDeadlineSeconds
  if (seconds === undefined) return undefined
  const submitted = s.status.conditions?.find(({ type }) => type === 'Submitted')
  if (submitted !== undefined && submitted.status !== 'True') return undefined
  const start = timeOf(submitted?.lastTransitionTime) ?? timeOf(s.status.lastSubmissionAttemptTime)
  return start === undefined ? undefined : start + seconds * 1000 + 1000
}

export const deadlineExceeded = (s: Situation): Step => ({
  kind: 'step',
  state: 'FAILED',
  why: why(
    'DeadlineExceeded',
    `the application did not end within activeDeadlineSeconds (${s.spec.activeDeadlineSeconds} s)`,
  ),
  failed: true,
  change: {
    rootCause: { reason: 'DeadlineExceeded', message: `not over after ${s.spec.activeDeadlineSeconds} s` },
    terminationTime: timestamp(s.now),
    nextRetryTime: undefined,
    ...driverInfoOf(s),
  },
  // The driver is deleted next, once the verdict is written.
  requeueAfterMs: 0,
})
