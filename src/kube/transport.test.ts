import { afterEach, describe, expect, test } from 'vitest'
import { ApiServerCluster } from './api-server-cluster.ts'
import { ApiError, TransportError } from './errors.ts'
import { ConfigMaps, Leases, Pods } from './resource-type.ts'
import { configMap } from './testing/objects.ts'
import { proxyTo } from './testing/proxy.ts'
import {
  respond,
  type ScriptedRequest,
  type ScriptedServer,
  scriptedServer,
  statusBody,
} from './testing/scripted-server.ts'
import { type RequestReport, Transport, type TransportOptions } from './transport.ts'
import { WriteCounter } from './write-counter.ts'

const open: { close(): unknown }[] = []

afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close()
})

const serve = async (
  answer: (request: ScriptedRequest) => void,
  options: TransportOptions = {},
  serverOptions: Parameters<typeof scriptedServer>[1] = {},
): Promise<{ server: ScriptedServer; transport: Transport; cluster: ApiServerCluster; reports: RequestReport[] }> => {
  const server = await scriptedServer(answer, serverOptions)
  const reports: RequestReport[] = []
  const transport = new Transport(server.credentials, {
    deadlineMs: 3_000,
    random: () => 0,
    onRequest: (report) => reports.push(report),
    ...options,
  })
  open.push(server, transport)
  return { server, transport, cluster: new ApiServerCluster(transport), reports }
}

const failure = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => {
      throw new Error('it should have failed')
    },
    (error: unknown) => error,
  )

const key = { namespace: 'default', name: 'a' }
const object = configMap('a')

describe('requests', () => {
  test('share one connection and are reported one by one', async () => {
    const { server, cluster, reports } = await serve(({ stream }) => respond(stream, 200, object))
    await Promise.all(Array.from({ length: 50 }, () => cluster.get(ConfigMaps, key)))
    expect(server.sessions).toHaveLength(1)
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/default/configmaps/a')
    expect(server.requests[0]?.headers.authorization).toBe('Bearer secret-token')
    expect(reports).toHaveLength(50)
    expect(reports[0]).toMatchObject({ verb: 'get', resource: 'configmaps', code: '200', throttledSeconds: 0 })
  })

  test('go below the path of a server that is behind a proxy', async () => {
    const { server, cluster } = await serve(({ stream }) => respond(stream, 200, object), {}, { path: '/k8s/c-1/' })
    await cluster.get(ConfigMaps, key)
    expect(server.requests[0]?.path).toBe('/k8s/c-1/api/v1/namespaces/default/configmaps/a')
  })

  test('open a second connection when the first has as many streams as the server allows', async () => {
    const { server, transport, cluster } = await serve(
      ({ stream }) => {
        if (server.requests.length === 6) for (const each of server.requests) respond(each.stream, 200, object)
        else if (server.requests.length > 6) respond(stream, 200, object)
      },
      { maxConnections: 3 },
      { settings: { maxConcurrentStreams: 2 } },
    )
    await Promise.all(Array.from({ length: 9 }, () => cluster.get(ConfigMaps, key)))
    expect(server.sessions).toHaveLength(3)
    expect(transport.usage.connections).toBe(3)
  })

  test('fail with what the server said', async () => {
    const causes = [{ reason: 'FieldValueInvalid', message: 'too long', field: 'metadata.name' }]
    const { cluster } = await serve(({ stream }) =>
      respond(stream, 422, statusBody(422, 'Invalid', 'name is too long', { causes })),
    )
    const error = await failure(cluster.create(ConfigMaps, object))
    expect(error).toBeInstanceOf(ApiError)
    expect(error).toMatchObject({ status: 422, reason: 'Invalid', message: 'name is too long', causes })
  })

  test('tell a missing object from a missing kind', async () => {
    const { cluster } = await serve(({ stream, path }) =>
      path.includes('configmaps')
        ? respond(stream, 404, statusBody(404, 'NotFound', 'configmaps "a" not found'))
        : respond(stream, 404, '404 page not found\n'),
    )
    expect(await cluster.get(ConfigMaps, key)).toBeUndefined()
    expect(await failure(cluster.get(Pods, key))).toMatchObject({ status: 404, reason: 'NotFound' })
  })

  test('end by their deadline; a write then may have happened', async () => {
    const { cluster, reports } = await serve(() => {}, { deadlineMs: 150 })
    expect(await failure(cluster.create(ConfigMaps, object))).toMatchObject({
      name: 'TransportError',
      outcome: 'unknown',
    })
    expect(reports.map((report) => report.code)).toEqual(['error'])
  })

  test('to leases have a shorter deadline', async () => {
    const { cluster } = await serve(() => {}, { deadlineMs: 60_000, leaseDeadlineMs: 100 })
    expect(await failure(cluster.get(Leases, key))).toBeInstanceOf(TransportError)
  })

  test('are held back by the budget, leases by their own', async () => {
    const { cluster, reports } = await serve(({ stream }) => respond(stream, 200, object), {
      budgets: { read: { perSecond: 50, burst: 1 } },
    })
    await Promise.all([cluster.get(ConfigMaps, key), cluster.get(ConfigMaps, key), cluster.get(Leases, key)])
    const throttled = reports.map((report) => [report.resource, report.throttledSeconds > 0])
    expect(throttled).toContainEqual(['configmaps', true])
    expect(throttled).toContainEqual(['leases', false])
  })

  test('that the budget cannot let out by the deadline fail at once, unsent', async () => {
    const { cluster, server } = await serve(({ stream }) => respond(stream, 200, object), {
      budgets: { write: { perSecond: 0.01, burst: 1 } },
    })
    await cluster.create(ConfigMaps, object)
    expect(await failure(cluster.create(ConfigMaps, object))).toMatchObject({ outcome: 'unsent' })
    expect(server.requests).toHaveLength(1)
  })
})

