import { type EngineError, infrastructureError } from '../errors.ts'
import type { ExecutorPool } from './executor-pool.ts'
import type { TaskScheduler } from './task-scheduler.ts'

export interface TimerOptions {
  readonly scheduler: TaskScheduler
  readonly pool: ExecutorPool
  /** How long tasks wait for a first or another executor, milliseconds. */
  readonly executorTimeout: number
  /** Milliseconds between looks for slow tasks; undefined: nobody looks. */
  readonly tickInterval: number | undefined
  readonly now: () => number
  readonly tick: () => void
  /** Tasks have waited for an executor long enough. */
  readonly starve: (error: EngineError) => void
}

/** The clock of the scheduler, which has none of its own. */
export class SchedulerTimers {
  private readonly options: TimerOptions
  private starvation: NodeJS.Timeout | undefined
  private wake: NodeJS.Timeout | undefined
  private ticking: NodeJS.Timeout | undefined

  constructor(options: TimerOptions) {
    this.options = options
  }

  /** After every decision. */
  look(): void {
    this.watchStarvation()
    this.watchTime()
  }

  stop(): void {
    clearTimeout(this.starvation)
    clearTimeout(this.wake)
    clearInterval(this.ticking)
  }

  /** Tasks that no executor may take wait for one, but not for ever. */
  private watchStarvation(): void {
    const { pool, executorTimeout, scheduler } = this.options
    if (!scheduler.starving) {
      clearTimeout(this.starvation)
      this.starvation = undefined
      return
    }
    if (!pool.hopes()) {
      this.starve('no executor is left and no more are asked for')
      return
    }
    this.starvation ??= setTimeout(() => {
      this.starvation = undefined
      if (scheduler.starving) this.starve(`no executor came within ${executorTimeout / 1000} s`)
    }, executorTimeout)
  }

  private starve(why: string): void {
    this.options.starve(infrastructureError(`${why}: ${this.options.pool.whyNone()}`))
  }

  private watchTime(): void {
    const { scheduler, now, tick, tickInterval } = this.options
    clearTimeout(this.wake)
    const at = scheduler.wakeAt
    if (at !== undefined) this.wake = setTimeout(tick, Math.max(1, at - now()))
    if (tickInterval !== undefined && scheduler.runningTasks > 0) this.ticking ??= setInterval(tick, tickInterval)
    else {
      clearInterval(this.ticking)
      this.ticking = undefined
    }
  }
}
