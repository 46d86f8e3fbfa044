import { driverAccess, type Engine } from '../api/driver-access.ts'
import type { Clock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { KubeObject } from '../kube/object.ts'
import { keyOf } from '../kube/object.ts'
import { type ResourceType, RoleBindings, Roles, ServiceAccounts } from '../kube/resource-type.ts'

export interface AccessObject {
  readonly type: ResourceType
  readonly object: KubeObject
}

/** A namespace that had all is believed to have it for so long. */
const BELIEVED_MS = 10_000

const TYPES: Readonly<Record<string, ResourceType>> = {
  ServiceAccount: ServiceAccounts,
  Role: Roles,
  RoleBinding: RoleBindings,
}

/** Knows which namespaces lack what drivers need, with three reads a namespace and ten seconds at most while all is there. */
export class NamespaceAccess {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #completeUntil = new Map<string, number>()
  readonly #asking = new Map<string, Promise<readonly AccessObject[]>>()

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster
    this.#clock = clock
  }

  /** In the order to create them; empty where nothing is missing. */
  async missing(namespace: string, engine: Engine): Promise<readonly AccessObject[]> {
    const key = `${engine}/${namespace}`
    if ((this.#completeUntil.get(key) ?? 0) > this.#clock.monotonic()) return []
    const asked = this.#asking.get(key) ?? this.#ask(namespace, engine, key).finally(() => this.#asking.delete(key))
    this.#asking.set(key, asked)
    return await asked
  }

  async #ask(namespace: string, engine: Engine, key: string): Promise<readonly AccessObject[]> {
    const wanted = driverAccess(namespace, engine).map((object) => ({
      type: TYPES[object.kind] as ResourceType,
      object,
    }))
    const found = await Promise.all(wanted.map(({ type, object }) => this.#cluster.get(type, keyOf(object))))
    const missing = wanted.filter((_, index) => found[index] === undefined)
    if (missing.length === 0) this.#completeUntil.set(key, this.#clock.monotonic() + BELIEVED_MS)
    return missing
  }
}
