/** What of the budget goes where, in bytes. */
export interface MemoryShares {
  readonly database: number
  readonly storage: number
}

export interface MemoryManagerOptions {
  /** Bytes for DuckDB and persisted blocks together. */
  readonly budget: number
  /** spark.memory.storageFraction: the part of it that blocks may take. */
  readonly storageFraction: number
  /** Makes DuckDB give memory back, or lets it have more. Throws where it holds too much. */
  readonly setDatabaseLimit: (bytes: number) => Promise<void>
}

/** DuckDB's limit is changed in steps, not for every block. */
const STEP = 16 * 2 ** 20

export const databaseShare = (budget: number, storageUsed: number): number =>
  budget - Math.ceil(storageUsed / STEP) * STEP

/**
 * One budget for what a process holds: blocks take from DuckDB's part up to `storageFraction` and give it back. Source:
 * the idea is Spark's unified memory management. What shuffle fetches hold is bounded by stream buffers (64 KiB a
 * connection), which the process's overhead covers.
 */
export class MemoryManager {
  private readonly options: MemoryManagerOptions
  private used = 0
  private limit: number

  constructor(options: MemoryManagerOptions) {
    this.options = options
    this.limit = options.budget
  }

  get storageMemory(): number {
    return Math.floor(this.options.budget * this.options.storageFraction)
  }

  get shares(): MemoryShares {
    return { database: this.limit, storage: this.used }
  }

  /** False: there is no room even though all blocks could be evicted, or DuckDB gives none back now. */
  async acquire(bytes: number): Promise<boolean> {
    if (this.used + bytes > this.storageMemory) return false
    this.used += bytes
    if (await this.adjust()) return true
    this.used -= bytes
    return false
  }

  async release(bytes: number): Promise<void> {
    this.used -= bytes
    await this.adjust()
  }

  private async adjust(): Promise<boolean> {
    const wanted = databaseShare(this.options.budget, this.used)
    if (wanted === this.limit) return true
    const before = this.limit
    this.limit = wanted
    try {
      await this.options.setDatabaseLimit(wanted)
      return true
    } catch {
      this.limit = before
      return false
    }
  }
}
