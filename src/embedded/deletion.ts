import type { DeleteOptions } from '../kube/cluster.ts'
import type { KubeObject } from '../kube/object.ts'
import { Namespaces, Pods } from '../kube/resource-type.ts'
import { at } from './json.ts'
import { type KindRules, kindKey } from './kind-rules.ts'
import { seconds } from './time.ts'

export const FOREGROUND = 'foregroundDeletion'
export const ORPHAN = 'orphan'
const DEFAULT_GRACE_SECONDS = 30

/**
 * What a DELETE makes of an object: nothing left ('remove'), no change ('keep'), or the state that waits for finalizers
 * or for a pod's grace period. Source: apiserver registry, BeforeDelete and the pod strategy's CheckGracefulDelete.
 */
export const deletionOf = (
  rules: KindRules,
  object: KubeObject,
  options: Pick<DeleteOptions, 'gracePeriodSeconds' | 'propagationPolicy'>,
  now: number,
): KubeObject | 'remove' | 'keep' => {
  const kept = new Set(object.metadata.finalizers ?? [])
  if (options.propagationPolicy === 'Foreground') kept.add(FOREGROUND)
  if (options.propagationPolicy === 'Orphan') kept.add(ORPHAN)
  const isPod = kindKey(rules.type) === kindKey(Pods)
  const isNamespace = kindKey(rules.type) === kindKey(Namespaces)
  const grace = isPod ? podGrace(object, options.gracePeriodSeconds) : 0
  const { deletionTimestamp, deletionGracePeriodSeconds } = object.metadata
  if (deletionTimestamp !== undefined) {
    const shorter = isPod && grace < (deletionGracePeriodSeconds ?? 0)
    if (!shorter) return grace === 0 && kept.size === 0 && !isNamespace ? 'remove' : 'keep'
  }
  if (grace === 0 && kept.size === 0 && !isNamespace) return 'remove'
  const { generation } = object.metadata
  return {
    ...object,
    ...(isNamespace ? { status: { ...(object.status as object), phase: 'Terminating' } } : {}),
    metadata: {
      ...object.metadata,
      ...(kept.size > 0 ? { finalizers: [...kept] } : {}),
      ...(generation === undefined || deletionTimestamp !== undefined ? {} : { generation: generation + 1 }),
      deletionTimestamp: seconds(now + grace * 1000),
      deletionGracePeriodSeconds: grace,
    },
  }
}

const podGrace = (pod: KubeObject, asked: number | undefined): number => {
  const phase = at(pod, 'status', 'phase')
  if (!at(pod, 'spec', 'nodeName') || phase === 'Succeeded' || phase === 'Failed') return 0
  const own = at(pod, 'spec', 'terminationGracePeriodSeconds')
  return asked ?? (typeof own === 'number' ? own : DEFAULT_GRACE_SECONDS)
}
