import type { ContainerStatus, Pod, PodCondition } from '../kube/pod.ts'
import { timeOf } from './failure.ts'
import type { Reason } from './reasons.ts'

/** What a driver that has not started waits for. */
export interface Waiting {
  readonly reason: Reason
  readonly message: string
  /** `hopeless`: fails at once. `failing`: fails when it lasts. `patient`: may last as long as it likes. */
  readonly outlook: 'hopeless' | 'failing' | 'patient'
  /** Epoch ms from which its lasting counts. */
  readonly since?: number
}

/** Source: kubelet container waiting reasons (images/types.go, kuberuntime). */
const IMAGE_ERRORS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ImageInspectError',
  'ErrImageNeverPull',
  'RegistryUnavailable',
  'SignatureValidationFailed',
])
const START_ERRORS = new Set([
  'CreateContainerError',
  'RunContainerError',
  'PreStartHookError',
  'PostStartHookError',
  'CrashLoopBackOff',
])

/**
 * Why a Pending pod waits. `warning` is the newest Warning event of the pod where it was read: mount failures are told
 * nowhere else.
 */
export const waitingOf = (pod: Pod, warning?: string): Waiting => {
  const since = waitingSince(pod)
  const base = since === undefined ? {} : { since }
  const scheduled = conditionOf(pod, 'PodScheduled')
  if (scheduled?.status === 'False') return { ...base, ...unscheduled(scheduled) }
  const stuck = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])]
    .map(stuckContainer)
    .find((each) => each !== undefined)
  if (stuck !== undefined) return { ...base, ...stuck }
  if (warning === undefined)
    return { ...base, reason: 'DriverStarting', message: 'the driver pod is starting', outlook: 'patient' }
  return {
    ...base,
    reason: /mount|volume/i.test(warning) ? 'VolumeMissing' : 'DriverStarting',
    message: `the driver pod cannot start yet: ${warning}`,
    outlook: /not found/i.test(warning) ? 'failing' : 'patient',
  }
}

const conditionOf = (pod: Pod, type: string): PodCondition | undefined =>
  pod.status?.conditions?.find((condition) => condition.type === type)

/** Waiting for a node or for init containers does not count against the containers that come after. */
const waitingSince = (pod: Pod): number | undefined => {
  const moments = [
    timeOf(pod.metadata.creationTimestamp),
    ...['PodScheduled', 'Initialized'].map((type) => {
      const condition = conditionOf(pod, type)
      return condition?.status === 'True' ? timeOf(condition.lastTransitionTime) : undefined
    }),
  ].filter((moment) => moment !== undefined)
  return moments.length === 0 ? undefined : Math.max(...moments)
}

type Cause = Omit<Waiting, 'since'>

const unscheduled = ({ reason, message }: PodCondition): Cause => {
  if (reason === 'SchedulingGated')
    return {
      reason: 'SchedulingGated',
      message: message ?? 'a scheduling gate holds the driver pod back',
      outlook: 'patient',
    }
  const said = message ?? 'no node takes the driver pod'
  return /persistentvolumeclaim .* not found/i.test(said)
    ? { reason: 'VolumeMissing', message: said, outlook: 'failing' }
    : { reason: 'Unschedulable', message: said, outlook: 'patient' }
}

const stuckContainer = ({ name, image, state }: ContainerStatus): Cause | undefined => {
  const reason = state?.waiting?.reason
  if (reason === undefined) return undefined
  const said = state?.waiting?.message ? `: ${state.waiting.message}` : ''
  if (reason === 'InvalidImageName')
    return {
      reason: 'InvalidImageName',
      message: `image "${image ?? ''}" of container ${name} is not a valid name${said}`,
      outlook: 'hopeless',
    }
  if (IMAGE_ERRORS.has(reason))
    return {
      reason: 'ImagePullFailed',
      message: `image "${image ?? ''}" of container ${name} cannot be pulled (${reason})${said}`,
      outlook: 'failing',
    }
  if (reason === 'CreateContainerConfigError')
    return {
      reason: 'ContainerConfigError',
      message: `container ${name} cannot be configured${said}`,
      outlook: 'failing',
    }
  if (START_ERRORS.has(reason))
    return {
      reason: 'ContainerStartError',
      message: `container ${name} cannot be started (${reason})${said}`,
      outlook: 'failing',
    }
  return undefined
}
