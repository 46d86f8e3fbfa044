import { DRIVER_CONTAINER } from '../api/labels.ts'
import type { Pod } from '../kube/pod.ts'
import { timeOf } from '../kube/time.ts'
import { exitExceptionOf } from './exit-exception.ts'
import { deletedFromOutside, disruptionOf, type Failure, failureOfContainer, failureOfPod } from './failure.ts'
import { type Waiting, waitingOf } from './pending.ts'

/** How the driver is, by its main container. */
export type DriverVerdict =
  | { readonly kind: 'waiting'; readonly waiting: Waiting }
  | { readonly kind: 'running'; readonly since?: number }
  /** `message` is the container's termination message. */
  | { readonly kind: 'succeeded'; readonly at?: number; readonly message?: string }
  | { readonly kind: 'failed'; readonly failure: Failure }
  | { readonly kind: 'unknown' }

/**
 * The main container's end is the driver's end, whatever the pod's phase says: a sidecar may keep the pod Running.
 * The phase counts only where that container has nothing to tell.
 */
export const judgeDriver = (pod: Pod, warning?: string): DriverVerdict => {
  const state = pod.status?.containerStatuses?.find(({ name }) => name === DRIVER_CONTAINER)?.state
  if (state?.terminated !== undefined) {
    const { exitCode, finishedAt, message } = state.terminated
    if (exitCode === 0)
      return { kind: 'succeeded', ...moment('at', finishedAt), ...(message === undefined ? {} : { message }) }
    return {
      kind: 'failed',
      failure: failureOfContainer(
        state.terminated,
        disruptionOf(pod) ?? deletedFromOutside(pod, state.terminated),
        exitExceptionOf(pod),
      ),
    }
  }
  switch (pod.status?.phase) {
    case 'Succeeded':
      return { kind: 'succeeded' }
    case 'Failed':
      return { kind: 'failed', failure: failureOfPod(pod) }
    case 'Unknown':
      return { kind: 'unknown' }
    default:
      if (state?.running !== undefined) return { kind: 'running', ...moment('since', state.running.startedAt) }
      // A pod without container statuses yet is judged by its phase alone.
      if (pod.status?.phase === 'Running' && state?.waiting === undefined) return { kind: 'running' }
      return { kind: 'waiting', waiting: waitingOf(pod, warning) }
  }
}

const moment = <K extends 'at' | 'since'>(key: K, text: string | undefined): { readonly [P in K]?: number } => {
  const time = timeOf(text)
  return (time === undefined ? {} : { [key]: time }) as { readonly [P in K]?: number }
}
