import { expect, it } from 'vitest'
import { EmbeddedCluster } from '../../src/embedded/embedded-cluster.ts'
import { ConfigMaps } from '../../src/kube/resource-type.ts'
import { configMap, events } from '../contract/setting.ts'

it('carries 1,000 objects with watches, in pages, and lets the garbage collector follow', async () => {
  const cluster = new EmbeddedCluster({ kubelet: false, historyLimit: 500 })
  const { resourceVersion } = await cluster.list(ConfigMaps)
  const watches = Array.from({ length: 5 }, () => events(cluster.watch(ConfigMaps, { resourceVersion }), 2000))
  const owner = await cluster.create(ConfigMaps, configMap('default', 'owner'))
  const { name, uid = '' } = owner.metadata
  const ownerReferences = [{ apiVersion: 'v1', kind: 'ConfigMap', name, uid }]
  for (let number = 1; number < 1000; number++) {
    await cluster.create(ConfigMaps, configMap('default', `c-${number}`, { a: '1' }, { ownerReferences }))
  }
  const pages: number[] = []
  let next: string | undefined
  do {
    const page = await cluster.list(ConfigMaps, { limit: 300, ...(next === undefined ? {} : { continue: next }) })
    pages.push(page.items.length)
    next = page.continue
  } while (next !== undefined)
  expect(pages).toEqual([300, 300, 300, 100])
  await cluster.delete(ConfigMaps, owner.metadata, { uid })
  for (const seen of await Promise.all(watches)) {
    expect(seen.slice(0, 1000).every((event) => event.type === 'ADDED')).toBe(true)
    expect(seen.slice(1000).every((event) => event.type === 'DELETED')).toBe(true)
  }
  expect((await cluster.list(ConfigMaps)).items).toEqual([])
  for await (const event of cluster.watch(ConfigMaps, { resourceVersion })) {
    expect(event).toMatchObject({ type: 'ERROR', error: { status: 410, reason: 'Expired' } })
  }
  await cluster.close()
})
