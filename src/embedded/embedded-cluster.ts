import type {
  ApplyOptions,
  Cluster,
  DeleteOptions,
  ListOptions,
  ListPage,
  LogOptions,
  PatchOptions,
  WatchEvent,
  WatchOptions,
} from '../kube/cluster.ts'
import { TransportError } from '../kube/errors.ts'
import type { KubeObject, ObjectKey } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Namespaces, Nodes, Pods, type ResourceType } from '../kube/resource-type.ts'
import { GarbageCollector } from './garbage-collector.ts'
import { at } from './json.ts'
import { kindTable, type RegisteredKind } from './kind-rules.ts'
import { ListPages, selectableOf } from './list-pages.ts'
import { ObjectServer } from './object-server.ts'
import { ObjectStore } from './object-store.ts'
import { type KubeletOptions, ProcessKubelet } from './process-kubelet.ts'
import { badRequest, expired, notFound } from './refusals.ts'
import { fieldSelector, labelSelector } from './selectors.ts'
import { seenBy, WatchStream } from './watch-stream.ts'

export interface EmbeddedClusterOptions {
  /** Kinds besides the built-in ones: custom resources with their schema as functions. */
  readonly resources?: readonly RegisteredKind[]
  /** Make missing namespaces instead of refusing to create in them. Default: refuse, as a server does. */
  readonly autoCreateNamespaces?: boolean
  /** How pods become processes; false: nobody runs pods, they stay Pending. */
  readonly kubelet?: KubeletOptions | false
  /** So many changes of each kind can be watched again; older ones answer 410. Default 2,000. */
  readonly historyLimit?: number
  /** How often an idle watch is told how far it has come. Default 10,000 ms. */
  readonly bookmarkIntervalMs?: number
  /** Field manager of writes that name none. Default 'bellows'. */
  readonly defaultManager?: string
  /** The cluster's clock, epoch milliseconds. Processes keep real time. */
  readonly now?: () => number
}

/**
 * A Kubernetes API server, garbage collector, scheduler and kubelet in this process, without a cluster. It keeps the
 * contract suite in test/contract, as a real API server does. Objects that it hands out are frozen.
 */
export class EmbeddedCluster implements Cluster {
  readonly #server: ObjectServer
  readonly #pages: ListPages
  readonly #collector: GarbageCollector
  readonly #kubelet: ProcessKubelet | undefined
  readonly #streams = new Set<WatchStream>()
  readonly #bookmarkIntervalMs: number
  #closed = false

  constructor(options: EmbeddedClusterOptions = {}) {
    const kinds = kindTable(options.resources ?? [])
    const store = new ObjectStore(kinds.values(), options.historyLimit ?? 2_000)
    const now = options.now ?? Date.now
    this.#server = new ObjectServer(store, kinds, {
      autoCreateNamespaces: options.autoCreateNamespaces ?? false,
      defaultManager: options.defaultManager ?? 'bellows',
      now,
    })
    this.#pages = new ListPages(store)
    this.#collector = new GarbageCollector(this.#server)
    this.#bookmarkIntervalMs = options.bookmarkIntervalMs ?? 10_000
    this.#server.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } })
    if (options.kubelet !== false) {
      this.#kubelet = new ProcessKubelet(this.#server, { now, ...options.kubelet })
      const metadata = { name: this.#kubelet.nodeName }
      this.#server.create(Nodes, { apiVersion: 'v1', kind: 'Node', metadata })
    }
  }

  async get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined> {
    return this.#open().get(type, key) as T | undefined
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ListPage<T>> {
    return this.#pages.page(this.#open().rulesOf(type), options) as ListPage<T>
  }

  async create<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    return this.#open().create(type, object) as T
  }

  async replace<T extends KubeObject>(type: ResourceType, object: T, options?: PatchOptions): Promise<T> {
    return this.#open().replace(type, object, options) as T
  }

  async apply<T extends KubeObject>(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<T> {
    return this.#open().apply(type, object, options) as T
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: unknown,
    options?: PatchOptions,
  ): Promise<T> {
    return this.#open().mergePatch(type, key, patch, options) as T
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<void> {
    this.#open().delete(type, key, options)
  }

  async *watch<T extends KubeObject>(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    const { store } = this.#open()
    const rules = this.#server.rulesOf(type)
    const labels = labelSelector(options.labelSelector)
    const fields = fieldSelector(options.fieldSelector, selectableOf(rules))
    const since = Number(options.resourceVersion)
    if (!Number.isInteger(since) || since <= 0)
      throw badRequest(`cannot watch from version "${options.resourceVersion}"`)
    const missed = store.changesSince(rules, since)
    if (missed === undefined) {
      const error = expired(`too old resource version: ${since} (${store.floor(rules)})`)
      yield { type: 'ERROR', error }
      return
    }
    const filter = { namespace: options.namespace, matches: (object: KubeObject) => labels(object) && fields(object) }
    const stream = new WatchStream()
    let told = since
    const bookmark = () => {
      if (store.revision <= told) return
      told = store.revision
      stream.push({ type: 'BOOKMARK', resourceVersion: String(told) })
    }
    const stopListening = store.onChange((change) => {
      if (change.revision <= since) return
      const event = seenBy(filter, change)
      if (event === undefined) return
      told = change.revision
      stream.push(event)
    }, rules)
    for (const change of missed) {
      const event = seenBy(filter, change)
      if (event !== undefined) stream.push(event)
    }
    const bookmarks = setInterval(bookmark, this.#bookmarkIntervalMs).unref()
    const end = () => stream.stop()
    const timeout =
      options.timeoutSeconds === undefined
        ? undefined
        : setTimeout(() => {
            bookmark()
            stream.end()
          }, options.timeoutSeconds * 1000)
    options.signal?.addEventListener('abort', end)
    if (options.signal?.aborted) end()
    this.#streams.add(stream)
    try {
      yield* stream.read() as AsyncGenerator<WatchEvent<T>>
    } finally {
      stopListening()
      clearInterval(bookmarks)
      clearTimeout(timeout)
      options.signal?.removeEventListener('abort', end)
      this.#streams.delete(stream)
    }
  }

  async *log(pod: ObjectKey, options: LogOptions = {}): AsyncGenerator<string> {
    const found = this.#open().get(Pods, pod)
    if (found === undefined) throw notFound(Pods, pod.name)
    // A pod that no node has taken has an empty log.
    if (this.#kubelet !== undefined && at(found, 'spec', 'nodeName')) yield* this.#kubelet.log(found as Pod, options)
  }

  /** Forgets the history of all kinds, so that watches from now on start anew: for tests of 410. */
  compact(): void {
    this.#open().store.compact()
  }

  /** Ends every process of every pod and removes their files. Calls after that fail with TransportError. */
  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#collector.close()
    for (const stream of this.#streams) stream.stop()
    await this.#kubelet?.close()
  }

  #open(): ObjectServer {
    if (this.#closed) throw new TransportError('the embedded cluster is closed')
    return this.#server
  }
}
