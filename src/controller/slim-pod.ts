import { withoutManagedFields } from '../kube/informer.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'

/**
 * What controllers read of a pod: metadata, where it runs, its containers' names, its status. The rest of the spec is
 * most of a pod's size, and ten thousand of them are cached.
 */
export const slimPod = <T extends KubeObject>(object: T): T => {
  const pod = object as unknown as Pod
  const { nodeName, containers } = pod.spec ?? {}
  const spec = {
    ...(nodeName === undefined ? {} : { nodeName }),
    containers: (containers ?? []).map(({ name }) => ({ name })),
  }
  return { ...withoutManagedFields(object), spec }
}
