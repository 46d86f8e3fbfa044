import type { KubeObject, ObjectRef } from '../kube/object.ts'
import type { ResourceType } from '../kube/resource-type.ts'

/**
 * What a controller wants done, as data. `decide` makes it, `act.ts` carries it out in order and stops at the first
 * that fails, so every prefix of `actions` must be a legal state of the world.
 */
export type Action =
  /** POST. AlreadyExists with our owner uid is adoption; a foreign object of that name is refused as NameConflict. */
  | {
      readonly kind: 'create'
      readonly type: ResourceType
      readonly object: KubeObject
      /**
       * What to do where an object of ours holds the name but lacks a label or annotation of `object`:
       * look again with it in view (the default), or delete that incarnation and create anew.
       */
      readonly onDifferent?: 'observe-again' | 'replace'
    }
  /** DELETE of exactly that uid. Already gone is success. */
  | {
      readonly kind: 'delete'
      readonly type: ResourceType
      readonly ref: ObjectRef
      readonly gracePeriodSeconds?: number
    }
  /** JSON merge patch of labels, annotations or spec fields of exactly that uid. */
  | { readonly kind: 'patch'; readonly type: ResourceType; readonly ref: ObjectRef; readonly patch: KubeObjectPatch }

export type KubeObjectPatch = Readonly<Record<string, unknown>>

/** One line of the story: condition, Event and log say the same reason and message. */
export interface Why {
  /** CamelCase, from the controller's closed list of reasons. */
  readonly reason: string
  /** A sentence for the user: what happened and, where there is one, the next step. At most 1,024 characters. */
  readonly message: string
  readonly severity: 'Normal' | 'Warning'
}

export interface Decision<Status> {
  readonly actions: readonly Action[]
  /** The whole status as it should read once the actions are done; absent: leave it. Unchanged: not written. */
  readonly status?: Status
  /**
   * The status may be left to a later pass while others wait for a worker: what the actions made tells that pass as much
   * as this one knows. A crash between actions and status does the same.
   */
  readonly statusCanWait?: boolean
  /** Events to record on the object, in order. Empty on a pass that changes nothing. */
  readonly events: readonly Why[]
  /** Look again after so long, whatever happens. */
  readonly requeueAfterMs?: number
}

/**
 * The API server would not do an action. `observe`d data plus this goes back into `decide` at once, so that the refusal
 * becomes a condition; the pass is then retried with backoff where `retryable`.
 */
export interface Refusal {
  readonly action: Action
  readonly reason: RefusalReason
  /** The server's own sentence. */
  readonly message: string
  readonly retryable: boolean
}

export type RefusalReason =
  /** 403 with "exceeded quota": may pass later. */
  | 'QuotaExceeded'
  /** 403: RBAC, Pod Security or another admission plugin said no. */
  | 'Forbidden'
  /** 422 or 400: the object itself is not acceptable. */
  | 'Invalid'
  /** The name is held by an object that is not ours. */
  | 'NameConflict'
  /** 403 with cause NamespaceTerminating. */
  | 'NamespaceTerminating'
  /** An object that the action needs is missing (404 on create: the namespace; on patch: the object). */
  | 'NotFound'
