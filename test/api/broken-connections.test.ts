import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ApiServerCluster, connectToApiServer } from '../../src/kube/api-server-cluster.ts'
import { Informer } from '../../src/kube/informer.ts'
import { loadCredentials } from '../../src/kube/kubeconfig.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps } from '../../src/kube/resource-type.ts'
import { proxyTo, type TcpProxy } from '../../src/kube/testing/proxy.ts'
import { connectToRealServer, kubeconfig, type TestNamespace, testNamespace } from './real-server.ts'

let direct: ApiServerCluster
let namespace: TestNamespace
let proxy: TcpProxy
let throughProxy: ApiServerCluster

beforeAll(async () => {
  direct = await connectToRealServer()
  namespace = await testNamespace(direct, 'broken')
  proxy = await proxyTo(await loadCredentials({ kubeconfig: kubeconfig() }), '127.0.0.1')
  throughProxy = connectToApiServer(proxy.credentials)
})

afterAll(async () => {
  await throughProxy?.close()
  await proxy?.close()
  await namespace?.remove()
  await direct?.close()
})

const configMap = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace: namespace.name },
})

/** An informer behind the proxy, what it was told of its watch, and its end. */
const follow = async (): Promise<{
  informer: Informer
  restarts: string[]
  relists: () => number
  stop(): Promise<void>
}> => {
  const restarts: string[] = []
  let relists = 0
  const informer = new Informer({
    cluster: throughProxy,
    type: ConfigMaps,
    namespace: namespace.name,
    metrics: { watchRestarted: (_resource, reason) => restarts.push(reason), relisted: () => relists++ },
  })
  const abort = new AbortController()
  const running = informer.run(abort.signal)
  await informer.whenSynced()
  return {
    informer,
    restarts,
    relists: () => relists,
    stop: async () => {
      abort.abort()
      await running
    },
  }
}

const holds = (informer: Informer, object: KubeObject): boolean =>
  informer.get({ namespace: namespace.name, name: object.metadata.name })?.metadata.uid === object.metadata.uid

describe('an informer', () => {
  test('whose connection is cut again and again misses nothing and lists nothing anew', async () => {
    const { informer, restarts, relists, stop } = await follow()
    const first = await direct.create(ConfigMaps, configMap('first'))
    await expect.poll(() => holds(informer, first), { timeout: 20_000 }).toBe(true)
    for (let round = 0; round < 3; round++) {
      proxy.cut()
      const [kept, gone] = await Promise.all([
        direct.create(ConfigMaps, configMap(`kept-${round}`)),
        direct.create(ConfigMaps, configMap(`gone-${round}`)),
      ])
      await direct.delete(
        ConfigMaps,
        { namespace: namespace.name, name: `gone-${round}` },
        { uid: gone.metadata.uid ?? '' },
      )
      await expect.poll(() => holds(informer, kept), { timeout: 20_000 }).toBe(true)
    }
    await expect.poll(async () => informer.check(), { timeout: 10_000 }).toEqual([])
    expect(restarts.length).toBeGreaterThanOrEqual(3)
    expect(relists()).toBe(0)
    await stop()
  })

  test('whose connection is half-open finds out by itself within half a minute', async () => {
    const { informer, restarts, stop } = await follow()
    const before = performance.now()
    proxy.freeze()
    const made = await direct.create(ConfigMaps, configMap('while-frozen'))
    await expect.poll(() => holds(informer, made), { timeout: 40_000 }).toBe(true)
    expect(performance.now() - before).toBeLessThan(30_000)
    expect(restarts).toEqual(['error'])
    await stop()
  })
})
