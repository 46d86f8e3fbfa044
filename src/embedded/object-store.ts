import type { KubeObject, ObjectKey } from '../kube/object.ts'
import { keyOf, keyString } from '../kube/object.ts'
import type { FieldManager } from './field-managers.ts'
import { deepFreeze } from './json.ts'
import { type KindRules, kindKey } from './kind-rules.ts'

/** One object as it is kept: frozen, with the owners of its fields. */
export interface Stored {
  readonly rules: KindRules
  readonly object: KubeObject
  readonly managers: readonly FieldManager[]
}

/** One write to one object. `previous` is the state before; `object` of a DELETED is the last state at its revision. */
export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly revision: number
  readonly rules: KindRules
  readonly object: KubeObject
  readonly previous: KubeObject | undefined
}

interface Kind {
  readonly rules: KindRules
  readonly records: Map<string, Stored>
  /** Ascending by revision. */
  history: Change[]
  /** Changes up to this revision are forgotten. */
  floor: number
  readonly listeners: Set<(change: Change) => void>
}

/** All objects, one revision counter for all kinds, and the recent changes of each kind. Knows no rules of the API. */
export class ObjectStore {
  #revision = 0
  readonly #kinds = new Map<string, Kind>()
  readonly #byUid = new Map<string, Stored>()
  readonly #listeners = new Set<(change: Change) => void>()
  readonly #historyLimit: number

  constructor(kinds: Iterable<KindRules>, historyLimit: number) {
    this.#historyLimit = historyLimit
    for (const rules of kinds) {
      this.#kinds.set(kindKey(rules.type), {
        rules,
        records: new Map(),
        history: [],
        floor: 0,
        listeners: new Set(),
      })
    }
  }

  get revision(): number {
    return this.#revision
  }

  get(rules: KindRules, key: ObjectKey): Stored | undefined {
    return this.#kind(rules).records.get(keyString(key))
  }

  byUid(uid: string): Stored | undefined {
    return this.#byUid.get(uid)
  }

  /** Writes a new state and gives it as stored: frozen, with its resourceVersion. */
  put(rules: KindRules, object: KubeObject, managers: readonly FieldManager[]): KubeObject {
    const kind = this.#kind(rules)
    const key = keyString(keyOf(object))
    const previous = kind.records.get(key)?.object
    const revision = ++this.#revision
    const next = deepFreeze({ ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } })
    const stored = { rules, object: next, managers }
    kind.records.set(key, stored)
    if (next.metadata.uid !== undefined) this.#byUid.set(next.metadata.uid, stored)
    this.#record(kind, { type: previous ? 'MODIFIED' : 'ADDED', revision, rules, object: next, previous })
    return next
  }

  /** Removes an object; does nothing where it is not. */
  remove(rules: KindRules, key: ObjectKey): void {
    const kind = this.#kind(rules)
    const previous = kind.records.get(keyString(key))?.object
    if (previous === undefined) return
    const revision = ++this.#revision
    const metadata = { ...previous.metadata, resourceVersion: String(revision) }
    kind.records.delete(keyString(key))
    if (previous.metadata.uid !== undefined) this.#byUid.delete(previous.metadata.uid)
    this.#record(kind, { type: 'DELETED', revision, rules, object: deepFreeze({ ...previous, metadata }), previous })
  }

  /** The newest state of every object of a kind, in the server's order: by namespace, then name. */
  list(rules: KindRules): KubeObject[] {
    const { records } = this.#kind(rules)
    return [...records.keys()].sort().map((key) => records.get(key)!.object)
  }

  /** Every object of every kind in one namespace. */
  *inNamespace(namespace: string): Generator<{ readonly rules: KindRules; readonly object: KubeObject }> {
    for (const { rules, records } of this.#kinds.values()) {
      if (!rules.type.namespaced) continue
      for (const { object } of records.values()) if (object.metadata.namespace === namespace) yield { rules, object }
    }
  }

  /** The state of a kind at an older revision; undefined where the history does not reach back so far. */
  listAt(rules: KindRules, revision: number): KubeObject[] | undefined {
    const changes = this.changesSince(rules, revision)
    if (changes === undefined) return undefined
    const state = new Map(this.list(rules).map((object) => [keyString(keyOf(object)), object]))
    for (const { object, previous } of changes.toReversed()) {
      const key = keyString(keyOf(object))
      if (previous === undefined) state.delete(key)
      else state.set(key, previous)
    }
    return [...state.keys()].sort().map((key) => state.get(key)!)
  }

  /** Changes of a kind after `revision`; undefined where some of them are forgotten. */
  changesSince(rules: KindRules, revision: number): readonly Change[] | undefined {
    const { history, floor } = this.#kind(rules)
    if (revision < floor) return undefined
    let low = 0
    let high = history.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (history[middle]!.revision <= revision) low = middle + 1
      else high = middle
    }
    return history.slice(low)
  }

  /** Oldest revision of a kind that changes are known from. */
  floor(rules: KindRules): number {
    return this.#kind(rules).floor
  }

  /** Forgets all changes so far, as etcd's compaction together with a restart of the server would. */
  compact(): void {
    for (const kind of this.#kinds.values()) {
      kind.history = []
      kind.floor = this.#revision
    }
  }

  /** Calls back on every change, of one kind where `rules` is given, until the returned function is called. */
  onChange(listener: (change: Change) => void, rules?: KindRules): () => void {
    const listeners = rules === undefined ? this.#listeners : this.#kind(rules).listeners
    listeners.add(listener)
    return () => listeners.delete(listener)
  }

  #kind(rules: KindRules): Kind {
    const kind = this.#kinds.get(kindKey(rules.type))
    if (kind === undefined) throw new TypeError(`no kind ${kindKey(rules.type)}`)
    return kind
  }

  #record(kind: Kind, change: Change): void {
    kind.history.push(change)
    if (kind.history.length > 2 * this.#historyLimit) {
      const gone = kind.history.length - this.#historyLimit
      kind.floor = kind.history[gone - 1]!.revision
      kind.history = kind.history.slice(gone)
    }
    for (const listener of kind.listeners) listener(change)
    for (const listener of this.#listeners) listener(change)
  }
}
