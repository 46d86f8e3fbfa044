import { apiTime, optionalTime } from './api-time.ts'
import type { ExecutionView, JobView } from './view-state.ts'

/** Stages that the plan has not come to yet are not counted: what runs adapts to what the stages before gave. */
export const jobData = (job: JobView) => ({
  jobId: job.jobId,
  name: job.name,
  submissionTime: apiTime(job.submissionTime),
  ...optionalTime('completionTime', job.completionTime),
  stageIds: job.stageIds,
  jobTags: [],
  status: job.status,
  numTasks: job.numTasks,
  numActiveTasks: job.counts.active,
  numCompletedTasks: job.counts.completed,
  numSkippedTasks: 0,
  numFailedTasks: job.counts.failed,
  numKilledTasks: job.counts.killed,
  numCompletedIndices: job.counts.completed,
  numActiveStages: job.stages.active,
  numCompletedStages: job.stages.completed,
  numSkippedStages: 0,
  numFailedStages: job.stages.failed,
  killedTasksSummary: Object.fromEntries(job.killedBy),
})

const executionStatus = ({ completionTime, failure }: ExecutionView): 'RUNNING' | 'COMPLETED' | 'FAILED' =>
  completionTime === undefined ? 'RUNNING' : failure === undefined ? 'COMPLETED' : 'FAILED'

/** A query. Nodes and edges are empty: within a stage DuckDB runs all operators as one, and the plan's text says more. */
export const executionData = (execution: ExecutionView, withPlan: boolean, now: number) => {
  const status = executionStatus(execution)
  const jobs = [execution.id]
  return {
    id: execution.id,
    status,
    description: execution.description,
    planDescription: withPlan ? execution.plan : '',
    submissionTime: apiTime(execution.submissionTime),
    duration: (execution.completionTime ?? now) - execution.submissionTime,
    runningJobIds: status === 'RUNNING' ? jobs : [],
    successJobIds: status === 'COMPLETED' ? jobs : [],
    failedJobIds: status === 'FAILED' ? jobs : [],
    nodes: [],
    edges: [],
  }
}
