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
} from './cluster.ts'
import type { Credentials } from './credentials.ts'
import { isNotFound, TransportError } from './errors.ts'
import { splitLines } from './lines.ts'
import { type KubeObject, keyOf, type ObjectKey } from './object.ts'
import { collectionPath, objectPath, withQuery } from './request-path.ts'
import { apiVersionOf, Pods, type ResourceType } from './resource-type.ts'
import { apiErrorOf } from './status.ts'
import { Transport, type TransportOptions } from './transport.ts'

export interface ApiServerClusterOptions {
  /** What the server does with fields it does not know: 'Strict' refuses them (400), the default drops them. */
  readonly fieldValidation?: 'Ignore' | 'Warn' | 'Strict'
}

/** Source: metav1.WatchEvent as it stands on the wire. */
interface WireEvent {
  readonly type: string
  readonly object: KubeObject
}

/** The Cluster port over a real API server. Its promises are the port's; the transport keeps deadlines and budgets. */
export class ApiServerCluster implements Cluster {
  readonly #transport: Transport
  readonly #fieldValidation: ApiServerClusterOptions['fieldValidation']

  constructor(transport: Transport, options: ApiServerClusterOptions = {}) {
    this.#transport = transport
    this.#fieldValidation = options.fieldValidation
  }

  async get<T extends KubeObject>(type: ResourceType, key: ObjectKey): Promise<T | undefined> {
    try {
      return parse(await this.#transport.request({ verb: 'get', resource: type.plural, path: objectPath(type, key) }))
    } catch (error) {
      if (isNotFound(error) && !saysNoKind(error)) return undefined
      throw error
    }
  }

  async list<T extends KubeObject>(type: ResourceType, options: ListOptions = {}): Promise<ListPage<T>> {
    const path = withQuery(collectionPath(type, options.namespace), {
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
      limit: options.limit,
      continue: options.continue,
      resourceVersion: options.resourceVersion,
      resourceVersionMatch: options.resourceVersionMatch,
    })
    const body = await this.#transport.request({ verb: 'list', resource: type.plural, path, signal: options.signal })
    const list = parse<{
      readonly metadata: { readonly resourceVersion: string; readonly continue?: string }
      readonly items?: readonly T[] | null
    }>(body)
    const apiVersion = apiVersionOf(type)
    return {
      // Items of built-in kinds come without apiVersion and kind.
      items: (list.items ?? []).map((item) =>
        item.kind === undefined ? { ...item, apiVersion, kind: type.kind } : item,
      ),
      resourceVersion: list.metadata.resourceVersion,
      ...(list.metadata.continue ? { continue: list.metadata.continue } : {}),
    }
  }

  async *watch<T extends KubeObject>(type: ResourceType, options: WatchOptions): AsyncGenerator<WatchEvent<T>> {
    if (options.resourceVersion === '' || options.resourceVersion === '0')
      throw new TypeError('a watch needs the resource version of a list')
    const path = withQuery(collectionPath(type, options.namespace), {
      watch: true,
      allowWatchBookmarks: true,
      resourceVersion: options.resourceVersion,
      timeoutSeconds: options.timeoutSeconds,
      labelSelector: options.labelSelector,
      fieldSelector: options.fieldSelector,
    })
    const chunks = this.#transport.stream({ verb: 'watch', resource: type.plural, path, signal: options.signal })
    for await (const batch of splitLines(chunks)) {
      if (batch.kind === 'rest') {
        if (options.signal?.aborted) return
        throw new TransportError('the watch was cut inside an event')
      }
      for (const line of batch.lines) {
        if (options.signal?.aborted) return
        if (line !== '') yield watchEventOf<T>(parse(line))
      }
    }
  }

  async create<T extends KubeObject>(type: ResourceType, object: T): Promise<T> {
    if (type.namespaced && !object.metadata.namespace)
      throw new TypeError(`${type.kind} ${object.metadata.name} needs a namespace`)
    return this.#write('create', type, collectionPath(type, object.metadata.namespace), object)
  }

  async replace<T extends KubeObject>(type: ResourceType, object: T, options: PatchOptions = {}): Promise<T> {
    const path = objectPath(type, keyOf(object), options.subresource)
    return this.#write('update', type, withQuery(path, { fieldManager: options.fieldManager }), object)
  }

  async apply<T extends KubeObject>(type: ResourceType, object: KubeObject, options: ApplyOptions): Promise<T> {
    const path = withQuery(objectPath(type, keyOf(object), options.subresource), {
      fieldManager: options.fieldManager,
      force: options.force,
    })
    return this.#write('apply', type, path, object, 'application/apply-patch+yaml')
  }

  async mergePatch<T extends KubeObject>(
    type: ResourceType,
    key: ObjectKey,
    patch: unknown,
    options: PatchOptions = {},
  ): Promise<T> {
    const path = withQuery(objectPath(type, key, options.subresource), { fieldManager: options.fieldManager })
    return this.#write('patch', type, path, patch, 'application/merge-patch+json')
  }

  async delete(type: ResourceType, key: ObjectKey, options: DeleteOptions): Promise<void> {
    const body = JSON.stringify({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      preconditions: { uid: options.uid, resourceVersion: options.resourceVersion },
      gracePeriodSeconds: options.gracePeriodSeconds,
      propagationPolicy: options.propagationPolicy,
    })
    await this.#transport.request({ verb: 'delete', resource: type.plural, path: objectPath(type, key), body })
  }

  async *log(pod: ObjectKey, options: LogOptions = {}): AsyncGenerator<string> {
    const path = withQuery(objectPath(Pods, pod, 'log'), {
      container: options.container,
      tailLines: options.tailLines,
      follow: options.follow,
      limitBytes: options.limitBytes,
    })
    const chunks = this.#transport.stream({ verb: 'log', resource: 'pods', path, signal: options.signal })
    for await (const batch of splitLines(chunks)) {
      if (batch.kind === 'rest') yield batch.text
      else yield* batch.lines
    }
  }

  async close(): Promise<void> {
    this.#transport.close()
  }

  async #write<T>(
    verb: 'create' | 'update' | 'patch' | 'apply',
    type: ResourceType,
    path: string,
    body: unknown,
    contentType?: string,
  ): Promise<T> {
    const strict = this.#fieldValidation
    return parse(
      await this.#transport.request({
        verb,
        resource: type.plural,
        path: strict === undefined ? path : `${path}${path.includes('?') ? '&' : '?'}fieldValidation=${strict}`,
        body: JSON.stringify(body),
        contentType,
      }),
    )
  }
}

export const connectToApiServer = (
  credentials: Credentials,
  options: TransportOptions & ApiServerClusterOptions = {},
): ApiServerCluster => new ApiServerCluster(new Transport(credentials, options), options)

const watchEventOf = <T extends KubeObject>(event: WireEvent): WatchEvent<T> => {
  switch (event.type) {
    case 'ADDED':
    case 'MODIFIED':
    case 'DELETED':
      return { type: event.type, object: event.object as T }
    case 'BOOKMARK':
      return { type: 'BOOKMARK', resourceVersion: event.object.metadata.resourceVersion ?? '' }
    case 'ERROR':
      return { type: 'ERROR', error: apiErrorOf(event.object) }
    default:
      throw new TransportError(`the server sent a watch event of an unknown type: ${String(event.type).slice(0, 40)}`)
  }
}

/** The server knows no such kind: it answers with a text instead of a Status that names the object. */
const saysNoKind = (error: unknown): boolean =>
  error instanceof Error &&
  (error.message === '404 page not found' || error.message.includes('could not find the requested resource'))

const parse = <T>(body: string): T => {
  try {
    return JSON.parse(body) as T
  } catch (cause) {
    throw new TransportError('the server sent something that is not JSON', { cause })
  }
}
