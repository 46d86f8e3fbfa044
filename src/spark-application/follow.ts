import { timestamp } from '../controller/conditions.ts'
import { timeOf } from '../kube/time.ts'
import { executorsWait } from './executor-waiting.ts'
import { type Failure, lostDriver } from './failure.ts'
import { driverPodName } from './names.ts'
import type { Waiting } from './pending.ts'
import { resultSummaryIn } from './result-summary.ts'
import { deadlineExceeded, deadlineOf, driverInfoOf, endedAt, runFailed, runSucceeded } from './run-end.ts'
import type { Situation } from './situation.ts'
import { type Check, type Quiet, type Step, why } from './step.ts'

/** How long after its deletion a pod may linger before it is said; its grace period is in the deletion's time. */
const LINGERING_MS = 30_000
/** When a driver that only says "creating" is asked for its events: mount failures are told nowhere else. */
export const SLOW_START_MS = 10_000

/** Where the driver is, the application is. A missing one was asked of the API server before it came here. */
export const driverIsFollowed: Check = (s) => {
  if (s.driver === undefined || s.verdict === undefined)
    return runFailed(s, lostDriver(s.status.driverInfo?.podName ?? driverPodName(s.app)))
  const verdict = s.verdict
  if (verdict.kind === 'succeeded') return runSucceeded(s, verdict.at, resultSummaryIn(verdict.message))
  if (verdict.kind === 'failed') return runFailed(s, verdict.failure)
  const deadline = deadlineOf(s)
  if (deadline !== undefined && deadline <= s.now) return deadlineExceeded(s)
  const until = deadline === undefined ? {} : { requeueAfterMs: deadline - s.now }
  switch (verdict.kind) {
    case 'waiting':
      return sooner(waits(s, verdict.waiting), until)
    case 'unknown':
      return {
        kind: 'step',
        state: 'UNKNOWN',
        why: why('DriverUnknown', 'the node of the driver does not tell how it is'),
        change: driverInfoOf(s),
        ...until,
      }
    case 'running':
      return sooner(runs(s, verdict.since), until)
  }
}

const sooner = <T extends Step | Quiet>(step: T, until: { readonly requeueAfterMs?: number }): T => {
  const times = [step.requeueAfterMs, until.requeueAfterMs].filter((time) => time !== undefined)
  return times.length === 0 ? step : { ...step, requeueAfterMs: Math.min(...times) }
}

const runs = (s: Situation, since: number | undefined): Step => {
  const startTime = s.state === 'RUNNING' && s.status.startTime ? s.status.startTime : timestamp(endedAt(since, s.now))
  const step = { kind: 'step' as const, state: 'RUNNING' as const, change: { startTime, ...driverInfoOf(s) } }
  const gone = timeOf(s.driver?.metadata.deletionTimestamp)
  if (gone === undefined) {
    const { said, again } = executorsWait(s)
    return {
      ...step,
      why: said === undefined ? why('DriverRunning', 'the driver is running') : why('ExecutorsWaiting', said),
      ...(again === undefined ? {} : { requeueAfterMs: again }),
    }
  }
  if (gone + LINGERING_MS > s.now)
    return { ...step, why: why('DriverRunning', 'the driver is running'), requeueAfterMs: gone + LINGERING_MS - s.now }
  const node = s.driver?.spec?.nodeName
  return {
    ...step,
    why: why(
      'DriverTerminating',
      `driver pod ${s.driver?.metadata.name} was deleted and does not stop${node ? ` on node ${node}` : ''}; where the node is dead, delete the pod with --force`,
    ),
  }
}

const waits = (s: Situation, waiting: Waiting): Step | Quiet => {
  const since = waiting.since === undefined ? s.now : endedAt(waiting.since, s.now)
  const patience = patienceOf(s, waiting)
  if (patience !== undefined && since + patience <= s.now) return runFailed(s, gaveUp(waiting, patience))
  const asks =
    waiting.reason === 'DriverStarting' && s.observed.driverWarning === undefined
      ? Math.max(SLOW_START_MS - (s.now - since), SLOW_START_MS / 2)
      : undefined
  const timer = patience === undefined ? asks : since + patience - s.now
  if (waiting.reason === 'DriverStarting' && s.observed.driverWarning === undefined && isStarting(s))
    return { kind: 'quiet', ...(timer === undefined ? {} : { requeueAfterMs: timer }) }
  return {
    kind: 'step',
    state: 'SUBMITTED',
    why: why(waiting.reason, saidBefore(s, waiting) ?? waiting.message),
    change: driverInfoOf(s),
    ...(timer === undefined ? {} : { requeueAfterMs: timer }),
  }
}

/** That it was submitted says already that it starts: no write for that. */
const isStarting = (s: Situation): boolean => {
  const said = s.status.conditions?.find(({ type }) => type === 'DriverRunning')?.reason
  return s.state === 'SUBMITTED' && (said === 'DriverCreated' || said === 'DriverStarting')
}

/** Milliseconds that this may last. Undefined: as long as it likes. */
const patienceOf = (s: Situation, { outlook, reason }: Waiting): number | undefined => {
  switch (outlook) {
    case 'hopeless':
      return 0
    case 'failing':
      return s.settings.driverStartTimeoutMs
    case 'patient':
      return reason === 'Unschedulable' ? s.settings.unschedulableTimeoutMs : undefined
  }
}

const gaveUp = (waiting: Waiting, patience: number): Failure => ({
  class: waiting.reason === 'Unschedulable' ? 'infrastructure' : 'application',
  reason: waiting.reason,
  message: patience === 0 ? waiting.message : `not started after ${Math.round(patience / 1000)} s: ${waiting.message}`,
})

/**
 * Kubelet says the same trouble in turns of different words ("ErrImagePull: …", "Back-off pulling image"). The longer
 * one says more, and staying with it saves a write a turn.
 */
const saidBefore = (s: Situation, waiting: Waiting): string | undefined => {
  const before = s.status.conditions?.find(({ type }) => type === 'DriverRunning')
  return s.state === 'SUBMITTED' && before?.reason === waiting.reason && before.message.length >= waiting.message.length
    ? before.message
    : undefined
}
