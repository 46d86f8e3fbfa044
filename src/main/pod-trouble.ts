import { EXECUTOR_CONTAINER } from '../api/labels.ts'
import type { Pod } from '../kube/pod.ts'

/** `ended`: the pod will run no more. `waiting`: it cannot start as things stand; it may yet. */
export interface PodTrouble {
  readonly kind: 'ended' | 'waiting'
  /** A sentence with the cause as Kubernetes names it. */
  readonly message: string
}

const HOPELESS =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CreateContainerError|RunContainerError|CrashLoopBackOff)$/

const sentence = (...parts: readonly (string | undefined)[]): string =>
  parts.filter((part) => part !== undefined && part !== '').join(': ')

/** What is wrong with an executor's pod, from its status alone. */
export const podTrouble = (pod: Pod): PodTrouble | undefined => {
  const { status } = pod
  const containers = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  const executor = status?.containerStatuses?.find(({ name }) => name === EXECUTOR_CONTAINER)
  const dead =
    executor?.state?.terminated ??
    containers.find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)?.state?.terminated
  if (status?.phase === 'Failed' || status?.phase === 'Succeeded' || executor?.state?.terminated !== undefined) {
    const how = dead === undefined ? undefined : `${dead.reason ?? 'ended'}, exit code ${dead.exitCode}`
    const text = sentence('its pod ended', status?.reason, status?.message, how)
    return { kind: 'ended', message: text }
  }
  for (const { state } of containers) {
    const { reason, message } = state?.waiting ?? {}
    if (reason !== undefined && HOPELESS.test(reason))
      return { kind: 'waiting', message: sentence('its pod cannot start', reason, message) }
  }
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled')
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return { kind: 'waiting', message: sentence('its pod cannot be scheduled', scheduled.message) }
  }
  return undefined
}
