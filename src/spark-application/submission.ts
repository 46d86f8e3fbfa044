import { bounded, timestamp } from '../controller/conditions.ts'
import type { Action, Refusal } from '../controller/decision.ts'
import { quotaWait } from '../controller/quota-wait.ts'
import { webUiOf } from './apache-spark/web-objects.ts'
import { attemptObjects } from './attempt-objects.ts'
import { applicationId, driverPodName, submissionId } from './names.ts'
import type { Reason } from './reasons.ts'
import { resubmits, retryDelay } from './retry.ts'
import { timestampUp } from './run-end.ts'
import { attemptOf, driverIsUnrecorded, hashOf, isWaitingForRetry, type Situation, startsAnew } from './situation.ts'
import { type Check, type StatusChange, type Step, type StoryLine, why } from './step.ts'

/**
 * Hands the next run to the API server. Namespace access and what the pod mounts first, the pod last: creating it is the
 * commit point, and all names are functions of the attempt, so doing it twice does it once.
 */
export const submit = (s: Situation): Step => {
  const attempt = (s.status.attempt ?? 0) + 1
  const made = attemptObjects(s, attempt)
  if (made.kind === 'refused') return specMakesNoPod(s, made.message)
  const said = created(s, attempt)
  const actions = [...s.observed.missingAccess, ...made.objects].map((each): Action => ({ kind: 'create', ...each }))
  return {
    kind: 'step',
    state: 'SUBMITTED',
    why: said,
    submitted: { done: true, why: said },
    anew: startsAnew(s),
    // The driver pod tells its attempt: a later pass finds it and writes what this one would have.
    statusCanWait: true,
    actions,
    change: {
      ...submitted(s, attempt, submissionId(s.app, attempt), timestamp(s.now)),
      driverInfo: { podName: driverPodName(s.app), ...webUiOf(s) },
    },
  }
}

const created = (s: Situation, attempt: number): StoryLine =>
  why('DriverCreated', `driver pod ${driverPodName(s.app)} was created (attempt ${attempt})`)

const submitted = (s: Situation, attempt: number, submissionID: string, at: string): StatusChange => {
  const anew = startsAnew(s)
  return {
    attempt,
    sparkApplicationId: applicationId(s.app, attempt),
    submissionID,
    executionAttempts: (anew ? 0 : (s.status.executionAttempts ?? 0)) + 1,
    submissionAttempts: refusedBefore(s) + 1,
    lastSubmissionAttemptTime: at,
    specHash: s.hash,
    startTime: undefined,
    terminationTime: undefined,
    nextRetryTime: undefined,
    suspendedAt: undefined,
    executors: undefined,
    executorState: undefined,
    resultSummary: undefined,
    ...(anew ? { rootCause: undefined, infrastructureFailures: undefined } : {}),
  }
}

/** Submissions of this run that were refused before. */
const refusedBefore = (s: Situation): number =>
  (s.state === 'SUBMISSION_FAILED' || (s.state === 'SUBMITTED' && isWaitingForRetry(s))) && !s.edited
    ? (s.status.submissionAttempts ?? 0)
    : 0

/**
 * A driver pod that the status does not know: whoever made it did not get to write it down. It is followed as if the
 * submission had been written, and never made twice.
 */
export const asRecorded = (
  s: Situation,
): { readonly situation: Situation; readonly record: Pick<Step, 'change' | 'submitted' | 'anew'> } | undefined => {
  if (s.driver === undefined || !driverIsUnrecorded(s)) return undefined
  const attempt = attemptOf(s.driver)
  const at = s.driver.metadata.creationTimestamp ?? timestamp(s.now)
  const change = submitted(
    s,
    attempt,
    s.driver.metadata.labels?.['sparkoperator.k8s.io/submission-id'] ?? submissionId(s.app, attempt),
    at,
  )
  const status = Object.fromEntries(
    Object.entries({ ...s.status, ...change }).filter(([, value]) => value !== undefined),
  )
  // The next attempt of this spec is what a pass of ours made whose status was put off, or lost in a crash.
  const ours = attempt === (s.status.attempt ?? 0) + 1 && hashOf(s.driver) === s.hash
  return {
    situation: { ...s, status },
    record: {
      change,
      anew: startsAnew(s),
      submitted: {
        done: true,
        why: ours
          ? created(s, attempt)
          : why(
              'DriverAdopted',
              `driver pod ${s.driver.metadata.name} of attempt ${attempt} was there and is followed`,
            ),
      },
    },
  }
}

