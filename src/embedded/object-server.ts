import { randomInt, randomUUID } from 'node:crypto'
import type { ApplyOptions, DeleteOptions, PatchOptions } from '../kube/cluster.ts'
import { ApiError } from '../kube/errors.ts'
import type { KubeObject, ObjectKey } from '../kube/object.ts'
import { keyOf } from '../kube/object.ts'
import { apiVersionOf, Namespaces, type ResourceType } from '../kube/resource-type.ts'
import { deletionOf } from './deletion.ts'
import {
  applied,
  type FieldManager,
  ownersAfterUpdate,
  refuseDuplicates,
  sameOwners,
  type Writer,
} from './field-managers.ts'
import { copy, isObject, type JsonObject, same } from './json.ts'
import { type KindRules, kindKey } from './kind-rules.ts'
import { mergePatched } from './merge-patch.ts'
import { metadataErrors, metadataOf, metadataUpdateErrors } from './metadata-rules.ts'
import type { ObjectStore, Stored } from './object-store.ts'
import * as refuse from './refusals.ts'
import { seconds } from './time.ts'

export interface ObjectServerOptions {
  /** Make a namespace that is missing instead of refusing. */
  readonly autoCreateNamespaces: boolean
  /** Field manager of writes that name none. */
  readonly defaultManager: string
  /** Epoch milliseconds. */
  readonly now: () => number
}

const SUFFIX = 'bcdfghjklmnpqrstvwxz2456789'
const MAX_GENERATED_BASE = 58
/** Source: etcd's default request limit, which is what bounds an object. */
const MAX_OBJECT = 1.5 * 1024 * 1024

const without = (object: JsonObject, ...fields: readonly string[]): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([field]) => !fields.includes(field)))

/** The write rules of an API server over an ObjectStore. Every method is one atomic step; failures are ApiError. */
export class ObjectServer {
  readonly store: ObjectStore
  readonly #kinds: ReadonlyMap<string, KindRules>
  readonly #options: ObjectServerOptions

  constructor(store: ObjectStore, kinds: ReadonlyMap<string, KindRules>, options: ObjectServerOptions) {
    this.store = store
    this.#kinds = kinds
    this.#options = options
  }

  rulesOf(type: ResourceType): KindRules {
    const rules = this.#kinds.get(kindKey(type))
    if (rules === undefined) throw refuse.unknownResource()
    return rules
  }

  get(type: ResourceType, key: ObjectKey): KubeObject | undefined {
    return this.store.get(this.rulesOf(type), key)?.object
  }

  create(type: ResourceType, input: KubeObject, fieldManager?: string): KubeObject {
    const rules = this.rulesOf(type)
    const object = this.#accepted(rules, input)
    return this.#insert(rules, object, this.#writer(rules, 'Update', fieldManager))
  }

