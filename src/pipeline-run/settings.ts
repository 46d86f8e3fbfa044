import type { PipelineTask } from '../api/pipeline.ts'
import type { TaskExecutor } from '../executor/task-executor.ts'
import type { KubeObject } from '../kube/object.ts'

export interface PipelineRunSettings {
  /** Runs tasks of kind container and script. */
  readonly worker: TaskExecutor
  /** Runs tasks of kind spark. */
  readonly spark: TaskExecutor
  /** Tries started in one pass; the next pass follows at once. */
  readonly startsPerPass: number
  /** Children deleted in one pass. */
  readonly deletesPerPass: number
}

export const DEFAULT_LIMITS = { startsPerPass: 50, deletesPerPass: 50 } as const

export const executorOf = (settings: PipelineRunSettings, task: PipelineTask): TaskExecutor =>
  task.spark === undefined ? settings.worker : settings.spark

export const executorOfChild = (settings: PipelineRunSettings, child: KubeObject): TaskExecutor =>
  child.kind === settings.spark.type.kind ? settings.spark : settings.worker
