import type { Pod, PodCondition } from '../kube/pod.ts'
import type { TaskFailure } from './task-executor.ts'

export const TIMEOUT: TaskFailure = {
  state: 'failed',
  class: 'user',
  reason: 'TaskTimeout',
  message: 'ran longer than its timeoutSeconds',
}

/** What took the pod away, as the pod itself says. Source: kubelet's pod reasons, core/v1 DisruptionTarget. */
export const podDisruption = (pod: Pod): TaskFailure | undefined => {
  const words = pod.status?.message ? `: ${pod.status.message}` : ''
  switch (pod.status?.reason) {
    case 'DeadlineExceeded':
      return TIMEOUT
    case 'Evicted':
      return lost('Evicted', `its pod was evicted${words}`)
    case 'Preempting':
    case 'Preempted':
      return lost('Preempted', `its pod was preempted${words}`)
    case 'NodeLost':
      return lost('NodeLost', `the node of its pod was lost${words}`)
    case 'Shutdown':
    case 'NodeShutdown':
    case 'Terminated':
      return lost('NodeLost', `the node of its pod was shut down${words}`)
  }
  const target = pod.status?.conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'True')
  return target === undefined ? undefined : targeted(target)
}

const targeted = (target: PodCondition): TaskFailure => {
  const words = target.message ? `: ${target.message}` : ''
  switch (target.reason) {
    case 'PreemptionByScheduler':
      return lost('Preempted', `its pod made room for pods of higher priority${words}`)
    case 'DeletionByTaintManager':
    case 'DeletionByPodGC':
      return lost('NodeLost', `the node of its pod was lost${words}`)
    default:
      return lost('Evicted', `its pod was evicted (${target.reason ?? 'disruption'})${words}`)
  }
}

const lost = (reason: string, message: string): TaskFailure => ({
  state: 'failed',
  class: 'infrastructure',
  reason,
  message,
})
