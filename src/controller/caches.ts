import type { Change } from '../kube/cache.ts'
import type { Clock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { Informer, type InformerMetrics } from '../kube/informer.ts'
import type { KubeObject } from '../kube/object.ts'
import { Pods, type ResourceType, resourceName } from '../kube/resource-type.ts'
import type { Indexers, Store } from '../kube/store.ts'
import type { StoreLookup } from './ports.ts'
import { slimPod } from './slim-pod.ts'

/** What a controller wants cached. Several may ask for one kind: they get one cache with all their indexes. */
export interface CacheNeed {
  readonly type: ResourceType
  readonly labelSelector?: string
  // biome-ignore lint/suspicious/noExplicitAny: index functions of many kinds lie in one list
  readonly indexers?: Indexers<any>
}

export interface CachesOptions {
  readonly cluster: Cluster
  readonly needs: readonly CacheNeed[]
  /** Undefined: all namespaces. */
  readonly namespace?: string
  readonly clock?: Clock
  readonly metrics?: Partial<InformerMetrics>
}

/** One informer a kind, shared by all controllers. Pods are kept slim: see slim-pod.ts. */
export class Caches implements StoreLookup {
  readonly #informers = new Map<string, Informer>()

  /** Throws TypeError where two needs of one kind select different objects: one cache cannot serve both. */
  constructor({ needs, ...options }: CachesOptions) {
    for (const [name, need] of mergedNeeds(needs)) {
      const transform = need.type.kind === Pods.kind && need.type.group === Pods.group ? { transform: slimPod } : {}
      this.#informers.set(name, new Informer({ ...options, ...need, ...transform }))
    }
  }

  store<T extends KubeObject>(type: ResourceType): Store<T> | undefined {
    return this.#informers.get(resourceName(type)) as unknown as Store<T> | undefined
  }

  /** The store of a kind that a controller asked for. Throws TypeError for any other. */
  need<T extends KubeObject>(type: ResourceType): Store<T> {
    const store = this.store<T>(type)
    if (store === undefined) throw new TypeError(`nobody asked for a cache of ${resourceName(type)}`)
    return store
  }

  get types(): readonly ResourceType[] {
    return [...this.#informers.values()].map(({ type }) => type)
  }

  /** Hears every change of a kind after its store shows it. The answer ends it. */
  onChange(type: ResourceType, listener: (change: Change) => void): () => void {
    const informer = this.#informers.get(resourceName(type))
    if (informer === undefined) throw new TypeError(`nobody asked for a cache of ${resourceName(type)}`)
    return informer.onChange(listener)
  }

  get synced(): boolean {
    return [...this.#informers.values()].every(({ synced }) => synced)
  }

  async whenSynced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.whenSynced()))
  }

  /** Follows the server until `signal` aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.run(signal)))
  }
}

const mergedNeeds = (needs: readonly CacheNeed[]): ReadonlyMap<string, CacheNeed> => {
  const merged = new Map<string, CacheNeed>()
  for (const need of needs) {
    const name = resourceName(need.type)
    const before = merged.get(name)
    if (before !== undefined && before.labelSelector !== need.labelSelector)
      throw new TypeError(
        `caches of ${name} select both "${before.labelSelector ?? ''}" and "${need.labelSelector ?? ''}"`,
      )
    merged.set(name, { ...need, indexers: { ...before?.indexers, ...need.indexers } })
  }
  return merged
}
