import type { Action } from '../controller/decision.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods, type ResourceType } from '../kube/resource-type.ts'
import { judgeDriver } from './driver-verdict.ts'

/** Deletes exactly this incarnation; nothing for one that is on its way out or has no uid. */
export const deleteObject = (type: ResourceType, object: KubeObject): readonly Action[] => {
  const { name, namespace, uid, deletionTimestamp } = object.metadata
  if (uid === undefined || deletionTimestamp !== undefined) return []
  return [{ kind: 'delete', type, ref: { ...(namespace === undefined ? {} : { namespace }), name, uid } }]
}

export const deletePods = (pods: readonly Pod[]): readonly Action[] =>
  [...pods].sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)).flatMap((pod) => deleteObject(Pods, pod))

/** Drivers that run or may yet run: what must not outlive a run that is over. */
export const living = (drivers: readonly Pod[]): readonly Pod[] =>
  drivers.filter((pod) => !['succeeded', 'failed'].includes(judgeDriver(pod).kind))

export const livingExecutors = (executors: readonly Pod[]): readonly Pod[] =>
  executors.filter((pod) => pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed')
