/** Keys by the time they fall due; a key has one time, the earliest it was given. */
export class DelayHeap {
  readonly #due = new Map<string, number>()
  #heap: { readonly key: string; readonly due: number }[] = []

  get size(): number {
    return this.#due.size
  }

  /** When the first key falls due; undefined where there is none. */
  get nextDue(): number | undefined {
    this.#dropStale()
    return this.#heap[0]?.due
  }

  add(key: string, due: number): void {
    const known = this.#due.get(key)
    if (known !== undefined && known <= due) return
    this.#due.set(key, due)
    this.#push({ key, due })
    // Times that were brought forward leave their old entries behind.
    if (this.#heap.length > 2 * this.#due.size + 64) this.#rebuild()
  }

  /** Takes out one key that is due. */
  pop(now: number): string | undefined {
    this.#dropStale()
    const first = this.#heap[0]
    if (first === undefined || first.due > now) return undefined
    this.#shift()
    this.#due.delete(first.key)
    return first.key
  }

  clear(): void {
    this.#due.clear()
    this.#heap = []
  }

  #dropStale(): void {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (this.#due.get(first.key) === first.due) return
      this.#shift()
    }
  }

  #rebuild(): void {
    this.#heap = [...this.#due].map(([key, due]) => ({ key, due })).sort((a, b) => a.due - b.due)
  }

  #push(entry: { readonly key: string; readonly due: number }): void {
    const heap = this.#heap
    let at = heap.push(entry) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (heap[parent]!.due <= entry.due) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = entry
  }

  #shift(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && heap[child + 1]!.due < heap[child]!.due) child += 1
      if (heap[child]!.due >= last.due) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}
