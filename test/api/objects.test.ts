import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiServerCluster } from '../../src/kube/api-server-cluster.ts'
import { isConflict } from '../../src/kube/errors.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps, Nodes, Pods, type ResourceType, Secrets } from '../../src/kube/resource-type.ts'
import { connectToRealServer, type TestNamespace, testNamespace } from './real-server.ts'

let cluster: ApiServerCluster
let namespace: TestNamespace

beforeAll(async () => {
  cluster = await connectToRealServer()
  namespace = await testNamespace(cluster, 'objects')
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

const key = (name: string): { namespace: string; name: string } => ({ namespace: namespace.name, name })
const absent = '00000000-0000-4000-8000-000000000000'

describe('objects', () => {
  test('are created, read, listed by page and label, and deleted by uid', async () => {
    const made = await Promise.all(
      Array.from({ length: 25 }, (_, n) =>
        cluster.create(
          ConfigMaps,
          configMap(`paged-${String(n).padStart(2, '0')}`, {}, { set: 'paged', odd: `${n % 2}` }),
        ),
      ),
    )
    expect(await cluster.get(ConfigMaps, key('paged-03'))).toEqual(made[3])
    expect(await cluster.get(ConfigMaps, key('nothing'))).toBeUndefined()

    const names: string[] = []
    let next: string | undefined
    let pages = 0
    do {
      const page = await cluster.list(ConfigMaps, {
        namespace: namespace.name,
        labelSelector: 'set=paged',
        limit: 10,
        ...(next === undefined ? {} : { continue: next }),
      })
      names.push(...page.items.map((item) => item.metadata.name))
      expect(page.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
      next = page.continue
      pages += 1
    } while (next !== undefined)
    expect([pages, names.length, new Set(names).size]).toEqual([3, 25, 25])
    const odd = await cluster.list(ConfigMaps, { namespace: namespace.name, labelSelector: 'set=paged,odd=1' })
    expect(odd.items).toHaveLength(12)

    const first = made[0] as KubeObject
    await expect(cluster.delete(ConfigMaps, key('paged-00'), { uid: absent })).rejects.toMatchObject({
      status: 409,
      reason: 'Conflict',
    })
    await cluster.delete(ConfigMaps, key('paged-00'), { uid: first.metadata.uid ?? '' })
    expect(await cluster.get(ConfigMaps, key('paged-00'))).toBeUndefined()
    await expect(cluster.delete(ConfigMaps, key('paged-00'), { uid: first.metadata.uid ?? '' })).rejects.toMatchObject({
      status: 404,
      reason: 'NotFound',
    })
  })

  test('of one name exist once, and a replacement needs the newest version', async () => {
    const made = await cluster.create(ConfigMaps, configMap('once', { a: '1' }))
    await expect(cluster.create(ConfigMaps, configMap('once'))).rejects.toMatchObject({ reason: 'AlreadyExists' })
    const replaced = await cluster.replace(ConfigMaps, { ...made, data: { a: '2' } })
    await expect(cluster.replace(ConfigMaps, { ...made, data: { a: '3' } })).rejects.toMatchObject({
      reason: 'Conflict',
    })
    expect(replaced.data).toEqual({ a: '2' })
  })

  test('keep fields that nobody here knows', async () => {
    const secret = await cluster.create(Secrets, {
      ...configMap('raw'),
      kind: 'Secret',
      data: undefined,
      stringData: { token: 'x' },
      immutable: true,
    })
    expect(secret.immutable).toBe(true)
    expect(secret.metadata.managedFields).toBeDefined()
  })

  test('of a kind that the server does not have are an error, not an absence', async () => {
    const ghosts: ResourceType = {
      group: 'ghosts.bellows.dev',
      version: 'v1',
      kind: 'Ghost',
      plural: 'ghosts',
      namespaced: true,
      statusSubresource: false,
    }
    await expect(cluster.get(ghosts, key('a'))).rejects.toMatchObject({ status: 404 })
    await expect(cluster.list(ghosts)).rejects.toMatchObject({ status: 404 })
  })

  test('are patched by merge, with the uid as a precondition', async () => {
    const made = await cluster.create(ConfigMaps, configMap('patched', { a: '1', b: '2' }))
    const patched = await cluster.mergePatch(ConfigMaps, key('patched'), {
      metadata: { uid: made.metadata.uid },
      data: { a: null, c: '3' },
    })
    expect(patched.data).toEqual({ b: '2', c: '3' })
    const other = { metadata: { uid: absent }, data: { d: '4' } }
    expect(
      isConflict(await cluster.mergePatch(ConfigMaps, key('patched'), other).catch((error: unknown) => error)),
    ).toBe(true)
    expect((await cluster.get<KubeObject>(ConfigMaps, key('patched')))?.data).toEqual({ b: '2', c: '3' })
  })

  test('with a misspelt field are refused by who asks for strictness, with the field named', async () => {
    const strict = await connectToRealServer({ fieldValidation: 'Strict' })
    try {
      await expect(strict.create(ConfigMaps, { ...configMap('strict'), dta: {} })).rejects.toMatchObject({
        status: 400,
        message: expect.stringContaining('dta'),
      })
      expect(await cluster.create(ConfigMaps, { ...configMap('lax'), dta: {} })).not.toHaveProperty('dta')
    } finally {
      await strict.close()
    }
  })
})

describe('server-side apply', () => {
  test('creates without a uid, never with one', async () => {
    const applied = await cluster.apply(ConfigMaps, configMap('applied', { a: '1' }), { fieldManager: 'bellows-test' })
    expect(applied.metadata.uid).toBeDefined()
    const again = await cluster.apply(ConfigMaps, configMap('applied', { a: '1' }), { fieldManager: 'bellows-test' })
    expect(again.metadata.resourceVersion).toBe(applied.metadata.resourceVersion)

    const ghost = configMap('resurrected', { a: '1' })
    await expect(
      cluster.apply(
        ConfigMaps,
        { ...ghost, metadata: { ...ghost.metadata, uid: absent } },
        { fieldManager: 'bellows-test' },
      ),
    ).rejects.toMatchObject({ status: 409, reason: 'Conflict' })
    expect(await cluster.get(ConfigMaps, key('resurrected'))).toBeUndefined()
  })

  test('says who else owns a field, and takes it by force', async () => {
    await cluster.apply(ConfigMaps, configMap('owned', { a: '1' }), { fieldManager: 'first' })
    const error = await cluster
      .apply(ConfigMaps, configMap('owned', { a: '2' }), { fieldManager: 'second' })
      .catch((each: unknown) => each)
    expect(error).toMatchObject({ reason: 'Conflict', message: expect.stringContaining('first') })
    const forced = await cluster.apply<KubeObject>(ConfigMaps, configMap('owned', { a: '2' }), {
      fieldManager: 'second',
      force: true,
    })
    expect(forced.data).toEqual({ a: '2' })
  })

  test('of a status leaves the rest alone', async () => {
    const pod = await cluster.create<KubeObject>(Pods, {
      ...configMap('pod'),
      kind: 'Pod',
      data: undefined,
      spec: { containers: [{ name: 'main', image: 'example.invalid/none' }], nodeName: 'no-such-node' },
    })
    const applied = await cluster.apply<KubeObject>(
      Pods,
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'pod', namespace: namespace.name, uid: pod.metadata.uid },
        status: { message: 'told by a test' },
      },
      { fieldManager: 'bellows-test', force: true, subresource: 'status' },
    )
    expect(applied.status).toMatchObject({ message: 'told by a test' })
    expect(applied.spec).toEqual(pod.spec)
    expect(applied.metadata.generation).toBe(pod.metadata.generation)
    await cluster.delete(Pods, key('pod'), { uid: pod.metadata.uid ?? '', gracePeriodSeconds: 0 })
  })
})

describe('a log', () => {
  test('of a pod without a node is empty, of one that cannot start a BadRequest, of an absent one NotFound', async () => {
    const [node] = (await cluster.list(Nodes)).items
    const pod = (name: string, where: object): Promise<KubeObject> =>
      cluster.create<KubeObject>(Pods, {
        ...configMap(name),
        kind: 'Pod',
        data: undefined,
        spec: { containers: [{ name: 'main', image: 'example.invalid/none' }], ...where },
      })
    const homeless = await pod('homeless', { schedulerName: 'nobody' })
    const stuck = await pod('stuck', { nodeName: node?.metadata.name })
    const logOf = (name: string): Promise<string[]> => Array.fromAsync(cluster.log(key(name)))

    expect(await logOf('homeless')).toEqual([])
    await expect(logOf('stuck')).rejects.toMatchObject({ status: 400, reason: 'BadRequest' })
    await expect(logOf('absent')).rejects.toMatchObject({ status: 404, reason: 'NotFound' })
    for (const each of [homeless, stuck])
      await cluster.delete(Pods, key(each.metadata.name), { uid: each.metadata.uid ?? '', gracePeriodSeconds: 0 })
  })
})
