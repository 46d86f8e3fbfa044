import { canonicalText, hashText } from './hash.ts'

const SMALLEST = 1024

/**
 * Entries by key, where keys are equal by value: primitives as in Map, arrays, records and dates by what they hold.
 * Texts have a table of their own, open addressing with hash and entry side by side. Measured on the words of a text, it
 * takes half the time of Map, which follows pointers to compare fresh strings.
 */
export class KeyMap<K = unknown, V = unknown> {
  /** By entry, in the order they came. `values` is open to who gathers. */
  keys: K[] = []
  values: V[] = []
  /** Hash and entry of texts; hash 0 is an empty place. */
  private table = new Int32Array(2 * SMALLEST)
  private mask = SMALLEST - 1
  private texts = 0
  private plain = new Map<unknown, number>()
  private structured = new Map<string, number>()
  /** Of the key that `find` looked for last: its place in the table and hash there, or its canonical text. */
  private place = 0
  private hash = 0
  private canonical = ''

  get size(): number {
    return this.keys.length
  }

  /** The key's entry; -1: none, and `add` may follow. Throws EngineError for what is no key. */
  find(key: K): number {
    if (typeof key === 'string') return this.findText(key)
    if (typeof key !== 'object' || key === null) return this.plain.get(key) ?? -1
    this.canonical = canonicalText(key)
    return this.structured.get(this.canonical) ?? -1
  }

  private findText(key: string): number {
    const hash = hashText(key) | 1
    const { table, mask } = this
    let at = (hash >>> 1) & mask
    for (;;) {
      const found = table[2 * at]!
      if (found === 0) break
      if (found === hash) {
        const entry = table[2 * at + 1]!
        if ((this.keys[entry] as unknown) === key) return entry
      }
      at = (at + 1) & mask
    }
    this.place = at
    this.hash = hash
    return -1
  }

  /** For the key that `find` just did not find. */
  add(key: K, value: V): void {
    const entry = this.keys.length
    if (typeof key === 'string') {
      this.table[2 * this.place] = this.hash
      this.table[2 * this.place + 1] = entry
      if (++this.texts * 2 > this.mask) this.grow()
    } else if (typeof key === 'object' && key !== null) this.structured.set(this.canonical, entry)
    else {
      if (typeof key === 'function' || typeof key === 'symbol') canonicalText(key)
      this.plain.set(key, entry)
    }
    this.keys.push(key)
    this.values.push(value)
  }

  clear(): void {
    this.keys = []
    this.values = []
    this.table = new Int32Array(2 * SMALLEST)
    this.mask = SMALLEST - 1
    this.texts = 0
    this.plain = new Map()
    this.structured = new Map()
  }

  private grow(): void {
    const { table } = this
    this.table = new Int32Array(table.length * 2)
    this.mask = table.length - 1
    for (let i = 0; i < table.length; i += 2) {
      const hash = table[i]!
      if (hash === 0) continue
      let at = (hash >>> 1) & this.mask
      while (this.table[2 * at] !== 0) at = (at + 1) & this.mask
      this.table[2 * at] = hash
      this.table[2 * at + 1] = table[i + 1]!
    }
  }
}
