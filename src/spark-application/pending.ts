import type { Pod } from '../kube/pod.ts'
import { podWaiting, type StuckContainer, waitingSince } from '../kube/pod-waiting.ts'
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

type Cause = Omit<Waiting, 'since'>

/**
 * Why a Pending pod waits. `warning` is the newest Warning event of the pod where it was read: mount failures are told
 * nowhere else.
 */
export const waitingOf = (pod: Pod, warning?: string): Waiting => {
  const since = waitingSince(pod)
  return { ...(since === undefined ? {} : { since }), ...causeOf(pod, warning) }
}

const causeOf = (pod: Pod, warning: string | undefined): Cause => {
  const waiting = podWaiting(pod)
  switch (waiting.kind) {
    case 'node':
      return unscheduled(waiting.reason, waiting.said)
    case 'container':
      return stuckContainer(waiting.stuck)
    case 'starting':
      return starting(warning)
  }
}

const starting = (warning: string | undefined): Cause =>
  warning === undefined
    ? { reason: 'DriverStarting', message: 'the driver pod is starting', outlook: 'patient' }
    : {
        reason: /mount|volume/i.test(warning) ? 'VolumeMissing' : 'DriverStarting',
        message: `the driver pod cannot start yet: ${warning}`,
        outlook: /not found/i.test(warning) ? 'failing' : 'patient',
      }

const unscheduled = (reason: string, message: string | undefined): Cause => {
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

const stuckContainer = ({ kind, container, image, reason, said }: StuckContainer): Cause => {
  const words = said === undefined ? '' : `: ${said}`
  switch (kind) {
    case 'image-name':
      return {
        reason: 'InvalidImageName',
        message: `image "${image}" of container ${container} is not a valid name${words}`,
        outlook: 'hopeless',
      }
    case 'image':
      return {
        reason: 'ImagePullFailed',
        message: `image "${image}" of container ${container} cannot be pulled (${reason})${words}`,
        outlook: 'failing',
      }
    case 'config':
      return {
        reason: 'ContainerConfigError',
        message: `container ${container} cannot be configured${words}`,
        outlook: 'failing',
      }
    case 'start':
      return {
        reason: 'ContainerStartError',
        message: `container ${container} cannot be started (${reason})${words}`,
        outlook: 'failing',
      }
  }
}
