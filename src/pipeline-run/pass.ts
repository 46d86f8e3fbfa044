import type { PipelineRun, PipelineRunStatus, TaskStatus } from '../api/pipeline-run.ts'
import type { Action } from '../controller/decision.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Plan } from '../pipeline/plan.ts'
import type { Progress } from '../pipeline/progress.ts'
import { isFinal } from '../pipeline/task-state.ts'
import type { ObservedRun } from './observed.ts'
import type { PipelineRunSettings } from './settings.ts'

/** What one call of decide works on. Only that call sees it. */
export interface Pass {
  readonly observed: ObservedRun
  readonly run: PipelineRun & KubeObject
  readonly settings: PipelineRunSettings
  readonly now: number
  readonly recorded: PipelineRunStatus
  readonly plan: Plan
  readonly params: ReadonlyMap<string, string>
  /** By task name and attempt. */
  readonly children: ReadonlyMap<string, ReadonlyMap<number, KubeObject>>
  readonly recordedTasks: readonly TaskStatus[]
  readonly progress: Progress
  /** By position: recordedTasks at first, what they should read at the end. */
  readonly tasks: TaskStatus[]
  readonly actions: Action[]
  wakeAt: number | undefined
}

export const wake = (pass: Pass, at: number | undefined): void => {
  if (at !== undefined && (pass.wakeAt === undefined || at < pass.wakeAt)) pass.wakeAt = at
}

/** Sets a task's status and tells the counters. */
export const setTask = (pass: Pass, position: number, status: TaskStatus): void => {
  pass.tasks[position] = status
  if (isFinal(status.state)) pass.progress.settle(position, status.state)
  else if (status.state !== 'none') pass.progress.mark(position, status.state)
}
