import type { FailureKind } from '../errors.ts'
import { Exclusion } from './exclusion.ts'
import { MapOutputs } from './map-outputs.ts'
import type {
  AttemptKey,
  AttemptOutcome,
  MapOutput,
  SchedulerAction,
  SchedulerEvent,
  SchedulerSettings,
  StageShape,
} from './scheduling.ts'
import { DRIVER, SlotOffers } from './slot-offers.ts'
import {
  allowedPending,
  dequeue,
  enqueue,
  newStage,
  reopen,
  reopenTask,
  type StageState,
  type TaskState,
} from './stage-state.ts'

const WAVE_GROWTH = 4

/**
 * The decisions of the scheduler: what happened goes in, what is to be done comes out. No clock, no I/O, no
 * randomness: the same events give the same actions. Laws, held by a property test: each task of a stage is accepted
 * exactly once; every stage ends, done or failed; no executor has more attempts than slots; a stage starts tasks only
 * while all that it reads is there.
 */
export class TaskScheduler {
  private readonly settings: SchedulerSettings
  private readonly stages = new Map<number, StageState>()
  private readonly slots: SlotOffers
  private readonly exclusion: Exclusion
  readonly outputs = new MapOutputs()
  private actions: SchedulerAction[] = []
  private now = 0

  constructor(settings: SchedulerSettings, driver: { readonly host: string; readonly slots: number }) {
    this.settings = settings
    this.exclusion = new Exclusion(settings.exclusion)
    this.slots = new SlotOffers(
      {
        settings,
        exclusion: this.exclusion,
        outputs: this.outputs,
        emit: (action) => this.actions.push(action),
        unschedulable: (stage, message) => this.fail(stage, 'infrastructure', message),
      },
      driver,
    )
  }

  handle(event: SchedulerEvent, now: number): readonly SchedulerAction[] {
    this.actions = []
    this.now = now
    this.take(event)
    this.settleNeeds()
    this.slots.offer(this.stages, now)
    return this.actions
  }

  /** Tasks that could run if there were an executor. */
  get starving(): boolean {
    return [...this.stages.values()].some((stage) => this.slots.starves(stage))
  }

  /** Tasks without a slot, of stages that could run them. */
  get backlog(): number {
    let tasks = 0
    for (const stage of this.stages.values()) if (this.slots.runnable(stage)) tasks += allowedPending(stage)
    return tasks
  }

  get runningTasks(): number {
    let tasks = 0
    for (const stage of this.stages.values()) tasks += stage.running
    return tasks
  }

  busy(executor: number): number {
    return this.slots.busy(executor)
  }

  /** The earliest time at which a `tick` may change something; undefined: none. */
  get wakeAt(): number | undefined {
    return this.slots.wakeAt(this.stages.values())
  }

  /** Stages that have not ended. */
  get active(): readonly number[] {
    return [...this.stages.values()].filter(({ status }) => status === 'active').map(({ id }) => id)
  }

  private take(event: SchedulerEvent): void {
    switch (event.kind) {
      case 'submit':
        this.submit(event.stage)
        return
      case 'cancel':
        this.failActive(event.stage, 'user', event.reason)
        return
      case 'fail':
        this.failActive(event.stage, event.failure, event.message)
        return
      case 'executor-added':
        this.slots.add(event)
        return
      case 'executor-lost':
        this.executorLost(event)
        return
      case 'executor-draining':
        this.slots.drain(event.executor)
        return
      case 'attempt-ended':
        this.attemptEnded(event.key, event.outcome)
        return
      case 'outputs-moved':
        this.outputs.move(event.from, event.outputs, (executor) => this.slots.has(executor))
        return
      case 'enough':
        this.answered(event.stage, event.enough)
        return
      case 'release':
        this.outputs.release(event.shuffle)
        this.collectShuffles()
        return
      case 'tick':
        this.slots.speculate(this.stages.values(), this.now)
        return
    }
  }

  private failActive(id: number, failure: FailureKind, message: string): void {
    const stage = this.stages.get(id)
    if (stage?.status === 'active') this.fail(stage, failure, message)
  }

  private submit(shape: StageShape): void {
    const stage = newStage(shape)
    this.stages.set(stage.id, stage)
    const unknown = shape.reads.find((id) => this.outputs.get(id) === undefined)
    if (unknown !== undefined) {
      this.fail(stage, 'infrastructure', `it reads shuffle ${unknown}, which is not there (any more)`)
      return
    }
    if (shape.shuffle !== undefined) this.outputs.register(shape.shuffle.id, stage)
    if (stage.remaining === 0) this.finish(stage)
  }

  private executorLost(event: { readonly executor: number; readonly counts: boolean; readonly message: string }): void {
    this.slots.remove(event.executor)
    for (const stage of this.stages.values()) {
      for (const [index, task] of stage.tasks.entries()) {
        for (const [attempt, running] of task.running) {
          if (running.executor !== event.executor) continue
          const key = { stage: stage.id, index, attempt }
          this.actions.push({ kind: 'kill', key, executor: event.executor, reason: event.message })
          const { message } = event
          if (event.counts) this.attemptEnded(key, { kind: 'executor-lost', message })
          else this.requeue(stage, index, attempt, event.executor, message)
        }
      }
    }
    for (const { shuffle, maps } of this.outputs.loseExecutor(event.executor))
      this.outputsLost(shuffle, event.executor, maps)
  }

