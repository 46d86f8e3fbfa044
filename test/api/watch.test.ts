import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiServerCluster } from '../../src/kube/api-server-cluster.ts'
import type { WatchEvent } from '../../src/kube/cluster.ts'
import { Informer } from '../../src/kube/informer.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps, type ResourceType } from '../../src/kube/resource-type.ts'
import { isVersionTooLarge } from '../../src/kube/status.ts'
import { applyYaml, kubectl, waitFor } from '../cluster/client.ts'
import { connectToRealServer, type TestNamespace, testNamespace } from './real-server.ts'

let cluster: ApiServerCluster
let namespace: TestNamespace

beforeAll(async () => {
  cluster = await connectToRealServer()
  namespace = await testNamespace(cluster, 'watch')
})

afterAll(async () => {
  await namespace?.remove()
  await cluster?.close()
})

const configMap = (
  name: string,
  data: Record<string, string> = {},
  labels: Record<string, string> = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: namespace.name, labels },
  data,
})

const inOrder = async (events: AsyncIterable<WatchEvent>, count: number): Promise<string[]> => {
  const seen: string[] = []
  for await (const event of events) {
    if (event.type === 'BOOKMARK') continue
    seen.push(event.type === 'ERROR' ? `ERROR ${event.error.status}` : `${event.type} ${event.object.metadata.name}`)
    if (seen.length === count) break
  }
  return seen
}

describe('a watch', () => {
  test('goes on from a list, and an object that leaves the selection is DELETED', async () => {
    const labelSelector = 'set=selected'
    const { resourceVersion } = await cluster.list(ConfigMaps, { namespace: namespace.name, labelSelector })
    const made = await cluster.create(ConfigMaps, configMap('a', {}, { set: 'selected' }))
    await cluster.create(ConfigMaps, configMap('other'))
    const changed = await cluster.replace(ConfigMaps, { ...made, data: { n: '1' } })
    await cluster.mergePatch(
      ConfigMaps,
      { namespace: namespace.name, name: 'a' },
      { metadata: { labels: { set: null } } },
    )
    await cluster.delete(ConfigMaps, { namespace: namespace.name, name: 'a' }, { uid: changed.metadata.uid ?? '' })
    const events = cluster.watch(ConfigMaps, { namespace: namespace.name, labelSelector, resourceVersion })
    expect(await inOrder(events, 3)).toEqual(['ADDED a', 'MODIFIED a', 'DELETED a'])
  })

  test('ends in order when its time is over', async () => {
    const { resourceVersion } = await cluster.list(ConfigMaps, { namespace: namespace.name })
    const events = cluster.watch(ConfigMaps, { namespace: namespace.name, resourceVersion, timeoutSeconds: 1 })
    expect(await inOrder(events, 1)).toEqual([])
  })

  test('from a version that the server has forgotten is 410', async () => {
    // What a server knows of a kind begins when the kind does: everything before is forgotten, also on a young server.
    const { resourceVersion } = await cluster.list(ConfigMaps, { namespace: namespace.name })
    await cluster.create(ConfigMaps, configMap('between'))
    const type: ResourceType = {
      group: `forgets-${process.pid}.bellows.dev`,
      version: 'v1',
      kind: 'Young',
      plural: 'youngs',
      namespaced: true,
      statusSubresource: false,
    }
    const name = `${type.plural}.${type.group}`
    await applyYaml(
      JSON.stringify({
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name },
        spec: {
          group: type.group,
          scope: 'Namespaced',
          names: { kind: type.kind, plural: type.plural },
          versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
        },
      }),
    )
    try {
      await waitFor(() => cluster.list(type, { namespace: namespace.name }), {
        timeoutMs: 30_000,
        what: 'the new kind',
      })
      const answer = await inOrder(cluster.watch(type, { namespace: namespace.name, resourceVersion }), 1).catch(
        (error: unknown) => error,
      )
      if (Array.isArray(answer)) expect(answer).toEqual(['ERROR 410'])
      else expect(answer).toMatchObject({ status: 410 })
    } finally {
      await kubectl(['delete', 'crd', name])
    }
  })

  test('and a list from the future is "too large", to be waited for', async () => {
    const { resourceVersion } = await cluster.list(ConfigMaps, { namespace: namespace.name })
    const error = await cluster
      .list(ConfigMaps, {
        namespace: namespace.name,
        resourceVersion: String(BigInt(resourceVersion) + 1_000_000n),
        resourceVersionMatch: 'NotOlderThan',
      })
      .catch((each: unknown) => each)
    expect(isVersionTooLarge(error)).toBe(true)
    expect(error).toMatchObject({ status: 504, retryAfterMs: 1_000 })
  })
})

