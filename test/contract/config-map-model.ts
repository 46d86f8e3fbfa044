/** A reference model of one server's ConfigMaps, small enough to be believed: data, owners of its keys, outcomes. */
export type Data = Readonly<Record<string, string>>

export type Request =
  | { readonly verb: 'create'; readonly name: string; readonly data: Data }
  | {
      readonly verb: 'replace'
      readonly name: string
      readonly data: Data
      readonly uid: Uid
      readonly version: Version
    }
  | {
      readonly verb: 'apply'
      readonly name: string
      readonly data: Data
      readonly manager: string
      readonly force: boolean
      readonly uid: Uid
    }
  | {
      readonly verb: 'patch'
      readonly name: string
      readonly data: Readonly<Record<string, string | null>>
      readonly uid: Uid
      readonly version: Version
    }
  | { readonly verb: 'delete'; readonly name: string; readonly uid: 'right' | 'wrong' }

export type Uid = 'none' | 'right' | 'wrong'
export type Version = 'none' | 'right' | 'stale'

/** How a request ends, and whether it made a new version of its object. */
export interface Outcome {
  readonly result: string
  readonly changed: boolean
}

interface Entry {
  readonly data: ReadonlyMap<string, string>
  /** Manager → keys. Those who do not apply own as `update`; they also own DATA where they brought the map about. */
  readonly owners: ReadonlyMap<string, ReadonlySet<string>>
}

const UPDATE = 'update'
/** The map of data itself, which no key can be called. */
const DATA = '.data'
/** Who owns what was there when an object without owners is first applied. */
const BEFORE = 'before-first-apply'
const refused = (result: string): Outcome => ({ result, changed: false })
const sameMap = <T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>, same: (x: T, y: T) => boolean): boolean =>
  a.size === b.size && [...a].every(([key, value]) => b.has(key) && same(value, b.get(key) as T))
const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>): boolean => a.symmetricDifference(b).size === 0

export class ConfigMapModel {
  readonly #entries = new Map<string, Entry>()

  /** What must happen to `request`. */
  request(request: Request): Outcome {
    const entry = this.#entries.get(request.name)
    switch (request.verb) {
      case 'create':
        if (entry !== undefined) return refused('409 AlreadyExists')
        return this.#written(request.name, undefined, request.data, UPDATE)
      case 'delete':
        if (entry === undefined) return refused('404 NotFound')
        if (request.uid === 'wrong') return refused('409 Conflict')
        this.#entries.delete(request.name)
        return { result: 'ok', changed: true }
      case 'replace':
        if (entry === undefined) return refused('404 NotFound')
        if (request.uid === 'wrong' || request.version === 'stale') return refused('409 Conflict')
        return this.#written(request.name, entry, request.data, UPDATE)
      case 'patch': {
        if (entry === undefined) return refused('404 NotFound')
        if (request.version === 'stale') return refused('409 Conflict')
        if (request.uid === 'wrong') return refused('422 Invalid')
        const merged = { ...Object.fromEntries(entry.data), ...request.data }
        const kept = Object.entries(merged).filter((pair): pair is [string, string] => pair[1] !== null)
        return this.#written(request.name, entry, Object.fromEntries(kept), UPDATE)
      }
      case 'apply':
        return this.#applied(request, entry)
    }
  }

  /** The data of every object by name. */
  state(): Record<string, Data> {
    return Object.fromEntries([...this.#entries].map(([name, { data }]) => [name, Object.fromEntries(data)]))
  }

  #written(name: string, old: Entry | undefined, data: Data, writer: string): Outcome {
    const next = new Map(Object.entries(data))
    const before = old?.data ?? new Map<string, string>()
    const touched = new Set([...before.keys(), ...next.keys()].filter((key) => before.get(key) !== next.get(key)))
    if ((before.size === 0) !== (next.size === 0)) touched.add(DATA)
    const owners = new Map([...(old?.owners ?? [])].map(([owner, keys]) => [owner, keys.difference(touched)]))
    const mine = new Set([...touched].filter((key) => (key === DATA ? next.size > 0 : next.has(key))))
    // Of an object that nobody owns anything of, nothing is recorded until it is applied.
    const recorded = old === undefined || old.owners.size > 0
    if (recorded) owners.set(writer, (owners.get(writer) ?? new Set<string>()).union(mine))
    return this.#store(name, old, { data: next, owners })
  }

  #applied(request: Extract<Request, { verb: 'apply' }>, old: Entry | undefined): Outcome {
    const { name, manager, force } = request
    if (old === undefined && request.uid !== 'none') return refused('409 Conflict')
    const wanted = new Map(Object.entries(request.data))
    const owners = new Map(old?.owners)
    if (old !== undefined && owners.size === 0) owners.set(BEFORE, new Set(old.data.keys()))
    const own = owners.get(manager) ?? new Set<string>()
    owners.delete(manager)
    const data = new Map(old?.data)
    for (const key of own) {
      if (!wanted.has(key) && ![...owners.values()].some((keys) => keys.has(key))) data.delete(key)
    }
    // Who owns the map owns it still when its last key has gone, and then nobody else may bring it back.
    const appears = (old?.data.size ?? 0) === 0 && wanted.size > 0
    for (const [key, value] of [...wanted, ...(appears ? [[DATA, ''] as const] : [])]) {
      const changes = key === DATA || data.get(key) !== value
      for (const [owner, keys] of owners) {
        if (!changes || !keys.has(key)) continue
        if (!force) return refused('409 Conflict')
        owners.set(owner, keys.difference(new Set([key])))
      }
      if (key !== DATA) data.set(key, value)
    }
    if (request.uid === 'wrong') return refused('422 Invalid')
    owners.set(manager, new Set(wanted.keys()))
    return this.#store(name, old, { data, owners })
  }

  #store(name: string, old: Entry | undefined, { data, owners }: Entry): Outcome {
    const held = new Map([...owners].filter(([, keys]) => keys.size > 0))
    const equal = (a: string, b: string) => a === b
    const changed = old === undefined || !sameMap(old.data, data, equal) || !sameMap(old.owners, held, sameSet)
    this.#entries.set(name, { data, owners: held })
    return { result: 'ok', changed }
  }
}
