/** What the driver tells a new executor: who it is and where to register. The token travels beside it, never in a log. */
export interface ExecutorRequest {
  /** 1, 2, 3 …: never used twice within an application. */
  readonly id: number
  readonly driverUrl: string
}

/** An executor that will never come, or is gone. `message` is a sentence with the cause (OOMKilled, image, quota …). */
export interface ExecutorExit {
  readonly id: number
  readonly message: string
}

/**
 * The port through which the engine gets executors, which are pods; in embedded mode pods are processes.
 *
 * Promises: `start` returns when the executor was asked for, not when it runs (it registers itself); a failed `start`
 * throws with the cause; every executor that ends, or cannot start, is told to `onExit` at most once; `onNotice` tells
 * why one still waits; nothing of it keeps the driver's process alive by itself; `stop` of an unknown or ended executor does nothing; after `close` none of them is left.
 */
export interface ExecutorBackend {
  start(request: ExecutorRequest): Promise<void>
  stop(id: number): Promise<void>
  onExit(listener: (exit: ExecutorExit) => void): void
  onNotice(listener: (notice: ExecutorExit) => void): void
  /** Told of executors whose pod is being deleted, or whose node is being drained, while they still run. */
  onDecommission?(listener: (notice: ExecutorExit) => void): void
  close(): Promise<void>
}
