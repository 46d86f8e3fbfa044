import type { HeldFile } from '../plan/logical-plan.ts'
import type { StructType } from '../types/data-type.ts'

/** Rows that the driver holds as Parquet files with the columns c0, c1 … : given by the program, cached or checkpointed. */
export interface HeldRows {
  readonly schema: StructType
  readonly files: readonly HeldFile[]
  readonly bytes: number
  readonly rows: number | undefined
}

/** Held rows by the id that plans name them by. */
export class HeldRegistry {
  private readonly known = new Map<number, Promise<HeldRows>>()
  private readonly unused = new Set<number>()
  private next = 0

  add(rows: Promise<HeldRows>): number {
    const id = this.next++
    this.known.set(id, rows)
    rows.catch(() => {})
    return id
  }

  /** Rejects as the making of the rows did. */
  get(id: number): Promise<HeldRows> | undefined {
    return this.known.get(id)
  }

  remove(id: number): void {
    this.known.delete(id)
    this.unused.delete(id)
  }

  /** Nobody will ask for the rows again, but an action that runs may still read their files. */
  letGo(id: number): void {
    this.unused.add(id)
  }

  /** What was let go of and is still there. */
  get abandoned(): readonly number[] {
    return [...this.unused]
  }
}
