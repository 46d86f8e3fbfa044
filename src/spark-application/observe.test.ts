import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ATTEMPT } from '../api/labels.ts'
import { SparkApplications } from '../api/resource-types.ts'
import type { SparkApplication } from '../api/spark-application.ts'
import { Caches } from '../controller/caches.ts'
import { EmbeddedCluster } from '../embedded/embedded-cluster.ts'
import { type KubeObject, ownerReference } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import {
  Events,
  Pods,
  type ResourceType,
  RoleBindings,
  Roles,
  resourceName,
  ServiceAccounts,
} from '../kube/resource-type.ts'
import type { Store } from '../kube/store.ts'
import { ManualClock } from '../kube/testing/manual-clock.ts'
import { embeddedKinds } from '../main/embedded-kinds.ts'
import { DepartedDrivers } from './departed-drivers.ts'
import { judgeDriver } from './driver-verdict.ts'
import { DriverWarnings } from './driver-warnings.ts'
import { NamespaceAccess } from './namespace-access.ts'
import { mustBeFresh, observe, sparkApplicationCaches, sparkApplicationWatches } from './observe.ts'

const KEY = { namespace: 'default', name: 'app' }
const DRIVER = { namespace: 'default', name: 'app-driver' }
const clock = new ManualClock(Date.UTC(2026, 0, 1))

let cluster: EmbeddedCluster
let caches: Caches
let app: SparkApplication
let stop: AbortController
let watching: Promise<void>
/** Kinds whose cache has seen nothing yet: a watch that is behind. */
let blind: Set<string>
let reads: string[]
let departed: DepartedDrivers

const lookup = {
  need: <T extends KubeObject>(type: ResourceType): Store<T> => {
    const store = caches.need<T>(type)
    if (!blind.has(resourceName(type))) return store
    return {
      get: () => undefined,
      byIndex: () => [],
      list: () => [],
      size: 0,
      synced: true,
      resourceVersion: '1',
      observeWrite: () => {},
    }
  },
}

const counted = (): EmbeddedCluster =>
  new Proxy(cluster, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      if (name === 'get' || name === 'list')
        return (type: ResourceType, ...rest: readonly unknown[]) => {
          reads.push(`${name} ${type.plural}`)
          return value.call(target, type, ...rest)
        }
      return value.bind(target)
    },
  })

const until = async (holds: () => unknown): Promise<void> => {
  while (!(await holds())) await new Promise((resolve) => setImmediate(resolve))
}

const look = () => {
  const counting = counted()
  const access = new NamespaceAccess(counting, clock)
  return observe(KEY, {
    cluster: counting,
    caches: lookup,
    access,
    departed,
    warnings: new DriverWarnings(counting, clock),
    clock,
  })
}

const writeStatus = async (status: object): Promise<void> => {
  app = await cluster.mergePatch<SparkApplication>(SparkApplications, KEY, { status }, { subresource: 'status' })
  await until(() => caches.need(SparkApplications).get(KEY)?.metadata.resourceVersion === app.metadata.resourceVersion)
}

const makePod = async (name: string, role: string, owner: KubeObject): Promise<KubeObject> => {
  const pod = await cluster.create<KubeObject>(Pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'default',
      name,
      labels: { 'app.kubernetes.io/managed-by': 'bellows', 'spark-role': role, 'sparkoperator.k8s.io/app-name': 'app' },
      ownerReferences: [ownerReference(owner)],
    },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  })
  await until(() => caches.need(Pods).get({ namespace: 'default', name }))
  return pod
}

const another = (): Promise<SparkApplication> =>
  cluster.create<SparkApplication>(SparkApplications, {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { namespace: 'default', name: 'another' },
    spec: { type: 'SQL', program: 'SELECT 1' },
  } as unknown as SparkApplication)

beforeEach(async () => {
  blind = new Set()
  reads = []
  stop = new AbortController()
  cluster = new EmbeddedCluster({ kubelet: false, resources: embeddedKinds, now: () => clock.wall() })
  caches = new Caches({ cluster, needs: sparkApplicationCaches })
  departed = new DepartedDrivers()
  caches.onChange(Pods, (change) => departed.hear(change))
  watching = caches.run(stop.signal)
  await caches.whenSynced()
  app = await cluster.create<SparkApplication>(SparkApplications, {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: KEY,
    spec: { type: 'SQL', program: 'SELECT 1' },
  } as unknown as SparkApplication)
  await until(() => caches.need(SparkApplications).get(KEY))
})