  replace(type: ResourceType, input: KubeObject, options: PatchOptions = {}): KubeObject {
    const rules = this.#rulesFor(type, options.subresource)
    const object = this.#accepted(rules, input)
    const { uid, resourceVersion } = metadataOf(object)
    const live = this.store.get(rules, keyOf(input))
    if (live === undefined) {
      if (!rules.createOnUpdate) throw refuse.notFound(type, input.metadata.name)
      if (uid !== undefined) {
        const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: `
        throw refuse.conflict(type, input.metadata.name, why)
      }
      // A server makes it even where the request names a version.
      const { resourceVersion: _, ...metadata } = metadataOf(object)
      return this.#insert(rules, { ...object, metadata }, this.#writer(rules, 'Update', options.fieldManager))
    }
    if (resourceVersion === undefined && !rules.unconditionalUpdate) {
      throw refuse.unversioned(type, input.metadata.name)
    }
    if (uid !== undefined && uid !== live.object.metadata.uid) {
      throw refuse.conflict(
        type,
        input.metadata.name,
        `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${live.object.metadata.uid}`,
      )
    }
    return this.#update(live, object, this.#writer(rules, 'Update', options.fieldManager, options.subresource))
  }

  mergePatch(type: ResourceType, key: ObjectKey, patch: unknown, options: PatchOptions = {}): KubeObject {
    const rules = this.#rulesFor(type, options.subresource)
    const live = this.store.get(rules, key)
    if (live === undefined) throw refuse.notFound(type, key.name)
    if (!isObject(patch)) throw refuse.badRequest('error decoding patch: the patch must be a JSON object')
    const next = mergePatched(live.object, copy(patch)) as JsonObject
    const { name } = metadataOf(next)
    if (name !== key.name) {
      throw refuse.badRequest(`the name of the object (${name}) does not match the name on the URL (${key.name})`)
    }
    return this.#update(live, next, this.#writer(rules, 'Update', options.fieldManager, options.subresource))
  }

  apply(type: ResourceType, input: KubeObject, options: ApplyOptions): KubeObject {
    const rules = this.#rulesFor(type, options.subresource)
    const object = this.#accepted(rules, input)
    const writer = this.#writer(rules, 'Apply', options.fieldManager, options.subresource)
    const live = this.store.get(rules, keyOf(input))
    const config = configuration(rules, object, options.subresource)
    refuseDuplicates(config, rules.listKeys)
    if (live === undefined) {
      if (options.subresource !== undefined) throw refuse.notFound(type, input.metadata.name)
      const uid = input.metadata.uid
      if (uid !== undefined) {
        throw refuse.conflict(
          type,
          input.metadata.name,
          `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
        )
      }
      return this.#insert(rules, config, writer)
    }
    const { listKeys } = rules
    const result = applied(live.object, config, live.managers, writer, { force: options.force ?? false, listKeys })
    const { uid, resourceVersion } = metadataOf(object)
    const metadata = {
      ...metadataOf(result.object as unknown as JsonObject),
      uid: uid ?? live.object.metadata.uid,
      resourceVersion: resourceVersion ?? live.object.metadata.resourceVersion,
    }
    return this.#update(live, { ...result.object, metadata }, writer, result.managers)
  }

  delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): void {
    const rules = this.rulesOf(type)
    const live = this.store.get(rules, key)
    if (live === undefined) throw refuse.notFound(type, key.name)
    const { uid, resourceVersion } = live.object.metadata
    if (options.uid !== uid) {
      throw refuse.precondition(
        type,
        key.name,
        `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      )
    }
    if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion) {
      throw refuse.precondition(
        type,
        key.name,
        `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      )
    }
    const next = deletionOf(rules, live.object, options, this.#options.now())
    if (next === 'remove') this.store.remove(rules, key)
    else if (next !== 'keep') this.store.put(rules, next, live.managers)
  }

  /**
   * A write by a part of the cluster itself (scheduler, kubelet, garbage collector), which may change anything. Undefined
   * where that incarnation is gone.
   */
  transform(
    type: ResourceType,
    key: ObjectKey,
    uid: string | undefined,
    change: (object: KubeObject) => KubeObject,
    manager: string,
    subresource?: 'status',
  ): KubeObject | undefined {
    const rules = this.rulesOf(type)
    const live = this.store.get(rules, key)
    if (live === undefined || live.object.metadata.uid !== uid) return undefined
    const next = copy(change(live.object))
    if (same(next, live.object)) return live.object
    const writer = this.#writer(rules, 'Update', manager, subresource)
    return this.#store(live, next, ownersAfterUpdate(live.object, next, live.managers, writer, rules.listKeys))
  }

  #rulesFor(type: ResourceType, subresource: 'status' | undefined): KindRules {
    const rules = this.rulesOf(type)
    if (subresource === 'status' && !rules.type.statusSubresource) throw refuse.unknownResource()
    return rules
  }

  #writer(
    rules: KindRules,
    operation: Writer['operation'],
    manager: string | undefined,
    subresource: 'status' | '' = '',
  ): Writer {
    const apiVersion = apiVersionOf(rules.type)
    const time = seconds(this.#options.now())
    return { manager: manager ?? this.#options.defaultManager, operation, subresource, apiVersion, time }
  }

  /** The input as JSON, of the right kind, without what only the server sets. */
  #accepted(rules: KindRules, input: KubeObject): JsonObject {
    const text = JSON.stringify(input)
    if (text.length > MAX_OBJECT) {
      throw new ApiError(413, 'Unknown', 'Request entity too large: limit is 3145728')
    }
    const object = JSON.parse(text) as JsonObject
    const { type } = rules
    if (object.kind !== type.kind || object.apiVersion !== apiVersionOf(type)) {
      throw refuse.badRequest(
        `the object provided is ${object.apiVersion}, Kind=${object.kind}, expected ${apiVersionOf(type)}, Kind=${type.kind}`,
      )
    }
    const metadata = without(metadataOf(object), 'managedFields', 'selfLink')
    if (type.namespaced && (metadata.namespace === undefined || metadata.namespace === '')) {
      throw new TypeError(`${type.kind} ${metadata.name} needs a namespace`)
    }
    return { ...object, metadata: type.namespaced ? metadata : without(metadata, 'namespace') }
  }

  #insert(rules: KindRules, object: JsonObject, writer: Writer): KubeObject {
    const { type } = rules
    const now = this.#options.now()
    const metadata = without(
      metadataOf(object),
      'uid',
      'resourceVersion',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
      'generation',
    )
    if (metadataOf(object).resourceVersion !== undefined) {
      throw new ApiError(500, 'InternalError', 'resourceVersion should not be set on objects to be created')
    }
    const name = metadata.name || generatedName(metadata.generateName)
    const body = type.statusSubresource ? without(object, 'status') : object
    const stamped: JsonObject = {
      ...body,
      metadata: {
        ...metadata,
        ...(name === undefined ? {} : { name }),
        uid: randomUUID(),
        creationTimestamp: seconds(now),
        ...(rules.generation ? { generation: 1 } : {}),
      },
    }
    const created = rules.defaults(tidied(stamped)) as unknown as KubeObject
    this.#requireNamespace(rules, created)
    const holder = this.store.get(rules, keyOf(created))?.object.metadata
    if (holder !== undefined) {
      throw refuse.alreadyExists(type, created.metadata.name, holder.deletionTimestamp !== undefined)
    }
    this.#validate(rules, created, undefined)
    const { listKeys } = rules
    const owners =
      writer.operation === 'Apply'
        ? applied({}, { ...object, metadata }, [], writer, { force: false, listKeys }).managers
        : ownersAfterUpdate({}, created, [], writer, listKeys)
    return this.store.put(rules, created, owners)
  }

  #requireNamespace(rules: KindRules, object: KubeObject): void {
    const { namespace, name } = object.metadata
    if (!rules.type.namespaced || namespace === undefined) return
    const found = this.get(Namespaces, { name: namespace })
    if (found === undefined) {
      if (!this.#options.autoCreateNamespaces) throw refuse.notFound(Namespaces, namespace)
      this.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    } else if (found.metadata.deletionTimestamp !== undefined) {
      throw refuse.forbidden(
        rules.type,
        name,
        `unable to create new content in namespace ${namespace} because it is being terminated`,
        [
          {
            reason: 'NamespaceTerminating',
            message: `namespace ${namespace} is being terminated`,
            field: 'metadata.namespace',
          },
        ],
      )
    }
  }

  #validate(rules: KindRules, object: KubeObject, old: KubeObject | undefined): void {
    const next = object as unknown as JsonObject
    const before = old as unknown as JsonObject | undefined
    const errors = [
      ...(before === undefined ? [] : metadataUpdateErrors(next, before)),
      ...metadataErrors(rules.type, next, rules.nameErrors),
      ...rules.errors(next, before),
    ]
    if (errors.length > 0) throw refuse.invalid(rules.type, object.metadata.name, errors)
  }

  /** `managers` are given by apply, which has already found them; other writes find them here. */
  #update(live: Stored, input: JsonObject, writer: Writer, managers?: readonly FieldManager[]): KubeObject {
    const { rules, object: old } = live
    const { type } = rules
    const given = metadataOf(input)
    const version = given.resourceVersion
    if (version !== undefined && version !== '' && version !== old.metadata.resourceVersion) {
      throw refuse.modified(type, old.metadata.name)
    }
    const before = old as unknown as JsonObject
    const metadata: JsonObject = {
      ...given,
      generation: old.metadata.generation,
      resourceVersion: old.metadata.resourceVersion,
    }
    for (const field of [
      'uid',
      'creationTimestamp',
      'deletionTimestamp',
      'deletionGracePeriodSeconds',
      'generateName',
    ]) {
      if (metadata[field] === undefined) metadata[field] = old.metadata[field]
    }
    const status = { status: writer.subresource === 'status' ? input.status : before.status }
    const body =
      writer.subresource === 'status'
        ? { ...before, ...status, ...(rules.statusWritesMetadata ? { metadata: ownersKept(metadata, old) } : {}) }
        : { ...input, metadata, ...(type.statusSubresource ? status : {}) }
    const next = rules.defaults(tidied(copy(body))) as unknown as KubeObject
    this.#validate(rules, next, old)
    const content = (object: KubeObject) =>
      without(object as unknown as JsonObject, 'metadata', ...(type.statusSubresource ? ['status'] : []))
    const grown =
      rules.generation && !same(content(next), content(old))
        ? { ...next, metadata: { ...next.metadata, generation: (old.metadata.generation ?? 0) + 1 } }
        : next
    const owners = managers ?? ownersAfterUpdate(old, grown, live.managers, writer, rules.listKeys)
    if (same(grown, old) && sameOwners(owners, live.managers)) return old
    return this.#store(live, grown, owners)
  }

  /** Writes, or removes where this was the last finalizer of an object that is being deleted. */
  #store(live: Stored, next: KubeObject, managers: readonly FieldManager[]): KubeObject {
    const { deletionTimestamp, deletionGracePeriodSeconds, finalizers } = next.metadata
    const gone = deletionTimestamp !== undefined && !deletionGracePeriodSeconds && (finalizers ?? []).length === 0
    if (!gone) return this.store.put(live.rules, next, managers)
    this.store.remove(live.rules, keyOf(next))
    return next
  }
}

