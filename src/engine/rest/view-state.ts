import type { TaskMetrics } from '../protocol.ts'
import type { Locality } from '../scheduler/scheduling.ts'

/** What the monitoring API knows of the application. Times are milliseconds since the epoch, sizes bytes. */
export interface TaskView {
  /** Counted over the application, as Spark does. */
  readonly taskId: number
  readonly partition: number
  readonly attempt: number
  readonly executor: number
  readonly host: string
  readonly locality: Locality
  readonly speculative: boolean
  readonly launchTime: number
  status: 'RUNNING' | 'SUCCESS' | 'FAILED' | 'KILLED'
  duration: number | undefined
  reason: string | undefined
  metrics: TaskFigures | undefined
}

/** Of an attempt that ended and told; a running or lost one has none. */
export interface TaskFigures extends TaskMetrics {
  readonly runTime: number
  /** Of source files; what came from a shuffle is not in it. */
  readonly inputBytes: number
}

export interface TaskCounts {
  active: number
  completed: number
  failed: number
  killed: number
}

export type FigureSums = { -readonly [Name in keyof TaskFigures]: number }

/** One try of one stage. */
export interface StageView {
  /** Number of the submission: unique in the application, while `number` is the plan's, as logs and explain have it. */
  readonly stageId: number
  readonly attemptId: number
  readonly job: number
  /** Not what runs again for a later job than the one it was submitted by. */
  readonly counted: boolean
  readonly number: number
  readonly name: string
  readonly pool: string
  readonly numTasks: number
  readonly submissionTime: number
  status: 'ACTIVE' | 'COMPLETE' | 'FAILED'
  firstTaskLaunchedTime: number | undefined
  completionTime: number | undefined
  failureReason: string | undefined
  readonly counts: TaskCounts
  readonly sums: FigureSums
  readonly killedBy: Map<string, number>
  readonly speculative: TaskCounts
  readonly executors: Map<number, { readonly counts: TaskCounts; readonly sums: FigureSums }>
  /** The newest; sums and counts are of all. */
  readonly tasks: Map<number, TaskView>
}

export interface JobView {
  readonly jobId: number
  readonly submissionTime: number
  name: string
  completionTime: number | undefined
  status: 'RUNNING' | 'SUCCEEDED' | 'FAILED'
  readonly stageIds: number[]
  numTasks: number
  readonly counts: TaskCounts
  readonly killedBy: Map<string, number>
  readonly stages: { active: number; completed: number; failed: number }
}

export interface ExecutorView {
  /** 0 is the driver. */
  readonly id: number
  readonly hostPort: string
  readonly cores: number
  readonly addTime: number
  readonly maxMemory: number
  removeTime: number | undefined
  removeReason: string | undefined
  excludedAt: number | undefined
  readonly excludedInStages: Set<number>
  readonly counts: TaskCounts
  readonly sums: FigureSums
  memoryUsed: number
  diskUsed: number
  rddBlocks: number
}

export interface BlockView {
  readonly block: string
  readonly executor: number
  readonly memory: number
  readonly disk: number
}

export interface ExecutionView {
  /** The number of its job. */
  readonly id: number
  readonly description: string
  readonly plan: string
  readonly submissionTime: number
  completionTime: number | undefined
  failure: string | undefined
}

export const noCounts = (): TaskCounts => ({ active: 0, completed: 0, failed: 0, killed: 0 })

export const noFigures = (): FigureSums => ({
  runTime: 0,
  inputBytes: 0,
  localBytesRead: 0,
  remoteBytesRead: 0,
  localBlocksFetched: 0,
  remoteBlocksFetched: 0,
  fetchWaitTime: 0,
  shuffleBytesWritten: 0,
  shuffleRecordsWritten: 0,
  resultSize: 0,
})

export const addFigures = (sums: FigureSums, figures: TaskFigures): void => {
  for (const name of Object.keys(sums) as (keyof TaskFigures)[]) sums[name] += figures[name]
}
