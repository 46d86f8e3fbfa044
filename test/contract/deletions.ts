import { expect, it } from 'vitest'
import type { DeleteOptions } from '../../src/kube/cluster.ts'
import { type KubeObject, ownerReference } from '../../src/kube/object.ts'
import { ConfigMaps, Namespaces } from '../../src/kube/resource-type.ts'
import { type ContractSetting, configMap, eventually, fresh, gone, outcome, refusalOf, widget } from './setting.ts'
import { Widgets } from './widgets.ts'

/** Deletes with preconditions, finalizers, garbage collection by owner, namespaces. */
export const deletionCases = (setting: () => ContractSetting): void => {
  const make = (metadata: Partial<KubeObject['metadata']> = {}) =>
    setting().cluster.create(ConfigMaps, configMap(setting().namespace, fresh('deleted'), { a: '1' }, metadata))
  const remove = (object: KubeObject, options: Partial<DeleteOptions> = {}) =>
    setting().cluster.delete(ConfigMaps, object.metadata, { uid: object.metadata.uid ?? '', ...options })
  const read = (object: KubeObject) => setting().cluster.get(ConfigMaps, object.metadata)

  it('deletes exactly the incarnation that is meant', async () => {
    const made = await make()
    const refusal = await refusalOf(remove(made, { uid: '00000000-0000-0000-0000-000000000000' }))
    expect([refusal.status, refusal.reason]).toEqual([409, 'Conflict'])
    expect(refusal.message).toContain('does not match the UID in record')
    expect(await outcome(remove(made, { resourceVersion: '1' }))).toBe('409 Conflict')
    expect(await read(made)).toEqual(made)
    await remove(made, made.metadata.resourceVersion ? { resourceVersion: made.metadata.resourceVersion } : {})
    expect(await read(made)).toBeUndefined()
    expect(await outcome(remove(made))).toBe('404 NotFound')
  })

  it('gives an object of the same name another uid', async () => {
    const one = await make()
    await remove(one)
    const two = await setting().cluster.create(ConfigMaps, configMap(setting().namespace, one.metadata.name))
    expect(two.metadata.uid).not.toBe(one.metadata.uid)
    expect(await outcome(remove(one))).toBe('409 Conflict')
  })

  it('keeps an object with finalizers until the last one is gone', async () => {
    const { cluster } = setting()
    const made = await make({ finalizers: ['example.com/a', 'example.com/b'] })
    await remove(made)
    const leaving = await read(made)
    expect(leaving?.metadata.deletionTimestamp).toMatch(/^\d{4}-.*Z$/)
    expect(leaving?.metadata.deletionGracePeriodSeconds).toBe(0)
    await remove(made)
    expect((await read(made))?.metadata.resourceVersion).toBe(leaving?.metadata.resourceVersion)
    const again = await refusalOf(cluster.create(ConfigMaps, configMap(setting().namespace, made.metadata.name)))
    expect(again.reason).toBe('AlreadyExists')
    const finalizers = (list: string[] | null) =>
      outcome(cluster.mergePatch(ConfigMaps, made.metadata, { metadata: { finalizers: list } }))
    expect(await finalizers(['example.com/a', 'example.com/new'])).toBe('422 Invalid')
    expect(await outcome(cluster.mergePatch(ConfigMaps, made.metadata, { data: { a: '2' } }))).toBe('ok')
    expect(await finalizers(['example.com/b'])).toBe('ok')
    expect((await read(made))?.metadata.finalizers).toEqual(['example.com/b'])
    expect(await finalizers(null)).toBe('ok')
    expect(await read(made)).toBeUndefined()
  })

  it('counts the mark of deletion as a generation where there are generations', async () => {
    const { cluster, namespace } = setting()
    const made = await cluster.create(Widgets, widget(namespace, fresh('gen'), {}, { finalizers: ['example.com/a'] }))
    await cluster.delete(Widgets, made.metadata, { uid: made.metadata.uid ?? '' })
    const leaving = await cluster.get(Widgets, made.metadata)
    expect(leaving?.metadata.generation).toBe(2)
    await cluster.mergePatch(Widgets, made.metadata, { metadata: { finalizers: null } })
    expect(await cluster.get(Widgets, made.metadata)).toBeUndefined()
  })

  it('collects what an owner leaves behind, also where it is not the controller', async () => {
    const { cluster } = setting()
    const owner = await make()
    const child = await make({ ownerReferences: [ownerReference(owner)] })
    const friend = await make({ ownerReferences: [{ ...ownerReference(owner), controller: false }] })
    const grandchild = await make({ ownerReferences: [ownerReference(child)] })
    await remove(owner)
    for (const object of [child, friend, grandchild]) await gone(cluster, ConfigMaps, object)
    expect(await read(grandchild)).toBeUndefined()
  })

  it('collects an object whose owner never was', async () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'never', uid: '00000000-0000-0000-0000-000000000001' }
    const orphan = await make({ ownerReferences: [owner] })
    await gone(setting().cluster, ConfigMaps, orphan)
    expect(await read(orphan)).toBeUndefined()
  })

  it('keeps an object while one of its owners is left, and drops the reference to the other', async () => {
    const { cluster } = setting()
    const [one, two] = [await make(), await make()]
    const references = [one, two].map((owner) => ({ ...ownerReference(owner), controller: false }))
    const child = await make({ ownerReferences: references })
    await remove(one)
    const less = await eventually(
      cluster,
      ConfigMaps,
      child.metadata,
      (object) => object?.metadata.ownerReferences?.length === 1,
    )
    expect(less?.metadata.ownerReferences?.[0]?.uid).toBe(two.metadata.uid)
    await remove(two)
    await gone(cluster, ConfigMaps, child)
    expect(await read(child)).toBeUndefined()
  })

  it('does not collect children of an owner that is only being deleted', async () => {
    const { cluster } = setting()
    const owner = await make({ finalizers: ['example.com/a'] })
    const child = await make({ ownerReferences: [ownerReference(owner)] })
    await remove(owner)
    const after = await make({ ownerReferences: [{ ...ownerReference(owner), uid: 'never-was' }] })
    // The collector works in order enough: by the time it has taken the later orphan, it has seen the owner's mark.
    await gone(cluster, ConfigMaps, after)
    expect(await read(child)).toBeDefined()
    await cluster.mergePatch(ConfigMaps, owner.metadata, { metadata: { finalizers: null } })
    await gone(cluster, ConfigMaps, child)
    expect(await read(owner)).toBeUndefined()
  })

  it('deletes in the foreground: children first', async () => {
    const { cluster } = setting()
    const owner = await make()
    const child = await make({
      ownerReferences: [{ ...ownerReference(owner), blockOwnerDeletion: true }],
      finalizers: ['example.com/a'],
    })
    await remove(owner, { propagationPolicy: 'Foreground' })
    await eventually(cluster, ConfigMaps, child.metadata, (object) => object?.metadata.deletionTimestamp !== undefined)
    expect((await read(owner))?.metadata.finalizers).toEqual(['foregroundDeletion'])
    await cluster.mergePatch(ConfigMaps, child.metadata, { metadata: { finalizers: null } })
    await gone(cluster, ConfigMaps, owner)
    expect(await read(child)).toBeUndefined()
  })

  it('orphans children where that is asked', async () => {
    const { cluster } = setting()
    const owner = await make()
    const child = await make({ ownerReferences: [ownerReference(owner)] })
    await remove(owner, { propagationPolicy: 'Orphan' })
    await gone(cluster, ConfigMaps, owner)
    const left = await read(child)
    expect(left?.metadata.uid).toBe(child.metadata.uid)
    expect(left?.metadata.ownerReferences).toBeUndefined()
  })

  it('empties a namespace that is deleted, and takes nothing new into it', async () => {
    const { cluster, namespace } = setting()
    const name = `${namespace}-${fresh('ns')}`
    const made = await cluster.create<KubeObject>(Namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    })
    expect(made).toMatchObject({ status: { phase: 'Active' } })
    const held = await cluster.create(ConfigMaps, configMap(name, 'held', {}, { finalizers: ['example.com/a'] }))
    await cluster.delete(Namespaces, made.metadata, { uid: made.metadata.uid ?? '' })
    expect(await cluster.get(Namespaces, made.metadata)).toMatchObject({ status: { phase: 'Terminating' } })
    const refusal = await refusalOf(cluster.create(ConfigMaps, configMap(name, 'late')))
    expect([refusal.status, refusal.reason]).toEqual([403, 'Forbidden'])
    expect(refusal.message).toContain('because it is being terminated')
    expect(refusal.causes[0]?.reason).toBe('NamespaceTerminating')
    await eventually(cluster, ConfigMaps, held.metadata, (object) => object?.metadata.deletionTimestamp !== undefined)
    await cluster.mergePatch(ConfigMaps, held.metadata, { metadata: { finalizers: null } })
    await eventually(cluster, Namespaces, made.metadata, (object) => object === undefined)
    expect(await cluster.get(ConfigMaps, held.metadata)).toBeUndefined()
  })
}
