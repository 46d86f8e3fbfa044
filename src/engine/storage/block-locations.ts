import type { BlockStatus } from './block-store.ts'

export interface BlockHolding extends BlockStatus {
  readonly executor: number
}

/** The driver's knowledge of who holds which persisted block. Source: Spark's BlockManagerMaster. */
export class BlockLocations {
  private readonly blocks = new Map<string, Map<number, BlockHolding>>()

  /** Zeros: it is not there any more. */
  update(executor: number, status: BlockStatus): void {
    const holders = this.blocks.get(status.id) ?? new Map<number, BlockHolding>()
    if (status.memory === 0 && status.disk === 0) holders.delete(executor)
    else holders.set(executor, { ...status, executor })
    if (holders.size === 0) this.blocks.delete(status.id)
    else this.blocks.set(status.id, holders)
  }

  holders(id: string): readonly number[] {
    return [...(this.blocks.get(id)?.keys() ?? [])]
  }

  loseExecutor(executor: number): void {
    for (const [id, holders] of this.blocks) {
      holders.delete(executor)
      if (holders.size === 0) this.blocks.delete(id)
    }
  }

  holdsAny(executor: number): boolean {
    return [...this.blocks.values()].some((holders) => holders.has(executor))
  }

  list(): readonly BlockHolding[] {
    return [...this.blocks.values()].flatMap((holders) => [...holders.values()])
  }
}
