import { taskMetrics } from './task-data.ts'
import type { TaskFigures, TaskView } from './view-state.ts'

/** Spark's rule: the value at place ⌊q·n⌋ of the sorted ones, the last at most. */
export const quantilesOf = (values: readonly number[], quantiles: readonly number[]): readonly number[] => {
  const sorted = values.toSorted((a, b) => a - b)
  return quantiles.map((q) => sorted[Math.min(Math.floor(q * sorted.length), sorted.length - 1)] ?? 0)
}

/** Distributions over the tasks of a stage that succeeded; undefined: there are none that are still listed. */
export const taskSummary = (tasks: readonly TaskView[], quantiles: readonly number[]) => {
  const done = tasks.filter(({ status, metrics }) => status === 'SUCCESS' && metrics !== undefined)
  if (done.length === 0) return undefined
  const figures = done.flatMap(({ metrics }) => metrics ?? [])
  const over = (value: (each: ReturnType<typeof taskMetrics>) => number): readonly number[] =>
    quantilesOf(
      figures.map((each: TaskFigures) => value(taskMetrics(each))),
      quantiles,
    )
  const none = quantiles.map(() => 0)
  return {
    quantiles,
    duration: quantilesOf(
      done.map(({ duration }) => duration ?? 0),
      quantiles,
    ),
    executorDeserializeTime: none,
    executorDeserializeCpuTime: none,
    executorRunTime: over((each) => each.executorRunTime),
    executorCpuTime: none,
    resultSize: over((each) => each.resultSize),
    jvmGcTime: none,
    resultSerializationTime: none,
    gettingResultTime: none,
    schedulerDelay: none,
    peakExecutionMemory: none,
    memoryBytesSpilled: none,
    diskBytesSpilled: none,
    inputMetrics: { bytesRead: over((each) => each.inputMetrics.bytesRead), recordsRead: none },
    outputMetrics: { bytesWritten: none, recordsWritten: none },
    shuffleReadMetrics: {
      readBytes: over(({ shuffleReadMetrics: read }) => read.localBytesRead + read.remoteBytesRead),
      readRecords: none,
      remoteBlocksFetched: over((each) => each.shuffleReadMetrics.remoteBlocksFetched),
      localBlocksFetched: over((each) => each.shuffleReadMetrics.localBlocksFetched),
      fetchWaitTime: over((each) => each.shuffleReadMetrics.fetchWaitTime),
      remoteBytesRead: over((each) => each.shuffleReadMetrics.remoteBytesRead),
      remoteBytesReadToDisk: none,
      totalBlocksFetched: over(({ shuffleReadMetrics: read }) => read.localBlocksFetched + read.remoteBlocksFetched),
      remoteReqsDuration: none,
      shufflePushReadMetricsDist: {
        corruptMergedBlockChunks: none,
        mergedFetchFallbackCount: none,
        remoteMergedBlocksFetched: none,
        localMergedBlocksFetched: none,
        remoteMergedChunksFetched: none,
        localMergedChunksFetched: none,
        remoteMergedBytesRead: none,
        localMergedBytesRead: none,
        remoteMergedReqsDuration: none,
      },
    },
    shuffleWriteMetrics: {
      writeBytes: over((each) => each.shuffleWriteMetrics.bytesWritten),
      writeRecords: over((each) => each.shuffleWriteMetrics.recordsWritten),
      writeTime: none,
    },
  }
}
