import { beforeEach, describe, expect, test } from 'vitest'
import { SparkApplications } from '../api/resource-types.ts'
import { EmbeddedCluster } from '../embedded/embedded-cluster.ts'
import type { Cluster } from '../kube/cluster.ts'
import { ApiError, TransportError } from '../kube/errors.ts'
import { type KubeObject, ownerReference } from '../kube/object.ts'
import { ConfigMaps, type ResourceType } from '../kube/resource-type.ts'
import type { Store } from '../kube/store.ts'
import { embeddedKinds } from '../main/embedded-kinds.ts'
import { type ActContext, act } from './act.ts'
import type { Action, Decision, Why } from './decision.ts'
import { noMetrics } from './metrics.ts'

const KEY = { namespace: 'default', name: 'app' }
const CONFIG = { namespace: 'default', name: 'app-config' }

let cluster: Cluster
let subject: KubeObject
let told: Why[]
let seen: KubeObject[]
let writes: string[]

const context = (changes: Partial<ActContext> = {}): ActContext => ({
  name: 'sparkapplication',
  type: SparkApplications,
  cluster,
  stores: {
    store: <T extends KubeObject>() => ({ observeWrite: (object: T) => void seen.push(object) }) as unknown as Store<T>,
  },
  leadership: { epoch: () => 5, holds: () => true },
  events: { record: (_, event) => void told.push(event) },
  metrics: { ...noMetrics, wrote: (_, verb, type) => void writes.push(`${verb} ${type.plural}`) },
  ...changes,
})

const config = (changes: { labels?: Record<string, string>; owned?: boolean } = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    ...CONFIG,
    ...(changes.labels ? { labels: changes.labels } : {}),
    ...(changes.owned === false ? {} : { ownerReferences: [ownerReference(subject)] }),
  },
})

const create = (object: KubeObject, more: object = {}): Action => ({
  kind: 'create',
  type: ConfigMaps,
  object,
  ...more,
})
const decision = (changes: Partial<Decision<object>> = {}): Decision<object> => ({
  actions: [],
  events: [],
  ...changes,
})
const DONE: Why = { reason: 'Done', message: 'done', severity: 'Normal' }

const running = { applicationState: { state: 'RUNNING' } }
const status = async () => (await cluster.get<KubeObject>(SparkApplications, KEY))?.status

/** The cluster with one method that fails first. */
const failing = (method: 'create' | 'delete', error: unknown): Cluster =>
  new Proxy(cluster, {
    get: (target, name) => (name === method ? () => Promise.reject(error) : Reflect.get(target, name).bind(target)),
  })

beforeEach(async () => {
  cluster = new EmbeddedCluster({ kubelet: false, resources: embeddedKinds })
  told = []
  seen = []
  writes = []
  subject = await cluster.create(SparkApplications, {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: KEY,
    spec: { type: 'SQL', program: 'SELECT 1' },
  } as KubeObject)
})

