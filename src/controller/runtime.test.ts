import { afterEach, beforeEach, expect, test } from 'vitest'
import { EmbeddedCluster } from '../embedded/embedded-cluster.ts'
import type { KubeObject, ObjectKey } from '../kube/object.ts'
import { keyString, ownerReference } from '../kube/object.ts'
import { ConfigMaps, Pods, Secrets } from '../kube/resource-type.ts'
import { Caches } from './caches.ts'
import type { Controller, Observation } from './controller.ts'
import type { Decision } from './decision.ts'
import { noMetrics } from './metrics.ts'
import { soleLeader } from './ports.ts'
import { type Runtime, startControllers } from './runtime.ts'

const config = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { namespace: 'default', name },
})
const key = (name: string): ObjectKey => ({ namespace: 'default', name })

let cluster: EmbeddedCluster
let caches: Caches
let runtime: Runtime | undefined
let watching: Promise<void>
const stopping = { controller: new AbortController() }

/** Waits until `holds`; every look is after other work had its turn. */
const until = async (holds: () => unknown): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

/** A controller of ConfigMaps that wants a Secret for each of them. */
const controller = (
  decide: (observed: Observation & { secret: KubeObject | undefined }, now: number) => Decision<unknown>,
): Controller =>
  ({
    name: 'test',
    type: ConfigMaps,
    watches: [
      {
        type: Secrets,
        keysOf: (secret: KubeObject) => (secret.metadata.ownerReferences ?? []).map(({ name }) => key(name)),
      },
    ],
    observe: async (wanted: ObjectKey) => {
      const subject = caches.need(ConfigMaps).get(wanted)
      return subject === undefined ? undefined : { subject, secret: caches.need(Secrets).get(wanted) }
    },
    decide,
  }) as unknown as Controller

const secretFor = (subject: KubeObject): Decision<unknown> => ({
  actions: [
    {
      kind: 'create',
      type: Secrets,
      object: {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { ...key(subject.metadata.name), ownerReferences: [ownerReference(subject)] },
      },
    },
  ],
  events: [],
})
const NOTHING: Decision<unknown> = { actions: [], events: [] }

const begin = async (made: Controller, options: object = {}): Promise<void> => {
  watching = caches.run(stopping.controller.signal)
  await caches.whenSynced()
  runtime = startControllers({
    cluster,
    caches,
    controllers: [made],
    leadership: soleLeader,
    events: { record: () => {} },
    ...options,
  })
}

beforeEach(() => {
  stopping.controller = new AbortController()
  cluster = new EmbeddedCluster({ kubelet: false })
  caches = new Caches({ cluster, needs: [{ type: ConfigMaps }, { type: Secrets }] })
})

afterEach(async () => {
  await runtime?.stop()
  stopping.controller.abort()
  await watching
  await cluster.close()
})

test('what was there before is looked at, and what comes later, and what belongs to it', async () => {
  const passes: string[] = []
  await cluster.create(ConfigMaps, config('before'))
  await begin(
    controller(({ subject, secret }) => {
      passes.push(subject.metadata.name)
      return secret === undefined ? secretFor(subject) : NOTHING
    }),
  )
  await until(() => cluster.get(Secrets, key('before')))
  await cluster.create(ConfigMaps, config('later'))
  await until(() => cluster.get(Secrets, key('later')))
  const made = (await cluster.get<KubeObject>(Secrets, key('later')))?.metadata.uid
  // A child that goes away wakes its owner.
  await cluster.delete(Secrets, key('later'), { uid: made ?? '' })
  await until(async () => {
    const uid = (await cluster.get<KubeObject>(Secrets, key('later')))?.metadata.uid
    return uid !== undefined && uid !== made
  })
  expect(new Set(passes)).toEqual(new Set(['before', 'later']))
})

test('an object that decide throws on backs off alone: the others go on', async () => {
  const results: string[] = []
  await cluster.create(ConfigMaps, config('poison'))
  await begin(
    controller(({ subject, secret }) => {
      if (subject.metadata.name === 'poison') throw new Error('a defect')
      return secret === undefined ? secretFor(subject) : NOTHING
    }),
    { metrics: { ...noMetrics, reconciled: (_: string, result: string) => results.push(result) } },
  )
  await cluster.create(ConfigMaps, config('healthy'))
  await until(() => cluster.get(Secrets, key('healthy')))
  await until(() => results.filter((result) => result === 'poison').length >= 2)
  expect(results).toContain('acted')
})

