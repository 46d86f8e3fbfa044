import type { PipelineRun, PipelineRunStatus, TaskStatus } from '../api/pipeline-run.ts'
import type { Plan } from '../pipeline/plan.ts'
import { isTaskState } from '../pipeline/task-state.ts'

const RUN_STATES: ReadonlySet<unknown> = new Set(['queued', 'running', 'success', 'failed'])

/** Statuses are never changed in place: each is looked through once. */
const known = new WeakMap<object, PipelineRunStatus>()

/** status as far as it can be believed: people edit it, and older versions wrote it. */
export const knownStatus = ({ status }: PipelineRun): PipelineRunStatus => {
  if (!isObject(status)) return {}
  const before = known.get(status)
  if (before !== undefined) return before
  const believed = believable(status)
  known.set(status, believed)
  return believed
}

const believable = (status: PipelineRunStatus): PipelineRunStatus => {
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

const COUNTS = ['attempt', 'userFailures', 'infrastructureFailures'] as const
const TEXTS = [
  'podName',
  'podUid',
  'application',
  'startTime',
  'endTime',
  'nextRetryTime',
  'reason',
  'message',
  'result',
] as const

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0
const isText = (value: unknown): boolean => typeof value === 'string'

/** `task` itself where nothing is wrong with it, which is nearly always. */
const knownTask = (task: TaskStatus): TaskStatus => {
  const wrong: string[] = []
  for (const field of COUNTS) if (task[field] !== undefined && !isCount(task[field])) wrong.push(field)
  for (const field of TEXTS) if (task[field] !== undefined && !isText(task[field])) wrong.push(field)
  if (wrong.length === 0) return task
  return Object.fromEntries(Object.entries(task).filter(([field]) => !wrong.includes(field))) as TaskStatus
}

const texts = <T extends Readonly<Record<string, unknown>>>(fields: T): Partial<T> => only(fields, isText)

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