describe('create', () => {
  test('writes, tells the caches and then status and events', async () => {
    expect(
      await act(subject, decision({ actions: [create(config())], status: running, events: [DONE] }), context()),
    ).toEqual({ kind: 'acted' })
    expect(writes).toEqual(['create configmaps', 'replace-status sparkapplications'])
    expect(seen.map(({ kind }) => kind)).toEqual(['ConfigMap', 'SparkApplication'])
    expect(await status()).toEqual({ ...running, leaderEpoch: 5 })
    expect(told).toEqual([DONE])
  })

  test('an object of ours that is there already is adopted and nothing is written', async () => {
    await cluster.create(ConfigMaps, config({ labels: { a: '1', b: '2' } }))
    expect(await act(subject, decision({ actions: [create(config({ labels: { a: '1' } }))] }), context())).toEqual({
      kind: 'unchanged',
    })
    expect(seen).toHaveLength(1)
  })

  test('an object of ours from another attempt stops the pass, so that it is decided with it in view', async () => {
    await cluster.create(ConfigMaps, config({ labels: { attempt: '1' } }))
    const outcome = await act(
      subject,
      decision({ actions: [create(config({ labels: { attempt: '2' } }))], status: running }),
      context(),
    )
    expect(outcome).toMatchObject({ kind: 'again' })
    expect(await status()).toBeUndefined()
  })

  test('or is replaced where the action says so', async () => {
    const old = await cluster.create(ConfigMaps, config({ labels: { attempt: '1' } }))
    const replacing = decision({ actions: [create(config({ labels: { attempt: '2' } }), { onDifferent: 'replace' })] })
    expect(await act(subject, replacing, context())).toMatchObject({ kind: 'again' })
    expect(await act(subject, replacing, context())).toEqual({ kind: 'acted' })
    expect((await cluster.get<KubeObject>(ConfigMaps, CONFIG))?.metadata.uid).not.toBe(old.metadata.uid)
  })

  test('an object of ours that is being deleted is waited for', async () => {
    const held = await cluster.create(ConfigMaps, {
      ...config(),
      metadata: { ...config().metadata, finalizers: ['example.com/hold'] },
    })
    await cluster.delete(ConfigMaps, CONFIG, { uid: held.metadata.uid ?? '' })
    expect(await act(subject, decision({ actions: [create(config())] }), context())).toMatchObject({ kind: 'again' })
  })

  test('an object of somebody else is refused as NameConflict and left alone', async () => {
    const foreign = await cluster.create(ConfigMaps, config({ owned: false }))
    const outcome = await act(
      subject,
      decision({ actions: [create(config())], status: running, events: [DONE] }),
      context(),
    )
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { reason: 'NameConflict' } })
    expect((await cluster.get<KubeObject>(ConfigMaps, CONFIG))?.metadata.uid).toBe(foreign.metadata.uid)
    expect(await status()).toBeUndefined()
    expect(told).toEqual([])
  })

  test('an object without an owner is shared: whoever made it', async () => {
    await cluster.create(ConfigMaps, config({ owned: false }))
    expect(
      await act(subject, decision({ actions: [create(config({ owned: false, labels: { a: '1' } }))] }), context()),
    ).toEqual({ kind: 'unchanged' })
  })

  test.each([
    ['quota', new ApiError(403, 'Forbidden', 'pods "x" is forbidden: exceeded quota: q'), 'QuotaExceeded', true],
    ['Pod Security', new ApiError(403, 'Forbidden', 'violates PodSecurity "restricted:latest"'), 'Forbidden', false],
    [
      'a namespace on its way out',
      new ApiError(403, 'Forbidden', 'x', { causes: [{ reason: 'NamespaceTerminating' }] }),
      'NamespaceTerminating',
      false,
    ],
    ['validation', new ApiError(422, 'Invalid', 'spec.x: Invalid value'), 'Invalid', false],
    ['a namespace that is gone', new ApiError(404, 'NotFound', 'namespaces "x" not found'), 'NotFound', false],
  ])('refused by %s', async (_, error, reason, retryable) => {
    const outcome = await act(
      subject,
      decision({ actions: [create(config())] }),
      context({ cluster: failing('create', error) }),
    )
    expect(outcome).toMatchObject({ kind: 'refused', refusal: { reason, retryable, message: error.message } })
  })

  test.each([
    ['no answer', new TransportError('cut')],
    ['throttling', new ApiError(429, 'TooManyRequests', 'slow down')],
    ['a broken admission webhook', new ApiError(500, 'InternalError', 'failed calling webhook')],
  ])('%s says nothing about the object: it is thrown for a retry', async (_, error) => {
    await expect(
      act(subject, decision({ actions: [create(config())] }), context({ cluster: failing('create', error) })),
    ).rejects.toBe(error)
  })
})

describe('delete', () => {
  const removal = (uid: string, type: ResourceType = ConfigMaps): Action => ({
    kind: 'delete',
    type,
    ref: { ...CONFIG, uid },
  })

  test('deletes exactly that incarnation', async () => {
    const { metadata } = await cluster.create(ConfigMaps, config())
    expect(await act(subject, decision({ actions: [removal(metadata.uid ?? '')] }), context())).toEqual({
      kind: 'acted',
    })
    expect(await cluster.get(ConfigMaps, CONFIG)).toBeUndefined()
  })

  test('is done where it is gone or another stands in its place', async () => {
    expect(await act(subject, decision({ actions: [removal('gone')] }), context())).toEqual({ kind: 'unchanged' })
    await cluster.create(ConfigMaps, config())
    expect(await act(subject, decision({ actions: [removal('gone')] }), context())).toEqual({ kind: 'unchanged' })
    expect(await cluster.get(ConfigMaps, CONFIG)).toBeDefined()
  })
})

describe('patch', () => {
  test('changes exactly that incarnation, and asks to look again where it was replaced', async () => {
    const { metadata } = await cluster.create(ConfigMaps, config())
    const patch = (uid: string): Action => ({
      kind: 'patch',
      type: ConfigMaps,
      ref: { ...CONFIG, uid },
      patch: { metadata: { labels: { a: '1' } } },
    })
    expect(await act(subject, decision({ actions: [patch(metadata.uid ?? '')] }), context())).toEqual({ kind: 'acted' })
    expect((await cluster.get<KubeObject>(ConfigMaps, CONFIG))?.metadata.labels).toEqual({ a: '1' })
    expect(await act(subject, decision({ actions: [patch('other')] }), context())).toMatchObject({ kind: 'again' })
  })
})

