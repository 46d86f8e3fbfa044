import { userError } from '../errors.ts'

/** What a broadcast is backed by: the driver's own value, or on an executor the block that was fetched. */
export interface BroadcastSource<T> {
  readonly read: () => T
  readonly unpersist: () => Promise<void>
  readonly destroy: () => Promise<void>
}

/** A read-only value that each executor fetches once, after Spark's Broadcast. Made by SparkContext.broadcast. */
export class Broadcast<T> {
  readonly id: number
  private readonly source: BroadcastSource<T>
  private destroyed = false

  constructor(id: number, source: BroadcastSource<T>) {
    this.id = id
    this.source = source
  }

  /** Throws EngineError after destroy(). */
  get value(): T {
    this.assertValid()
    return this.source.read()
  }

  assertValid(): void {
    if (this.destroyed) throw userError(`Attempted to use Broadcast(${this.id}) after it was destroyed`)
  }

  /** Deletes the copies of executors, when the jobs that run now have ended; who needs it later fetches it again. */
  unpersist(): Promise<void> {
    this.assertValid()
    return this.source.unpersist()
  }

  /** Deletes it everywhere; it cannot be used any more. */
  async destroy(): Promise<void> {
    this.destroyed = true
    await this.source.destroy()
  }

  toString(): string {
    return `Broadcast(${this.id})`
  }
}
