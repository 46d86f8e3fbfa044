import type { Pod } from '../kube/pod.ts'
import { podWaiting, type StuckContainer, waitingSince } from '../kube/pod-waiting.ts'
import type { TaskOutcome } from './task-executor.ts'

/** As for a driver pod. A registry may be away, a ConfigMap or Secret be applied after the run: kubelet tries by itself. */
const START_PATIENCE_MS = 60_000

type Queued = Extract<TaskOutcome, { state: 'queued' }>

/** What the try waits for while its pod has not started. A pod without a node waits as long as it likes. */
export const waitingTry = (pod: Pod): Queued => {
  const waiting = podWaiting(pod)
  switch (waiting.kind) {
    case 'node':
      return {
        state: 'queued',
        reason: waiting.reason,
        message: `no node takes its pod: ${waiting.said ?? 'unschedulable'}`,
      }
    case 'container':
      return stuck(waiting.stuck, (waitingSince(pod) ?? 0) + START_PATIENCE_MS)
    case 'starting':
      return { state: 'queued' }
  }
}

const stuck = ({ kind, image, reason, said }: StuckContainer, failsAt: number): Queued => {
  const words = said === undefined ? '' : `: ${said}`
  switch (kind) {
    case 'image-name': {
      const message = `'${image}' is not a valid image name${words}`
      return { state: 'queued', reason, message, failsAt: 0, class: 'user' }
    }
    case 'image': {
      const message = `image '${image}' cannot be pulled (${reason})${words}`
      return { state: 'queued', reason: 'ImagePull', message, failsAt, class: 'user' }
    }
    case 'config':
    case 'start': {
      const message = `its container cannot be made (${reason})${words}`
      return { state: 'queued', reason: 'ContainerConfig', message, failsAt, class: 'user' }
    }
  }
}