describe('status', () => {
  test('is not written where only the epoch differs', async () => {
    expect(
      await act({ ...subject, status: { ...running, leaderEpoch: 4 } }, decision({ status: running }), context()),
    ).toEqual({ kind: 'unchanged' })
    expect(writes).toEqual([])
  })

  test('of a newer leader fences this one: nothing is written, no event is told', async () => {
    await act(subject, decision({ status: running }), context({ leadership: { epoch: () => 6, holds: () => true } }))
    const outcome = await act(
      subject,
      decision({ status: { applicationState: { state: 'FAILED' } }, events: [DONE] }),
      context(),
    )
    expect(outcome).toEqual({ kind: 'fenced' })
    expect(await status()).toEqual({ ...running, leaderEpoch: 6 })
    expect(told).toEqual([])
  })

  test('of an application that is gone is no error and brings nothing back', async () => {
    await cluster.delete(SparkApplications, KEY, { uid: subject.metadata.uid ?? '' })
    expect(await act(subject, decision({ status: running }), context())).toEqual({ kind: 'acted' })
    expect(await cluster.get(SparkApplications, KEY)).toBeUndefined()
  })

  test('of another incarnation of that name is left alone', async () => {
    await cluster.delete(SparkApplications, KEY, { uid: subject.metadata.uid ?? '' })
    const { metadata: _, ...rest } = subject
    await cluster.create(SparkApplications, { ...rest, metadata: KEY } as KubeObject)
    await act(subject, decision({ status: running }), context())
    expect(await status()).toBeUndefined()
  })

  test('is written although somebody edits the object meanwhile', async () => {
    await cluster.mergePatch(SparkApplications, KEY, { metadata: { labels: { edited: 'yes' } } })
    expect(await act(subject, decision({ status: running }), context())).toEqual({ kind: 'acted' })
    expect(await status()).toEqual({ ...running, leaderEpoch: 5 })
  })

  test('is not written over a status that was not seen', async () => {
    await cluster.mergePatch(SparkApplications, KEY, { status: { attempt: 2 } }, { subresource: 'status' })
    expect(await act(subject, decision({ status: running, events: [DONE] }), context())).toMatchObject({
      kind: 'again',
    })
    expect(await status()).toEqual({ attempt: 2 })
    expect(told).toEqual([])
  })

  test('loses what somebody else wrote into it', async () => {
    subject = await cluster.mergePatch(
      SparkApplications,
      KEY,
      { status: { attempt: 9, applicationState: { state: 'FAILED', errorMessage: 'x' } } },
      { subresource: 'status' },
    )
    await act(subject, decision({ status: running }), context())
    expect(await status()).toEqual({ ...running, leaderEpoch: 5 })
  })
})

describe('a status that can wait', () => {
  const submitting = () =>
    decision({ actions: [create(config())], status: running, statusCanWait: true, events: [DONE] })

  test('is put off, with its events, while others wait', async () => {
    expect(await act(subject, submitting(), context({ othersWait: () => true }))).toEqual({ kind: 'put-off' })
    expect(writes).toEqual(['create configmaps'])
    expect(await status()).toBeUndefined()
    expect(told).toEqual([])
  })

  test('is written where nobody waits, and where the actions had been done before', async () => {
    expect(await act(subject, submitting(), context({ othersWait: () => false }))).toEqual({ kind: 'acted' })
    await cluster.mergePatch(SparkApplications, KEY, { status: null }, { subresource: 'status' })
    subject = (await cluster.get<KubeObject>(SparkApplications, KEY)) as KubeObject
    expect(await act(subject, submitting(), context({ othersWait: () => true }))).toEqual({ kind: 'acted' })
    expect(await status()).toEqual({ ...running, leaderEpoch: 5 })
  })

  test('waits for nobody unless the decision says so', async () => {
    const { statusCanWait: _, ...plain } = submitting()
    expect(await act(subject, plain, context({ othersWait: () => true }))).toEqual({ kind: 'acted' })
    expect(await status()).toEqual({ ...running, leaderEpoch: 5 })
  })
})

test('without leadership nothing is written, from the first action on', async () => {
  const outcome = await act(
    subject,
    decision({ actions: [create(config())], status: running, events: [DONE] }),
    context({ leadership: { epoch: () => 5, holds: () => false } }),
  )
  expect(outcome).toEqual({ kind: 'fenced' })
  expect(await cluster.get(ConfigMaps, CONFIG)).toBeUndefined()
})
