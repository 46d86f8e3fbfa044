import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Cache, type Change } from './cache.ts'
import type { KubeObject } from './object.ts'
import { configMap } from './testing/objects.ts'
import type { WatchOutput } from './watch-state.ts'

const list = (cache: Cache, version: string, ...objects: readonly KubeObject[]): void => {
  cache.take({ kind: 'Init' })
  for (const object of objects) cache.take({ kind: 'InitApply', object })
  cache.take({ kind: 'InitDone', resourceVersion: version })
}

const at = (name: string, version: number, more: object = {}): KubeObject =>
  configMap(name, { resourceVersion: String(version), ...more })

const recorded = (indexers = {}): { cache: Cache; changes: string[] } => {
  const changes: string[] = []
  const cache = new Cache(indexers, (change: Change) =>
    changes.push(`${change.type} ${change.object.metadata.name}@${change.object.metadata.resourceVersion}`),
  )
  return { cache, changes }
}

const names = (cache: Cache): string[] => [...cache.list()].map((object) => object.metadata.name).sort()

describe('a list', () => {
  test('is served only once it is whole', () => {
    const { cache } = recorded()
    cache.take({ kind: 'Init' })
    cache.take({ kind: 'InitApply', object: at('a', 1) })
    expect([cache.synced, cache.size, cache.resourceVersion]).toEqual([false, 0, ''])
    cache.take({ kind: 'InitDone', resourceVersion: '5' })
    expect([cache.synced, cache.size, cache.resourceVersion]).toEqual([true, 1, '5'])
  })

  test('replaces the one before and reports what went', () => {
    const { cache, changes } = recorded()
    list(cache, '5', at('a', 1), at('b', 2))
    changes.length = 0
    cache.take({ kind: 'Init' })
    cache.take({ kind: 'InitApply', object: at('b', 7) })
    expect(names(cache)).toEqual(['a', 'b'])
    cache.take({ kind: 'InitApply', object: at('c', 8) })
    cache.take({ kind: 'InitDone', resourceVersion: '9' })
    expect(names(cache)).toEqual(['b', 'c'])
    expect(changes).toEqual(['Deleted a@1', 'Updated b@7', 'Added c@8'])
  })

  test('that breaks off leaves what was held', () => {
    const { cache, changes } = recorded()
    list(cache, '5', at('a', 1))
    cache.take({ kind: 'Init' })
    list(cache, '6', at('a', 1))
    expect(changes).toEqual(['Added a@1'])
  })

  test('shows another incarnation of a name as a deletion and an addition', () => {
    const { cache, changes } = recorded()
    list(cache, '5', at('a', 1, { uid: 'first' }))
    list(cache, '9', at('a', 8, { uid: 'second' }))
    expect(changes).toEqual(['Added a@1', 'Deleted a@1', 'Added a@8'])
  })
})

describe('an answer to a write', () => {
  test('is read at once and its echo is not told twice', () => {
    const { cache, changes } = recorded()
    list(cache, '5', at('a', 1))
    cache.observeWrite(at('a', 6))
    expect(cache.get({ namespace: 'default', name: 'a' })?.metadata.resourceVersion).toBe('6')
    cache.take({ kind: 'Apply', object: at('a', 6) })
    expect(changes).toEqual(['Added a@1', 'Updated a@6'])
    expect(cache.resourceVersion).toBe('6')
  })

  test('that is older than what is held changes nothing', () => {
    const { cache, changes } = recorded()
    list(cache, '5', at('a', 10))
    cache.observeWrite(at('a', 9))
    expect(changes).toEqual(['Added a@10'])
  })

  test('that comes after the deletion does not bring the object back', () => {
    const { cache } = recorded()
    list(cache, '5', at('a', 1))
    cache.take({ kind: 'Delete', object: at('a', 8) })
    cache.observeWrite(at('a', 7))
    expect(cache.size).toBe(0)
  })

  test('survives a list that is older', () => {
    const { cache } = recorded()
    list(cache, '5')
    cache.observeWrite(at('new', 12))
    list(cache, '11')
    expect(names(cache)).toEqual(['new'])
    list(cache, '12')
    expect(names(cache)).toEqual([])
  })

  test('of a new incarnation survives the old one’s deletion', () => {
    const { cache } = recorded()
    list(cache, '5', at('a', 1, { uid: 'first' }))
    cache.observeWrite(at('a', 9, { uid: 'second' }))
    cache.take({ kind: 'Delete', object: at('a', 8, { uid: 'first' }) })
    expect(cache.get({ namespace: 'default', name: 'a' })?.metadata.uid).toBe('second')
  })
})

