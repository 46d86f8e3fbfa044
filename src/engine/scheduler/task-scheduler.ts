import type { FailureKind } from '../errors.ts'
import { Exclusion } from './exclusion.ts'
import { stageOrder } from './fair-order.ts'
import { MapOutputs } from './map-outputs.ts'
import { type Place, placeTask } from './placement.ts'
import type {
  AttemptKey,
  AttemptOutcome,
  MapOutput,
  SchedulerAction,
  SchedulerEvent,
  SchedulerSettings,
  StageShape,
} from './scheduling.ts'
import { isSlow } from './speculation.ts'
import { dequeue, enqueue, newStage, reopen, reopenTask, type StageState, type TaskState } from './stage-state.ts'

const DRIVER = 0
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
  private readonly places = new Map<number, Place>()
  /** The executor of every attempt that has not ended, also of stages that have. */
  private readonly attempts = new Map<string, number>()
  private readonly exclusion: Exclusion
  readonly outputs = new MapOutputs()
  private everRegistered = false
  private actions: SchedulerAction[] = []
  private now = 0

  constructor(settings: SchedulerSettings, driver: { readonly host: string; readonly slots: number }) {
    this.settings = settings
    this.exclusion = new Exclusion(settings.exclusion)
    this.places.set(DRIVER, { executor: DRIVER, ...driver, busy: 0, draining: false })
  }

  handle(event: SchedulerEvent, now: number): readonly SchedulerAction[] {
    this.actions = []
    this.now = now
    this.take(event)
    this.settleNeeds()
    this.schedule()
    return this.actions
  }

  /** Tasks that could run if there were an executor. */
  get starving(): boolean {
    if (this.settings.localOnly || this.somewhere()) return false
    return [...this.stages.values()].some(
      (stage) => this.runnable(stage) && !this.mayRunLocally(stage) && allowedPending(stage) > 0,
    )
  }

  /** Tasks without a slot, of stages that could run them. */
  get backlog(): number {
    let tasks = 0
    for (const stage of this.stages.values()) if (this.runnable(stage)) tasks += allowedPending(stage)
    return tasks
  }

  get runningTasks(): number {
    let tasks = 0
    for (const stage of this.stages.values()) tasks += stage.running
    return tasks
  }

  busy(executor: number): number {
    return this.places.get(executor)?.busy ?? 0
  }

  /** The earliest time at which a `tick` may change something; undefined: none. */
  get wakeAt(): number | undefined {
    let at: number | undefined
    for (const stage of this.stages.values()) {
      if (!stage.hasPreferences || !this.runnable(stage)) continue
      for (const index of stage.pending) {
        const since = stage.tasks[index]?.waitingSince
        if (since !== undefined) at = Math.min(at ?? Number.POSITIVE_INFINITY, since + this.settings.localityWait)
      }
    }
    return at
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
        this.everRegistered = true
        this.places.set(event.executor, { ...event, busy: 0, draining: false })
        return
      case 'executor-lost':
        this.executorLost(event)
        return
      case 'executor-draining': {
        const place = this.places.get(event.executor)
        if (place !== undefined) place.draining = true
        return
      }
      case 'attempt-ended':
        this.attemptEnded(event.key, event.outcome)
        return
      case 'outputs-moved':
        this.outputs.move(event.from, event.outputs, (executor) => this.places.has(executor))
        return
      case 'enough':
        this.answered(event.stage, event.enough)
        return
      case 'release':
        this.outputs.release(event.shuffle)
        this.collectShuffles()
        return
      case 'tick':
        this.speculate()
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
    this.places.delete(event.executor)
    this.exclusion.forget(event.executor)
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
    this.free(key)
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
      if (shuffle !== undefined) {
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
    if (excluded !== undefined && this.places.has(executor)) {
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
    this.free(key)
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

  private free(key: AttemptKey): void {
    const name = nameOf(key)
    const place = this.places.get(this.attempts.get(name) ?? -1)
    if (place !== undefined) place.busy--
    this.attempts.delete(name)
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

  private runnable(stage: StageState): boolean {
    return stage.status !== 'done' && stage.pending.length > 0 && this.outputs.complete(stage.shape.reads)
  }

  private somewhere(): boolean {
    return [...this.places.values()].some(({ executor, draining }) => executor !== DRIVER && !draining)
  }

  private mayRunLocally(stage: StageState): boolean {
    return this.settings.localOnly || (stage.shape.mayRunLocally && !this.everRegistered)
  }

  private freePlaces(stage: StageState): readonly Place[] {
    const local = this.mayRunLocally(stage)
    return [...this.places.values()].filter(
      (place) =>
        !place.draining && place.busy < place.slots && (place.executor === DRIVER ? local : !this.settings.localOnly),
    )
  }

  private schedule(): void {
    for (;;) {
      const waiting = [...this.stages.values()].filter((stage) => this.runnable(stage) || this.hasSlow(stage))
      const fair = this.settings.mode === 'FAIR'
      let launched = false
      for (const stage of stageOrder(waiting, this.settings.mode, this.settings.pools)) {
        launched = this.launchFrom(stage, fair ? 1 : Number.POSITIVE_INFINITY) || launched
        if (fair && launched) break
      }
      if (!fair || !launched) return
    }
  }

  private hasSlow(stage: StageState): boolean {
    return this.settings.speculation !== undefined && stage.status !== 'done' && stage.tasks.some(({ slow }) => slow)
  }

  /** Starts at most `count` tasks of a stage; true when it started one. */
  private launchFrom(stage: StageState, count: number): boolean {
    let started = 0
    if (this.outputs.complete(stage.shape.reads)) {
      for (let at = 0; at < stage.pending.length; ) {
        const index = stage.pending[at] ?? 0
        const free = this.freePlaces(stage)
        if (free.length === 0 || index >= stage.allowed) break
        if (this.launchTask(stage, index, free, false)) started++
        else at++
        if (started >= count) return true
      }
    }
    if (!this.hasSlow(stage)) return started > 0
    for (const [index, task] of stage.tasks.entries()) {
      if (!task.slow || started >= count) continue
      const [first] = task.running.values()
      const free = this.freePlaces(stage).filter(({ executor }) => executor !== first?.executor)
      if (free.length > 0 && this.launchTask(stage, index, free, true)) started++
    }
    return started > 0
  }

  private launchTask(stage: StageState, index: number, free: readonly Place[], speculative: boolean): boolean {
    const task = stage.tasks[index]
    const shape = stage.shape.tasks[index]
    if (task === undefined || shape === undefined) return false
    const excluded = (place: Place) => this.exclusion.excludes(stage, task, place.executor, this.now)
    let usable: readonly Place[] = free.filter((place) => !excluded(place))
    if (usable.length === 0) {
      // Others that are busy now will do; where all are excluded, any will do, unless the user wants it strict.
      const others = [...this.places.values()].filter(({ executor, draining }) => executor !== DRIVER && !draining)
      if (speculative || others.some((place) => !excluded(place))) return false
      if (this.exclusion.strict && others.length > 0) {
        this.fail(
          stage,
          'infrastructure',
          `task ${stage.job}.${stage.shape.stage}.${shape.partition} cannot run anywhere: every executor is excluded because of failures (spark.excludeOnFailure.enabled)`,
        )
        return false
      }
      usable = free
    }
    const waited = task.waitingSince !== undefined && this.now - task.waitingSince >= this.settings.localityWait
    const placed = placeTask(shape.preferred, [...this.places.values()], usable, waited || speculative)
    if (placed === undefined) return false
    if (placed === 'wait') {
      task.waitingSince ??= this.now
      if (this.settings.localityWait > 0) return false
      return this.launchTask(stage, index, free, speculative)
    }
    const attempt = task.attempts++
    const { executor } = placed.place
    this.attempts.set(nameOf({ stage: stage.id, index, attempt }), executor)
    task.waitingSince = undefined
    task.slow = false
    dequeue(stage, index)
    task.running.set(attempt, {
      executor,
      startedAt: this.now,
      stageAttempt: stage.attempt,
      speculative,
      killed: false,
    })
    stage.running++
    placed.place.busy++
    this.actions.push({
      kind: 'launch',
      key: { stage: stage.id, index, attempt },
      executor,
      stageAttempt: stage.attempt,
      speculative,
      locality: placed.locality,
    })
    return true
  }

  private speculate(): void {
    const { speculation } = this.settings
    if (speculation === undefined) return
    for (const stage of this.stages.values()) {
      if (stage.status === 'done') continue
      for (const task of stage.tasks) if (isSlow(stage, task, speculation, this.now)) task.slow = true
    }
  }
}

const nameOf = ({ stage, index, attempt }: AttemptKey): string => `${stage}.${index}.${attempt}`

const allowedPending = (stage: StageState): number => {
  if (stage.allowed === stage.tasks.length) return stage.pending.length
  return stage.pending.filter((index) => index < stage.allowed).length
}
