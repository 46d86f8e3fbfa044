import { EngineError, infrastructureError, messageOf } from '../errors.ts'
import type { EventLog } from '../events.ts'
import type { Log } from '../log.ts'
import type { EngineMetrics } from '../metrics.ts'
import type { TaskSpec } from '../protocol.ts'
import type { TaskRun } from '../runner/task-runner.ts'
import type { ExecutorPool } from './executor-pool.ts'
import { type Worker, WorkerLost } from './worker.ts'

/** One task of a stage, before it is attempted. */
export interface Task {
  /** `stage.partition`, unique within the application. */
  readonly key: string
  readonly inputBytes: number
  spec(attempt: number): TaskSpec
}

export interface TaskSet {
  readonly tasks: readonly Task[]
  /** The driver may run them itself while no executor has come. */
  readonly mayRunLocally: boolean
  /** Called with each result's size before it is fetched; may throw to refuse it. */
  readonly admit: (bytes: number) => void
  /** Ends the run, tasks that are at work included. */
  readonly signal?: AbortSignal
  /** True once no more tasks are needed. */
  readonly enough: (done: readonly TaskRun[]) => boolean
}

export interface SchedulerOptions {
  readonly pool: ExecutorPool
  /** Runs tasks in the driver. */
  readonly local: Worker
  /** No executors at all: the driver does everything. */
  readonly localOnly: boolean
  /** spark.task.maxFailures */
  readonly maxFailures: number
  /** How long tasks wait for a first or another executor. */
  readonly executorTimeout: number
  readonly log: Log
  readonly events: EventLog
  readonly metrics: EngineMetrics
}

interface Pending {
  readonly task: Task
  readonly run: Run
  readonly index: number
  attempts: number
  readonly failedOn: Set<number>
}

interface Run {
  readonly set: TaskSet
  readonly abort: AbortController
  readonly results: (TaskRun | undefined)[]
  running: number
  readonly settle: { resolve: (results: readonly TaskRun[]) => void; reject: (error: unknown) => void }
}

/** Gives tasks to free slots, first come first served; retries them elsewhere; ends a run at its first real error. */
export class Scheduler {
  private readonly options: SchedulerOptions
  private queue: Pending[] = []
  private readonly busy = new Map<number, number>()
  private waiting: NodeJS.Timeout | undefined

  constructor(options: SchedulerOptions) {
    this.options = options
    options.pool.onChange(() => this.pump())
  }

  /** Results in the order of the tasks. With `enough`, tasks run one after the other and later ones may not run at all. */
  async run(set: TaskSet): Promise<readonly TaskRun[]> {
    const results: TaskRun[] = []
    let at = 0
    let wave = 1
    while (at < set.tasks.length) {
      const next = set.tasks.slice(at, set.enough === NEVER_ENOUGH ? undefined : at + wave)
      results.push(...(await this.wave({ ...set, tasks: next })))
      at += next.length
      wave *= 4
      if (set.enough(results)) break
    }
    return results
  }

  private wave(set: TaskSet): Promise<readonly TaskRun[]> {
    return new Promise((resolve, reject) => {
      const run: Run = {
        set,
        abort: new AbortController(),
        results: set.tasks.map(() => undefined),
        running: 0,
        settle: { resolve, reject },
      }
      if (set.signal?.aborted) {
        reject(set.signal.reason)
        return
      }
      set.signal?.addEventListener('abort', () => this.end(run, set.signal?.reason), { once: true })
      for (const [index, task] of set.tasks.entries()) {
        this.queue.push({ task, run, index, attempts: 0, failedOn: new Set() })
      }
      this.pump()
    })
  }

  private pump(): void {
    for (const pending of [...this.queue]) {
      const worker = this.workerFor(pending)
      if (worker === undefined) continue
      this.queue = this.queue.filter((other) => other !== pending)
      void this.attempt(pending, worker)
    }
    this.watchStarvation()
  }

