import type { KubeObject } from './object.ts'

/** coordination.k8s.io/v1 Lease. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    readonly renewTime?: string
    readonly leaseTransitions?: number
    readonly [field: string]: unknown
  }
}

/** A lease as it was first seen in this state, by our own monotonic clock: others' clocks are not believed. */
export interface Sighting {
  readonly lease: Lease
  readonly at: number
}

export type LeaseMove =
  | { readonly kind: 'create'; readonly epoch: number }
  /** Nobody holds it, or its holder was silent for its whole duration. */
  | { readonly kind: 'take'; readonly from: Lease; readonly epoch: number }
  | { readonly kind: 'renew'; readonly from: Lease; readonly epoch: number }
  /** Someone else holds it. */
  | { readonly kind: 'wait'; readonly holder: string }

/** The same sighting while the lease stands still, a new one when anything in it moved. */
export const sight = (before: Sighting | undefined, lease: Lease | undefined, now: number): Sighting | undefined => {
  if (lease === undefined) return undefined
  const same =
    before !== undefined &&
    before.lease.metadata.uid === lease.metadata.uid &&
    before.lease.metadata.resourceVersion === lease.metadata.resourceVersion
  return same ? before : { lease, at: now }
}

/**
 * What a candidate does next. `held` is the epoch that we lead in, undefined where we do not. Epochs grow with every
 * change of leader and are above `floor`, so that deleting the lease cannot bring an old epoch back.
 */
export const nextMove = (
  sighting: Sighting | undefined,
  held: number | undefined,
  identity: string,
  floor: number,
  now: number,
): LeaseMove => {
  if (sighting === undefined) return { kind: 'create', epoch: Math.max(1, floor + 1) }
  const { lease, at } = sighting
  const { holderIdentity = '', leaseTransitions = 0, leaseDurationSeconds = 0 } = lease.spec ?? {}
  if (held !== undefined && holderIdentity === identity && leaseTransitions === held)
    return { kind: 'renew', from: lease, epoch: held }
  const epoch = Math.max(leaseTransitions, floor) + 1
  // Our own name without a term: one of ours that ended. Nobody else can hold it, so there is nothing to wait for.
  const free = holderIdentity === '' || holderIdentity === identity
  if (free || now >= at + leaseDurationSeconds * 1_000) return { kind: 'take', from: lease, epoch }
  return { kind: 'wait', holder: holderIdentity }
}
