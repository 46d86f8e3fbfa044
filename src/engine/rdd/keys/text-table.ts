import type { Cell } from './key-map.ts'

/**
 * Cells by text: open addressing with the hashes in one dense array. Measured on the words of a text, it takes half the
 * time of Map, which follows pointers to compare fresh strings.
 */
export class TextTable<V = unknown> {
  private hashes = new Int32Array(1024)
  private slots = new Array<Cell<string, V> | undefined>(1024)
  private mask = 1023
  /** Where the text of the last `get` was not found. */
  private free = 0
  private freeHash = 1
  size = 0

  get(key: string): Cell<string, V> | undefined {
    let hash = key.length
    for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
    // Zero means an empty place.
    hash = (hash ^ (hash >>> 15)) | 1
    let at = (hash >>> 1) & this.mask
    for (;;) {
      const found = this.hashes[at]!
      if (found === 0) {
        this.free = at
        this.freeHash = hash
        return undefined
      }
      if (found === hash) {
        const cell = this.slots[at]!
        if (cell[0] === key) return cell
      }
      at = (at + 1) & this.mask
    }
  }

  /** For a text that the `get` just before did not find. */
  addMissing(key: string, value: V): Cell<string, V> {
    const cell: Cell<string, V> = [key, value]
    this.hashes[this.free] = this.freeHash
    this.slots[this.free] = cell
    if (++this.size * 2 > this.mask) this.grow()
    return cell
  }

  *values(): Generator<Cell<string, V>> {
    for (let i = 0; i < this.slots.length; i++) if (this.hashes[i] !== 0) yield this.slots[i]!
  }

  clear(): void {
    this.hashes = new Int32Array(1024)
    this.slots = new Array(1024)
    this.mask = 1023
    this.size = 0
  }

  private grow(): void {
    const { hashes, slots } = this
    const length = hashes.length * 2
    this.hashes = new Int32Array(length)
    this.slots = new Array(length)
    this.mask = length - 1
    for (let i = 0; i < hashes.length; i++) {
      const hash = hashes[i]!
      if (hash === 0) continue
      let at = (hash >>> 1) & this.mask
      while (this.hashes[at] !== 0) at = (at + 1) & this.mask
      this.hashes[at] = hash
      this.slots[at] = slots[i]
    }
  }
}
