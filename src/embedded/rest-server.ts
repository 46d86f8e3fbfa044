import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type Http2Server, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Cluster } from '../kube/cluster.ts'
import { ApiError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/object.ts'
import { apiVersionOf, type ResourceType } from '../kube/resource-type.ts'
import { parseRestPath, type RestTarget } from './rest-path.ts'

const MAX_BODY = 3 * 1024 * 1024

export interface RestServer {
  /** `http://127.0.0.1:PORT`, HTTP/2 with prior knowledge. */
  readonly url: string
  /** Bearer token that every request must carry: other users of this machine are shut out. */
  readonly token: string
  close(): Promise<void>
}

/**
 * Serves a Cluster port over loopback in the API server's own protocol, so that a driver that runs as a local process
 * makes its executors with the same client as in a pod. Source: Kubernetes API concepts (verbs, watch, patch types).
 */
export const serveRest = async (cluster: Cluster, types: readonly ResourceType[]): Promise<RestServer> => {
  const token = randomBytes(24).toString('hex')
  const expected = Buffer.from(`Bearer ${token}`)
  const sessions = new Set<ServerHttp2Session>()
  const server: Http2Server = createServer()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
  })
  server.on('stream', (opened, headers) => {
    const stream = opened as ServerHttp2Stream
    // A client that goes away in mid-answer is not an error of ours.
    stream.on('error', () => stream.destroy())
    const given = Buffer.from(headers.authorization ?? '')
    const work =
      given.length === expected.length && timingSafeEqual(given, expected)
        ? answer(
            cluster,
            types,
            stream,
            String(headers[':method']),
            String(headers[':path']),
            String(headers['content-type'] ?? ''),
          )
        : Promise.reject(new ApiError(401, 'Unauthorized', 'Unauthorized'))
    work.catch((error: unknown) => sendError(stream, error))
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const session of sessions) session.destroy()
      }),
  }
}

const sendJson = (stream: ServerHttp2Stream, status: number, body: unknown): void => {
  if (stream.destroyed || stream.headersSent) return
  stream.respond({ ':status': status, 'content-type': 'application/json' })
  stream.end(JSON.stringify(body))
}

const statusOf = (error: ApiError) => ({
  kind: 'Status',
  apiVersion: 'v1',
  status: 'Failure',
  message: error.message,
  reason: error.reason,
  details: {
    causes: error.causes,
    ...(error.retryAfterMs === undefined ? {} : { retryAfterSeconds: Math.ceil(error.retryAfterMs / 1000) }),
  },
  code: error.status,
})

const sendError = (stream: ServerHttp2Stream, error: unknown): void => {
  const api =
    error instanceof ApiError
      ? error
      : new ApiError(500, 'InternalError', error instanceof Error ? error.message : String(error), { cause: error })
  if (stream.headersSent) stream.destroy()
  else sendJson(stream, api.status, statusOf(api))
}

const readBody = async (stream: ServerHttp2Stream): Promise<unknown> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY) throw new ApiError(413, 'BadRequest', 'Request entity too large: limit is 3145728')
    chunks.push(chunk)
  }
  if (size === 0) return undefined
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch (cause) {
    throw new ApiError(400, 'BadRequest', 'the body is not JSON', { cause })
  }
}

const answer = async (
  cluster: Cluster,
  types: readonly ResourceType[],
  stream: ServerHttp2Stream,
  method: string,
  path: string,
  contentType: string,
): Promise<void> => {
  const url = new URL(path, 'http://embedded')
  const target = parseRestPath(url.pathname, types)
  if (target === undefined) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
  if (method === 'GET') return read(cluster, stream, target, url.searchParams)
  const body = await readBody(stream)
  sendJson(
    stream,
    method === 'POST' ? 201 : 200,
    await write(cluster, method, target, url.searchParams, contentType, body),
  )
}

const read = async (
  cluster: Cluster,
  stream: ServerHttp2Stream,
  target: RestTarget,
  query: URLSearchParams,
): Promise<void> => {
  if (target.subresource === 'log') return log(cluster, stream, target, query)
  if (target.key !== undefined) {
    const object = await cluster.get(target.type, target.key)
    if (object === undefined) {
      throw new ApiError(404, 'NotFound', `${target.type.plural} "${target.key.name}" not found`)
    }
    return sendJson(stream, 200, object)
  }
  const text = (name: string) => query.get(name) ?? undefined
  const scope = {
    ...(target.namespace === undefined ? {} : { namespace: target.namespace }),
    ...(query.has('labelSelector') ? { labelSelector: text('labelSelector') } : {}),
    ...(query.has('fieldSelector') ? { fieldSelector: text('fieldSelector') } : {}),
  } as { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string }
  if (query.get('watch') === '1' || query.get('watch') === 'true')
    return watch(cluster, stream, target.type, scope, query)
  const match = text('resourceVersionMatch') as 'NotOlderThan' | 'Exact' | undefined
  const resourceVersion = text('resourceVersion')
  const next = text('continue')
  const page = await cluster.list(target.type, {
    ...scope,
    ...(query.has('limit') ? { limit: Number(query.get('limit')) } : {}),
    ...(next ? { continue: next } : {}),
    ...(resourceVersion ? { resourceVersion } : {}),
    ...(match ? { resourceVersionMatch: match } : {}),
  })
  sendJson(stream, 200, {
    kind: `${target.type.kind}List`,
    apiVersion: apiVersionOf(target.type),
    metadata: { resourceVersion: page.resourceVersion, ...(page.continue ? { continue: page.continue } : {}) },
    items: page.items,
  })
}

