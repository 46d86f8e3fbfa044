import { canonicalText } from './hash.ts'
import { TextTable } from './text-table.ts'

/** A key and what has been gathered for it; changed in place while it is gathered. */
export type Cell<K = unknown, V = unknown> = [K, V]

/** A Map whose keys are equal by value: primitives as in Map, arrays, records and dates by what they hold. */
export class KeyMap<K = unknown, V = unknown> {
  /** Cells of texts, and of other keys that are no objects; open for loops that add many. */
  readonly texts = new TextTable<V>()
  readonly plain = new Map<unknown, Cell<K, V>>()
  private readonly structured = new Map<string, Cell<K, V>>()

  get size(): number {
    return this.texts.size + this.plain.size + this.structured.size
  }

  cell(key: K): Cell<K, V> | undefined {
    if (typeof key === 'string') return this.texts.get(key) as Cell<K, V> | undefined
    return typeof key === 'object' && key !== null ? this.structured.get(canonicalText(key)) : this.plain.get(key)
  }

  /** For a key that has no cell yet. */
  add(key: K, value: V): Cell<K, V> {
    if (typeof key === 'string') {
      this.texts.get(key)
      return this.texts.addMissing(key, value) as unknown as Cell<K, V>
    }
    const cell: Cell<K, V> = [key, value]
    if (typeof key === 'object' && key !== null) this.structured.set(canonicalText(key), cell)
    else {
      if (typeof key === 'function' || typeof key === 'symbol') canonicalText(key)
      this.plain.set(key, cell)
    }
    return cell
  }

  *cells(): Generator<Cell<K, V>> {
    yield* this.texts.values() as Iterable<unknown> as Iterable<Cell<K, V>>
    yield* this.plain.values()
    yield* this.structured.values()
  }

  toArray(): Cell<K, V>[] {
    const all = [...this.texts.values()] as unknown as Cell<K, V>[]
    for (const cell of this.plain.values()) all.push(cell)
    for (const cell of this.structured.values()) all.push(cell)
    return all
  }

  clear(): void {
    this.texts.clear()
    this.plain.clear()
    this.structured.clear()
  }
}
