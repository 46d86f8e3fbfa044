import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiServerCluster } from '../../src/kube/api-server-cluster.ts'
import type { EventObject } from '../../src/kube/event-series.ts'
import { EventRecorder } from '../../src/kube/events.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps, Events, Namespaces } from '../../src/kube/resource-type.ts'
import { WriteCounter } from '../../src/kube/write-counter.ts'
import { connectToRealServer, kubeconfig, type TestNamespace, testNamespace } from './real-server.ts'

let cluster: ApiServerCluster
let namespace: TestNamespace
const writes = new WriteCounter()

beforeAll(async () => {
  cluster = await connectToRealServer({ writes })
  namespace = await testNamespace(cluster, 'events')
})

afterAll(async () => {
  await namespace?.remove()
  await cluster?.close()
})

const recorder = (dropped: unknown[]): EventRecorder =>
  new EventRecorder({
    cluster,
    reportingController: 'bellows.dev/sparkapplication',
    reportingInstance: 'operator-0',
    countEveryMs: 50,
    onDropped: (...all) => dropped.push(all),
  })

const kubectl = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)('kubectl', ['--kubeconfig', kubeconfig(), ...args])).stdout

describe('an event', () => {
  test('is one write, is counted when it comes again, and kubectl describe shows it', async () => {
    const about = await cluster.create<KubeObject>(ConfigMaps, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'app', namespace: namespace.name },
    })
    const dropped: unknown[] = []
    const events = recorder(dropped)
    const before = writes.count
    const note = `the driver app-driver runs; ${'ü'.repeat(1_200)}`
    events.record(about, { type: 'Warning', reason: 'DriverRunning', note, action: 'Submit' })
    await events.flush(5_000)
    expect([writes.count - before, dropped]).toEqual([1, []])

    for (let n = 0; n < 4; n++)
      events.record(about, { type: 'Warning', reason: 'DriverRunning', note, action: 'Submit' })
    const told = async (): Promise<readonly EventObject[]> =>
      (await cluster.list<EventObject>(Events, { namespace: namespace.name })).items
    await expect.poll(async () => (await told())[0]?.series?.count, { timeout: 5_000 }).toBe(5)
    expect(await told()).toHaveLength(1)
    expect(writes.count - before).toBe(2)

    // After a restart the same event goes on where the predecessor stopped.
    const successor = recorder(dropped)
    successor.record(about, { type: 'Warning', reason: 'DriverRunning', note, action: 'Submit' })
    await successor.flush(5_000)
    expect((await told()).map((event) => event.series?.count)).toEqual([6])
    expect(dropped).toEqual([])

    const text = await kubectl('describe', 'configmap', 'app', '-n', namespace.name)
    expect(text).toMatch(/Warning\s+DriverRunning\s+.*bellows\.dev\/sparkapplication.*the driver app-driver runs/)
  })

  test('of a cluster-scoped object is shown too', async () => {
    const about = await cluster.get<KubeObject>(Namespaces, { name: namespace.name })
    if (about === undefined) throw new Error('the namespace is gone')
    const dropped: unknown[] = []
    const events = recorder(dropped)
    events.record(about, { type: 'Normal', reason: 'Seen', note: 'told by a test' })
    await events.flush(5_000)
    expect(dropped).toEqual([])
    const found = await cluster.list<EventObject>(Events, { namespace: 'default' })
    const mine = found.items.filter((event) => event.metadata.name.startsWith(`${namespace.name}.`))
    expect(mine.map((event) => event.reason)).toEqual(['Seen'])
    for (const event of mine)
      await cluster.delete(
        Events,
        { namespace: 'default', name: event.metadata.name },
        { uid: event.metadata.uid ?? '' },
      )
  })
})
