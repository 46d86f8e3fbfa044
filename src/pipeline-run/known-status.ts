import type { PipelineRun, PipelineRunStatus, TaskStatus } from '../api/pipeline-run.ts'
import type { Plan } from '../pipeline/plan.ts'
import { isTaskState } from '../pipeline/task-state.ts'

const RUN_STATES: ReadonlySet<unknown> = new Set(['queued', 'running', 'success', 'failed'])

/** status as far as it can be believed: people edit it, and older versions wrote it. */
export const knownStatus = (run: PipelineRun): PipelineRunStatus => {
  const { status } = run
  if (typeof status !== 'object' || status === null) return {}
  const { leaderEpoch: _, state, tasks, conditions, ...rest } = status
  return {
    ...rest,
    ...(RUN_STATES.has(state) && { state }),
    ...(Array.isArray(conditions) && { conditions }),
    ...(Array.isArray(tasks) && { tasks: tasks.filter((task) => isTaskState(task?.state)) }),
  }
}

export const isEnded = (status: PipelineRunStatus): boolean => status.state === 'success' || status.state === 'failed'

/** What status says of each task of the plan, by position; a task it does not name has not begun. */
export const recordedTasks = (plan: Plan, status: PipelineRunStatus): readonly TaskStatus[] => {
  const byName = new Map((status.tasks ?? []).map((task) => [task.name, task]))
  return plan.spec.tasks.map(({ name }) => byName.get(name) ?? { name, state: 'none' })
}

/** Whether a try of the task is out: started and not known to have ended. */
export const inFlight = (task: TaskStatus): boolean =>
  (task.state === 'queued' || task.state === 'running') && (task.attempt ?? 0) > 0
