import { rm } from 'node:fs/promises'
import { EngineError, type FailureKind, messageOf } from '../errors.ts'
import type { EventLog, TaskId } from '../events.ts'
import type { Log } from '../log.ts'
import type { EngineMetrics } from '../metrics.ts'
import type { MovedOutputs, TaskRequest } from '../protocol.ts'
import type { TaskRun } from '../runner/task-host.ts'
import { FetchFailed } from '../shuffle/fetch-failed.ts'
import type { BlockLocations } from '../storage/block-locations.ts'
import type { ExecutorPool } from './executor-pool.ts'
import { fetchPlans } from './fetch-plan.ts'
import { SchedulerTimers } from './scheduler-timers.ts'
import type { AttemptKey, AttemptOutcome, SchedulerAction, SchedulerEvent, SchedulerSettings } from './scheduling.ts'
import type { Runtime, StageOutcome, StageSpec } from './stage-spec.ts'
import { type Attempt, cancelled, endOf, nameOf, type Submission, shapeOf, taskOf } from './submission.ts'
import { ExecutorLost, type TaskExecutor } from './task-executor.ts'
import { TaskScheduler } from './task-scheduler.ts'

export interface RuntimeOptions {
  readonly pool: ExecutorPool
  /** Runs tasks in the driver. */
  readonly local: TaskExecutor
  readonly settings: SchedulerSettings
  /** Tasks that can run at once when all executors are there. */
  readonly slots: () => number
  /** How long tasks wait for a first or another executor, milliseconds. */
  readonly executorTimeout: number
  /** spark.speculation.interval */
  readonly speculationInterval: number
  readonly blockOf: (path: string) => string
  readonly forgetBlock: (path: string) => Promise<void>
  readonly blocks: BlockLocations
  readonly log: Log
  readonly events: EventLog
  readonly metrics: EngineMetrics
  readonly now: () => number
}

/** Carries out what the TaskScheduler decides: sends tasks to executors, tells it how they ended, keeps the results. */
export class EngineRuntime implements Runtime {
  private readonly options: RuntimeOptions
  private readonly scheduler: TaskScheduler
  /** Stages by number of submission: while they run, and afterwards while their shuffle is kept. */
  private readonly submissions = new Map<number, Submission>()
  private readonly attempts = new Map<string, Attempt>()
  private readonly known = new Set<number>()
  /** Finished attempts whose fate is decided within the same event. */
  private readonly arrived = new Map<string, TaskRun>()
  private readonly accepted = new Set<string>()
  private readonly queue: SchedulerEvent[] = []
  private readonly causes = new Map<number, unknown>()
  private shuffles = 0
  private jobs = 0
  private stages = 0
  private readonly timers: SchedulerTimers

  constructor(options: RuntimeOptions) {
    this.options = options
    this.scheduler = new TaskScheduler(options.settings, { host: options.local.host, slots: options.local.slots })
    this.timers = new SchedulerTimers({
      scheduler: this.scheduler,
      pool: options.pool,
      executorTimeout: options.executorTimeout,
      tickInterval: options.settings.speculation === undefined ? undefined : options.speculationInterval,
      now: options.now,
      tick: () => this.tell({ kind: 'tick' }),
      starve: (error) => this.starve(error),
    })
    options.pool.onChange(() => this.poolChanged())
    options.pool.listen({
      lost: (executor, message, counts) => {
        this.known.delete(executor)
        this.tell({ kind: 'executor-lost', executor, message, counts })
      },
      draining: (executor) => this.tell({ kind: 'executor-draining', executor }),
    })
  }

  get slots(): number {
    return this.options.slots()
  }

  /** Tasks that wait for a slot, and tasks at work: what scaling goes by. */
  get load(): { readonly pending: number; readonly running: number } {
    return { pending: this.scheduler.backlog, running: this.scheduler.runningTasks }
  }

  busy(executor: number): number {
    return this.scheduler.busy(executor)
  }

  /** Whether shuffle output that may still be read lies there. */
  holdsShuffle(executor: number): boolean {
    return this.scheduler.outputs.heldBy(executor).length > 0
  }

  newShuffle(): number {
    return this.shuffles++
  }

  newJob(): number {
    this.options.events.add('job-start', { job: this.jobs })
    return this.jobs++
  }

  jobEnded(job: number, failure?: unknown): void {
    const reason = failure === undefined ? undefined : messageOf(failure)
    this.options.events.add('job-end', { job, failure: reason })
  }