afterEach(async () => {
  stop.abort()
  await watching
  await cluster.close()
})

test('nothing is observed of an application that is gone', async () => {
  blind.add('sparkapplications.sparkoperator.k8s.io')
  expect(await look()).toBeUndefined()
})

describe('pods', () => {
  test('drivers are those that the application owns, executors those that a driver owns', async () => {
    const driver = await makePod('app-driver', 'driver', app)
    await makePod('app-1-exec-1', 'executor', driver)
    await makePod('stranger', 'driver', await another())
    const observed = await look()
    expect(observed?.drivers.map(({ metadata }) => metadata.name)).toEqual(['app-driver'])
    expect(observed?.executors.map(({ metadata }) => metadata.name)).toEqual(['app-1-exec-1'])
  })

  test('a driver that the cache does not show is asked of the API server before it counts as missing', async () => {
    await makePod('app-driver', 'driver', app)
    await writeStatus({ applicationState: { state: 'RUNNING' }, driverInfo: { podName: 'app-driver' } })
    blind.add('pods')
    expect((await look())?.drivers.map(({ metadata }) => metadata.name)).toEqual(['app-driver'])
    expect(reads).toContain('get pods')
  })

  test('but not where none is expected', async () => {
    await look()
    expect(reads).not.toContain('get pods')
  })

  test('a pod of that name that somebody else owns is no driver of ours', async () => {
    await makePod('app-driver', 'driver', await another())
    await writeStatus({ applicationState: { state: 'RUNNING' } })
    expect((await look())?.drivers).toEqual([])
  })
})

describe('a driver whose pod is gone', () => {
  const running = { applicationState: { state: 'RUNNING' }, driverInfo: { podName: 'app-driver' } }
  const setState = async (state: object): Promise<void> => {
    const pod = await cluster.get<Pod>(Pods, DRIVER)
    const containerStatuses = [{ name: 'spark-kubernetes-driver', state }]
    const status = { ...pod?.status, containerStatuses }
    await cluster.replace<Pod>(Pods, { ...pod!, status }, { subresource: 'status' })
  }
  const remove = async (): Promise<void> => {
    const uid = (await cluster.get(Pods, DRIVER))?.metadata.uid ?? ''
    await cluster.delete(Pods, DRIVER, { uid, gracePeriodSeconds: 0 })
    await until(() => caches.need(Pods).get(DRIVER) === undefined)
  }
  const ends = async () => (await look())?.drivers.map((pod) => judgeDriver(pod).kind)

  test('is shown as it ended, as long as its end is not written', async () => {
    await makePod('app-driver', 'driver', app)
    await writeStatus(running)
    await setState({ terminated: { exitCode: 0 } })
    await remove()
    expect(await ends()).toEqual(['succeeded'])
    expect(reads).toContain('get pods')
    await writeStatus({ applicationState: { state: 'COMPLETED' } })
    expect(await ends()).toEqual([])
    await writeStatus(running)
    expect(await ends()).toEqual([])
  })

  test('is missing where it had not ended', async () => {
    await makePod('app-driver', 'driver', app)
    await writeStatus(running)
    await setState({ running: {} })
    await remove()
    expect(await ends()).toEqual([])
  })

  test('is followed where not even its making was written', async () => {
    await makePod('app-driver', 'driver', app)
    await cluster.mergePatch(Pods, DRIVER, { metadata: { labels: { [ATTEMPT]: '2' } } })
    await setState({ terminated: { exitCode: 0 } })
    await remove()
    expect(await ends()).toEqual(['succeeded'])
    await writeStatus({ applicationState: { state: 'FAILING' }, attempt: 1 })
    expect(await ends()).toEqual(['succeeded'])
    await writeStatus({ applicationState: { state: 'COMPLETED' }, attempt: 2 })
    expect(await ends()).toEqual([])
  })

  test('does not stand for one of another attempt, nor for one that is there', async () => {
    await makePod('app-driver', 'driver', app)
    await writeStatus(running)
    await setState({ terminated: { exitCode: 1 } })
    await remove()
    expect(await ends()).toEqual(['failed'])
    await makePod('app-driver', 'driver', app)
    expect(await ends()).toEqual(['waiting'])
    await remove()
    await writeStatus({ attempt: 1 })
    expect(await ends()).toEqual([])
  })
})

