import type { Exclusion } from './exclusion.ts'
import { stageOrder } from './fair-order.ts'
import type { MapOutputs } from './map-outputs.ts'
import { type Place, placeTask } from './placement.ts'
import type { AttemptKey, SchedulerAction, SchedulerSettings } from './scheduling.ts'
import { isSlow } from './speculation.ts'
import { allowedPending, dequeue, type StageState } from './stage-state.ts'

export const DRIVER = 0

export interface OfferOptions {
  readonly settings: SchedulerSettings
  readonly exclusion: Exclusion
  readonly outputs: MapOutputs
  readonly emit: (action: SchedulerAction) => void
  /** No executor may ever run a task of the stage. */
  readonly unschedulable: (stage: StageState, message: string) => void
}

/** The executors and their slots, and which task gets which. */
export class SlotOffers {
  private readonly options: OfferOptions
  private readonly places = new Map<number, Place>()
  /** The executor of every attempt that has not ended, also of stages that have. */
  private readonly attempts = new Map<string, number>()
  private everRegistered = false
  private now = 0

  constructor(options: OfferOptions, driver: { readonly host: string; readonly slots: number }) {
    this.options = options
    this.places.set(DRIVER, { executor: DRIVER, ...driver, busy: 0, draining: false })
  }

  add(executor: { readonly executor: number; readonly host: string; readonly slots: number }): void {
    this.everRegistered = true
    this.places.set(executor.executor, { ...executor, busy: 0, draining: false })
  }

  remove(executor: number): void {
    this.places.delete(executor)
    this.options.exclusion.forget(executor)
  }

  drain(executor: number): void {
    const place = this.places.get(executor)
    if (place !== undefined) place.draining = true
  }

  has(executor: number): boolean {
    return this.places.has(executor)
  }

  busy(executor: number): number {
    return this.places.get(executor)?.busy ?? 0
  }

  free(key: AttemptKey): void {
    const name = nameOf(key)
    const place = this.places.get(this.attempts.get(name) ?? -1)
    if (place !== undefined) place.busy--
    this.attempts.delete(name)
  }

  runnable(stage: StageState): boolean {
    return stage.status !== 'done' && stage.pending.length > 0 && this.options.outputs.complete(stage.shape.reads)
  }

  /** Whether tasks of the stage wait and there is nobody who could ever take them. */
  starves(stage: StageState): boolean {
    if (this.options.settings.localOnly || this.somewhere()) return false
    return this.runnable(stage) && !this.mayRunLocally(stage) && allowedPending(stage) > 0
  }

  /** The earliest time from `now` on at which a task stops waiting for its place; undefined: none waits. */
  wakeAt(stages: Iterable<StageState>): number | undefined {
    const { localityWait } = this.options.settings
    let at: number | undefined
    for (const stage of stages) {
      if (!stage.hasPreferences || !this.runnable(stage)) continue
      for (const index of stage.pending) {
        const since = stage.tasks[index]?.waitingSince
        if (since === undefined || since + localityWait <= this.now) continue
        at = Math.min(at ?? Number.POSITIVE_INFINITY, since + localityWait)
      }
    }
    return at
  }

  private somewhere(): boolean {
    return [...this.places.values()].some(({ executor, draining }) => executor !== DRIVER && !draining)
  }

  private mayRunLocally(stage: StageState): boolean {
    return this.options.settings.localOnly || (stage.shape.mayRunLocally && !this.everRegistered)
  }

  private freePlaces(stage: StageState): readonly Place[] {
    const local = this.mayRunLocally(stage)
    return [...this.places.values()].filter(
      (place) =>
        !place.draining &&
        place.busy < place.slots &&
        (place.executor === DRIVER ? local : !this.options.settings.localOnly),
    )
  }

  /** Gives free slots to tasks until there is none of either. */
  offer(stages: ReadonlyMap<number, StageState>, now: number): void {
    this.now = now
    const { settings } = this.options
    for (;;) {
      const waiting = [...stages.values()].filter((stage) => this.runnable(stage) || this.hasSlow(stage))
      const fair = settings.mode === 'FAIR'
      let launched = false
      for (const stage of stageOrder(waiting, settings.mode, settings.pools)) {
        launched = this.launchFrom(stage, fair ? 1 : Number.POSITIVE_INFINITY) || launched
        if (fair && launched) break
      }
      if (!fair || !launched) return
    }
  }

  private hasSlow(stage: StageState): boolean {
    return (
      this.options.settings.speculation !== undefined && stage.status !== 'done' && stage.tasks.some(({ slow }) => slow)
    )
  }

  /** Starts at most `count` tasks of a stage; true when it started one. */
  private launchFrom(stage: StageState, count: number): boolean {
    let started = 0
    if (this.options.outputs.complete(stage.shape.reads)) {
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
    const excluded = (place: Place) => this.options.exclusion.excludes(stage, task, place.executor, this.now)
    let usable: readonly Place[] = free.filter((place) => !excluded(place))
    if (usable.length === 0) {
      // Others that are busy now will do; where all are excluded, any will do, unless the user wants it strict.
      const others = [...this.places.values()].filter(({ executor, draining }) => executor !== DRIVER && !draining)
      if (speculative || others.some((place) => !excluded(place))) return false
      if (this.options.exclusion.strict && others.length > 0) {
        this.options.unschedulable(
          stage,
          `task ${stage.job}.${stage.shape.stage}.${shape.partition} cannot run anywhere: every executor is excluded because of failures (spark.excludeOnFailure.enabled)`,
        )
        return false
      }
      usable = free
    }
    const waited = task.waitingSince !== undefined && this.now - task.waitingSince >= this.options.settings.localityWait
    const placed = placeTask(shape.preferred, [...this.places.values()], usable, waited || speculative)
    if (placed === undefined) return false
    if (placed === 'wait') {
      task.waitingSince ??= this.now
      if (this.options.settings.localityWait > 0) return false
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
    this.options.emit({
      kind: 'launch',
      key: { stage: stage.id, index, attempt },
      executor,
      stageAttempt: stage.attempt,
      speculative,
      locality: placed.locality,
    })
    return true
  }

  /** Marks tasks that are worth a second attempt. */
  speculate(stages: Iterable<StageState>, now: number): void {
    const { speculation } = this.options.settings
    if (speculation === undefined) return
    for (const stage of stages) {
      if (stage.status === 'done') continue
      for (const task of stage.tasks) if (isSlow(stage, task, speculation, now)) task.slow = true
    }
  }
}

const nameOf = ({ stage, index, attempt }: AttemptKey): string => `${stage}.${index}.${attempt}`
