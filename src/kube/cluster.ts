import type { KubeObject, ObjectKey } from './object.ts'
import type { ResourceType } from './resource-type.ts'

/** What the server promises about a list's age. 'NotOlderThan' needs `resourceVersion`. */
export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  readonly limit?: number
  readonly continue?: string
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: 'NotOlderThan' | 'Exact'
  readonly signal?: AbortSignal
}

export interface ListPage<T extends KubeObject = KubeObject> {
  readonly items: readonly T[]
  /** The version of the collection: where a watch may go on. */
  readonly resourceVersion: string
  /** Present: there are more pages. */
  readonly continue?: string
}

export interface WatchOptions {
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
  /** Never '' or '0': list first, then watch from the list's version. */
  readonly resourceVersion: string
  readonly timeoutSeconds?: number
  readonly signal?: AbortSignal
}

/** Source: metav1.WatchEvent. ERROR carries a failure inside an HTTP 200 answer (410 comes so). */
export type WatchEvent<T extends KubeObject = KubeObject> =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T }
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string }
  | { readonly type: 'ERROR'; readonly error: import('./errors.ts').ApiError }

export interface ApplyOptions {
  /** Who owns the fields that are applied. */
  readonly fieldManager: string
  /** Take fields over from other managers. */
  readonly force?: boolean
  readonly subresource?: 'status'
}

export interface PatchOptions {
  readonly subresource?: 'status'
  readonly fieldManager?: string
}

export interface DeleteOptions {
  /** Delete only this incarnation; anything else answers Conflict. */
  readonly uid: string
  readonly resourceVersion?: string
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
}

export interface LogOptions {
  readonly container?: string
  readonly tailLines?: number
  readonly follow?: boolean
  readonly limitBytes?: number
  readonly signal?: AbortSignal
}

/**
 * The port to a Kubernetes cluster. Two implementations keep one contract suite (test/contract):
 * `kube/api-server-cluster.ts` (a real API server) and `embedded/embedded-cluster.ts` (no cluster).
 *
 * Promises: objects are raw JSON and carry apiVersion and kind; nothing is cached; failures are ApiError or
 * TransportError; a method that returns has been carried out. Each call has a deadline of its own.
 */
export interface Cluster {
  /** Undefined where there is no such object. Reads the newest state. */
  get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined>
  list<T extends KubeObject>(type: ResourceType, options?: ListOptions): Promise<ListPage<T>>
  /** Ends when the server closes the watch or `signal` aborts; throws TransportError when the connection breaks. */
  watch<T extends KubeObject>(type: ResourceType, options: WatchOptions): AsyncIterable<WatchEvent<T>>
  create<T extends KubeObject>(type: ResourceType, object: T): Promise<T>
  /** PUT. With metadata.resourceVersion: Conflict unless it is the newest. */
  replace<T extends KubeObject>(type: ResourceType, object: T, options?: PatchOptions): Promise<T>
  /**
   * Server-side apply. With metadata.uid it never creates: where that incarnation is gone `isConflict` holds. On /status
   * a real server ignores the uid: compare the answer's with the one that was meant.
   */
  apply<T extends KubeObject>(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<T>
  /** JSON merge patch (RFC 7386). metadata.uid or metadata.resourceVersion in it are preconditions: `isConflict`. */
  mergePatch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T>
  /** Returns when the server accepted the deletion; the object may linger (grace period, finalizers). NotFound throws. */
  delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<void>
  /**
   * A container's log, whole lines. Throws NotFound where the pod is gone and BadRequest while it has not started;
   * of a pod that has no node yet it is empty.
   */
  log(pod: ObjectKey, options?: LogOptions): AsyncIterable<string>
  /** Frees connections, or for the embedded cluster ends its processes. */
  close(): Promise<void>
}
