/** Time as a port: production passes `systemClock`, tests a `ManualClock`. */
export interface Clock {
  /** Milliseconds that never jump; only differences mean something. */
  monotonic(): number
  /** Milliseconds since the epoch, for texts that people and servers read. */
  wall(): number
  /**
   * Calls `run` once, `ms` from now, however long that is. The answer cancels it. Keeps the process alive only where
   * that is asked: where somebody awaits it.
   */
  after(ms: number, run: () => void, keepAlive?: boolean): () => void
}

/** setTimeout fires at once for anything longer. Source: Node.js timers, TIMEOUT_MAX. */
const LONGEST_TIMER = 2 ** 31 - 1

export const systemClock: Clock = {
  monotonic: () => performance.now(),
  wall: () => Date.now(),
  after: (ms, run, keepAlive = false) => {
    let timer: NodeJS.Timeout
    const arm = (left: number): void => {
      const step = Math.min(Math.max(left, 0), LONGEST_TIMER)
      timer = setTimeout(() => (left > step ? arm(left - step) : run()), step)
      if (!keepAlive) timer.unref()
    }
    arm(ms)
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or at once when `signal` aborts. */
export const sleep = (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const wake = (): void => {
      cancel()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const cancel = clock.after(ms, wake, true)
    signal?.addEventListener('abort', wake)
  })