describe('freshness', () => {
  test('an application between two runs is read from the API server', async () => {
    await writeStatus({ applicationState: { state: 'FAILING' } })
    await look()
    expect(reads).toContain('get sparkapplications')
  })

  test('one that runs or has ended is not', async () => {
    for (const state of ['RUNNING', 'COMPLETED']) {
      await writeStatus({ applicationState: { state } })
      await look()
    }
    expect(reads).not.toContain('get sparkapplications')
  })

  test('one without status only where it is not new', () => {
    expect(mustBeFresh(app, clock.wall())).toBe(false)
    expect(mustBeFresh(app, clock.wall() + 61_000)).toBe(true)
  })
})

describe('namespace access', () => {
  test('what drivers need is found missing, in the order to create it, and is then believed to be there', async () => {
    const access = new NamespaceAccess(counted(), clock)
    const missing = await access.missing('default', 'bundled')
    expect(missing.map(({ type }) => type.plural)).toEqual(['serviceaccounts', 'roles', 'rolebindings'])
    for (const { type, object } of missing) await cluster.create(type, object)
    expect(await access.missing('default', 'bundled')).toEqual([])
    reads = []
    expect(await access.missing('default', 'bundled')).toEqual([])
    expect(reads).toEqual([])
    clock.advance(10_001)
    const account = await cluster.get<KubeObject>(ServiceAccounts, { namespace: 'default', name: 'bellows-driver' })
    await cluster.delete(
      ServiceAccounts,
      { namespace: 'default', name: 'bellows-driver' },
      { uid: account?.metadata.uid ?? '' },
    )
    expect((await access.missing('default', 'bundled')).map(({ type }) => type)).toEqual([ServiceAccounts])
    expect([Roles, RoleBindings].length).toBe(2)
  })

  test('is not asked for where the user names a service account, nor once the application runs', async () => {
    await writeStatus({ applicationState: { state: 'RUNNING' }, observedGeneration: app.metadata.generation })
    await look()
    expect(reads.filter((read) => /roles|accounts/.test(read))).toEqual([])
  })
})

test('a driver that has long been starting is asked for its newest warning', async () => {
  const driver = await makePod('app-driver', 'driver', app)
  const event = (name: string, note: string, at: string): KubeObject => ({
    apiVersion: 'events.k8s.io/v1',
    kind: 'Event',
    metadata: { namespace: 'default', name },
    regarding: { kind: 'Pod', name: 'app-driver', namespace: 'default', uid: driver.metadata.uid },
    reason: 'FailedMount',
    type: 'Warning',
    note,
    eventTime: at,
    reportingController: 'kubelet',
    reportingInstance: 'node',
    action: 'Mounting',
  })
  await cluster.create(Events, event('old', 'older', '2026-01-01T00:00:01.000000Z'))
  await cluster.create(Events, event('new', 'secret "x" not found', '2026-01-01T00:00:02.000000Z'))
  expect((await look())?.driverWarning).toBeUndefined()
  clock.advance(11_000)
  expect((await look())?.driverWarning).toBe('FailedMount: secret "x" not found')
})

test('pods wake their application: drivers by owner, executors by label', () => {
  const keysOf = sparkApplicationWatches[0]?.keysOf
  const pod = (owner: { kind: string; name: string }): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      namespace: 'ns',
      name: 'p',
      labels: { 'sparkoperator.k8s.io/app-name': 'by-label' },
      ownerReferences: [{ apiVersion: 'v', uid: 'u', controller: true, ...owner }],
    },
  })
  expect(keysOf?.(pod({ kind: 'SparkApplication', name: 'by-owner' }))).toEqual([{ namespace: 'ns', name: 'by-owner' }])
  expect(keysOf?.(pod({ kind: 'Pod', name: 'app-driver' }))).toEqual([{ namespace: 'ns', name: 'by-label' }])
  expect(keysOf?.(pod({ kind: 'PipelineRun', name: 'run' }))).toEqual([])
})