  private workerFor(pending: Pending): Worker | undefined {
    const { pool, local, localOnly } = this.options
    const free = (worker: Worker) => (this.busy.get(worker.id) ?? 0) < worker.slots
    if (localOnly) return free(local) ? local : undefined
    const workers = pool.workers()
    if (workers.length === 0)
      return pending.run.set.mayRunLocally && !pool.everRegistered() && free(local) ? local : undefined
    const fresh = workers.filter(({ id }) => !pending.failedOn.has(id))
    const candidates = (fresh.length > 0 ? fresh : workers).filter(free)
    return candidates.toSorted((a, b) => (this.busy.get(a.id) ?? 0) / a.slots - (this.busy.get(b.id) ?? 0) / b.slots)[0]
  }

  private async attempt(pending: Pending, worker: Worker): Promise<void> {
    const { pool, events, metrics, local } = this.options
    const { run, task } = pending
    const spec = task.spec(pending.attempts++)
    const lost = pool.lostSignal(worker.id)
    const signal = lost === undefined ? run.abort.signal : AbortSignal.any([run.abort.signal, lost])
    this.busy.set(worker.id, (this.busy.get(worker.id) ?? 0) + 1)
    run.running++
    events.add('task-start', { task: spec.taskId, on: worker.name })
    if (worker === local) metrics.add('bellows_tasks_local_total')
    metrics.add('bellows_input_bytes_total', task.inputBytes)
    let failure: unknown
    try {
      const result = await worker.run(spec, signal, run.set.admit)
      run.results[pending.index] = result
      events.add('task-end', { task: spec.taskId, on: worker.name, rows: result.done.rows, bytes: result.done.bytes })
      metrics.add('bellows_tasks_completed_total')
      metrics.add('bellows_result_bytes_total', result.done.bytes)
      metrics.add('bellows_task_time_milliseconds_total', result.done.milliseconds)
    } catch (error) {
      failure = error
    }
    run.running--
    this.busy.set(worker.id, (this.busy.get(worker.id) ?? 1) - 1)
    if (failure !== undefined) this.failed(pending, worker, failure)
    if (run.results.every((result) => result !== undefined)) run.settle.resolve(run.results as readonly TaskRun[])
    this.pump()
  }

  private failed(pending: Pending, worker: Worker, error: unknown): void {
    const { pool, local, log, events, metrics, maxFailures } = this.options
    const { run, task } = pending
    if (run.abort.signal.aborted) return
    const lost = worker !== local && (pool.lostSignal(worker.id) === undefined || error instanceof WorkerLost)
    const message = lost ? `${worker.name} was lost` : messageOf(error)
    metrics.add('bellows_tasks_failed_total')
    events.add('task-failed', { task: task.key, on: worker.name, attempt: pending.attempts, message })
    if (error instanceof WorkerLost) pool.lose(worker.id, error.message)
    if (error instanceof EngineError && error.kind !== 'infrastructure') {
      this.end(run, error)
      return
    }
    if (pending.attempts >= maxFailures) {
      const text = `task ${task.key} failed ${pending.attempts} times (spark.task.maxFailures), last on ${worker.name}: ${message}`
      this.end(run, infrastructureError(lost ? `${text} (${pool.whyNone()})` : text, error))
      return
    }
    log.warn(`task ${task.key} will be tried again: ${message}`)
    pending.failedOn.add(worker.id)
    this.queue.push(pending)
  }

  private end(run: Run, error: unknown): void {
    this.queue = this.queue.filter((pending) => pending.run !== run)
    run.abort.abort(new Error('the stage failed'))
    run.settle.reject(error)
  }

  /** Tasks that no worker may take wait for an executor, but not for ever. */
  private watchStarvation(): void {
    const { pool, executorTimeout, localOnly } = this.options
    const starving = this.queue.length > 0 && !localOnly && pool.workers().length === 0
    if (!starving) {
      clearTimeout(this.waiting)
      this.waiting = undefined
      return
    }
    const fail = (why: string) => {
      const error = infrastructureError(`${why}: ${pool.whyNone()}`)
      for (const run of new Set(this.queue.map((pending) => pending.run))) this.end(run, error)
    }
    if (!pool.hopes()) {
      fail('no executor is left and no more are asked for')
      return
    }
    this.waiting ??= setTimeout(() => {
      this.waiting = undefined
      if (pool.workers().length === 0) fail(`no executor came within ${executorTimeout / 1000} s`)
    }, executorTimeout)
  }
}

export const NEVER_ENOUGH = (): boolean => false