test('a key is looked at again when the decision asks for it', async () => {
  let passes = 0
  await cluster.create(ConfigMaps, config('a'))
  await begin(
    controller(() => {
      passes += 1
      return passes < 3 ? { ...NOTHING, requeueAfterMs: 1 } : NOTHING
    }),
  )
  await until(() => passes === 3)
  await until(() => runtime?.busy === 0)
  expect(passes).toBe(3)
})

test('never two passes for one key at a time', async () => {
  let inside = 0
  let most = 0
  let passes = 0
  await cluster.create(ConfigMaps, config('a'))
  const made = controller(() => NOTHING)
  await begin({
    ...made,
    observe: async (wanted) => {
      inside += 1
      most = Math.max(most, inside)
      passes += 1
      await new Promise((resolve) => setImmediate(resolve))
      inside -= 1
      return await made.observe(wanted)
    },
  })
  for (let count = 0; count < 20; count++)
    await cluster.mergePatch(ConfigMaps, key('a'), { data: { n: String(count) } })
  await until(() => passes > 1 && runtime?.busy === 0)
  expect(most).toBe(1)
})

test('a fenced write stops the controllers and says so once', async () => {
  const fencings: number[] = []
  await cluster.create(ConfigMaps, config('a'))
  await cluster.create(ConfigMaps, config('b'))
  await begin(
    controller(({ subject }) => secretFor(subject)),
    { leadership: { epoch: () => 1, holds: () => false }, onFenced: () => fencings.push(1) },
  )
  await until(() => fencings.length > 0)
  await runtime?.stop()
  expect(fencings).toHaveLength(1)
  expect(await cluster.get(Secrets, key('a'))).toBeUndefined()
})

test('after stop no key is taken any more', async () => {
  const passes: string[] = []
  await begin(
    controller(({ subject }) => {
      passes.push(keyString(key(subject.metadata.name)))
      return NOTHING
    }),
  )
  await runtime?.stop()
  await cluster.create(ConfigMaps, config('late'))
  await until(() => caches.need(ConfigMaps).get(key('late')))
  expect(passes).toEqual([])
})

test('one cache serves all who need a kind, and refuses needs that do not fit together', () => {
  const both = new Caches({
    cluster,
    needs: [
      { type: Pods, indexers: { a: () => [] } },
      { type: Pods, indexers: { b: () => [] } },
    ],
  })
  expect(both.types).toHaveLength(1)
  expect(both.need(Pods).byIndex('a', 'x')).toEqual([])
  expect(both.need(Pods).byIndex('b', 'x')).toEqual([])
  expect(
    () =>
      new Caches({
        cluster,
        needs: [
          { type: Pods, labelSelector: 'a=1' },
          { type: Pods, labelSelector: 'a=2' },
        ],
      }),
  ).toThrow(/select/)
  expect(() => both.need(Secrets)).toThrow(/nobody asked/)
})

test('pods are kept without the bulk of their spec', async () => {
  const pods = new Caches({ cluster, needs: [{ type: Pods }] })
  const stop = new AbortController()
  const running = pods.run(stop.signal)
  await cluster.create<KubeObject>(Pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...key('p'), labels: { a: '1' } },
    spec: { containers: [{ name: 'c', image: 'i' }], nodeName: 'n' },
  })
  await until(() => pods.need(Pods).get(key('p')))
  expect(pods.need(Pods).get(key('p'))).toMatchObject({
    metadata: { labels: { a: '1' } },
    spec: { nodeName: 'n', containers: [{ name: 'c' }] },
  })
  expect(JSON.stringify(pods.need(Pods).get(key('p'))?.spec)).not.toContain('image')
  stop.abort()
  await running
})

test('urgent keys are worked on first, as the controller says', async () => {
  const order: string[] = []
  for (const name of ['a', 'b', 'urgent']) await cluster.create(ConfigMaps, config(name))
  const made = controller(({ subject }) => {
    order.push(subject.metadata.name)
    return NOTHING
  })
  await begin({ ...made, isUrgent: ({ name }) => name === 'urgent' }, { workers: 1 })
  await until(() => order.length === 3)
  expect(order).toEqual(['urgent', 'a', 'b'])
})
