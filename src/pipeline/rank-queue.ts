/** A set of positions that gives the one of lowest rank first. A binary heap: adding and taking cost log(size). */
export class RankQueue {
  readonly #rank: readonly number[]
  readonly #heap: number[] = []
  readonly #held = new Set<number>()

  constructor(rank: readonly number[]) {
    this.#rank = rank
  }

  add(position: number): void {
    if (this.#held.has(position)) return
    this.#held.add(position)
    const heap = this.#heap
    let at = heap.push(position) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#before(at, parent)) break
      this.#swap(at, parent)
      at = parent
    }
  }

  take(): number | undefined {
    const heap = this.#heap
    const first = heap[0]
    if (first === undefined) return undefined
    this.#held.delete(first)
    const last = heap.pop()!
    if (heap.length > 0) {
      heap[0] = last
      this.#sink()
    }
    return first
  }

  #sink(): void {
    let at = 0
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      let least = at
      if (left < this.#heap.length && this.#before(left, least)) least = left
      if (right < this.#heap.length && this.#before(right, least)) least = right
      if (least === at) return
      this.#swap(at, least)
      at = least
    }
  }

  #before(a: number, b: number): boolean {
    return this.#rank[this.#heap[a]!]! < this.#rank[this.#heap[b]!]!
  }

  #swap(a: number, b: number): void {
    const held = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = held
  }
}
