import type { PipelineRun, PipelineRunStatus, TaskStatus } from '../api/pipeline-run.ts'
import type { Plan } from '../pipeline/plan.ts'
import { isTaskState } from '../pipeline/task-state.ts'

const RUN_STATES: ReadonlySet<unknown> = new Set(['queued', 'running', 'success', 'failed'])

/** status as far as it can be believed: people edit it, and older versions wrote it. */
export const knownStatus = (run: PipelineRun): PipelineRunStatus => {
  const { status } = run
  if (!isObject(status)) return {}
  const { leaderEpoch: _, state, tasks, conditions, reason, message, startTime, completionTime, ...rest } = status
  return {
    ...rest,
    ...(RUN_STATES.has(state) && { state }),
    ...texts({ reason, message, startTime, completionTime }),
    ...(Array.isArray(conditions) && { conditions: conditions.filter((each) => typeof each?.type === 'string') }),
    ...(Array.isArray(tasks) && { tasks: tasks.filter(isTask).map(knownTask) }),
  }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

const isTask = (task: unknown): task is TaskStatus =>
  isObject(task) && 'name' in task && typeof task.name === 'string' && 'state' in task && isTaskState(task.state)

const knownTask = (task: TaskStatus): TaskStatus => {
  const { name, state, attempt, userFailures, infrastructureFailures, podName, podUid, application, ...rest } = task
  const { startTime, endTime, nextRetryTime, reason, message, result } = rest
  return {
    name,
    state,
    ...counts({ attempt, userFailures, infrastructureFailures }),
    ...texts({ podName, podUid, application, startTime, endTime, nextRetryTime, reason, message, result }),
  }
}

const counts = <T extends Readonly<Record<string, unknown>>>(fields: T): Partial<T> =>
  only(fields, (value) => Number.isSafeInteger(value) && Number(value) >= 0)

const texts = <T extends Readonly<Record<string, unknown>>>(fields: T): Partial<T> =>
  only(fields, (value) => typeof value === 'string')

const only = <T extends object>(fields: T, holds: (value: unknown) => boolean): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => holds(value))) as Partial<T>

export const isEnded = (status: PipelineRunStatus): boolean => status.state === 'success' || status.state === 'failed'

/** What status says of each task of the plan, by position; a task it does not name has not begun. */
export const recordedTasks = (plan: Plan, status: PipelineRunStatus): readonly TaskStatus[] => {
  const byName = new Map((status.tasks ?? []).map((task) => [task.name, task]))
  return plan.spec.tasks.map(({ name }) => byName.get(name) ?? { name, state: 'none' })
}

/** Whether a try of the task is out: started and not known to have ended. */
export const inFlight = (task: TaskStatus): boolean =>
  (task.state === 'queued' || task.state === 'running') && (task.attempt ?? 0) > 0
