import { canonicalText } from './hash.ts'

/** A key and what has been gathered for it; changed in place while it is gathered. */
export type Cell<K = unknown, V = unknown> = [K, V]

/** A Map whose keys are equal by value: primitives as in Map, arrays, records and dates by what they hold. */
export class KeyMap<K = unknown, V = unknown> {
  /** Cells of keys that are no objects; open for loops that add many. */
  readonly plain = new Map<unknown, Cell<K, V>>()
  private readonly structured = new Map<string, Cell<K, V>>()

  get size(): number {
    return this.plain.size + this.structured.size
  }

  cell(key: K): Cell<K, V> | undefined {
    return typeof key === 'object' && key !== null ? this.structured.get(canonicalText(key)) : this.plain.get(key)
  }

  /** For a key that has no cell yet. */
  add(key: K, value: V): Cell<K, V> {
    const cell: Cell<K, V> = [key, value]
    if (typeof key === 'object' && key !== null) this.structured.set(canonicalText(key), cell)
    else {
      if (typeof key === 'function' || typeof key === 'symbol') canonicalText(key)
      this.plain.set(key, cell)
    }
    return cell
  }

  *cells(): Generator<Cell<K, V>> {
    yield* this.plain.values()
    yield* this.structured.values()
  }

  toArray(): Cell<K, V>[] {
    const all = [...this.plain.values()]
    for (const cell of this.structured.values()) all.push(cell)
    return all
  }

  clear(): void {
    this.plain.clear()
    this.structured.clear()
  }
}
