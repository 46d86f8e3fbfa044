import { apiTime, executorName, optional, optionalTime } from './api-time.ts'
import { taskData, taskMetrics } from './task-data.ts'
import { taskSummary } from './task-summary.ts'
import type { ExecutorView, StageView } from './view-state.ts'

export interface StageWish {
  /** With tasks and the shares of executors. */
  readonly details: boolean
  /** With distributions at these quantiles. */
  readonly summaries: readonly number[] | undefined
}

/** PENDING: nothing of it has been launched yet. */
export const stageStatus = ({ status, counts, firstTaskLaunchedTime }: StageView): string =>
  status === 'ACTIVE' && counts.active === 0 && firstTaskLaunchedTime === undefined ? 'PENDING' : status

export const stageData = (
  stage: StageView,
  executors: ReadonlyMap<number, ExecutorView>,
  { details, summaries }: StageWish,
  now: number,
) => {
  const { counts, sums } = stage
  const metrics = taskMetrics(sums)
  const read = metrics.shuffleReadMetrics
  const tasks = [...stage.tasks.values()]
  return {
    status: stageStatus(stage),
    stageId: stage.stageId,
    attemptId: stage.attemptId,
    numTasks: stage.numTasks,
    numActiveTasks: counts.active,
    numCompleteTasks: counts.completed,
    numFailedTasks: counts.failed,
    numKilledTasks: counts.killed,
    numCompletedIndices: counts.completed,
    submissionTime: apiTime(stage.submissionTime),
    ...optionalTime('firstTaskLaunchedTime', stage.firstTaskLaunchedTime),
    ...optionalTime('completionTime', stage.completionTime),
    ...optional('failureReason', stage.failureReason),
    executorDeserializeTime: 0,
    executorDeserializeCpuTime: 0,
    executorRunTime: metrics.executorRunTime,
    executorCpuTime: 0,
    resultSize: metrics.resultSize,
    jvmGcTime: 0,
    resultSerializationTime: 0,
    memoryBytesSpilled: 0,
    diskBytesSpilled: 0,
    peakExecutionMemory: 0,
    inputBytes: metrics.inputMetrics.bytesRead,
    inputRecords: 0,
    outputBytes: 0,
    outputRecords: 0,
    shuffleRemoteBlocksFetched: read.remoteBlocksFetched,
    shuffleLocalBlocksFetched: read.localBlocksFetched,
    shuffleFetchWaitTime: read.fetchWaitTime,
    shuffleRemoteBytesRead: read.remoteBytesRead,
    shuffleRemoteBytesReadToDisk: 0,
    shuffleLocalBytesRead: read.localBytesRead,
    shuffleReadBytes: read.localBytesRead + read.remoteBytesRead,
    shuffleReadRecords: 0,
    shuffleCorruptMergedBlockChunks: 0,
    shuffleMergedFetchFallbackCount: 0,
    shuffleMergedRemoteBlocksFetched: 0,
    shuffleMergedLocalBlocksFetched: 0,
    shuffleMergedRemoteChunksFetched: 0,
    shuffleMergedLocalChunksFetched: 0,
    shuffleMergedRemoteBytesRead: 0,
    shuffleMergedLocalBytesRead: 0,
    shuffleRemoteReqsDuration: 0,
    shuffleMergedRemoteReqsDuration: 0,
    shuffleWriteBytes: metrics.shuffleWriteMetrics.bytesWritten,
    shuffleWriteTime: 0,
    shuffleWriteRecords: metrics.shuffleWriteMetrics.recordsWritten,
    name: stage.name,
    details: `stage ${stage.number} of job ${stage.job} in the log and in explain`,
    schedulingPool: stage.pool,
    rddIds: [],
    accumulatorUpdates: [],
    ...(details
      ? {
          tasks: Object.fromEntries(tasks.map((task) => [String(task.taskId), taskData(task, now)])),
          executorSummary: executorSummary(stage, executors),
        }
      : {}),
    ...optional('speculationSummary', speculation(stage)),
    killedTasksSummary: Object.fromEntries(stage.killedBy),
    resourceProfileId: 0,
    ...optional('taskMetricsDistributions', summaries && taskSummary(tasks, summaries)),
    isShufflePushEnabled: false,
    shuffleMergersCount: 0,
  }
}

const speculation = ({ speculative: { active, completed, failed, killed } }: StageView) => {
  const numTasks = active + completed + failed + killed
  if (numTasks === 0) return undefined
  return {
    numTasks,
    numActiveTasks: active,
    numCompletedTasks: completed,
    numFailedTasks: failed,
    numKilledTasks: killed,
  }
}

const executorSummary = (stage: StageView, executors: ReadonlyMap<number, ExecutorView>) =>
  Object.fromEntries(
    [...stage.executors].map(([id, { counts, sums }]) => {
      const excluded = executors.get(id)?.excludedInStages.has(stage.stageId) === true
      const share = {
        taskTime: sums.runTime,
        failedTasks: counts.failed,
        succeededTasks: counts.completed,
        killedTasks: counts.killed,
        inputBytes: sums.inputBytes,
        inputRecords: 0,
        outputBytes: 0,
        outputRecords: 0,
        shuffleRead: sums.localBytesRead + sums.remoteBytesRead,
        shuffleReadRecords: 0,
        shuffleWrite: sums.shuffleBytesWritten,
        shuffleWriteRecords: sums.shuffleRecordsWritten,
        memoryBytesSpilled: 0,
        diskBytesSpilled: 0,
        isBlacklistedForStage: excluded,
        isExcludedForStage: excluded,
      }
      return [executorName(id), share]
    }),
  )
