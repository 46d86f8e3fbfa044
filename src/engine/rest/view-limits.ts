import { type Conf, confDuration, confInteger } from '../conf.ts'

/** How much of the past is kept. Names and defaults are Spark's, but for tasks: ours counts those of all stages. */
export interface ViewLimits {
  readonly jobs: number
  readonly stages: number
  readonly tasks: number
  readonly deadExecutors: number
  readonly executions: number
  /** For how long an executor is passed over, milliseconds. */
  readonly excludeTimeout: number
}

export const viewLimits = (conf: Conf): ViewLimits => ({
  jobs: confInteger(conf, 'spark.ui.retainedJobs', 1000),
  stages: confInteger(conf, 'spark.ui.retainedStages', 1000),
  tasks: confInteger(conf, 'spark.ui.retainedTasks', 20_000),
  deadExecutors: confInteger(conf, 'spark.ui.retainedDeadExecutors', 100),
  executions: confInteger(conf, 'spark.sql.ui.retainedExecutions', 1000),
  excludeTimeout: confDuration(conf, 'spark.excludeOnFailure.timeout', 3_600_000),
})
