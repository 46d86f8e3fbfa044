import type { TaskBody, TaskOutput } from './task-body.ts'

/**
 * What the layers above (SQL's physical plan, RDD lineage) ask of the runtime: run these tasks, each once in effect,
 * and keep their shuffle output until it is released. The runtime knows nothing of plans.
 */
export interface StageSpec {
  /** Shown in events, /api/v1 and explain. */
  readonly name: string
  readonly job: number
  readonly stage: number
  readonly tasks: readonly StageTask[]
  /** Shuffles that tasks of this stage read: a block of one of them that cannot be had makes the runtime run its map task again. */
  readonly reads: readonly number[]
  /** Set when the tasks' output is a shuffle: its id, from `Runtime.newShuffle()`. */
  readonly shuffle: { readonly id: number; readonly partitions: number } | undefined
  /** spark.scheduler.pool of the job. */
  readonly pool: string
  /** Tasks may run in the driver while no executor has come. */
  readonly mayRunLocally: boolean
  /** Called with the size of each result before it is fetched; throws to refuse it. */
  readonly admit: (bytes: number) => void
  readonly signal: AbortSignal | undefined
  /** True once no more tasks are needed (LIMIT, take); undefined: all of them. */
  readonly enough: ((done: readonly TaskResult[]) => boolean) | undefined
}

export interface StageTask {
  readonly partition: number
  readonly inputBytes: number
  /** Executor ids and host names where its input lies, best first. */
  readonly preferred: readonly string[]
  readonly body: (attempt: number) => TaskBody
  readonly output: (attempt: number) => TaskOutput
}

export interface TaskResult {
  readonly partition: number
  /** The attempt that counts: its files are the ones to commit. */
  readonly attempt: number
  readonly rows: number
  readonly bytes: number
  readonly milliseconds: number
  /** Output `result`: the file on the driver; whoever asked deletes it. */
  readonly path: string | undefined
  /** Output `shuffle`: bytes and rows of each reduce partition. */
  readonly partitions: readonly { readonly bytes: number; readonly rows: number }[] | undefined
  /** Small JSON that the task's body gives back (accumulator updates, action results of RDDs). */
  readonly value: unknown
}

export interface StageOutcome {
  /** In the order of partitions; tasks that `enough` made needless are absent. */
  readonly results: readonly TaskResult[]
}

/** The runtime, as the layers above see it. */
export interface Runtime {
  newShuffle(): number
  newJob(): number
  /** To be called once for each job, when nothing of it runs any more; `failure` is what it rejected with. */
  jobEnded?(job: number, failure?: unknown): void
  /** Tasks that can run at once when all executors are there. */
  readonly slots: number
  /** Rejects with EngineError; then nothing of the stage is running or left behind but released-later shuffles. */
  runStage(stage: StageSpec): Promise<StageOutcome>
  /** Bytes and rows by [map partition][reduce partition] of a finished shuffle. */
  shuffleSizes(shuffle: number): readonly (readonly { readonly bytes: number; readonly rows: number }[])[]
  /** Its blocks may be deleted everywhere. */
  releaseShuffle(shuffle: number): void
  /** Executors that hold a persisted block, as `preferred` of a task wants them. */
  blockLocations?(id: string): readonly string[]
  /** Makes a file of the driver fetchable by executors: the id for a `block` input. Fetched once an executor, chunked between executors. */
  blockOf(path: string): string
  forgetBlock(path: string): Promise<void>
  /** Persisted blocks whose ids begin so are deleted on all executors and in the driver. */
  removeBlocks?(prefix: string): Promise<void>
}
