import { isBundled } from '../api/spark-application.ts'
import type { KubeObject } from '../kube/object.ts'
import { PodDisruptionBudgets, Pods, type ResourceType, Secrets } from '../kube/resource-type.ts'
import { sparkObjects } from './apache-spark/spark-objects.ts'
import { driverBudget } from './driver-budget.ts'
import { driverPod } from './driver-pod.ts'
import { driverSecret } from './secret.ts'
import type { Situation } from './situation.ts'

export interface AttemptObject {
  readonly type: ResourceType
  readonly object: KubeObject
  readonly onDifferent?: 'replace'
}

/** What one attempt is made of, in the order to create it: the driver pod is last. Or why this spec makes no pod. */
export type AttemptObjects =
  | { readonly kind: 'objects'; readonly objects: readonly AttemptObject[] }
  | { readonly kind: 'refused'; readonly message: string }

/** All names are functions of the attempt, so that creating twice creates once. */
export const attemptObjects = (s: Situation, attempt: number): AttemptObjects => {
  const made = isBundled(s.spec.type) ? bundledObjects(s, attempt) : sparkObjects(s, attempt)
  if (made.kind === 'refused' || s.spec.driverPodDisruptionBudget !== true) return made
  const budget: AttemptObject = { type: PodDisruptionBudgets, object: driverBudget(s), onDifferent: 'replace' }
  return { kind: 'objects', objects: [budget, ...made.objects] }
}

const bundledObjects = (s: Situation, attempt: number): AttemptObjects => ({
  kind: 'objects',
  objects: [
    { type: Secrets, object: driverSecret(s, attempt), onDifferent: 'replace' },
    { type: Pods, object: driverPod(s, attempt) },
  ],
})