  private outputsLost(shuffle: number, executor: number, maps: readonly number[]): void {
    const producer = this.outputs.get(shuffle)?.producer
    if (producer === undefined || maps.length === 0) return
    this.actions.push({ kind: 'outputs-lost', shuffle, executor, maps: maps.length })
    // A stage that still runs does them again at once; one that is done only when somebody needs them.
    if (producer.status !== 'done') for (const map of maps) reopenTask(producer, map)
  }

  private attemptEnded(key: AttemptKey, outcome: AttemptOutcome): void {
    const stage = this.stages.get(key.stage)
    const task = stage?.tasks[key.index]
    const running = task?.running.get(key.attempt)
    this.slots.free(key)
    if (stage === undefined || task === undefined || running === undefined) {
      if (outcome.kind === 'success') this.actions.push({ kind: 'discard', key })
      return
    }
    task.running.delete(key.attempt)
    stage.running--
    if (outcome.kind === 'success') {
      if (task.done || running.killed) this.actions.push({ kind: 'discard', key })
      else this.accept(stage, task, key, running.executor, running.startedAt, outcome.output)
      return
    }
    if (running.killed || task.done || outcome.kind === 'killed') {
      if (outcome.kind === 'killed' && !running.killed) this.again(stage, key.index)
      return
    }
    if (outcome.kind === 'fetch-failed') this.fetchFailed(stage, key, running.executor, running.stageAttempt, outcome)
    else if (outcome.kind === 'failed' && outcome.failure !== 'infrastructure') {
      this.fail(stage, outcome.failure, outcome.message)
    } else this.failedAttempt(stage, task, key, running.executor, outcome)
  }

  private accept(
    stage: StageState,
    task: TaskState,
    key: AttemptKey,
    executor: number,
    startedAt: number,
    output: Omit<MapOutput, 'executor' | 'attempt'> | undefined,
  ): void {
    task.done = true
    stage.remaining--
    stage.durations.push(this.now - startedAt)
    dequeue(stage, key.index)
    this.actions.push({ kind: 'accept', key })
    this.killAttempts(stage, key.index, 'another attempt was faster')
    const { shuffle } = stage.shape
    if (shuffle !== undefined && output !== undefined) {
      this.outputs.add(shuffle.id, key.index, { ...output, executor, attempt: key.attempt })
    }
    this.advance(stage)
  }

  /** After a task is done: the stage, or its wave, may be complete. */
  private advance(stage: StageState): void {
    if (stage.remaining === 0) {
      this.finish(stage)
      return
    }
    if (stage.asking || stage.allowed === stage.tasks.length) return
    if (stage.tasks.slice(0, stage.allowed).every(({ done }) => done)) {
      stage.asking = true
      this.actions.push({ kind: 'ask-enough', stage: stage.id })
    }
  }

  private answered(id: number, enough: boolean): void {
    const stage = this.stages.get(id)
    if (stage?.status !== 'active' || !stage.asking) return
    stage.asking = false
    if (enough) {
      this.finish(stage)
      return
    }
    stage.allowed = Math.min(
      stage.tasks.length,
      stage.allowed + (stage.allowed === 1 ? 3 : stage.allowed * (WAVE_GROWTH - 1)),
    )
    this.advance(stage)
  }

  private finish(stage: StageState): void {
    const wasActive = stage.status === 'active'
    stage.status = 'done'
    stage.fetchFailures = 0
    stage.pending = []
    for (const excluded of this.exclusion.stageDone(stage, this.now)) {
      this.actions.push({ kind: 'executor-excluded', stage: undefined, ...excluded })
    }
    if (wasActive) this.actions.push({ kind: 'stage-done', stage: stage.id })
    if (stage.shape.shuffle === undefined) this.stages.delete(stage.id)
    this.collectShuffles()
  }

  private fail(stage: StageState, failure: FailureKind, message: string): void {
    for (const index of stage.tasks.keys()) this.killAttempts(stage, index, 'the stage failed')
    stage.pending = []
    const { shuffle } = stage.shape
    if (stage.status === 'active') {
      this.actions.push({ kind: 'stage-failed', stage: stage.id, failure, message })
      this.stages.delete(stage.id)
      if (shuffle !== undefined && this.outputs.get(shuffle.id) !== undefined) {
        this.outputs.abandon(shuffle.id)
        this.actions.push({ kind: 'delete-shuffle', shuffle: shuffle.id })
      }
    }
    stage.status = 'done'
    // Those who wait for its output fail with it.
    for (const other of [...this.stages.values()]) {
      if (other.status === 'done' || shuffle === undefined || !other.shape.reads.includes(shuffle.id)) continue
      this.fail(other, failure, `its input (stage ${stage.job}.${stage.shape.stage}) could not be computed: ${message}`)
    }
    this.collectShuffles()
  }

