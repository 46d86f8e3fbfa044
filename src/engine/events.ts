import type { Log } from './log.ts'
import type { TaskMetrics } from './protocol.ts'
import type { Locality } from './scheduler/scheduling.ts'

/** One attempt of one task. `stage` is the caller's number, unique within its job; `executor` 0 is the driver. */
export interface TaskId {
  readonly job: number
  /** Of the submission of the stage: unique in the application. */
  readonly submission: number
  readonly stage: number
  readonly partition: number
  readonly attempt: number
  readonly executor: number
}

/** What is told of each kind of event. Names follow Spark's listener events; times are milliseconds, sizes bytes. */
export interface EventFields {
  /** What the planner made of a stage; `why`: the reason it runs as one task. */
  'stage-planned': {
    readonly job: number
    readonly stage: number
    readonly tasks: number
    readonly kind: string
    readonly why: string | undefined
    readonly inputBytes: number
  }
  'job-start': { readonly job: number }
  /** `failure`: why; undefined: it has succeeded. */
  'job-end': { readonly job: number; readonly failure: string | undefined }
  /** A query is about to run; it has one job, after which it is numbered. `plan` is what explain shows. */
  'sql-execution-start': { readonly job: number; readonly description: string; readonly plan: string }
  'sql-execution-end': { readonly job: number; readonly failure: string | undefined }
  'stage-submitted': {
    readonly job: number
    readonly submission: number
    readonly stage: number
    readonly name: string
    readonly tasks: number
    readonly pool: string
    readonly reads: readonly number[]
    readonly shuffle: number | undefined
  }
  /** Map tasks of a finished stage run again, because their output is gone. */
  'stage-resubmitted': {
    readonly job: number
    readonly submission: number
    readonly stage: number
    readonly stageAttempt: number
    readonly tasks: number
  }
  'stage-completed': {
    readonly job: number
    readonly submission: number
    readonly stage: number
    readonly rows: number
    readonly bytes: number
    readonly milliseconds: number
  }
  'stage-failed': {
    readonly job: number
    readonly submission: number
    readonly stage: number
    readonly reason: string
  }
  'task-start': TaskId & {
    readonly stageAttempt: number
    readonly host: string
    readonly locality: Locality
    readonly speculative: boolean
  }
  /** One for each task-start. KILLED: not needed any more, or its executor is going. */
  'task-end': TaskId & {
    readonly status: 'SUCCESS' | 'FAILED' | 'KILLED'
    readonly reason: string | undefined
    readonly milliseconds: number
    readonly rows: number
    /** Of the files that the task was given. */
    readonly inputBytes: number
    readonly metrics: TaskMetrics | undefined
  }
  'executor-requested': { readonly executor: number }
  'executor-added': {
    readonly executor: number
    readonly host: string
    readonly cores: number
    /** Where it listens. */
    readonly url?: string
  }
  'executor-removed': { readonly executor: number; readonly reason: string; readonly failed: boolean }
  'executor-excluded': {
    readonly executor: number
    readonly job: number | undefined
    readonly stage: number | undefined
    readonly failures: number
  }
  'executor-decommissioned': { readonly executor: number; readonly reason: string }
  /** How many executors are wanted from now on, and why. */
  'executors-wanted': { readonly executors: number; readonly reason: string }
  'shuffle-outputs-lost': { readonly shuffle: number; readonly executor: number; readonly maps: number }
  'shuffle-outputs-moved': { readonly executor: number; readonly maps: number; readonly to: number }
  'shuffle-released': { readonly shuffle: number }
  /** Zeros: the block is not there any more. */
  'block-updated': {
    readonly block: string
    readonly executor: number
    readonly memory: number
    readonly disk: number
  }
}

export type EventName = keyof EventFields

/** One decision of the engine. `at` is in milliseconds since the epoch; `id` counts from 0. */
export type EngineEvent = {
  readonly [Name in EventName]: { readonly id: number; readonly at: number; readonly event: Name } & EventFields[Name]
}[EventName]

const CAPACITY = 10_000

/** The newest events of the application, in order; the oldest fall out. Listeners hear of each as it happens. */
export class EventLog {
  private readonly ring: EngineEvent[] = []
  private readonly log: Log
  private readonly now: () => number
  private readonly listeners = new Set<(event: EngineEvent) => void>()
  private count = 0

  constructor(log: Log, now: () => number) {
    this.log = log
    this.now = now
  }

  add<Name extends EventName>(event: Name, fields: EventFields[Name]): void {
    const entry = { id: this.count, at: this.now(), event, ...fields } as unknown as EngineEvent
    this.ring[this.count % CAPACITY] = entry
    this.count++
    for (const listener of this.listeners) listener(entry)
    this.log.debug(`event ${JSON.stringify(entry)}`)
  }

  /** Gives a function that ends it. */
  onEvent(listener: (event: EngineEvent) => void): () => void {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  all(): readonly EngineEvent[] {
    const oldest = this.count % CAPACITY
    return this.count <= CAPACITY ? [...this.ring] : [...this.ring.slice(oldest), ...this.ring.slice(0, oldest)]
  }
}
