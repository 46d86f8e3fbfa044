import type { FailureKind } from '../errors.ts'

/** The block of one reduce partition: its size, and the CRC-32 of its file. */
export interface BlockInfo {
  readonly bytes: number
  readonly rows: number
  readonly crc: number
}

/** Where a map task's output is. `attempt` tells it from the output of another attempt on the same executor. */
export interface MapOutput {
  readonly executor: number
  readonly attempt: number
  /** One a reduce partition. */
  readonly blocks: readonly BlockInfo[]
  /** Sql: a block without rows, for readers whose partition is empty everywhere. */
  readonly schema: BlockInfo | undefined
}

/** What the scheduler knows of a stage: no bodies, only what decisions need. */
export interface StageShape {
  /** The number of this submission: never used twice. */
  readonly id: number
  readonly job: number
  readonly stage: number
  readonly pool: string
  readonly tasks: readonly { readonly partition: number; readonly preferred: readonly string[] }[]
  readonly reads: readonly number[]
  readonly shuffle: { readonly id: number; readonly partitions: number } | undefined
  readonly mayRunLocally: boolean
  /** Tasks start in waves (1, 4, 16 …), and after each it is asked whether that is enough. */
  readonly inWaves: boolean
}

/** One attempt of one task. `index` is the task's place in `StageShape.tasks`. */
export interface AttemptKey {
  readonly stage: number
  readonly index: number
  readonly attempt: number
}

export type AttemptOutcome =
  | { readonly kind: 'success'; readonly output: Omit<MapOutput, 'executor' | 'attempt'> | undefined }
  /** `user` and `limit` end the stage at once; `infrastructure` counts against spark.task.maxFailures. */
  | { readonly kind: 'failed'; readonly failure: FailureKind; readonly message: string }
  | {
      readonly kind: 'fetch-failed'
      readonly shuffle: number
      readonly executor: number
      readonly outputs: readonly { readonly map: number; readonly attempt: number }[]
      readonly message: string
    }
  | { readonly kind: 'executor-lost'; readonly message: string }
  | { readonly kind: 'killed' }

export type SchedulerEvent =
  | { readonly kind: 'submit'; readonly stage: StageShape }
  | { readonly kind: 'cancel'; readonly stage: number; readonly reason: string }
  | { readonly kind: 'fail'; readonly stage: number; readonly failure: FailureKind; readonly message: string }
  | {
      readonly kind: 'executor-added'
      readonly executor: number
      readonly host: string
      readonly slots: number
    }
  /** `counts`: its tasks' attempts count as failures (not so when its pod was taken away on purpose). */
  | { readonly kind: 'executor-lost'; readonly executor: number; readonly counts: boolean; readonly message: string }
  | { readonly kind: 'executor-draining'; readonly executor: number }
  | { readonly kind: 'attempt-ended'; readonly key: AttemptKey; readonly outcome: AttemptOutcome }
  /** A decommissioned executor's map outputs have another home. */
  | {
      readonly kind: 'outputs-moved'
      readonly from: number
      readonly outputs: readonly {
        readonly shuffle: number
        readonly map: number
        readonly attempt: number
        readonly to: number
      }[]
    }
  | { readonly kind: 'enough'; readonly stage: number; readonly enough: boolean }
  | { readonly kind: 'release'; readonly shuffle: number }
  /** Time went by: waits for locality, slow tasks. */
  | { readonly kind: 'tick' }

export type Locality = 'PROCESS_LOCAL' | 'NODE_LOCAL' | 'NO_PREF' | 'ANY'

export type SchedulerAction =
  | {
      readonly kind: 'launch'
      readonly key: AttemptKey
      readonly executor: number
      readonly stageAttempt: number
      readonly speculative: boolean
      readonly locality: Locality
    }
  | { readonly kind: 'kill'; readonly key: AttemptKey; readonly executor: number; readonly reason: string }
  /** The result of this attempt is the task's; all others are discarded. */
  | { readonly kind: 'accept'; readonly key: AttemptKey }
  | { readonly kind: 'discard'; readonly key: AttemptKey }
  | { readonly kind: 'ask-enough'; readonly stage: number }
  | { readonly kind: 'stage-done'; readonly stage: number }
  | { readonly kind: 'stage-failed'; readonly stage: number; readonly failure: FailureKind; readonly message: string }
  /** Map tasks of a finished stage run again, because their output is gone. */
  | {
      readonly kind: 'stage-resubmitted'
      readonly stage: number
      readonly stageAttempt: number
      readonly tasks: number
    }
  | { readonly kind: 'task-retried'; readonly key: AttemptKey; readonly executor: number; readonly message: string }
  | { readonly kind: 'outputs-lost'; readonly shuffle: number; readonly executor: number; readonly maps: number }
  | {
      readonly kind: 'executor-excluded'
      readonly executor: number
      readonly stage: number | undefined
      readonly failures: number
    }
  | { readonly kind: 'delete-shuffle'; readonly shuffle: number }

export interface SchedulerSettings {
  /** spark.scheduler.mode */
  readonly mode: 'FIFO' | 'FAIR'
  /** Pools that are named in spark.scheduler.allocation.file; others have weight 1, minShare 0, FIFO. */
  readonly pools: Readonly<Record<string, PoolSettings>>
  /** spark.task.maxFailures */
  readonly maxFailures: number
  /** spark.stage.maxConsecutiveAttempts */
  readonly maxStageAttempts: number
  /** spark.locality.wait, milliseconds */
  readonly localityWait: number
  readonly exclusion: ExclusionSettings
  /** Undefined: spark.speculation is off. */
  readonly speculation: SpeculationSettings | undefined
  /** No executors at all: the driver does everything. */
  readonly localOnly: boolean
}

export interface PoolSettings {
  readonly mode: 'FIFO' | 'FAIR'
  readonly weight: number
  readonly minShare: number
}

/** spark.excludeOnFailure.*; `strict` false: an excluded executor is taken where there is no other. */
export interface ExclusionSettings {
  readonly strict: boolean
  readonly maxTaskAttemptsPerExecutor: number
  readonly maxFailedTasksPerExecutorStage: number
  readonly maxFailedTasksPerExecutor: number
  /** Milliseconds after which an executor that failed in several stages is tried again. */
  readonly timeout: number
}

/** spark.speculation.* */
export interface SpeculationSettings {
  readonly quantile: number
  readonly multiplier: number
  /** Milliseconds. */
  readonly minTaskRuntime: number
  /** spark.speculation.task.duration.threshold: for stages of so few tasks that they all ran at once. */
  readonly durationThreshold: number | undefined
}
