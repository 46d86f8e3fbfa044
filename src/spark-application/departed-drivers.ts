import { SPARK_ROLE } from '../api/labels.ts'
import type { SparkApplication } from '../api/spark-application.ts'
import type { Change } from '../kube/cache.ts'
import { controllerOf } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { judgeDriver } from './driver-verdict.ts'
import { knownStatus } from './known-status.ts'
import { attemptOf } from './situation.ts'

/** Ends that nobody asked for are forgotten, the oldest first. */
const MAX_KEPT = 1000

/**
 * How drivers ended whose pods are gone before anybody looked: the last state that the watch told of each. It holds
 * while this process watches; see docs/decisions/0008.
 */
export class DepartedDrivers {
  readonly #byOwner = new Map<string, Pod>()

  /** Hears every change of pods. A pod that was deleted before its end has nothing to tell. */
  hear({ type, object }: Change): void {
    if (type !== 'Deleted' || object.metadata.labels?.[SPARK_ROLE] !== 'driver') return
    const pod = object as Pod
    const owner = controllerOf(pod)?.uid
    const { kind } = judgeDriver(pod)
    if (owner === undefined || (kind !== 'succeeded' && kind !== 'failed')) return
    this.#byOwner.delete(owner)
    this.#byOwner.set(owner, pod)
    const [oldest] = this.#byOwner.keys()
    if (this.#byOwner.size > MAX_KEPT && oldest !== undefined) this.#byOwner.delete(oldest)
  }

  /**
   * The driver whose end the application's status does not tell yet: of the attempt that it speaks of where one is
   * `expected`, or of a later one, whose making was not written yet. Any other is forgotten.
   */
  of({ metadata, status }: SparkApplication, expected: boolean): Pod | undefined {
    const owner = metadata.uid ?? ''
    const pod = this.#byOwner.get(owner)
    if (pod === undefined) return undefined
    const ahead = attemptOf(pod) - (knownStatus(status).attempt ?? 0)
    if (ahead > 0 || (ahead === 0 && expected)) return pod
    this.#byOwner.delete(owner)
    return undefined
  }
}
