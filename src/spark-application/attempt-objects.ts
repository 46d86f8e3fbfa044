import { isBundled } from '../api/spark-application.ts'
import type { KubeObject } from '../kube/object.ts'
import { Pods, type ResourceType, Secrets } from '../kube/resource-type.ts'
import { sparkObjects } from './apache-spark/spark-objects.ts'
import { driverPod } from './driver-pod.ts'
import { driverSecret } from './secret.ts'
import type { Situation } from './situation.ts'

/** What one attempt is made of, in the order to create it: the driver pod is last. Or why this spec makes no pod. */
export type AttemptObjects =
  | {
      readonly kind: 'objects'
      readonly objects: readonly {
        readonly type: ResourceType
        readonly object: KubeObject
        readonly onDifferent?: 'replace'
      }[]
    }
  | { readonly kind: 'refused'; readonly message: string }

/** All names are functions of the attempt, so that creating twice creates once. */
export const attemptObjects = (s: Situation, attempt: number): AttemptObjects =>
  isBundled(s.spec.type)
    ? {
        kind: 'objects',
        objects: [
          { type: Secrets, object: driverSecret(s, attempt), onDifferent: 'replace' },
          { type: Pods, object: driverPod(s, attempt) },
        ],
      }
    : sparkObjects(s, attempt)