describe('setbacks', () => {
  test('429 is repeated after Retry-After, a write too', async () => {
    const { cluster, server } = await serve(({ stream, index }) =>
      index === 0
        ? respond(stream, 429, statusBody(429, 'TooManyRequests'), { 'retry-after': '1' })
        : respond(stream, 201, object),
    )
    const before = performance.now()
    await cluster.create(ConfigMaps, object)
    expect(performance.now() - before).toBeGreaterThanOrEqual(990)
    expect(server.requests).toHaveLength(2)
  })

  test('a Retry-After past the deadline is told to the caller at once', async () => {
    const { cluster } = await serve(({ stream }) =>
      respond(stream, 503, statusBody(503, 'ServiceUnavailable'), { 'retry-after': '60' }),
    )
    const before = performance.now()
    expect(await failure(cluster.get(ConfigMaps, key))).toMatchObject({ status: 503, retryAfterMs: 60_000 })
    expect(performance.now() - before).toBeLessThan(1_000)
  })

  test('401 renews the token once', async () => {
    let token = 'old'
    const { cluster, server } = await serve(
      ({ stream, headers }) =>
        headers.authorization === 'Bearer new'
          ? respond(stream, 200, object)
          : respond(stream, 401, statusBody(401, 'Unauthorized')),
      {},
      {
        token: async (refresh) => {
          if (refresh) token = 'new'
          return token
        },
      },
    )
    expect(await cluster.get(ConfigMaps, key)).toEqual(object)
    expect(server.requests).toHaveLength(2)
  })

  test('401 for a renewed token too is the answer', async () => {
    const { cluster, server } = await serve(({ stream }) => respond(stream, 401, statusBody(401, 'Unauthorized')))
    expect(await failure(cluster.get(ConfigMaps, key))).toMatchObject({ status: 401 })
    expect(server.requests).toHaveLength(2)
  })

  test('a session that breaks costs a read a second attempt on a new one', async () => {
    const { cluster, server } = await serve(({ stream, session, index }) =>
      index === 0 ? session.destroy() : respond(stream, 200, object),
    )
    expect(await cluster.get(ConfigMaps, key)).toEqual(object)
    expect(server.sessions).toHaveLength(2)
  })

  test('a session that breaks leaves a write unknown, and it is not repeated', async () => {
    const { cluster, server } = await serve(({ session }) => session.destroy())
    expect(await failure(cluster.create(ConfigMaps, object))).toMatchObject({ outcome: 'unknown' })
    expect(server.requests).toHaveLength(1)
  })

  test('a refused stream was never processed: a write is repeated', async () => {
    const { cluster, server } = await serve(({ stream, index }) => {
      const refusedStream = 7
      if (index === 0) stream.close(refusedStream)
      else respond(stream, 201, object)
    })
    expect(await cluster.create(ConfigMaps, object)).toEqual(object)
    expect(server.requests).toHaveLength(2)
  })

  test('GOAWAY lets what runs finish and sends what follows elsewhere', async () => {
    const { cluster, server } = await serve(({ stream, session, index }) => {
      if (index === 0) session.goaway(0)
      respond(stream, 200, object)
    })
    for (let round = 0; round < 5; round++) expect(await cluster.get(ConfigMaps, key)).toEqual(object)
    expect(server.sessions).toHaveLength(2)
    expect(server.requests).toHaveLength(5)
  })

  test('nobody listening: unsent, even for a write', async () => {
    const { cluster, server } = await serve(() => {})
    await server.close()
    expect(await failure(cluster.create(ConfigMaps, object))).toMatchObject({
      name: 'TransportError',
      outcome: 'unsent',
    })
  })

  test('a silent peer is found out by a ping, and the next request goes over a new connection', async () => {
    const server = await scriptedServer(({ stream }) => respond(stream, 200, object))
    const proxy = await proxyTo(server.credentials)
    const transport = new Transport(proxy.credentials, { deadlineMs: 300 })
    open.push(server, proxy, transport)
    const cluster = new ApiServerCluster(transport)
    expect(await cluster.get(ConfigMaps, key)).toEqual(object)
    proxy.freeze()
    expect(await failure(cluster.get(ConfigMaps, key))).toBeInstanceOf(TransportError)
    await expect.poll(() => transport.usage.connections, { timeout: 10_000 }).toBe(0)
    expect(await cluster.get(ConfigMaps, key)).toEqual(object)
    expect(server.sessions).toHaveLength(2)
  })

  test('new certificates mean a new connection', async () => {
    const { server } = await serve(({ stream }) => respond(stream, 200, object))
    let material = { ...server.material }
    const transport = new Transport({ ...server.credentials, tls: async () => material })
    open.push(transport)
    const cluster = new ApiServerCluster(transport)
    await cluster.get(ConfigMaps, key)
    await cluster.get(ConfigMaps, key)
    expect(server.sessions).toHaveLength(1)
    material = { ...server.material }
    await cluster.get(ConfigMaps, key)
    expect(server.sessions).toHaveLength(2)
  })

  test('a certificate that nobody vouched for is refused', async () => {
    const { server } = await serve(({ stream }) => respond(stream, 200, object))
    const transport = new Transport({ ...server.credentials, tls: async () => ({}) })
    open.push(transport)
    const error = await failure(new ApiServerCluster(transport).get(ConfigMaps, key))
    expect(error).toMatchObject({ name: 'TransportError', outcome: 'unsent' })
    expect((error as Error).message).toContain('certificate')
  })
})

