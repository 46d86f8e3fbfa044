import type { MapOutput, StageShape } from './scheduling.ts'

export interface RunningAttempt {
  readonly executor: number
  readonly startedAt: number
  readonly stageAttempt: number
  readonly speculative: boolean
  /** Asked to end; what it gives counts no more. */
  killed: boolean
}

export interface TaskState {
  done: boolean
  /** The number of the next attempt. */
  attempts: number
  /** Attempts that count against spark.task.maxFailures. */
  failures: number
  readonly running: Map<number, RunningAttempt>
  /** Failed attempts by executor. */
  readonly failedOn: Map<number, number>
  /** Since when a slot was free but not where the task wants to run. */
  waitingSince: number | undefined
  /** A second attempt may start beside the first. */
  slow: boolean
}

/**
 * - `active`: its caller waits.
 * - `done`: its caller has the result; kept for its shuffle output only.
 * - `redoing`: done, but output was lost that another stage needs.
 */
export type StageStatus = 'active' | 'done' | 'redoing'

export interface StageState {
  readonly id: number
  readonly job: number
  readonly pool: string
  readonly shape: StageShape
  readonly tasks: readonly TaskState[]
  status: StageStatus
  /** Indexes of tasks that wait for a slot, ascending. */
  pending: number[]
  running: number
  remaining: number
  /** Tasks from the first that may start; all but for stages in waves. */
  allowed: number
  asking: boolean
  attempt: number
  /** Stage attempts that ended with a fetch failure since the stage was last complete. */
  fetchFailures: number
  readonly failedOn: Map<number, number>
  durations: number[]
  readonly hasPreferences: boolean
}

export interface ShuffleState {
  readonly id: number
  readonly producer: StageState
  /** By map partition. */
  readonly outputs: (MapOutput | undefined)[]
  missing: number
  released: boolean
}

export const newTask = (): TaskState => ({
  done: false,
  attempts: 0,
  failures: 0,
  running: new Map(),
  failedOn: new Map(),
  waitingSince: undefined,
  slow: false,
})

export const newStage = (shape: StageShape): StageState => ({
  id: shape.id,
  job: shape.job,
  pool: shape.pool,
  shape,
  tasks: shape.tasks.map(newTask),
  status: 'active',
  pending: shape.tasks.map((_, index) => index),
  running: 0,
  remaining: shape.tasks.length,
  allowed: shape.inWaves ? Math.min(1, shape.tasks.length) : shape.tasks.length,
  asking: false,
  attempt: 0,
  fetchFailures: 0,
  failedOn: new Map(),
  durations: [],
  hasPreferences: shape.tasks.some(({ preferred }) => preferred.length > 0),
})

/** Puts a task back in line, in its place. */
export const enqueue = (stage: StageState, index: number): void => {
  let at = stage.pending.length
  while (at > 0 && (stage.pending[at - 1] ?? 0) > index) at--
  if (stage.pending[at - 1] !== index) stage.pending.splice(at, 0, index)
}

export const dequeue = (stage: StageState, index: number): void => {
  const at = stage.pending.indexOf(index)
  if (at >= 0) stage.pending.splice(at, 1)
}

/** A stage whose caller has its results does the tasks again whose output is gone. */
export const reopen = (stage: StageState, missing: readonly number[]): void => {
  stage.status = 'redoing'
  stage.attempt++
  stage.fetchFailures = 0
  stage.durations = []
  stage.remaining = 0
  for (const task of stage.tasks) task.done = true
  for (const index of missing) reopenTask(stage, index)
}

/** The output of a finished task is gone. */
export const reopenTask = (stage: StageState, index: number): void => {
  const task = stage.tasks[index]
  if (task?.done !== true) return
  task.done = false
  task.failures = 0
  task.slow = false
  task.waitingSince = undefined
  stage.remaining++
  enqueue(stage, index)
}

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

/** Tasks that wait for a slot and may have one. */
export const allowedPending = (stage: StageState): number => {
  if (stage.allowed === stage.tasks.length) return stage.pending.length
  return stage.pending.filter((index) => index < stage.allowed).length
}
