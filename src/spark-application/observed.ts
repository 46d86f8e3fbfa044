import type { SparkApplication } from '../api/spark-application.ts'
import type { Observation } from '../controller/controller.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import type { ResourceType } from '../kube/resource-type.ts'

/** Everything that decide may know. Lists come in any order. */
export interface Observed extends Observation {
  readonly subject: SparkApplication
  /**
   * Driver pods of this incarnation of the application, of any attempt; a missing one was asked of the API server, and
   * one that ended before its pod was deleted is shown as it ended.
   */
  readonly drivers: readonly Pod[]
  /** Executor pods of these drivers. */
  readonly executors: readonly Pod[]
  /** What drivers need in this namespace and it lacks; filled only where a submission may come. */
  readonly missingAccess: readonly { readonly type: ResourceType; readonly object: KubeObject }[]
  /** The newest Warning event of a driver pod that has long been starting. */
  readonly driverWarning?: string
  /** Unguessable text for the secret of a submission; new with every observation. */
  readonly entropy: string
}
