import type { KubeObject, ObjectKey } from '../kube/object.ts'
import { keyOf } from '../kube/object.ts'
import { Namespaces } from '../kube/resource-type.ts'
import { FOREGROUND, ORPHAN } from './deletion.ts'
import { kindKey } from './kind-rules.ts'
import type { ObjectServer } from './object-server.ts'
import type { Change, Stored } from './object-store.ts'

const MANAGER = 'garbage-collector'

/**
 * Deletes in the background what no owner is left for, empties namespaces that are being deleted, and carries out
 * Foreground and Orphan deletions. Source: the garbage collector and namespace controllers of Kubernetes.
 */
export class GarbageCollector {
  readonly #server: ObjectServer
  /** Owner uid → uids of the objects that name it. */
  readonly #dependents = new Map<string, Set<string>>()
  readonly #queue = new Set<string>()
  readonly #terminating = new Set<string>()
  #scheduled: NodeJS.Immediate | undefined
  readonly #stop: () => void

  constructor(server: ObjectServer) {
    this.#server = server
    this.#stop = server.store.onChange((change) => this.#observe(change))
  }

  close(): void {
    this.#stop()
    clearImmediate(this.#scheduled)
  }

  #observe(change: Change): void {
    const { object, previous, type, rules } = change
    const uid = object.metadata.uid ?? ''
    const before = previous?.metadata.ownerReferences
    const after = type === 'DELETED' ? undefined : object.metadata.ownerReferences
    if (before !== after) {
      for (const owner of before ?? []) this.#dependents.get(owner.uid)?.delete(uid)
      for (const owner of after ?? []) this.#dependents.getOrInsertComputed(owner.uid, () => new Set()).add(uid)
      if (after !== undefined) this.#queue.add(uid)
    }
    if (type === 'DELETED') {
      for (const dependent of this.#dependents.get(uid) ?? []) this.#queue.add(dependent)
      for (const owner of before ?? []) this.#queue.add(owner.uid)
      if (object.metadata.namespace !== undefined && this.#terminating.has(object.metadata.namespace)) this.#schedule()
    } else if (object.metadata.deletionTimestamp !== undefined) {
      this.#queue.add(uid)
      if (kindKey(rules.type) === kindKey(Namespaces)) this.#terminating.add(object.metadata.name)
    }
    if (this.#queue.size > 0 || this.#terminating.size > 0) this.#schedule()
  }

  #schedule(): void {
    this.#scheduled ??= setImmediate(() => {
      this.#scheduled = undefined
      const uids = [...this.#queue]
      this.#queue.clear()
      for (const uid of uids) this.#look(uid)
      for (const namespace of this.#terminating) this.#empty(namespace)
    })
  }

  #look(uid: string): void {
    const stored = this.#server.store.byUid(uid)
    if (stored === undefined) return
    const { object } = stored
    const finalizers = object.metadata.finalizers ?? []
    if (object.metadata.deletionTimestamp !== undefined) {
      if (finalizers.includes(ORPHAN)) this.#orphan(stored)
      else if (finalizers.includes(FOREGROUND)) this.#foreground(stored)
      return
    }
    const owners = object.metadata.ownerReferences ?? []
    const solid = owners.filter((owner) => this.#isThere(owner.uid, object))
    if (owners.length === solid.length) return
    if (solid.length === 0) this.#delete(stored)
    else this.#change(stored, (each) => withMetadata(each, { ownerReferences: solid }))
  }

  #isThere(uid: string, dependent: KubeObject): boolean {
    const owner = this.#server.store.byUid(uid)?.object.metadata
    return owner !== undefined && (owner.namespace === undefined || owner.namespace === dependent.metadata.namespace)
  }

  #orphan(owner: Stored): void {
    const { uid } = owner.object.metadata
    for (const dependent of this.#dependentsOf(owner)) {
      const rest = (dependent.object.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== uid)
      this.#change(dependent, (each) => withMetadata(each, { ownerReferences: rest.length > 0 ? rest : undefined }))
    }
    this.#dropFinalizer(owner, ORPHAN)
  }

  #foreground(owner: Stored): void {
    const { uid } = owner.object.metadata
    let blocked = false
    for (const dependent of this.#dependentsOf(owner)) {
      const { metadata } = dependent.object
      if (metadata.deletionTimestamp === undefined) this.#delete(dependent)
      const left = this.#server.store.byUid(metadata.uid ?? '') !== undefined
      blocked ||= left && metadata.ownerReferences?.some((each) => each.uid === uid && each.blockOwnerDeletion) === true
    }
    if (!blocked) this.#dropFinalizer(owner, FOREGROUND)
  }

  #dependentsOf(owner: Stored): Stored[] {
    const uids = [...(this.#dependents.get(owner.object.metadata.uid ?? '') ?? [])]
    return uids.map((uid) => this.#server.store.byUid(uid)).filter((each) => each !== undefined)
  }

  #dropFinalizer(owner: Stored, name: string): void {
    this.#change(owner, (each) => {
      const rest = (each.metadata.finalizers ?? []).filter((finalizer) => finalizer !== name)
      return withMetadata(each, { finalizers: rest.length > 0 ? rest : undefined })
    })
  }

  #delete({ rules, object }: Stored): void {
    this.#server.delete(rules.type, keyOf(object), { uid: object.metadata.uid ?? '', propagationPolicy: 'Background' })
  }

  #change({ rules, object }: Stored, change: (object: KubeObject) => KubeObject): void {
    this.#server.transform(rules.type, keyOf(object), object.metadata.uid, change, MANAGER)
  }

  #empty(namespace: string): void {
    const key: ObjectKey = { name: namespace }
    const stored = this.#server.store.get(this.#server.rulesOf(Namespaces), key)
    if (stored === undefined || stored.object.metadata.deletionTimestamp === undefined) {
      this.#terminating.delete(namespace)
      return
    }
    for (const { rules, object } of [...this.#server.store.inNamespace(namespace)]) {
      if (object.metadata.deletionTimestamp === undefined) {
        this.#server.delete(rules.type, keyOf(object), { uid: object.metadata.uid ?? '' })
      }
    }
    const left = this.#server.store.inNamespace(namespace).next().done !== true
    if (left || (stored.object.metadata.finalizers ?? []).length > 0) return
    this.#terminating.delete(namespace)
    this.#server.store.remove(stored.rules, key)
  }
}

const withMetadata = (object: KubeObject, metadata: Readonly<Record<string, unknown>>): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, ...metadata },
})
