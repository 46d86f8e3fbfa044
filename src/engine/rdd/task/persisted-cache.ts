type Values = readonly (readonly unknown[])[]

/** An object takes about this many bytes for each of its encoded ones. */
const GROWTH = 4

/** Persisted partitions as JavaScript values, within a budget; the longest unused go first. The encoded block stays elsewhere. */
export class PersistedCache {
  private readonly budget: number
  private readonly entries = new Map<string, { readonly values: Values; readonly bytes: number }>()
  private used = 0

  constructor(budget: number) {
    this.budget = budget
  }

  get(id: string): Values | undefined {
    const entry = this.entries.get(id)
    if (entry === undefined) return undefined
    this.entries.delete(id)
    this.entries.set(id, entry)
    return entry.values
  }

  put(id: string, values: Values, encodedBytes: number): void {
    this.remove(id)
    const bytes = encodedBytes * GROWTH
    if (bytes > this.budget) return
    for (const oldest of this.entries.keys()) {
      if (this.used + bytes <= this.budget) break
      this.remove(oldest)
    }
    this.entries.set(id, { values, bytes })
    this.used += bytes
  }

  remove(id: string): void {
    this.used -= this.entries.get(id)?.bytes ?? 0
    this.entries.delete(id)
  }

  removePrefix(prefix: string): void {
    for (const id of [...this.entries.keys()]) if (id.startsWith(prefix)) this.remove(id)
  }
}
