import { expect, it } from 'vitest'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps } from '../../src/kube/resource-type.ts'
import { type ContractSetting, configMap, fresh, outcome, refusalOf, widget } from './setting.ts'
import { type Widget, Widgets } from './widgets.ts'

/** Server-side apply: who owns what, conflicts, removal, no-ops, preconditions, keyed lists, status. */
export const applyCases = (setting: () => ContractSetting): void => {
  const apply = (name: string, data: Record<string, string> | undefined, fieldManager: string, force = false) =>
    setting().cluster.apply(ConfigMaps, configMap(setting().namespace, name, data), { fieldManager, force })
  const dataOf = async (call: Promise<KubeObject>) => (await call).data ?? {}
  const sizes = (spec: Widget['spec'], name: string, fieldManager: string, force = false) =>
    setting().cluster.apply<Widget>(Widgets, widget(setting().namespace, name, spec === undefined ? {} : { spec }), {
      fieldManager,
      force,
    })
  const status = (name: string, value: Widget['status'], fieldManager: string, metadata = {}, force = false) =>
    setting().cluster.apply<Widget>(
      Widgets,
      widget(setting().namespace, name, value === undefined ? {} : { status: value }, metadata),
      { fieldManager, subresource: 'status', force },
    )

  it('creates an absent object and updates it', async () => {
    const name = fresh('applied')
    const made = await apply(name, { a: '1' }, 'one')
    expect(made.metadata.uid).toBeDefined()
    expect(await dataOf(apply(name, { a: '2', b: '1' }, 'one'))).toEqual({ a: '2', b: '1' })
  })

  it('keeps the version of an apply that changes nothing', async () => {
    const name = fresh('applied')
    const made = await apply(name, { a: '1' }, 'one')
    expect((await apply(name, { a: '1' }, 'one')).metadata.resourceVersion).toBe(made.metadata.resourceVersion)
  })

  it('removes what its manager no longer applies, and leaves what others own', async () => {
    const name = fresh('applied')
    await apply(name, { a: '1', b: '1' }, 'one')
    await apply(name, { b: '1', c: '1' }, 'two')
    expect(await dataOf(apply(name, { a: '1' }, 'one'))).toEqual({ a: '1', b: '1', c: '1' })
    expect(await dataOf(apply(name, undefined, 'two'))).toEqual({ a: '1' })
    expect(await dataOf(apply(name, undefined, 'one'))).toEqual({})
  })

  it('refuses to change what another manager owns, naming it and the field', async () => {
    const name = fresh('applied')
    await apply(name, { a: '1', b: '1' }, 'one')
    const refusal = await refusalOf(apply(name, { a: '2' }, 'two'))
    expect([refusal.status, refusal.reason]).toEqual([409, 'Conflict'])
    expect(refusal.message).toBe('Apply failed with 1 conflict: conflict with "one": .data.a')
    expect(refusal.causes).toEqual([
      { reason: 'FieldManagerConflict', message: 'conflict with "one"', field: '.data.a' },
    ])
    const both = await refusalOf(apply(name, { a: '2', b: '2' }, 'two'))
    expect(both.message).toBe('Apply failed with 2 conflicts: conflicts with "one":\n- .data.a\n- .data.b')
  })

  it('takes over by force, and the former owner then owns nothing of it', async () => {
    const name = fresh('applied')
    await apply(name, { a: '1', b: '1' }, 'one')
    expect(await dataOf(apply(name, { a: '2' }, 'two', true))).toEqual({ a: '2', b: '1' })
    expect(await outcome(apply(name, { a: '1', b: '1' }, 'one'))).toBe('409 Conflict')
    expect(await dataOf(apply(name, { b: '1' }, 'one'))).toEqual({ a: '2', b: '1' })
  })

  it('lets two managers share a field of one value', async () => {
    const name = fresh('applied')
    await apply(name, { a: '1' }, 'one')
    expect(await outcome(apply(name, { a: '1' }, 'two'))).toBe('ok')
    expect(await outcome(apply(name, { a: '2' }, 'one'))).toBe('409 Conflict')
    expect(await dataOf(apply(name, undefined, 'one'))).toEqual({ a: '1' })
  })

  it('treats those who write otherwise as owners too', async () => {
    const { cluster, namespace, defaultManager } = setting()
    const made = await cluster.create(ConfigMaps, configMap(namespace, fresh('applied'), { a: '1' }))
    const refusal = await refusalOf(apply(made.metadata.name, { a: '2' }, 'one'))
    expect(refusal.message).toContain(`conflict with "${defaultManager}" using v1`)
    await apply(made.metadata.name, { a: '2' }, 'one', true)
    const patched = await cluster.mergePatch(ConfigMaps, made.metadata, { data: { a: '3' } })
    expect(patched.data).toEqual({ a: '3' })
    expect(await outcome(apply(made.metadata.name, { a: '2' }, 'one'))).toBe('409 Conflict')
    await cluster.mergePatch(ConfigMaps, made.metadata, { data: { a: null } }, { fieldManager: 'third' })
    expect(await dataOf(apply(made.metadata.name, { a: '4' }, 'one'))).toEqual({ a: '4' })
  })

  it('leaves a map to the one who brought it about by another write, also when it is empty', async () => {
    const { cluster, namespace } = setting()
    const name = fresh('applied')
    await cluster.create(ConfigMaps, configMap(namespace, name, { a: '1' }))
    await apply(name, { a: '2' }, 'one', true)
    expect(await dataOf(apply(name, undefined, 'one'))).toEqual({})
    const refusal = await refusalOf(apply(name, { b: '1' }, 'one'))
    expect(refusal.causes.map((cause) => cause.field)).toEqual(['.data'])
    expect(await dataOf(apply(name, { b: '1' }, 'one', true))).toEqual({ b: '1' })
  })

  it('never creates where a uid is given', async () => {
    const { cluster, namespace } = setting()
    const uid = '00000000-0000-0000-0000-000000000000'
    const object = configMap(namespace, fresh('never'), { a: '1' }, { uid })
    const refusal = await refusalOf(cluster.apply(ConfigMaps, object, { fieldManager: 'one', force: true }))
    expect([refusal.status, refusal.reason]).toEqual([409, 'Conflict'])
    expect(refusal.message).toContain('uid mismatch')
    expect(await cluster.get(ConfigMaps, object.metadata)).toBeUndefined()
  })

  it('refuses another uid as Invalid and a stale version as Conflict', async () => {
    const { cluster, namespace } = setting()
    const made = await apply(fresh('applied'), { a: '1' }, 'one')
    const again = (metadata: object) =>
      outcome(
        cluster.apply(ConfigMaps, configMap(namespace, made.metadata.name, { a: '2' }, metadata), {
          fieldManager: 'one',
        }),
      )
    expect(await again({ uid: '00000000-0000-0000-0000-000000000000' })).toBe('422 Invalid')
    expect(await again({ resourceVersion: '1' })).toBe('409 Conflict')
    expect(await again({ uid: made.metadata.uid })).toBe('ok')
  })

  it('merges labels and finalizers of several managers', async () => {
    const { cluster, namespace } = setting()
    const name = fresh('applied')
    const write = (fieldManager: string, metadata: object) =>
      cluster.apply(ConfigMaps, configMap(namespace, name, undefined, metadata), { fieldManager })
    await write('one', { labels: { a: '1' }, finalizers: ['example.com/one'] })
    const both = await write('two', { labels: { b: '2' }, finalizers: ['example.com/two'] })
    expect(both.metadata.labels).toEqual({ a: '1', b: '2' })
    expect(both.metadata.finalizers).toEqual(['example.com/one', 'example.com/two'])
    const less = await write('one', {})
    expect(less.metadata.labels).toEqual({ b: '2' })
    expect(less.metadata.finalizers).toEqual(['example.com/two'])
    const none = await write('two', {})
    expect(none.metadata.finalizers).toBeUndefined()
  })

  it('merges keyed lists item by item and other lists as a whole', async () => {
    const name = fresh('lists')
    await sizes(
      {
        parts: [
          { name: 'a', v: 1 },
          { name: 'b', v: 1 },
        ],
        list: [1, 2],
      },
      name,
      'one',
    )
    const merged = await sizes(
      {
        parts: [
          { name: 'c', v: 1 },
          { name: 'a', u: 1 },
        ],
      },
      name,
      'two',
    )
    expect(merged.spec?.parts).toEqual([
      { name: 'c', v: 1 },
      { name: 'a', v: 1, u: 1 },
      { name: 'b', v: 1 },
    ])
    expect(await outcome(sizes({ list: [1] }, name, 'two'))).toBe('409 Conflict')
    expect(await outcome(sizes({ parts: [{ name: 'b', v: 2 }] }, name, 'two'))).toBe('409 Conflict')
    const less = await sizes({ parts: [{ name: 'b', v: 1 }] }, name, 'one')
    expect(less.spec).toEqual({
      parts: [
        { name: 'c', v: 1 },
        { name: 'a', u: 1 },
        { name: 'b', v: 1 },
      ],
    })
    const rest = await sizes(undefined, name, 'one')
    expect(rest.spec).toEqual({
      parts: [
        { name: 'c', v: 1 },
        { name: 'a', u: 1 },
      ],
    })
  })

  it('refuses two items of one key', async () => {
    const refusal = await refusalOf(sizes({ parts: [{ name: 'a' }, { name: 'a' }] }, fresh('lists'), 'one'))
    expect(refusal.message).toContain('.spec.parts: duplicate entries for key [name="a"]')
  })

  it('applies status apart from the rest, conditions by type', async () => {
    const name = fresh('status')
    await sizes({ size: 1 }, name, 'one')
    const first = await status(name, { phase: 'A', conditions: [{ type: 'Ready', status: 'True' }] }, 'controller')
    expect(first).toMatchObject({ spec: { size: 1 }, metadata: { generation: 1 } })
    const more = await status(name, { conditions: [{ type: 'Other', status: 'True' }] }, 'other')
    expect(more.status?.conditions).toEqual([
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'True' },
    ])
    const less = await status(name, { phase: 'B' }, 'controller')
    expect(less.status).toEqual({ phase: 'B', conditions: [{ type: 'Other', status: 'True' }] })
    expect(await outcome(status(name, { phase: 'C' }, 'other'))).toBe('409 Conflict')
  })

  it('does not create by applying status', async () => {
    expect(await outcome(status(fresh('absent'), { a: 1 }, 'controller'))).toBe('404 NotFound')
    const uid = '00000000-0000-0000-0000-000000000000'
    expect(await outcome(status(fresh('absent'), { a: 1 }, 'controller', { uid }))).toBe('404 NotFound')
  })

  it('heeds a version, but not a uid, when status is applied', async () => {
    const name = fresh('status')
    const made = await sizes({ size: 1 }, name, 'one')
    const uid = '00000000-0000-0000-0000-000000000000'
    expect(await outcome(status(name, { a: 1 }, 'controller', { uid }))).toBe('ok')
    expect(await outcome(status(name, { a: 2 }, 'controller', { resourceVersion: '1' }))).toBe('409 Conflict')
    expect(made.metadata.uid).not.toBe(uid)
  })
}
