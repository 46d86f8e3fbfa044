import { type KubeObject, keyOf, keyString, type ObjectKey } from './object.ts'
import { compareVersions, isNewer } from './resource-version.ts'
import type { Indexers, Store } from './store.ts'
import type { WatchOutput } from './watch-state.ts'

/** What became different in a store. `Deleted` carries the last state that was seen. */
export type Change<T extends KubeObject = KubeObject> =
  | { readonly type: 'Added'; readonly object: T }
  | { readonly type: 'Updated'; readonly object: T; readonly old: T }
  | { readonly type: 'Deleted'; readonly object: T }

/**
 * One kind's objects with indexes.
 *
 * Guarantees: a list is swapped in whole at InitDone, and what it no longer has is reported as Deleted; an object of the
 * same name and another uid is reported as Deleted and Added; an older version never replaces a newer one, wherever
 * either came from. Each change is reported once, after the store shows it.
 */
export class Cache<T extends KubeObject = KubeObject> implements Store<T> {
  readonly #indexers: Indexers<T>
  readonly #onChange: (change: Change<T>) => void
  readonly #objects = new Map<string, T>()
  readonly #indexes = new Map<string, Map<string, Map<string, T>>>()
  #listing: Map<string, T> | undefined
  #resourceVersion = ''

  constructor(indexers: Indexers<T> = {}, onChange: (change: Change<T>) => void = () => {}) {
    this.#indexers = indexers
    this.#onChange = onChange
    for (const name of Object.keys(indexers)) this.#indexes.set(name, new Map())
  }

  get(key: ObjectKey): T | undefined {
    return this.#objects.get(keyString(key))
  }

  byIndex(index: string, value: string): readonly T[] {
    const values = this.#indexes.get(index)
    if (values === undefined) throw new TypeError(`there is no index "${index}"`)
    return [...(values.get(value)?.values() ?? [])]
  }

  list(): Iterable<T> {
    return this.#objects.values()
  }

  get size(): number {
    return this.#objects.size
  }

  get synced(): boolean {
    return this.#resourceVersion !== ''
  }

  get resourceVersion(): string {
    return this.#resourceVersion
  }

  observeWrite(object: T): void {
    // What the stream has passed it has told: an older answer could only bring back what is gone.
    const version = object.metadata.resourceVersion
    if (isNewer(version, this.#resourceVersion === '' ? undefined : this.#resourceVersion)) this.#put(object)
  }

  /** Takes in what the watch machine gives. */
  take(output: WatchOutput<T>): void {
    switch (output.kind) {
      case 'Init':
        this.#listing = new Map()
        return
      case 'InitApply':
        this.#listing?.set(keyString(keyOf(output.object)), output.object)
        return
      case 'InitDone':
        this.#swap(output.resourceVersion)
        return
      case 'Apply':
        this.#progress(output.object.metadata.resourceVersion)
        this.#put(output.object)
        return
      case 'Delete':
        this.#progress(output.object.metadata.resourceVersion)
        this.#remove(output.object)
        return
      case 'Progress':
        this.#progress(output.resourceVersion)
    }
  }

  #progress(version: string | undefined): void {
    if (version !== undefined && isNewer(version, this.#resourceVersion)) this.#resourceVersion = version
  }

  #swap(version: string): void {
    const listed = this.#listing ?? new Map<string, T>()
    this.#listing = undefined
    this.#resourceVersion = version
    for (const [key, held] of this.#objects) {
      // Newer than the list: one of our own writes that the list could not have.
      if (!listed.has(key) && !isNewer(held.metadata.resourceVersion, version)) this.#drop(key, held)
    }
    for (const object of listed.values()) this.#put(object)
  }

  #put(object: T): void {
    const key = keyString(keyOf(object))
    const old = this.#objects.get(key)
    if (old === undefined) {
      this.#hold(key, object)
      this.#onChange({ type: 'Added', object })
      return
    }
    if (!isNewer(object.metadata.resourceVersion, old.metadata.resourceVersion)) return
    if (old.metadata.uid !== object.metadata.uid) {
      this.#drop(key, old)
      this.#hold(key, object)
      this.#onChange({ type: 'Added', object })
      return
    }
    this.#unindex(key, old)
    this.#hold(key, object)
    this.#onChange({ type: 'Updated', object, old })
  }

  /** `object` is its final state; its version is that of the deletion. */
  #remove(object: T): void {
    const key = keyString(keyOf(object))
    const held = this.#objects.get(key)
    if (held === undefined) return
    const [last, gone] = [held.metadata.resourceVersion, object.metadata.resourceVersion]
    if (last !== undefined && gone !== undefined && compareVersions(gone, last) < 0) return
    this.#drop(key, held, held.metadata.uid === object.metadata.uid ? object : held)
  }

  #drop(key: string, held: T, last: T = held): void {
    this.#unindex(key, held)
    this.#objects.delete(key)
    this.#onChange({ type: 'Deleted', object: last })
  }

  #hold(key: string, object: T): void {
    this.#objects.set(key, object)
    for (const [name, values] of this.#indexes) {
      for (const value of this.#indexers[name]?.(object) ?? []) {
        const found = values.get(value)
        if (found === undefined) values.set(value, new Map([[key, object]]))
        else found.set(key, object)
      }
    }
  }

  #unindex(key: string, object: T): void {
    for (const [name, values] of this.#indexes) {
      for (const value of this.#indexers[name]?.(object) ?? []) {
        const found = values.get(value)
        found?.delete(key)
        if (found?.size === 0) values.delete(value)
      }
    }
  }
}