describe('an informer', () => {
  test('holds what a list says after 300 random writes, and its changes add up to the same', async () => {
    const informer = new Informer({
      cluster,
      type: ConfigMaps,
      namespace: namespace.name,
      labelSelector: 'set=random',
      indexers: { parity: (object) => [object.metadata.labels?.parity ?? 'none'] },
    })
    const told = new Map<string, string>()
    informer.onChange(({ type, object }) => {
      if (type === 'Deleted') told.delete(object.metadata.name)
      else told.set(object.metadata.name, object.metadata.resourceVersion ?? '')
    })
    const stop = new AbortController()
    const running = informer.run(stop.signal)
    await informer.whenSynced()

    // A seeded generator, so that a failure can be repeated.
    let seed = 20_261_121
    const random = (below: number): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return seed % below
    }
    const held = new Map<string, KubeObject>()
    let last = ''
    for (let n = 0; n < 300; n++) {
      const name = `random-${random(20)}`
      const old = held.get(name)
      const labels = { set: 'random', parity: n % 2 === 0 ? 'even' : 'odd' }
      if (old !== undefined && random(3) === 0) {
        await cluster.delete(ConfigMaps, { namespace: namespace.name, name }, { uid: old.metadata.uid ?? '' })
        held.delete(name)
        continue
      }
      const written =
        old === undefined
          ? await cluster.create(ConfigMaps, configMap(name, { n: String(n) }, labels))
          : await cluster.replace(ConfigMaps, { ...old, data: { n: String(n) }, metadata: { ...old.metadata, labels } })
      held.set(name, written)
      last = written.metadata.resourceVersion ?? ''
      if (random(2) === 0) informer.observeWrite(written)
    }
    // One write more marks the end of the stream.
    const end = await cluster.create(ConfigMaps, configMap('random-end', {}, { set: 'random' }))
    held.set('random-end', end)
    await expect.poll(() => informer.resourceVersion, { timeout: 10_000 }).toBe(end.metadata.resourceVersion)
    expect(last).not.toBe('')

    const state = (objects: Iterable<KubeObject>): string[] =>
      [...objects].map((object) => `${object.metadata.name}@${object.metadata.resourceVersion}`).sort()
    const page = await cluster.list(ConfigMaps, { namespace: namespace.name, labelSelector: 'set=random' })
    expect(state(informer.list())).toEqual(state(page.items))
    expect(state(held.values())).toEqual(state(page.items))
    expect([...told].map(([name, version]) => `${name}@${version}`).sort()).toEqual(state(page.items))
    const even = page.items.filter((object) => object.metadata.labels?.parity === 'even')
    expect(state(informer.byIndex('parity', 'even'))).toEqual(state(even))
    expect(await informer.check()).toEqual([])
    expect([...informer.list()].some((object) => object.metadata.managedFields !== undefined)).toBe(false)
    stop.abort()
    await running
  })

  test('lists in pages, and shows the list only when it is whole', async () => {
    const [count, batch] = [1_100, 100]
    for (let from = 0; from < count; from += batch)
      await Promise.all(
        Array.from({ length: batch }, (_, n) =>
          cluster.create(ConfigMaps, configMap(`many-${from + n}`, {}, { set: 'many' })),
        ),
      )
    const informer = new Informer({ cluster, type: ConfigMaps, namespace: namespace.name, labelSelector: 'set=many' })
    const sizes = new Set<number>()
    const stop = new AbortController()
    const running = informer.run(stop.signal)
    const look = setInterval(() => sizes.add(informer.size), 1)
    await informer.whenSynced()
    clearInterval(look)
    sizes.add(informer.size)
    expect([...sizes].filter((size) => size !== 0)).toEqual([count])
    expect(informer.get({ namespace: namespace.name, name: 'many-1099' })).toBeDefined()
    stop.abort()
    await running
  })
})
