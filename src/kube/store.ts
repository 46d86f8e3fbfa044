import type { KubeObject, ObjectKey } from './object.ts'

/** What controllers read: the cache of one kind. Objects are frozen in meaning: never change them. */
export interface Store<T extends KubeObject = KubeObject> {
  get(key: ObjectKey): T | undefined
  /** The objects that the index function gave this value for; empty where there is none. */
  byIndex(index: string, value: string): readonly T[]
  list(): Iterable<T>
  readonly size: number
  /** False until the first list has been swapped in. Absence means nothing before that. */
  readonly synced: boolean
  /** Every change up to this version is in the store; '' before the first list. Single objects may be newer. */
  readonly resourceVersion: string
  /**
   * Takes in the answer to one of our own writes, if it is newer than what is held, so that the next pass reads it.
   * The object must be one that the store's selection covers.
   */
  observeWrite(object: T): void
}

/** Index name → the values that an object is found under. */
export type Indexers<T extends KubeObject = KubeObject> = Readonly<Record<string, (object: T) => readonly string[]>>