const specMakesNoPod = (s: Situation, message: string): Step => {
  const said = why('SubmissionInvalid', message)
  return {
    kind: 'step',
    state: 'FAILED',
    why: said,
    failed: true,
    anew: true,
    change: {
      specHash: s.hash,
      terminationTime: timestamp(s.now),
      nextRetryTime: undefined,
      rootCause: { reason: said.reason, message: said.message },
    },
  }
}

/** What the API server refused a moment ago, as the state that follows from it. */
export const submissionWasRefused: Check = (s) => {
  const refusal = s.observed.refusal
  if (refusal === undefined) return undefined
  const tried = refusedBefore(s) + 1
  const reason = isMissingKind(refusal) ? 'SubmissionInvalid' : REFUSED[refusal.reason]
  const said = why(reason, `${sentence(refusal)}: ${isMissingKind(refusal) ? NOT_INSTALLED : refusal.message}`)
  const anew = startsAnew(s)
  const base = {
    kind: 'step' as const,
    why: said,
    submitted: { done: false, why: said },
    failed: true,
  }
  const change: StatusChange = {
    submissionAttempts: tried,
    lastSubmissionAttemptTime: timestamp(s.now),
    specHash: s.hash,
    suspendedAt: undefined,
    ...(anew
      ? { executionAttempts: 0, infrastructureFailures: undefined, rootCause: undefined, terminationTime: undefined }
      : {}),
  }
  const seed = `${s.app.metadata.uid}/${s.status.attempt ?? 0}/${tried}`
  if (reason === 'QuotaExceeded') {
    const delay = quotaWait(seed)
    return {
      ...base,
      failed: false,
      state: 'SUBMITTED',
      change: { ...change, nextRetryTime: timestampUp(s.now + delay) },
      requeueAfterMs: delay,
    }
  }
  const hopeless = reason === 'NamespaceTerminating' || reason === 'NamespaceMissing'
  if (hopeless || !resubmits(s.spec.restartPolicy, tried))
    return {
      ...base,
      state: 'FAILED',
      change: {
        ...change,
        nextRetryTime: undefined,
        terminationTime: timestamp(s.now),
        rootCause: { reason, message: bounded(said.message) },
      },
    }
  const delay = retryDelay(s.spec, s.spec.restartPolicy.onSubmissionFailureRetryInterval, tried, seed)
  return {
    ...base,
    state: 'SUBMISSION_FAILED',
    change: { ...change, nextRetryTime: timestampUp(s.now + delay) },
    requeueAfterMs: delay,
  }
}

const REFUSED: Readonly<Record<Refusal['reason'], Reason>> = {
  QuotaExceeded: 'QuotaExceeded',
  Forbidden: 'SubmissionForbidden',
  Invalid: 'SubmissionInvalid',
  NameConflict: 'NameConflict',
  NamespaceTerminating: 'NamespaceTerminating',
  NotFound: 'NamespaceMissing',
}

const NOT_INSTALLED = 'the cluster does not know this kind; install the batch scheduler, or leave batchScheduler out'

/** A kind that the cluster does not know is answered as if the namespace were gone: the batch scheduler is not there. */
const isMissingKind = ({ action, reason }: Refusal): boolean => reason === 'NotFound' && action.type.kind === 'PodGroup'

const sentence = ({ action }: Refusal): string => {
  const name = action.kind === 'create' ? action.object.metadata.name : action.ref.name
  return `${action.type.kind} ${name} was refused`
}