describe('indexes', () => {
  const indexers = {
    owner: (object: KubeObject) => object.metadata.ownerReferences?.map((owner) => owner.uid) ?? [],
  }
  const owned = (name: string, version: number, ...owners: readonly string[]): KubeObject =>
    at(name, version, {
      ownerReferences: owners.map((uid) => ({ apiVersion: 'v1', kind: 'Pod', name: uid, uid })),
    })
  const under = (cache: Cache, value: string): string[] => cache.byIndex('owner', value).map((o) => o.metadata.name)

  test('follow additions, moves and deletions', () => {
    const { cache } = recorded(indexers)
    list(cache, '5', owned('a', 1, 'x'), owned('b', 2, 'x', 'y'))
    expect([under(cache, 'x'), under(cache, 'y'), under(cache, 'z')]).toEqual([['a', 'b'], ['b'], []])
    cache.take({ kind: 'Apply', object: owned('a', 6, 'z') })
    cache.take({ kind: 'Delete', object: owned('b', 7, 'x', 'y') })
    expect([under(cache, 'x'), under(cache, 'y'), under(cache, 'z')]).toEqual([[], [], ['a']])
  })

  test('of an unknown name are a mistake', () => {
    expect(() => recorded().cache.byIndex('owner', 'x')).toThrow(TypeError)
  })
})

/** A server's history: each step writes or deletes a name, the version being the step's number. */
const history = fc.array(fc.record({ name: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean() }), { maxLength: 40 })

describe('whatever the server and the network do', () => {
  test('the cache ends as the server is, and what was told adds up to what it holds', () => {
    fc.assert(
      fc.property(history, fc.infiniteStream(fc.nat(5)), (steps, chance) => {
        const server = new Map<string, KubeObject>()
        const told = new Map<string, string>()
        const cache = new Cache({}, (change) => {
          const { name, resourceVersion } = change.object.metadata
          if (change.type === 'Deleted') told.delete(name)
          else told.set(name, String(resourceVersion))
        })
        const delayed: WatchOutput[] = []
        const flush = (): void => {
          for (const output of delayed.splice(0)) cache.take(output)
        }
        list(cache, '1')
        steps.forEach(({ name, gone }, index) => {
          const version = index + 2
          const held = server.get(name)
          if (gone && held !== undefined) {
            server.delete(name)
            delayed.push({ kind: 'Delete', object: at(name, version, { uid: held.metadata.uid }) })
          } else {
            const object = at(name, version, { uid: held?.metadata.uid ?? `${name}-${version}` })
            server.set(name, object)
            delayed.push({ kind: 'Apply', object })
            if (chance.next().value < 2) cache.observeWrite(object)
          }
          const what = chance.next().value
          if (what === 0) flush()
          if (what === 1) {
            delayed.length = 0
            list(cache, String(version), ...server.values())
          }
        })
        flush()
        const expected = [...server.values()].map((o) => [o.metadata.name, o.metadata.resourceVersion]).sort()
        expect([...cache.list()].map((o) => [o.metadata.name, o.metadata.resourceVersion]).sort()).toEqual(expected)
        expect([...told].sort()).toEqual(expected)
      }),
    )
  })
})
