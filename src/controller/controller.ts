import type { KubeObject, ObjectKey } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'
import type { Decision, Refusal } from './decision.ts'

/** A kind whose objects, when they change, make a controller look at one of its own. */
export interface Watched {
  readonly type: ResourceType
  readonly labelSelector?: string
  /** The keys of the primary objects that `object` matters to; usually its controller owner. */
  readonly keysOf: (object: KubeObject) => readonly ObjectKey[]
}

/** What every observation has: the object itself as it was read, and what the API server refused a moment ago. */
export interface Observation {
  /** The primary object. Its `status` is what the decision's status is compared with. */
  readonly subject: KubeObject
  readonly refusal?: Refusal
}

/**
 * A controller is three files: observe gathers all reads, decide is pure, act (shared) carries out.
 * The loop calls it for a key, one call per key at a time, whenever something about the key may have changed.
 */
export interface Controller<Observed extends Observation = Observation, Status = unknown> {
  /** Label of metrics and logs, and the field manager `bellows-<name>`: 'sparkapplication'. */
  readonly name: string
  readonly type: ResourceType
  readonly watches: readonly Watched[]
  /** All reads for one object. Undefined: it is gone and nothing is to be done. */
  observe(key: ObjectKey): Promise<Observed | undefined>
  /** Pure: no clock, no randomness, no I/O; never throws on what users wrote. `now` is epoch milliseconds. */
  decide(observed: Observed, now: number): Decision<Status>
  /** Whether a pass of this key goes before those that only report; asked of the caches, cheaply. Absent: all alike. */
  isUrgent?(key: ObjectKey): boolean
}

/** How the loop ended for a key: the label `result` of reconcile_total. */
export const RECONCILE_RESULTS = ['unchanged', 'acted', 'again', 'refused', 'error', 'poison', 'fenced'] as const
export type ReconcileResult = (typeof RECONCILE_RESULTS)[number]
