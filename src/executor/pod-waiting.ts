import type { ContainerStatus, Pod } from '../kube/pod.ts'
import type { TaskOutcome } from './task-executor.ts'
import { timeOf } from './time.ts'

/** Source: kubelet's container waiting reasons. */
const IMAGE_REASONS: ReadonlySet<string> = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])
const CONFIG_REASONS: ReadonlySet<string> = new Set([
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
])

/** As for a driver pod. A registry may be away, a ConfigMap or Secret be applied after the run: kubelet tries by itself. */
const START_PATIENCE_MS = 60_000

type Queued = Extract<TaskOutcome, { state: 'queued' }>

/** What a pod that has not started waits for. A pod without a node waits as long as it likes. */
export const podWaiting = (pod: Pod): Queued => {
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False') {
    return {
      state: 'queued',
      reason: scheduled.reason ?? 'Unschedulable',
      message: `no node takes its pod: ${scheduled.message ?? 'unschedulable'}`,
    }
  }
  const since = timeOf(scheduled?.lastTransitionTime) ?? timeOf(pod.metadata.creationTimestamp) ?? 0
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
  for (const status of statuses) {
    const stuck = containerWaiting(status, since)
    if (stuck !== undefined) return stuck
  }
  return { state: 'queued' }
}

const containerWaiting = ({ image, state }: ContainerStatus, since: number): Queued | undefined => {
  const reason = state?.waiting?.reason
  if (reason === undefined) return undefined
  const words = state?.waiting?.message ? `: ${state.waiting.message}` : ''
  if (reason === 'InvalidImageName') {
    const message = `'${image ?? ''}' is not a valid image name${words}`
    return { state: 'queued', reason, message, failsAt: 0, class: 'user' }
  }
  if (IMAGE_REASONS.has(reason)) {
    const message = `image '${image ?? ''}' cannot be pulled (${reason})${words}`
    return { state: 'queued', reason: 'ImagePull', message, failsAt: since + START_PATIENCE_MS, class: 'user' }
  }
  if (CONFIG_REASONS.has(reason)) {
    const message = `its container cannot be made (${reason})${words}`
    return { state: 'queued', reason: 'ContainerConfig', message, failsAt: since + START_PATIENCE_MS, class: 'user' }
  }
  return undefined
}
