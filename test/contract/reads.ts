import { expect, it } from 'vitest'
import type { ListOptions, WatchEvent, WatchOptions } from '../../src/kube/cluster.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { ConfigMaps, Pods } from '../../src/kube/resource-type.ts'
import { type ContractSetting, configMap, events, eventually, fresh, outcome, refusalOf } from './setting.ts'
import { Widgets } from './widgets.ts'

/** Lists, selectors, pages, watches. */
export const readCases = (setting: () => ContractSetting): void => {
  const make = (name: string, labels: Record<string, string> = {}, data: Record<string, string> = {}) =>
    setting().cluster.create(ConfigMaps, configMap(setting().namespace, name, data, { labels }))
  const names = async (options: ListOptions) =>
    (await setting().cluster.list(ConfigMaps, { namespace: setting().namespace, ...options })).items.map(
      (item) => item.metadata.name,
    )
  const watch = (options: Omit<WatchOptions, 'namespace'>): AsyncIterable<WatchEvent> =>
    setting().cluster.watch(ConfigMaps, { namespace: setting().namespace, ...options })
  const now = async () => (await setting().cluster.list(ConfigMaps)).resourceVersion
  const remove = (object: KubeObject) =>
    setting().cluster.delete(ConfigMaps, object.metadata, { uid: object.metadata.uid ?? '' })
  const patch = (object: KubeObject, change: object) =>
    setting().cluster.mergePatch(ConfigMaps, object.metadata, change)

  it('lists in order of name, whole objects with apiVersion and kind', async () => {
    const group = fresh('listed')
    for (const name of ['b', 'a.x', 'a', 'a-x']) await make(`${group}-${name}`, { group })
    const page = await setting().cluster.list(ConfigMaps, { labelSelector: `group=${group}` })
    expect(page.items.map((item) => item.metadata.name)).toEqual(
      ['a', 'a-x', 'a.x', 'b'].map((name) => `${group}-${name}`),
    )
    expect(page.items[0]).toMatchObject({ apiVersion: 'v1', kind: 'ConfigMap' })
    expect(Number(page.resourceVersion)).toBeGreaterThan(0)
  })

  it('selects by labels', async () => {
    const group = fresh('group')
    await make(`${group}-1`, { group, tier: 'web', env: 'prod' })
    await make(`${group}-2`, { group, tier: 'db', env: 'test' })
    await make(`${group}-3`, { group, env: 'prod' })
    const found = async (selector: string) =>
      (await names({ labelSelector: `group=${group},${selector}` })).map((name) => name.slice(-1)).join('')
    expect(await found('tier=web')).toBe('1')
    expect(await found('tier==web')).toBe('1')
    expect(await found('tier!=web')).toBe('23')
    expect(await found('tier in (web, db)')).toBe('12')
    expect(await found('tier notin (web)')).toBe('23')
    expect(await found('tier')).toBe('12')
    expect(await found('!tier')).toBe('3')
    expect(await found('env=prod,tier')).toBe('1')
    expect(await found('tier in (web),env in (test)')).toBe('')
  })

  it.each(['a in b', 'a=b c', 'a=-b', '=b', 'a b', '!a=b', 'a in (b'])(
    'refuses the label selector %s',
    async (labelSelector) => {
      expect(await outcome(setting().cluster.list(ConfigMaps, { labelSelector }))).toBe('400 BadRequest')
    },
  )

  it('selects by fields, only those that a kind has', async () => {
    const one = await make(fresh('field'))
    expect(await names({ fieldSelector: `metadata.name=${one.metadata.name}` })).toEqual([one.metadata.name])
    expect(await names({ fieldSelector: `metadata.name!=${one.metadata.name}` })).not.toContain(one.metadata.name)
    const elsewhere = `metadata.name=${one.metadata.name},metadata.namespace=elsewhere`
    expect(await names({ fieldSelector: elsewhere })).toEqual([])
    const { cluster } = setting()
    expect(await outcome(cluster.list(ConfigMaps, { fieldSelector: 'data.a=1' }))).toBe('400 BadRequest')
    expect(await outcome(cluster.list(Widgets, { fieldSelector: 'spec.size=1' }))).toBe('400 BadRequest')
    expect(await outcome(cluster.list(Pods, { fieldSelector: 'status.phase=Running,spec.nodeName=x' }))).toBe('ok')
  })

  it('lists in pages that all show the state of the first', async () => {
    const { cluster } = setting()
    const group = fresh('paged')
    const objects: KubeObject[] = []
    for (const number of [1, 2, 3, 4, 5]) objects.push(await make(`${group}-${number}`, { group }))
    const scope = { namespace: setting().namespace, labelSelector: `group=${group}`, limit: 2 }
    const first = await cluster.list(ConfigMaps, scope)
    expect(first.items.map((item) => item.metadata.name)).toEqual([`${group}-1`, `${group}-2`])
    await remove(objects[2]!)
    await make(`${group}-6`, { group })
    const rest: string[] = []
    let next = first.continue
    while (next !== undefined) {
      const page = await cluster.list(ConfigMaps, { ...scope, continue: next })
      expect(page.resourceVersion).toBe(first.resourceVersion)
      rest.push(...page.items.map((item) => item.metadata.name))
      next = page.continue
    }
    expect(rest).toEqual([`${group}-3`, `${group}-4`, `${group}-5`])
    expect((await names({ labelSelector: `group=${group}` })).length).toBe(5)
  })

  it('refuses a version that is not there yet, and a broken token', async () => {
    const { cluster } = setting()
    const future = { resourceVersion: '9999999999', resourceVersionMatch: 'NotOlderThan' } as const
    const refusal = await refusalOf(cluster.list(ConfigMaps, future))
    expect([refusal.status, refusal.reason]).toEqual([504, 'Timeout'])
    expect(refusal.message).toContain('Too large resource version')
    expect(await outcome(cluster.list(ConfigMaps, { limit: 1, continue: 'broken' }))).toBe('400 BadRequest')
    const match = { resourceVersionMatch: 'NotOlderThan' } as const
    expect(await outcome(cluster.list(ConfigMaps, match))).toBe('422 Invalid')
    expect(await outcome(cluster.list(ConfigMaps, { resourceVersion: await now(), ...match }))).toBe('ok')
  })

  it('answers an empty list for a namespace that is not there, NotFound for a kind that is not', async () => {
    const { cluster } = setting()
    expect((await cluster.list(ConfigMaps, { namespace: 'no-such-namespace' })).items).toEqual([])
    const kind = { ...Widgets, group: 'nothing.bellows.dev' }
    expect(await outcome(cluster.list(kind))).toBe('404 NotFound')
    expect(await outcome(cluster.get(kind, { namespace: setting().namespace, name: 'x' }))).toBe('404 NotFound')
  })

  it('tells a watch of every change, in order, from a version on', async () => {
    const resourceVersion = await now()
    const made = await make(fresh('watched'))
    const changed = await patch(made, { data: { a: '1' } })
    await remove(changed)
    const seen = await events(watch({ resourceVersion, fieldSelector: `metadata.name=${made.metadata.name}` }), 3)
    expect(seen.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED'])
    expect(seen[0]?.object).toEqual(made)
    expect(seen[1]?.object).toEqual(changed)
    expect(seen[2]?.object).toMatchObject({ data: { a: '1' }, metadata: { uid: made.metadata.uid } })
    expect(Number(seen[2]?.object.metadata.resourceVersion)).toBeGreaterThan(Number(changed.metadata.resourceVersion))
  })

  it('tells a watch of what happens while it watches, and resumes from the version of any event', async () => {
    const group = fresh('live')
    const scope = { labelSelector: `group=${group}` }
    const live = events(watch({ resourceVersion: await now(), ...scope }), 3)
    const made = await make(group, { group })
    const second = await patch(made, { data: { a: '1' } })
    const third = await patch(made, { data: { a: '2' } })
    expect((await live).map((event) => event.object)).toEqual([made, second, third])
    const resumed = await events(watch({ resourceVersion: made.metadata.resourceVersion ?? '', ...scope }), 2)
    expect(resumed.map((event) => event.object)).toEqual([second, third])
  })

  it('shows objects that come to match a selector as ADDED and those that cease to as DELETED', async () => {
    const group = fresh('moving')
    const resourceVersion = await now()
    const made = await make(group)
    await patch(made, { metadata: { labels: { group } } })
    const inside = await patch(made, { data: { a: '1' } })
    const outside = await patch(made, { metadata: { labels: { group: null } }, data: { a: '2' } })
    await patch(made, { metadata: { labels: { group } } })
    const seen = await events(watch({ resourceVersion, labelSelector: `group=${group}` }), 4)
    expect(seen.map((event) => event.type)).toEqual(['ADDED', 'MODIFIED', 'DELETED', 'ADDED'])
    expect(seen[2]?.object).toEqual({
      ...inside,
      metadata: { ...inside.metadata, resourceVersion: outside.metadata.resourceVersion },
    })
  })

  it('ends a watch when its time is over or its signal aborts', async () => {
    const resourceVersion = await now()
    const types: string[] = []
    for await (const event of watch({ resourceVersion, timeoutSeconds: 1, fieldSelector: 'metadata.name=nothing' })) {
      types.push(event.type)
    }
    expect(types.filter((type) => type !== 'BOOKMARK')).toEqual([])
    const abort = new AbortController()
    const made = await make(fresh('aborted'))
    for await (const event of watch({ resourceVersion, signal: abort.signal })) {
      if (event.type === 'ADDED' && event.object.metadata.name === made.metadata.name) abort.abort()
    }
    expect(abort.signal.aborted).toBe(true)
  })

  it('tells a watch that sees nothing at most how far it has come', async () => {
    const resourceVersion = await now()
    await make(fresh('unseen'))
    const others: string[] = []
    const options = { resourceVersion, timeoutSeconds: 5, fieldSelector: 'metadata.name=nothing' }
    const bookmarks: number[] = []
    for await (const event of watch(options)) {
      if (event.type === 'BOOKMARK') bookmarks.push(Number(event.resourceVersion))
      else others.push(event.type)
    }
    // Servers send bookmarks when they like; none in so short a time is fine.
    expect(others).toEqual([])
    expect(bookmarks).toEqual(bookmarks.toSorted((a, b) => a - b))
    for (const bookmark of bookmarks) expect(bookmark).toBeGreaterThanOrEqual(Number(resourceVersion))
  })

  it('shows one state to a list and a watch that go on from each other', async () => {
    const group = fresh('gapless')
    const scope = { namespace: setting().namespace, labelSelector: `group=${group}` }
    const seen = new Map<string, string | undefined>()
    const made = await make(`${group}-0`, { group })
    const writes = (async () => {
      for (let number = 1; number <= 20; number++) await make(`${group}-${number}`, { group })
      await remove(made)
    })()
    const { items, resourceVersion } = await setting().cluster.list(ConfigMaps, scope)
    for (const { metadata } of items) seen.set(metadata.name, metadata.resourceVersion)
    for await (const event of setting().cluster.watch(ConfigMaps, { ...scope, resourceVersion })) {
      if (event.type === 'ERROR' || event.type === 'BOOKMARK') continue
      const { metadata } = event.object
      if (event.type === 'DELETED') seen.delete(metadata.name)
      else seen.set(metadata.name, metadata.resourceVersion)
      if (seen.size === 20 && !seen.has(made.metadata.name)) break
    }
    await writes
    const after = await setting().cluster.list(ConfigMaps, scope)
    expect([...seen].sort()).toEqual(
      after.items.map(({ metadata }) => [metadata.name, metadata.resourceVersion]).sort(),
    )
  })

  it('answers a watch from an expired version with an ERROR event 410', async (context) => {
    const { cluster, compact } = setting()
    if (compact === undefined) return context.skip('this cluster keeps its history')
    const resourceVersion = await now()
    const made = await make(fresh('expired'))
    compact()
    const seen: WatchEvent[] = []
    for await (const event of watch({ resourceVersion })) seen.push(event)
    expect(seen).toHaveLength(1)
    expect(seen[0]).toMatchObject({ type: 'ERROR', error: { status: 410, reason: 'Expired' } })
    const live = watch({ resourceVersion: await now() })
    await remove(made)
    expect((await events(live, 1))[0]?.type).toBe('DELETED')
    await eventually(cluster, ConfigMaps, made.metadata, (object) => object === undefined)
  })
}
