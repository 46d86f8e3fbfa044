import { initialExecutors } from '../api/effective.ts'
import { EXECUTOR_CONTAINER } from '../api/labels.ts'
import type { SparkApplicationStatus } from '../api/spark-application.ts'
import { type ApplicationState, type ExecutorState, MAX_EXECUTOR_STATES } from '../api/spark-application-status.ts'
import type { Pod } from '../kube/pod.ts'
import { timeOf } from '../kube/time.ts'
import { disruptionOf, endedBySignal } from './failure.ts'
import type { Situation } from './situation.ts'
import type { Step } from './step.ts'

type ExecutorFields = Pick<SparkApplicationStatus, 'executorState' | 'executors'>

/** Younger ones are no news: they mostly run before anybody reads it, and each piece of news is a write. */
export const PENDING_IS_NEWS_MS = 10_000

const RUN_IS_OVER: ReadonlySet<ApplicationState> = new Set(['COMPLETED', 'SUCCEEDING', 'FAILED', 'FAILING'])

const WORST_FIRST: readonly ExecutorState[] = ['FAILED', 'UNKNOWN', 'PENDING', 'RUNNING', 'COMPLETED']

/**
 * The executors of this run: counts of all, states of the worst 100 by name. An executor that is gone while the driver
 * runs is lost: UNKNOWN. One that outlived the driver was stopped with the run: COMPLETED where the run was; of a run
 * that failed it is told no more, for it neither ended well, nor failed, nor was it lost. Counts of ended ones never
 * fall within a run.
 */
export const executorStatus = (s: Situation, step: Step): ExecutorFields => {
  const change = step.change
  if (change !== undefined && 'executors' in change) return {}
  if (s.observed.executors.length === 0 && s.status.executors === undefined) return {}
  const driverUid = s.driver?.metadata.uid
  const pods = s.observed.executors.filter(
    (pod) => driverUid !== undefined && pod.metadata.ownerReferences?.some(({ uid }) => uid === driverUid),
  )
  // With the run they are over too: what still runs is removed next.
  const over = RUN_IS_OVER.has(step.state)
  const states = new Map<string, ExecutorState>()
  const set = (name: string, state: ExecutorState | undefined): void => {
    if (state === undefined) states.delete(name)
    else states.set(name, state)
  }
  for (const [name, state] of Object.entries(s.status.executorState ?? {})) set(name, afterLoss(state, step))
  for (const pod of pods) {
    const state = executorStateOf(pod)
    if (state === 'PENDING' && (over || isYoung(pod, s.now))) states.delete(pod.metadata.name)
    else if (!over) states.set(pod.metadata.name, state)
    else set(pod.metadata.name, afterLoss(state === 'UNKNOWN' && wasStoppedAtEnd(pod, s) ? 'RUNNING' : state, step))
  }
  const count = (state: ExecutorState): number => [...states.values()].filter((each) => each === state).length
  const before = s.status.executors
  const shown = [...states].sort(
    ([a, left], [b, right]) => WORST_FIRST.indexOf(left) - WORST_FIRST.indexOf(right) || (a < b ? -1 : a > b ? 1 : 0),
  )
  if (shown.length === 0 && before === undefined) return {}
  return {
    executorState: Object.fromEntries(shown.slice(0, MAX_EXECUTOR_STATES)),
    executors: {
      requested: initialExecutors(s.spec),
      pending: count('PENDING'),
      running: count('RUNNING'),
      succeeded: Math.max(count('COMPLETED'), before?.succeeded ?? 0),
      failed: Math.max(count('FAILED'), before?.failed ?? 0),
      lost: count('UNKNOWN'),
    },
  }
}

export const executorStateOf = (pod: Pod): ExecutorState => {
  const state = pod.status?.containerStatuses?.find(({ name }) => name === EXECUTOR_CONTAINER)?.state
  if (state?.terminated !== undefined) {
    if (state.terminated.exitCode === 0) return 'COMPLETED'
    // Stopped from outside is not the executor's own failure; Spark deletes the pods of executors that failed, too.
    const deleted = pod.metadata.deletionTimestamp !== undefined && endedBySignal(state.terminated)
    return deleted || disruptionOf(pod) !== undefined ? 'UNKNOWN' : 'FAILED'
  }
  switch (pod.status?.phase) {
    case 'Succeeded':
      return 'COMPLETED'
    case 'Failed':
      return disruptionOf(pod) === undefined ? 'FAILED' : 'UNKNOWN'
    case 'Running':
      return 'RUNNING'
    case 'Unknown':
      return 'UNKNOWN'
    default:
      return 'PENDING'
  }
}

const isYoung = (pod: Pod, now: number): boolean => {
  const created = timeOf(pod.metadata.creationTimestamp)
  return created !== undefined && now - created < PENDING_IS_NEWS_MS
}

/** What is said of an executor that is no longer there, or will not be. Undefined: nothing more. */
const afterLoss = (state: ExecutorState, step: Step): ExecutorState | undefined => {
  if (state === 'COMPLETED' || state === 'FAILED') return state
  if (step.state === 'COMPLETED' || step.state === 'SUCCEEDING') return 'COMPLETED'
  return state !== 'UNKNOWN' && RUN_IS_OVER.has(step.state) ? undefined : 'UNKNOWN'
}

/** A driver that ends deletes its executors a moment before. */
const STOPPED_BEFORE_END_MS = 5_000

const wasStoppedAtEnd = (pod: Pod, s: Situation): boolean => {
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata
  const over = timeOf(deletionTimestamp)
  if (over === undefined || disruptionOf(pod) !== undefined) return false
  const ended = s.verdict?.kind === 'failed' ? s.verdict.failure.at : undefined
  return over - deletionGracePeriodSeconds * 1000 >= (ended ?? s.now) - STOPPED_BEFORE_END_MS
}
