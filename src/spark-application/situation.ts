import { ATTEMPT } from '../api/labels.ts'
import type { SparkApplication, SparkApplicationSpec, SparkApplicationStatus } from '../api/spark-application.ts'
import type { ApplicationState } from '../api/spark-application-status.ts'
import type { Pod } from '../kube/pod.ts'
import { completedSpec } from './defaults.ts'
import { type DriverVerdict, judgeDriver } from './driver-verdict.ts'
import { knownStatus } from './known-status.ts'
import type { Observed } from './observed.ts'
import type { Settings } from './settings.ts'
import { SPEC_HASH, specHash } from './spec-hash.ts'

/** The observation, read once: what every check looks at. */
export interface Situation {
  readonly observed: Observed
  readonly app: SparkApplication
  readonly spec: SparkApplicationSpec
  readonly settings: Settings
  readonly now: number
  /** The status before this pass, as far as it can be trusted. */
  readonly status: SparkApplicationStatus
  /** Undefined: nothing has been decided yet. */
  readonly state: ApplicationState | undefined
  readonly hash: string
  /** The spec is not the one that the run was started with. */
  readonly edited: boolean
  /** All driver pods of the application, the newest attempt first. */
  readonly drivers: readonly Pod[]
  /** The newest of them. */
  readonly driver: Pod | undefined
  readonly verdict: DriverVerdict | undefined
}

export const situationOf = (observed: Observed, now: number, settings: Settings): Situation => {
  const app = observed.subject
  const status = knownStatus(app.status)
  const hash = specHash(app.spec)
  const drivers = [...observed.drivers].sort(byAttemptDescending)
  const driver = drivers[0]
  const startedWith = status.specHash ?? (driver === undefined ? undefined : hashOf(driver))
  return {
    observed,
    app,
    spec: completedSpec(app.spec),
    settings,
    now,
    status,
    state: status.applicationState?.state,
    hash,
    // The generation says that somebody edited; the hash says that it matters. A new default of the CRD moves only the hash.
    edited: startedWith !== undefined && startedWith !== hash && status.observedGeneration !== app.metadata.generation,
    drivers,
    driver,
    verdict: driver === undefined ? undefined : judgeDriver(driver, observed.driverWarning),
  }
}

/** Beyond this a label is nonsense that somebody wrote. */
const MAX_ATTEMPT = 1_000_000_000

export const attemptOf = (pod: Pod): number => {
  const attempt = Number(pod.metadata.labels?.[ATTEMPT])
  return Number.isSafeInteger(attempt) && attempt > 0 && attempt <= MAX_ATTEMPT ? attempt : 0
}

export const hashOf = (pod: Pod): string | undefined => pod.metadata.annotations?.[SPEC_HASH]

const byAttemptDescending = (a: Pod, b: Pod): number =>
  attemptOf(b) - attemptOf(a) ||
  compare(b.metadata.creationTimestamp, a.metadata.creationTimestamp) ||
  compare(a.metadata.uid, b.metadata.uid)

const compare = (a: string | undefined, b: string | undefined): number => {
  const left = a ?? ''
  const right = b ?? ''
  return left < right ? -1 : left > right ? 1 : 0
}

/** The newest driver belongs to an attempt that the status does not know of: its creator did not get to write it down. */
export const driverIsUnrecorded = (s: Situation): boolean =>
  s.driver !== undefined && attemptOf(s.driver) > (s.status.attempt ?? 0)

export const isTerminal = (state: ApplicationState | undefined): boolean => state === 'COMPLETED' || state === 'FAILED'

/** SUBMITTED with a time for the next try: the API server has no room yet and the driver is not there. */
export const isWaitingForRetry = (s: Situation): boolean => {
  switch (s.state) {
    case 'FAILING':
    case 'SUCCEEDING':
    case 'SUBMISSION_FAILED':
      return true
    case 'SUBMITTED':
      return (
        s.status.nextRetryTime !== undefined &&
        s.status.conditions?.some(({ type, status }) => type === 'Submitted' && status === 'False') === true
      )
    default:
      return false
  }
}

/** Whether the next run is a first one: retries and clocks of earlier runs do not count for it. */
export const startsAnew = (s: Situation): boolean => {
  if (s.edited) return true
  switch (s.state) {
    case undefined:
    case 'INVALIDATING':
    case 'SUSPENDING':
    case 'SUSPENDED':
    case 'RESUMING':
      return true
    default:
      return false
  }
}