  runStage(spec: StageSpec): Promise<StageOutcome> {
    if (spec.shuffle !== undefined) {
      if (spec.enough !== undefined) throw new Error('a stage that writes a shuffle runs all its tasks')
      const strange = spec.tasks.find(({ partition }, index) => partition !== index)
      if (strange) throw new Error(`map task ${strange.partition} of shuffle ${spec.shuffle.id} is out of order`)
    }
    return new Promise((resolve, reject) => {
      if (spec.signal?.aborted) {
        reject(cancelled(spec.signal.reason))
        return
      }
      const id = this.stages++
      const cancel = () => {
        this.causes.set(id, spec.signal?.reason)
        this.tell({ kind: 'cancel', stage: id, reason: messageOf(spec.signal?.reason ?? 'cancelled') })
      }
      spec.signal?.addEventListener('abort', cancel, { once: true })
      this.submissions.set(id, {
        id,
        spec,
        results: spec.tasks.map(() => undefined),
        resolve,
        reject,
        startedAt: this.options.now(),
        detach: () => spec.signal?.removeEventListener('abort', cancel),
        settled: false,
      })
      const { job, stage, name, tasks, pool, reads, shuffle } = spec
      this.options.events.add('stage-submitted', {
        job,
        submission: id,
        stage,
        name,
        tasks: tasks.length,
        pool,
        reads,
        shuffle: shuffle?.id,
      })
      this.tell({ kind: 'submit', stage: shapeOf(id, spec) })
    })
  }

  shuffleSizes(shuffle: number): readonly (readonly { readonly bytes: number; readonly rows: number }[])[] {
    const sizes = this.scheduler.outputs.sizesOf(shuffle)
    if (sizes === undefined) throw new Error(`shuffle ${shuffle} is not there`)
    return sizes
  }

  releaseShuffle(shuffle: number): void {
    this.tell({ kind: 'release', shuffle })
  }

  blockOf(path: string): string {
    return this.options.blockOf(path)
  }

  forgetBlock(path: string): Promise<void> {
    return this.options.forgetBlock(path)
  }

  blockLocations(id: string): readonly string[] {
    return this.options.blocks.holders(id).map(String)
  }

  async removeBlocks(prefix: string): Promise<void> {
    const { local, pool, log } = this.options
    const all = [local, ...pool.workers()].map((worker) => worker.removeBlocks(prefix))
    for (const each of await Promise.allSettled(all)) {
      // A lost executor has lost its blocks too.
      if (each.status === 'rejected') log.debug(`removing ${prefix}: ${messageOf(each.reason)}`)
    }
  }

  /** An executor that leaves has given map outputs to others. */
  outputsMoved({ executor, outputs }: MovedOutputs): void {
    for (const [to, moved] of Map.groupBy(outputs, (output) => output.to)) {
      this.options.events.add('shuffle-outputs-moved', { executor, maps: moved.length, to })
    }
    this.tell({ kind: 'outputs-moved', from: executor, outputs })
  }

  /** Ends all stages, and all tasks with them. */
  async close(reason: string): Promise<void> {
    this.timers.stop()
    for (const id of this.scheduler.active) this.tell({ kind: 'cancel', stage: id, reason })
    await Promise.all([...this.attempts.values()].map(({ ended }) => ended))
  }

  private poolChanged(): void {
    for (const { id, host, slots } of this.options.pool.workers()) {
      if (this.known.has(id)) continue
      this.known.add(id)
      this.tell({ kind: 'executor-added', executor: id, host, slots })
    }
    this.timers.look()
  }

  private tell(event: SchedulerEvent): void {
    this.queue.push(event)
    // What is told while actions are carried out comes after them.
    if (this.queue.length > 1) return
    for (let next: SchedulerEvent | undefined = event; next !== undefined; next = this.queue[0]) {
      for (const action of this.scheduler.handle(next, this.options.now())) this.carryOut(action)
      this.queue.shift()
    }
    this.timers.look()
  }

  private carryOut(action: SchedulerAction): void {
    const { log, metrics, events } = this.options
    switch (action.kind) {
      case 'launch':
        this.launch(action)
        return
      case 'kill':
        this.attempts.get(nameOf(action.key))?.abort.abort(new Error(action.reason))
        return
      case 'accept':
        this.accept(action.key)
        return
      case 'discard':
        this.discard(action.key)
        return
      case 'ask-enough': {
        const submission = this.submissions.get(action.stage)
        if (submission !== undefined) this.ask(submission)
        return
      }
      case 'stage-done':
        this.settle(action.stage, (submission) => this.complete(submission))
        return
      case 'stage-failed':
        this.failStage(action.stage, action.failure, action.message)
        return
      case 'stage-resubmitted':
        events.add('stage-resubmitted', {
          ...this.stageOf(action.stage),
          stageAttempt: action.stageAttempt,
          tasks: action.tasks,
        })
        log.warn(`stage ${this.title(action.stage)}: ${action.tasks} map tasks run again, their output is gone`)
        return
      case 'task-retried':
        metrics.add('bellows_tasks_failed_total')
        log.warn(`task ${this.taskName(action.key)} will be tried again: ${action.message}`)
        return
      case 'outputs-lost':
        events.add('shuffle-outputs-lost', { shuffle: action.shuffle, executor: action.executor, maps: action.maps })
        log.warn(`${action.maps} map outputs of shuffle ${action.shuffle} on executor ${action.executor} are gone`)
        return
      case 'executor-excluded':
        events.add('executor-excluded', {
          executor: action.executor,
          job: action.stage === undefined ? undefined : this.stageOf(action.stage).job,
          stage: action.stage === undefined ? undefined : this.stageOf(action.stage).stage,
          failures: action.failures,
        })
        log.warn(`executor ${action.executor} is passed over after ${action.failures} failed tasks`)
        return
      case 'delete-shuffle':
        this.deleteShuffle(action.shuffle)
        return
    }
  }