/** Writes and waits where the client reads slowly. */
const push = async (stream: ServerHttp2Stream, text: string): Promise<void> => {
  if (!stream.write(text))
    await new Promise<void>((resolve) => {
      stream.once('drain', resolve)
      stream.once('close', resolve)
    })
}

const watch = async (
  cluster: Cluster,
  stream: ServerHttp2Stream,
  type: ResourceType,
  scope: { readonly namespace?: string; readonly labelSelector?: string; readonly fieldSelector?: string },
  query: URLSearchParams,
): Promise<void> => {
  const abort = new AbortController()
  stream.once('close', () => abort.abort())
  const timeout = query.get('timeoutSeconds')
  const events = cluster.watch(type, {
    ...scope,
    resourceVersion: query.get('resourceVersion') ?? '',
    ...(timeout === null ? {} : { timeoutSeconds: Number(timeout) }),
    signal: abort.signal,
  })
  stream.respond({ ':status': 200, 'content-type': 'application/json' })
  for await (const event of events) {
    if (stream.destroyed) return
    await push(stream, `${JSON.stringify(wire(type, event))}\n`)
  }
  if (!stream.destroyed) stream.end()
}

const wire = (type: ResourceType, event: import('../kube/cluster.ts').WatchEvent): unknown => {
  switch (event.type) {
    case 'BOOKMARK':
      return {
        type: 'BOOKMARK',
        object: {
          kind: type.kind,
          apiVersion: apiVersionOf(type),
          metadata: { resourceVersion: event.resourceVersion },
        },
      }
    case 'ERROR':
      return { type: 'ERROR', object: statusOf(event.error) }
    default:
      return event
  }
}

const log = async (
  cluster: Cluster,
  stream: ServerHttp2Stream,
  target: RestTarget,
  query: URLSearchParams,
): Promise<void> => {
  if (target.key === undefined) throw new ApiError(404, 'NotFound', 'the server could not find the requested resource')
  const container = query.get('container')
  const tail = query.get('tailLines')
  const abort = new AbortController()
  stream.once('close', () => abort.abort())
  const lines = cluster.log(target.key, {
    ...(container ? { container } : {}),
    ...(tail ? { tailLines: Number(tail) } : {}),
    follow: query.get('follow') === 'true',
    signal: abort.signal,
  })
  for await (const line of lines) {
    if (!stream.headersSent) stream.respond({ ':status': 200, 'content-type': 'text/plain' })
    await push(stream, `${line}\n`)
  }
  if (!stream.headersSent) stream.respond({ ':status': 200, 'content-type': 'text/plain' })
  stream.end()
}

const write = async (
  cluster: Cluster,
  method: string,
  target: RestTarget,
  query: URLSearchParams,
  contentType: string,
  body: unknown,
): Promise<unknown> => {
  const { type, key } = target
  const subresource = target.subresource === 'status' ? ({ subresource: 'status' } as const) : {}
  const inNamespace = (): KubeObject => {
    const object = body as KubeObject
    return target.namespace === undefined
      ? object
      : { ...object, metadata: { ...object.metadata, namespace: target.namespace } }
  }
  if (method === 'POST' && key === undefined) return cluster.create(type, inNamespace())
  if (key === undefined) throw new ApiError(405, 'MethodNotAllowed', `${method} needs the name of one object`)
  switch (method) {
    case 'PUT':
      return cluster.replace(type, inNamespace(), subresource)
    case 'PATCH':
      return contentType.startsWith('application/apply-patch')
        ? cluster.apply(type, inNamespace(), {
            fieldManager: query.get('fieldManager') ?? 'unknown',
            force: query.get('force') === 'true',
            ...subresource,
          })
        : cluster.mergePatch(type, key, body, subresource)
    case 'DELETE': {
      const options = (body ?? {}) as {
        readonly gracePeriodSeconds?: number
        readonly propagationPolicy?: 'Background' | 'Foreground' | 'Orphan'
        readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
      }
      const uid = options.preconditions?.uid
      if (uid === undefined) throw new ApiError(400, 'BadRequest', 'a deletion must name the uid it means')
      await cluster.delete(type, key, {
        uid,
        ...(options.preconditions?.resourceVersion ? { resourceVersion: options.preconditions.resourceVersion } : {}),
        ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
        ...(options.propagationPolicy ? { propagationPolicy: options.propagationPolicy } : {}),
      })
      return { kind: 'Status', apiVersion: 'v1', status: 'Success', code: 200 }
    }
    default:
      throw new ApiError(405, 'MethodNotAllowed', `${method} is not supported`)
  }
}
