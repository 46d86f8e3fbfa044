import type { Pod } from '../kube/pod.ts'
import { podWaiting, type StuckContainer } from '../kube/pod-waiting.ts'
import { timeOf } from '../kube/time.ts'
import type { Situation } from './situation.ts'

/** A scheduler may take its time: younger ones wait in peace. */
export const NODE_PATIENCE_MS = 30_000

/** What executors of a running driver wait for, beyond their turn. `again`: milliseconds until it may be told. */
export interface ExecutorsWait {
  readonly said?: string
  readonly again?: number
}

export const executorsWait = (s: Situation): ExecutorsWait => {
  const pending = s.observed.executors
    .filter(
      ({ status, metadata }) => metadata.deletionTimestamp === undefined && (status?.phase ?? 'Pending') === 'Pending',
    )
    .map((pod) => ({ pod, waiting: podWaiting(pod) }))
  const sentences = pending.flatMap(({ waiting }) => (waiting.kind === 'container' ? [stuck(waiting.stuck)] : []))
  if (sentences.length > 0) return { said: [...sentences].sort()[0] as string }
  const ages = pending.flatMap(({ pod, waiting }) => (waiting.kind === 'node' ? [s.now - createdAt(pod, s.now)] : []))
  if (ages.length === 0) return {}
  const left = NODE_PATIENCE_MS - Math.max(...ages)
  return left > 0 ? { again: left } : { said: 'executors wait for a node that takes them' }
}

const createdAt = ({ metadata }: Pod, now: number): number => timeOf(metadata.creationTimestamp) ?? now

/** Without kubelet's reason, which goes back and forth between two words for one trouble. */
const stuck = ({ kind, container, image }: StuckContainer): string => {
  switch (kind) {
    case 'image-name':
      return `executors cannot start: image "${image}" of container ${container} is not a valid name`
    case 'image':
      return `executors cannot start: image "${image}" of container ${container} cannot be pulled`
    case 'config':
      return `executors cannot start: container ${container} cannot be configured; describe an executor pod`
    case 'start':
      return `executors cannot start: container ${container} cannot be started; describe an executor pod`
  }
}
