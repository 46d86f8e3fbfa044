import { z } from 'zod'
import { MAX_TASK_NAME, MAX_TASKS } from './pipeline.ts'
import { int, listOf, text, withTransitionRule } from './schema.ts'
import { conditions, leaderEpoch, leaderEpochRule } from './spark-application-status.ts'

/** Airflow's states of a run. */
export const RUN_STATES = ['queued', 'running', 'success', 'failed'] as const
export type RunState = (typeof RUN_STATES)[number]

/** Airflow's states of a task instance. */
export const TASK_STATES = [
  'none',
  'scheduled',
  'queued',
  'running',
  'success',
  'restarting',
  'failed',
  'skipped',
  'upstream_failed',
  'up_for_retry',
  'up_for_reschedule',
  'deferred',
  'awaiting_input',
  'removed',
] as const
export type TaskState = (typeof TASK_STATES)[number]

/** A task's result in status, as JSON text. */
export const MAX_RESULT = 4096

const time = (doc: string) => text(doc, { max: 64, format: 'date-time' }).optional()
const count = (doc: string) => int(doc, { min: 0 })

const taskStatus = z.object({
  name: text('The task.', { max: MAX_TASK_NAME }),
  state: z.enum(TASK_STATES).describe("Airflow's name of its state."),
  attempt: count('Its current or last try, counted from 1.').optional(),
  userFailures: count('Tries that failed by themselves.').optional(),
  infrastructureFailures: count('Tries lost to their surroundings.').optional(),
  podName: text('Worker pod of that try.', { max: 253 }).optional(),
  podUid: text('Uid of that pod.', { max: 64 }).optional(),
  application: text('SparkApplication of that try.', { max: 253 }).optional(),
  startTime: time('When that try began.'),
  endTime: time('When the task ended.'),
  nextRetryTime: time('When it is tried again.'),
  reason: text('CamelCase word: why it waits or failed.', { max: 128 }).optional(),
  message: text('A sentence: why it waits or failed.', { max: 1024 }).optional(),
  result: text('What it handed on, as JSON.', { max: MAX_RESULT }).optional(),
})

export const pipelineRunStatusSchema = withTransitionRule(
  z
    .object({
      state: z.enum(RUN_STATES).describe("Airflow's name of the run's state.").optional(),
      reason: text('CamelCase word: why it is in that state.', { max: 128 }).optional(),
      message: text('A sentence: why it is in that state.', { max: 1024 }).optional(),
      startTime: time('When the run began.'),
      completionTime: time('When it ended.'),
      observedGeneration: int('Generation of the spec that this status speaks of.', { min: 0, bits: 64 }).optional(),
      pipelineUid: text('Uid of the Pipeline that the run was started from.', { max: 64 }).optional(),
      pipelineGeneration: int('Generation of that Pipeline.', { min: 0, bits: 64 }).optional(),
      conditions,
      tasks: listOf('Each task, by name; written as a whole.', taskStatus, { max: MAX_TASKS }).optional(),
      counts: z
        .partialRecord(z.enum(TASK_STATES), count(''))
        .describe('Number of tasks in each state; states without tasks are left out.')
        .optional(),
      progress: text('Tasks ended of all, such as 3/7.', { max: 16 }).optional(),
      leaderEpoch,
    })
    .describe('What the operator saw and did. Never edit it.'),
  leaderEpochRule,
)
