import { SparkApplications } from '../api/resource-types.ts'
import { timestamp } from '../controller/conditions.ts'
import { timeOf } from '../kube/time.ts'
import { deleteObject, deletePods, living, livingExecutors } from './actions.ts'
import { deadlineExceeded, deadlineOf } from './run-end.ts'
import { attemptOf, driverIsUnrecorded, hashOf, isTerminal, isWaitingForRetry, type Situation } from './situation.ts'
import { type Check, type Quiet, type Step, why } from './step.ts'
import { submit } from './submission.ts'

/** Deletion is the garbage collector's work, by owner references; a driver must only not be made any more. */
export const applicationIsBeingDeleted: Check = (s) =>
  s.app.metadata.deletionTimestamp === undefined ? undefined : { kind: 'leave' }

/** spec.suspend: no driver may live. Level-based: however it came about, the drivers go, then it reads SUSPENDED. */
export const suspensionIsWanted: Check = (s) => {
  if (s.spec.suspend !== true || (isTerminal(s.state) && !s.edited)) return undefined
  const change = { nextRetryTime: undefined, rootCause: undefined, specHash: s.hash }
  if (s.drivers.length > 0)
    return recordedFirst(s, {
      kind: 'step',
      state: 'SUSPENDING',
      why: why('Suspended', 'spec.suspend is true; the driver is being stopped'),
      actions: deletePods(s.drivers),
      change,
    })
  const said = why('Suspended', 'spec.suspend is true; set it to false to run the application')
  const since = s.state === 'SUSPENDED' && s.status.suspendedAt ? s.status.suspendedAt : timestamp(s.now)
  return {
    kind: 'step',
    state: 'SUSPENDED',
    why: said,
    submitted: { done: false, why: said },
    change: {
      ...change,
      suspendedAt: since,
      driverInfo: undefined,
      startTime: undefined,
      executors: undefined,
      executorState: undefined,
    },
  }
}

/** An attempt that nobody wrote down is written down before its driver goes, so that its number is never given again. */
const recordedFirst = (s: Situation, step: Step): Step =>
  s.driver === undefined || !driverIsUnrecorded(s)
    ? step
    : { ...step, actions: [], change: { ...step.change, attempt: attemptOf(s.driver) } }

/** The end of its time to live: the application deletes itself, and the garbage collector all that it owns. */
export const timeToLiveIsOver: Check = (s) => {
  const expires = expiryOf(s)
  if (!isTerminal(s.state) || s.edited || expires === undefined || expires > s.now) return undefined
  return { kind: 'leave', actions: deleteObject(SparkApplications, s.app) }
}

const expiryOf = (s: Situation): number | undefined => {
  const seconds = s.spec.timeToLiveSeconds ?? s.settings.defaultTimeToLiveSeconds
  const ended = timeOf(s.status.terminationTime)
  return seconds === undefined || ended === undefined ? undefined : ended + Math.max(seconds, 0) * 1000
}

/** A finished application that nobody edited: nothing of it may go on; its ended driver pod stays for its log. */
export const applicationIsOver: Check = (s) => {
  if (!isTerminal(s.state) || s.edited) return undefined
  const expires = expiryOf(s)
  return {
    ...tidied(s),
    ...(timeOf(s.status.terminationTime) === undefined ? { change: { terminationTime: timestamp(s.now) } } : {}),
    ...(expires === undefined ? {} : { requeueAfterMs: expires - s.now }),
  }
}

const tidied = (s: Situation): Quiet => ({
  kind: 'quiet',
  actions: [...deletePods(livingExecutors(s.observed.executors)), ...deletePods(living(s.drivers))],
})

/** The spec was edited since this run began: everything of it goes, then it starts anew with its retries back. */
export const specWasEdited: Check = (s) => {
  if (!s.edited && s.state !== 'INVALIDATING') return undefined
  const old = s.drivers.filter((pod) => hashOf(pod) !== s.hash || attemptOf(pod) <= (s.status.attempt ?? 0))
  if (old.length === 0) return s.driver === undefined ? submit(s) : undefined
  return recordedFirst(s, {
    kind: 'step',
    state: 'INVALIDATING',
    why: why('SpecChanged', 'the spec was edited; the run before is being removed'),
    actions: deletePods(old),
    change: {
      specHash: s.hash,
      executionAttempts: 0,
      submissionAttempts: 0,
      infrastructureFailures: undefined,
      nextRetryTime: undefined,
      terminationTime: undefined,
      rootCause: undefined,
    },
  })
}

/** A run ended and the next waits for its time. Until then the driver pod stays for its log, unless it still lives. */
export const retryIsNotDue: Check = (s) => {
  if (!isWaitingForRetry(s)) return undefined
  const due = timeOf(s.status.nextRetryTime) ?? s.now
  const deadline = deadlineOf(s)
  if (deadline !== undefined && deadline <= s.now) return deadlineExceeded(s)
  if (due <= s.now) return undefined
  return { ...tidied(s), requeueAfterMs: Math.min(due, deadline ?? due) - s.now }
}

/** Nothing of an earlier run may be left when the next is submitted: the driver pod's name is the same. */
export const runIsToBeSubmitted: Check = (s) => {
  if (s.state === 'RUNNING' || s.state === 'UNKNOWN' || (s.state === 'SUBMITTED' && !isWaitingForRetry(s)))
    return undefined
  if (s.drivers.length === 0) return submit(s)
  const resumes = s.state === 'SUSPENDING' || s.state === 'SUSPENDED' || s.state === 'RESUMING'
  return {
    kind: 'step',
    state: resumes ? 'RESUMING' : 'PENDING_RERUN',
    why: why('RunBeingRemoved', 'the driver pod of the run before is being removed'),
    actions: deletePods(s.drivers),
    ...(resumes ? {} : { change: { nextRetryTime: undefined } }),
  }
}