  private launch(action: SchedulerAction & { readonly kind: 'launch' }): void {
    const { key, executor } = action
    const submission = this.submissions.get(key.stage)
    if (submission === undefined) throw new Error(`stage ${key.stage} is not there`)
    const abort = new AbortController()
    const { spec } = submission
    const startedAt = this.options.now()
    const id: TaskId = { ...taskOf(spec, key), executor }
    const { stageAttempt, locality, speculative } = action
    const host = this.worker(executor)?.host ?? ''
    this.options.events.add('task-start', { ...id, stageAttempt, host, locality, speculative })
    const ended = this.attempt(submission, key, executor, abort.signal).then((outcome) => {
      const report = this.arrived.get(nameOf(key))?.report
      this.attempts.delete(nameOf(key))
      this.tell({ kind: 'attempt-ended', key, outcome })
      this.arrived.delete(nameOf(key))
      const milliseconds = this.options.now() - startedAt
      const told = endOf(outcome, this.accepted.delete(nameOf(key)), abort.signal)
      this.options.events.add('task-end', {
        ...id,
        ...told,
        milliseconds,
        rows: report?.rows ?? 0,
        inputBytes: spec.tasks[key.index]?.inputBytes ?? 0,
        metrics: report?.metrics,
      })
    })
    this.attempts.set(nameOf(key), { key, executor, abort, ended })
  }

  /** Runs one attempt to its end; never throws. */
  private async attempt(
    submission: Submission,
    key: AttemptKey,
    executor: number,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const { local, metrics } = this.options
    const worker = this.worker(executor)
    if (worker === undefined) return { kind: 'executor-lost', message: `executor ${executor} is gone` }
    const task = submission.spec.tasks[key.index]
    if (task === undefined) throw new Error(`stage ${key.stage} has no task ${key.index}`)
    if (worker === local) metrics.add('bellows_tasks_local_total')
    metrics.add('bellows_input_bytes_total', task.inputBytes)
    try {
      const request = this.request(submission, key)
      if (request === undefined) return { kind: 'killed' }
      const run = await worker.run(request, signal, submission.spec.admit)
      if (signal.aborted) {
        if (run.path !== undefined) await rm(run.path, { force: true })
        return { kind: 'killed' }
      }
      this.arrived.set(nameOf(key), run)
      const { blocks, schema } = run.report
      return { kind: 'success', output: blocks === undefined ? undefined : { blocks, schema } }
    } catch (error) {
      if (signal.aborted) return { kind: 'killed' }
      return this.outcomeOf(submission, executor, error)
    }
  }

  private outcomeOf(submission: Submission, executor: number, error: unknown): AttemptOutcome {
    if (error instanceof FetchFailed) {
      const { shuffle, outputs, message } = error
      return { kind: 'fetch-failed', shuffle, executor: error.executor, outputs, message }
    }
    if (error instanceof ExecutorLost) {
      // The pool tells the scheduler, which takes its attempts for lost.
      this.options.pool.lose(executor, error.message)
      return { kind: 'executor-lost', message: error.message }
    }
    this.causes.set(submission.id, error)
    return {
      kind: 'failed',
      failure: error instanceof EngineError ? error.kind : 'infrastructure',
      message: messageOf(error),
    }
  }

  private worker(executor: number): TaskExecutor | undefined {
    const { local, pool } = this.options
    return executor === local.id ? local : pool.worker(executor)
  }

  private request(submission: Submission, key: AttemptKey): TaskRequest | undefined {
    const { spec } = submission
    const task = spec.tasks[key.index]
    if (task === undefined) return undefined
    const body = task.body(key.attempt)
    const fetch = fetchPlans(
      body,
      (shuffle) => this.scheduler.outputs.get(shuffle)?.outputs ?? [],
      (executor) => this.worker(executor),
    )
    if (fetch === undefined) return undefined
    const { job, stage } = spec
    return {
      taskId: `${job}.${stage}.${task.partition}.${key.attempt}-${key.stage}`,
      job,
      stage,
      partition: task.partition,
      attempt: key.attempt,
      body,
      output: task.output(key.attempt),
      fetch,
    }
  }

