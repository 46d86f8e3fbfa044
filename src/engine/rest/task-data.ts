import { apiTime, executorName, optional } from './api-time.ts'
import type { FigureSums, TaskFigures, TaskView } from './view-state.ts'

/** Spark's push-based shuffle has no like here: nothing is ever merged. */
const NO_PUSH = {
  corruptMergedBlockChunks: 0,
  mergedFetchFallbackCount: 0,
  remoteMergedBlocksFetched: 0,
  localMergedBlocksFetched: 0,
  remoteMergedChunksFetched: 0,
  localMergedChunksFetched: 0,
  remoteMergedBytesRead: 0,
  localMergedBytesRead: 0,
  remoteMergedReqsDuration: 0,
}

/** Zeros stand for what is of the JVM, and for what DuckDB does not tell by task: CPU time, spilled bytes, records read. */
export const taskMetrics = (figures: TaskFigures | FigureSums) => ({
  executorDeserializeTime: 0,
  executorDeserializeCpuTime: 0,
  executorRunTime: figures.runTime,
  executorCpuTime: 0,
  resultSize: figures.resultSize,
  jvmGcTime: 0,
  resultSerializationTime: 0,
  memoryBytesSpilled: 0,
  diskBytesSpilled: 0,
  peakExecutionMemory: 0,
  inputMetrics: { bytesRead: figures.inputBytes, recordsRead: 0 },
  outputMetrics: { bytesWritten: 0, recordsWritten: 0 },
  shuffleReadMetrics: {
    remoteBlocksFetched: figures.remoteBlocksFetched,
    localBlocksFetched: figures.localBlocksFetched,
    fetchWaitTime: figures.fetchWaitTime,
    remoteBytesRead: figures.remoteBytesRead,
    remoteBytesReadToDisk: 0,
    localBytesRead: figures.localBytesRead,
    recordsRead: 0,
    remoteReqsDuration: 0,
    shufflePushReadMetrics: NO_PUSH,
  },
  shuffleWriteMetrics: {
    bytesWritten: figures.shuffleBytesWritten,
    writeTime: 0,
    recordsWritten: figures.shuffleRecordsWritten,
  },
})

/** An element of taskList. */
export const taskData = (task: TaskView, now: number) => ({
  taskId: task.taskId,
  index: task.partition,
  attempt: task.attempt,
  partitionId: task.partition,
  launchTime: apiTime(task.launchTime),
  duration: task.duration ?? now - task.launchTime,
  executorId: executorName(task.executor),
  host: task.host,
  status: task.status,
  taskLocality: task.locality,
  speculative: task.speculative,
  accumulatorUpdates: [],
  ...optional('errorMessage', task.reason),
  ...optional('taskMetrics', task.metrics && taskMetrics(task.metrics)),
  executorLogs: {},
  schedulerDelay: 0,
  gettingResultTime: 0,
})

export type TaskSorting = 'ID' | 'INCREASING_RUNTIME' | 'DECREASING_RUNTIME'

const runtime = (task: TaskView): number => task.duration ?? 0

export const sortedTasks = (tasks: readonly TaskView[], by: TaskSorting): readonly TaskView[] => {
  switch (by) {
    case 'ID':
      return tasks.toSorted((a, b) => a.taskId - b.taskId)
    case 'INCREASING_RUNTIME':
      return tasks.toSorted((a, b) => runtime(a) - runtime(b))
    case 'DECREASING_RUNTIME':
      return tasks.toSorted((a, b) => runtime(b) - runtime(a))
  }
}
