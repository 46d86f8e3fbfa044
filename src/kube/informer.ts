import { Cache, type Change } from './cache.ts'
import { CacheDivergence, divergenceOf } from './cache-check.ts'
import { type Clock, sleep, systemClock } from './clock.ts'
import type { Cluster } from './cluster.ts'
import type { KubeObject, ObjectKey } from './object.ts'
import { type ResourceType, resourceName } from './resource-type.ts'
import type { Indexers, Store } from './store.ts'
import { type Selection, watchObjects } from './watch.ts'
import type { RestartReason, WatchOutput } from './watch-state.ts'

/** What an informer tells about itself. None may throw. `resource` is `pods`, `sparkapplications.sparkoperator.k8s.io`. */
export interface InformerMetrics {
  watchEvent(resource: string, kind: 'Apply' | 'Delete' | 'Progress'): void
  watchRestarted(resource: string, reason: RestartReason, error: unknown): void
  relisted(resource: string): void
  /** The cache was compared with the server and had so many objects wrong. */
  diverged(resource: string, objects: number): void
  /** A listener threw: a defect of ours that must not cost the others their events. */
  listenerFailed(resource: string, error: unknown): void
}

export interface InformerOptions<T extends KubeObject = KubeObject> extends Selection {
  readonly cluster: Cluster
  readonly type: ResourceType
  readonly indexers?: Indexers<T>
  /** What is kept of each object; by default all but metadata.managedFields. Must keep uid and resourceVersion. */
  readonly transform?: (object: T) => T
  readonly metrics?: Partial<InformerMetrics>
  readonly clock?: Clock
  /** In [0, 1). */
  readonly random?: () => number
  /** Compare with the server every so often and fail where they differ; by default as BELLOWS_CACHE_CHECK=1 says. */
  readonly checkEveryMs?: number
}

const CHECK_EVERY_MS = 10_000

/**
 * A store that follows the server. `run` keeps it until its signal aborts, through every failure of the server;
 * listeners hear each change after the store shows it, in order, and must be quick.
 */
export class Informer<T extends KubeObject = KubeObject> implements Store<T> {
  readonly type: ResourceType
  readonly #options: InformerOptions<T>
  readonly #resource: string
  readonly #cache: Cache<T>
  readonly #clock: Clock
  readonly #transform: (object: T) => T
  #listeners: readonly ((change: Change<T>) => void)[] = []
  #waiting: readonly (() => void)[] = []

  constructor(options: InformerOptions<T>) {
    this.type = options.type
    this.#options = options
    this.#resource = resourceName(options.type)
    this.#clock = options.clock ?? systemClock
    this.#transform = options.transform ?? withoutManagedFields
    this.#cache = new Cache<T>(options.indexers, (change) => this.#tell(change))
  }

  get(key: ObjectKey): T | undefined {
    return this.#cache.get(key)
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#cache.byIndex(index, value)
  }

  list(): Iterable<T> {
    return this.#cache.list()
  }

  get size(): number {
    return this.#cache.size
  }

  get synced(): boolean {
    return this.#cache.synced
  }

  get resourceVersion(): string {
    return this.#cache.resourceVersion
  }

  observeWrite(object: T): void {
    this.#cache.observeWrite(this.#transform(object))
  }

  /** Who listens from before `run` hears every object as Added. The answer ends it. */
  onChange(listener: (change: Change<T>) => void): () => void {
    this.#listeners = [...this.#listeners, listener]
    return () => {
      this.#listeners = this.#listeners.filter((each) => each !== listener)
    }
  }

  /** Resolves once the first list is in. */
  whenSynced(): Promise<void> {
    if (this.synced) return Promise.resolve()
    return new Promise((resolve) => {
      this.#waiting = [...this.#waiting, resolve]
    })
  }

  /** Follows the server until `signal` aborts. Throws only CacheDivergence, and only in check mode. */
  async run(signal: AbortSignal): Promise<void> {
    const { cluster, type, namespace, labelSelector, fieldSelector, metrics } = this.#options
    const stopped = new AbortController()
    const either = AbortSignal.any([signal, stopped.signal])
    const watching = watchObjects<T>(
      type,
      { namespace, labelSelector, fieldSelector },
      {
        cluster,
        clock: this.#clock,
        random: this.#options.random ?? Math.random,
        onRestart: (reason, error) => metrics?.watchRestarted?.(this.#resource, reason, error),
        onRelist: () => metrics?.relisted?.(this.#resource),
      },
      (output) => this.#take(output),
      either,
    )
    const every = this.#options.checkEveryMs ?? (process.env.BELLOWS_CACHE_CHECK === '1' ? CHECK_EVERY_MS : undefined)
    try {
      await Promise.all(every === undefined ? [watching] : [watching, this.#checkEvery(every, either)])
    } finally {
      stopped.abort()
    }
  }

  /**
   * Compares with the server's state at the very version that the store stands at; the keys that differ.
   * Undefined where the server no longer has that version.
   */
  async check(): Promise<readonly string[] | undefined> {
    const { cluster, type, namespace, labelSelector, fieldSelector } = this.#options
    const differing = await divergenceOf(cluster, type, { namespace, labelSelector, fieldSelector }, this.#cache)
    if (differing !== undefined) this.#options.metrics?.diverged?.(this.#resource, differing.length)
    return differing
  }

  async #checkEvery(ms: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.#clock, ms, signal)
      if (signal.aborted) return
      // A server that cannot be asked is the watch's business; the next turn compares again.
      const differing = this.synced ? await this.check().catch(() => undefined) : undefined
      if (differing !== undefined && differing.length > 0) throw new CacheDivergence(this.#resource, differing)
    }
  }

  #take(output: WatchOutput<T>): void {
    switch (output.kind) {
      case 'InitApply':
        this.#cache.take({ kind: 'InitApply', object: this.#transform(output.object) })
        return
      case 'Apply':
      case 'Delete':
        this.#options.metrics?.watchEvent?.(this.#resource, output.kind)
        this.#cache.take({ kind: output.kind, object: this.#transform(output.object) })
        return
      case 'Progress':
        this.#options.metrics?.watchEvent?.(this.#resource, output.kind)
        this.#cache.take(output)
        return
      case 'Init':
        this.#cache.take(output)
        return
      case 'InitDone': {
        this.#cache.take(output)
        const waiting = this.#waiting
        this.#waiting = []
        for (const resolve of waiting) resolve()
      }
    }
  }

  #tell(change: Change<T>): void {
    for (const listener of this.#listeners) {
      try {
        listener(change)
      } catch (error) {
        this.#options.metrics?.listenerFailed?.(this.#resource, error)
      }
    }
  }
}

/** A tenth of a small object's size, half of a big one's, and nobody here reads it. */
export const withoutManagedFields = <T extends KubeObject>(object: T): T => {
  if (object.metadata.managedFields === undefined) return object
  const { managedFields: _, ...metadata } = object.metadata
  return { ...object, metadata }
}
