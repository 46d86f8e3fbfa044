/**
 * Kubernetes objects as the API server sends them: raw JSON, unknown fields kept, times as RFC 3339 strings.
 * Source: Kubernetes API conventions, "Types (Kinds)".
 */

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly generateName?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly deletionGracePeriodSeconds?: number
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly [field: string]: unknown
}

export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
  readonly [field: string]: unknown
}

/** Name within a namespace. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectKey {
  readonly namespace?: string
  readonly name: string
}

/** One incarnation of an object: two objects of one name never share a uid. */
export interface ObjectRef extends ObjectKey {
  readonly uid: string
}

export const keyOf = (object: KubeObject): ObjectKey =>
  object.metadata.namespace === undefined
    ? { name: object.metadata.name }
    : { namespace: object.metadata.namespace, name: object.metadata.name }

/** `namespace/name`, or `name` for cluster-scoped objects: the key of queues and caches. */
export const keyString = (key: ObjectKey): string => (key.namespace ? `${key.namespace}/${key.name}` : key.name)

export const parseKey = (text: string): ObjectKey => {
  const slash = text.indexOf('/')
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

export const controllerOf = (object: KubeObject): OwnerReference | undefined =>
  object.metadata.ownerReferences?.find((owner) => owner.controller === true)

/** The reference that makes `owner` the managing controller of a child; background garbage collection follows it. */
export const ownerReference = (owner: KubeObject): OwnerReference => {
  if (owner.metadata.uid === undefined) throw new TypeError(`${owner.kind} ${owner.metadata.name} has no uid yet`)
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: false,
  }
}
