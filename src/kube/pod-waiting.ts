import type { ContainerStatus, Pod, PodCondition } from './pod.ts'
import { timeOf } from './time.ts'

/** What a pod that has not started waits for. `said` is what the cluster adds, in its own words. */
export type PodWaiting =
  /** `reason`: Unschedulable, SchedulingGated … Source: core/v1, reasons of the PodScheduled condition. */
  | { readonly kind: 'node'; readonly reason: string; readonly said: string | undefined }
  | { readonly kind: 'container'; readonly stuck: StuckContainer }
  /** Nothing stands in its way as far as its status tells; a mount that fails is told by Events only. */
  | { readonly kind: 'starting' }

/** `reason` is kubelet's own; the kind is what it comes to. Kubelet tries all of them again but `image-name`. */
export interface StuckContainer {
  readonly kind: 'image-name' | 'image' | 'config' | 'start'
  readonly container: string
  readonly image: string
  readonly reason: string
  readonly said: string | undefined
}

/** Source: kubelet container waiting reasons (images/types.go, kuberuntime). */
const STUCK: Readonly<Record<string, StuckContainer['kind']>> = {
  InvalidImageName: 'image-name',
  ErrImagePull: 'image',
  ImagePullBackOff: 'image',
  ImageInspectError: 'image',
  ErrImageNeverPull: 'image',
  RegistryUnavailable: 'image',
  SignatureValidationFailed: 'image',
  CreateContainerConfigError: 'config',
  CreateContainerError: 'start',
  RunContainerError: 'start',
  PreStartHookError: 'start',
  PostStartHookError: 'start',
  CrashLoopBackOff: 'start',
}

/** Reads a pod that has not started; init containers come before the others, as they run. */
export const podWaiting = ({ status }: Pod): PodWaiting => {
  const scheduled = condition(status?.conditions, 'PodScheduled')
  if (scheduled?.status === 'False') {
    return { kind: 'node', reason: scheduled.reason || 'Unschedulable', said: scheduled.message || undefined }
  }
  for (const each of [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]) {
    const stuck = stuckContainer(each)
    if (stuck !== undefined) return { kind: 'container', stuck }
  }
  return { kind: 'starting' }
}

const stuckContainer = ({ name, image, state }: ContainerStatus): StuckContainer | undefined => {
  const { reason, message } = state?.waiting ?? {}
  const kind = reason !== undefined && Object.hasOwn(STUCK, reason) ? STUCK[reason] : undefined
  if (reason === undefined || kind === undefined) return undefined
  return { kind, container: name, image: image ?? '', reason, said: message || undefined }
}

/**
 * Epoch ms from which the wait of the containers counts: waiting for a node or for init containers does not count
 * against those that come after. Undefined where the pod tells no time.
 */
export const waitingSince = ({ metadata, status }: Pod): number | undefined => {
  const moments = [
    timeOf(metadata.creationTimestamp),
    ...['PodScheduled', 'Initialized'].map((type) => {
      const found = condition(status?.conditions, type)
      return found?.status === 'True' ? timeOf(found.lastTransitionTime) : undefined
    }),
  ].filter((moment) => moment !== undefined)
  return moments.length === 0 ? undefined : Math.max(...moments)
}

const condition = (conditions: readonly PodCondition[] | undefined, type: string): PodCondition | undefined =>
  conditions?.find((each) => each.type === type)