describe('streams', () => {
  const line = (name: string, version: string): string =>
    `${JSON.stringify({ type: 'ADDED', object: configMap(name, { resourceVersion: version }) })}\n`

  const names = async (cluster: ApiServerCluster, signal?: AbortSignal): Promise<string[]> => {
    const seen: string[] = []
    for await (const event of cluster.watch(ConfigMaps, { resourceVersion: '5', signal }))
      seen.push('object' in event ? event.object.metadata.name : event.type)
    return seen
  }

  test('lines may be cut anywhere, inside a character too', async () => {
    const { cluster } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      const bytes = Buffer.from(line('ä', '6') + line('ö', '7'))
      const writeFrom = (at: number): void => {
        if (at >= bytes.length) stream.end()
        else stream.write(bytes.subarray(at, at + 7), () => setImmediate(() => writeFrom(at + 7)))
      }
      writeFrom(0)
    })
    expect(await names(cluster)).toEqual(['ä', 'ö'])
  })

  test('a clean end ends the watch', async () => {
    const { cluster, server } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.end(line('a', '6'))
    })
    expect(await names(cluster)).toEqual(['a'])
    expect(server.requests[0]?.path).toBe('/api/v1/configmaps?watch=true&allowWatchBookmarks=true&resourceVersion=5')
  })

  test('an end inside a line is a broken watch', async () => {
    const { cluster } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.end(line('a', '6') + line('b', '7').slice(0, 20))
    })
    expect(await failure(names(cluster))).toBeInstanceOf(TransportError)
  })

  test.each(['reset', 'session', 'socket'] as const)('a broken %s is a broken watch', async (how) => {
    const { cluster } = await serve(({ stream, session }) => {
      stream.respond({ ':status': 200 })
      stream.write(line('a', '6'), () => {
        if (how === 'reset') stream.destroy(new Error('reset'))
        else if (how === 'session') session.destroy()
        else session.socket.destroy()
      })
    })
    expect(await failure(names(cluster))).toBeInstanceOf(TransportError)
  })

  test('an abort ends the watch quietly, and its stream', async () => {
    const abort = new AbortController()
    const { cluster, server, transport } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.write(line('a', '6'))
    })
    const seen: string[] = []
    for await (const event of cluster.watch(ConfigMaps, { resourceVersion: '5', signal: abort.signal })) {
      seen.push(event.type)
      setImmediate(() => abort.abort())
    }
    expect(seen).toEqual(['ADDED'])
    await expect.poll(() => transport.usage.streams).toBe(0)
    await expect.poll(() => server.requests[0]?.stream.closed).toBe(true)
  })

  test('leaving the loop ends the stream', async () => {
    const { cluster, transport } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.write(line('a', '6'))
    })
    for await (const event of cluster.watch(ConfigMaps, { resourceVersion: '5' })) {
      expect(event.type).toBe('ADDED')
      break
    }
    await expect.poll(() => transport.usage.streams).toBe(0)
  })

  test('outlive the deadline of their beginning', async () => {
    const { cluster } = await serve(
      ({ stream }) => {
        stream.respond({ ':status': 200 })
        stream.write(line('a', '6'))
        setTimeout(() => stream.end(line('b', '7')), 300)
      },
      { deadlineMs: 100 },
    )
    expect(await names(cluster)).toEqual(['a', 'b'])
  })

  test('410 comes as an ERROR event inside 200, and bookmarks as versions', async () => {
    const { cluster } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.write(`${JSON.stringify({ type: 'BOOKMARK', object: configMap('', { resourceVersion: '9' }) })}\n`)
      stream.end(`${JSON.stringify({ type: 'ERROR', object: statusBody(410, 'Expired', 'too old') })}\n`)
    })
    const events = await Array.fromAsync(cluster.watch(ConfigMaps, { resourceVersion: '5' }))
    expect(events).toEqual([
      { type: 'BOOKMARK', resourceVersion: '9' },
      { type: 'ERROR', error: expect.objectContaining({ status: 410, reason: 'Expired', message: 'too old' }) },
    ])
  })

  test('a watch never starts from "anything"', async () => {
    const { cluster, server } = await serve(({ stream }) => stream.end())
    for (const resourceVersion of ['', '0'])
      expect(await failure(Array.fromAsync(cluster.watch(ConfigMaps, { resourceVersion })))).toBeInstanceOf(TypeError)
    expect(server.requests).toHaveLength(0)
  })

  test('a log gives whole lines, the last one without a line feed too', async () => {
    const { cluster, server } = await serve(({ stream }) => {
      stream.respond({ ':status': 200 })
      stream.end('one\ntwo\nthree')
    })
    expect(await Array.fromAsync(cluster.log(key, { container: 'main', follow: true }))).toEqual([
      'one',
      'two',
      'three',
    ])
    expect(server.requests[0]?.path).toBe('/api/v1/namespaces/default/pods/a/log?container=main&follow=true')
  })
})

describe('the fault hook', () => {
  test('counts the writes that went through, without leases, and fires right after the n-th', async () => {
    const crashes: number[] = []
    const writes: WriteCounter = new WriteCounter(2, () => crashes.push(writes.count))
    const { cluster } = await serve(
      ({ stream, path }) =>
        path.includes('secrets') ? respond(stream, 403, statusBody(403, 'Forbidden')) : respond(stream, 200, object),
      { writes },
    )
    await cluster.get(ConfigMaps, key)
    await cluster.create(Leases, object)
    await cluster.create(ConfigMaps, object)
    await failure(cluster.create({ ...ConfigMaps, plural: 'secrets' }, object))
    expect(crashes).toEqual([])
    await cluster.delete(ConfigMaps, key, { uid: 'u' })
    await cluster.mergePatch(ConfigMaps, key, {})
    expect(crashes).toEqual([2])
    expect(writes.count).toBe(3)
  })
})