  private accept(key: AttemptKey): void {
    const submission = this.submissions.get(key.stage)
    const run = this.arrived.get(nameOf(key))
    const task = submission?.spec.tasks[key.index]
    if (submission === undefined || run === undefined || task === undefined) return
    this.arrived.delete(nameOf(key))
    this.accepted.add(nameOf(key))
    const { report } = run
    const { metrics } = this.options
    metrics.add('bellows_tasks_completed_total')
    metrics.add('bellows_result_bytes_total', report.metrics.resultSize)
    metrics.add('bellows_task_time_milliseconds_total', report.milliseconds)
    // Done again after the caller had its answer: only the shuffle output was wanted.
    if (submission.settled) return
    submission.results[key.index] = {
      partition: task.partition,
      attempt: key.attempt,
      rows: report.rows,
      bytes: report.bytes,
      milliseconds: report.milliseconds,
      path: run.path,
      partitions: report.blocks,
      value: report.value,
    }
  }

  private discard(key: AttemptKey): void {
    const path = this.arrived.get(nameOf(key))?.path
    this.arrived.delete(nameOf(key))
    if (path !== undefined) void rm(path, { force: true }).catch(() => {})
  }

  private ask(submission: Submission): void {
    if (submission.settled) return
    const done = submission.results.flatMap((result) => result ?? [])
    this.tell({ kind: 'enough', stage: submission.id, enough: submission.spec.enough?.(done) === true })
  }

  private settle(id: number, answer: (submission: Submission) => void): void {
    const submission = this.submissions.get(id)
    if (submission === undefined || submission.settled) return
    submission.settled = true
    submission.detach()
    this.causes.delete(id)
    if (submission.spec.shuffle === undefined) this.submissions.delete(id)
    answer(submission)
  }

  /** The caller hears of it when nothing of the stage runs any more and its results are deleted. */
  private failStage(id: number, failure: FailureKind, message: string): void {
    const cause = this.causes.get(id)
    this.settle(id, (submission) => {
      const running = [...this.attempts.values()].filter(({ key }) => key.stage === id)
      const paths = submission.results.flatMap((result) => result?.path ?? [])
      const error = submission.spec.signal?.aborted
        ? cancelled(submission.spec.signal.reason)
        : cause instanceof EngineError && cause.message === message
          ? cause
          : new EngineError(failure, message, { cause })
      this.options.events.add('stage-failed', {
        ...this.stageOf(id),
        reason: error instanceof Error ? error.message : message,
      })
      this.submissions.delete(id)
      void Promise.allSettled(running.map(({ ended }) => ended))
        .then(() => Promise.allSettled(paths.map((path) => rm(path, { force: true }))))
        .then(() => submission.reject(error))
    })
  }

  private complete({ id, spec, results, resolve, startedAt }: Submission): void {
    const done = results.flatMap((result) => result ?? [])
    this.options.events.add('stage-completed', {
      job: spec.job,
      submission: id,
      stage: spec.stage,
      rows: done.reduce((sum, { rows }) => sum + rows, 0),
      bytes: done.reduce((sum, { bytes }) => sum + bytes, 0),
      milliseconds: this.options.now() - startedAt,
    })
    resolve({ results: done })
  }

  private stageOf(id: number): { readonly job: number; readonly submission: number; readonly stage: number } {
    const spec = this.submissions.get(id)?.spec
    return { job: spec?.job ?? -1, submission: id, stage: spec?.stage ?? -1 }
  }

  private deleteShuffle(shuffle: number): void {
    this.options.events.add('shuffle-released', { shuffle })
    for (const [id, { spec, settled }] of this.submissions) {
      if (settled && spec.shuffle?.id === shuffle) this.submissions.delete(id)
    }
    for (const worker of [this.options.local, ...this.options.pool.workers()]) {
      worker
        .release([shuffle])
        .catch((error: unknown) => this.options.log.debug(`releasing shuffle ${shuffle}: ${messageOf(error)}`))
    }
  }

  private title(id: number): string {
    const spec = this.submissions.get(id)?.spec
    return spec === undefined ? String(id) : `${spec.job}.${spec.stage}`
  }

  private taskName({ stage, index, attempt }: AttemptKey): string {
    const spec = this.submissions.get(stage)?.spec
    return `${this.title(stage)}.${spec?.tasks[index]?.partition ?? index}.${attempt}`
  }

  private starve(error: EngineError): void {
    for (const id of this.scheduler.active) {
      this.causes.set(id, error)
      this.tell({ kind: 'fail', stage: id, failure: 'infrastructure', message: error.message })
    }
  }
}