const ownersKept = (metadata: JsonObject, old: KubeObject): JsonObject => ({
  ...metadata,
  ownerReferences: old.metadata.ownerReferences,
})

/** Empty lists and maps of metadata are as good as absent: the server drops them. */
const tidied = (object: JsonObject): JsonObject => {
  const metadata = { ...metadataOf(object) }
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const value = metadata[field]
    if (value === null || (typeof value === 'object' && Object.keys(value).length === 0)) delete metadata[field]
  }
  return { ...object, metadata }
}

/** What of the applied object this request may own. */
const configuration = (rules: KindRules, object: JsonObject, subresource: 'status' | undefined): JsonObject => {
  if (subresource === 'status') {
    const { apiVersion, kind, metadata } = object
    const { name, namespace } = metadata as JsonObject
    return copy({ apiVersion, kind, metadata: { name, namespace }, status: object.status })
  }
  const metadata = without(
    metadataOf(object),
    'uid',
    'resourceVersion',
    'creationTimestamp',
    'generation',
    'generateName',
  )
  return { ...(rules.type.statusSubresource ? without(object, 'status') : object), metadata }
}

const generatedName = (base: unknown): string | undefined => {
  if (typeof base !== 'string' || base === '') return undefined
  const suffix = Array.from({ length: 5 }, () => SUFFIX[randomInt(SUFFIX.length)]).join('')
  return base.slice(0, MAX_GENERATED_BASE) + suffix
}