  private collectShuffles(): void {
    for (const { id, producer } of this.outputs.collect(
      [...this.stages.values()].filter(({ status }) => status === 'active'),
    )) {
      this.stages.delete(producer.id)
      for (const index of producer.tasks.keys()) this.killAttempts(producer, index, 'its output is not needed any more')
      this.actions.push({ kind: 'delete-shuffle', shuffle: id })
    }
  }

  private fetchFailed(
    stage: StageState,
    key: AttemptKey,
    executor: number,
    stageAttempt: number,
    outcome: AttemptOutcome & { readonly kind: 'fetch-failed' },
  ): void {
    this.actions.push({ kind: 'task-retried', key, executor, message: outcome.message })
    this.again(stage, key.index)
    const maps = this.outputs.lose(outcome.shuffle, outcome.executor, outcome.outputs)
    const producer = this.outputs.get(outcome.shuffle)?.producer
    for (const map of maps) {
      // Another executor, where there is one: this one could not give it.
      const failedOn = producer?.tasks[map]?.failedOn
      failedOn?.set(outcome.executor, Math.max(1, failedOn.get(outcome.executor) ?? 0))
    }
    this.outputsLost(outcome.shuffle, outcome.executor, maps)
    if (stageAttempt !== stage.attempt) return
    stage.attempt++
    stage.fetchFailures++
    if (stage.fetchFailures >= this.settings.maxStageAttempts) {
      this.fail(
        stage,
        'infrastructure',
        `${stage.fetchFailures} attempts in a row could not fetch their input (spark.stage.maxConsecutiveAttempts), last: ${outcome.message}`,
      )
    }
  }

  private failedAttempt(
    stage: StageState,
    task: TaskState,
    key: AttemptKey,
    executor: number,
    outcome: AttemptOutcome & { readonly kind: 'failed' | 'executor-lost' },
  ): void {
    task.failures++
    const excluded = this.exclusion.failed(stage, task, executor)
    if (excluded !== undefined && this.slots.has(executor)) {
      this.actions.push({ kind: 'executor-excluded', executor, stage: stage.id, ...excluded })
    }
    if (task.failures >= this.settings.maxFailures) {
      const where = executor === DRIVER ? 'the driver' : `executor ${executor}`
      const partition = stage.shape.tasks[key.index]?.partition
      this.fail(
        stage,
        'infrastructure',
        `task ${stage.job}.${stage.shape.stage}.${partition} failed ${task.failures} times (spark.task.maxFailures), last on ${where}: ${outcome.message}`,
      )
      return
    }
    this.actions.push({ kind: 'task-retried', key, executor, message: outcome.message })
    this.again(stage, key.index)
  }

  private requeue(stage: StageState, index: number, attempt: number, executor: number, message: string): void {
    const task = stage.tasks[index]
    if (task === undefined) return
    const killed = task.running.get(attempt)?.killed === true
    const key = { stage: stage.id, index, attempt }
    this.slots.free(key)
    task.running.delete(attempt)
    stage.running--
    if (killed || task.done) return
    this.actions.push({ kind: 'task-retried', key, executor, message })
    this.again(stage, index)
  }

  /** Back in line, unless another attempt is at it. */
  private again(stage: StageState, index: number): void {
    const task = stage.tasks[index]
    if (task === undefined || task.done || stage.status === 'done') return
    task.slow = false
    if ([...task.running.values()].every(({ killed }) => killed)) enqueue(stage, index)
  }

  private killAttempts(stage: StageState, index: number, reason: string): void {
    for (const [attempt, running] of stage.tasks[index]?.running ?? []) {
      if (running.killed) continue
      running.killed = true
      this.actions.push({ kind: 'kill', key: { stage: stage.id, index, attempt }, executor: running.executor, reason })
    }
  }

  /** Opens again what is needed and lost; closes what nobody needs any more. */
  private settleNeeds(): void {
    for (let changed = true; changed; ) {
      changed = false
      for (const stage of [...this.stages.values()]) {
        if (stage.status === 'done') continue
        if (stage.status === 'redoing' && !this.needed(stage)) {
          for (const index of stage.tasks.keys()) this.killAttempts(stage, index, 'its output is not needed any more')
          stage.status = 'done'
          stage.pending = []
          changed = true
          continue
        }
        for (const id of stage.shape.reads) {
          const shuffle = this.outputs.get(id)
          if (shuffle === undefined || shuffle.missing === 0 || shuffle.producer.status !== 'done') continue
          const { producer } = shuffle
          const maps = this.outputs.missingMaps(id)
          reopen(producer, maps)
          this.actions.push({
            kind: 'stage-resubmitted',
            stage: producer.id,
            stageAttempt: producer.attempt,
            tasks: maps.length,
          })
          changed = true
        }
      }
    }
  }

  private needed(stage: StageState): boolean {
    const { shuffle } = stage.shape
    if (shuffle === undefined) return false
    return [...this.stages.values()].some(
      (other) => other !== stage && other.status !== 'done' && other.shape.reads.includes(shuffle.id),
    )
  }
}
