import { apiTime, executorName, optional, optionalTime } from './api-time.ts'
import type { ExecutorView } from './view-state.ts'

/** `maxMemory` of executors is 0: the driver is not told. `excludeTimeout`: milliseconds that an exclusion lasts. */
export const executorSummary = (executor: ExecutorView, excludeTimeout: number, now: number) => {
  const { counts, sums, excludedAt, cores } = executor
  const excluded = excludedAt !== undefined && now - excludedAt < excludeTimeout
  const stages = [...executor.excludedInStages]
  return {
    id: executorName(executor.id),
    hostPort: executor.hostPort,
    isActive: executor.removeTime === undefined,
    rddBlocks: executor.rddBlocks,
    memoryUsed: executor.memoryUsed,
    diskUsed: executor.diskUsed,
    totalCores: cores,
    maxTasks: cores,
    activeTasks: counts.active,
    failedTasks: counts.failed,
    completedTasks: counts.completed,
    totalTasks: counts.active + counts.failed + counts.completed + counts.killed,
    totalDuration: sums.runTime,
    totalGCTime: 0,
    totalInputBytes: sums.inputBytes,
    totalShuffleRead: sums.localBytesRead + sums.remoteBytesRead,
    totalShuffleWrite: sums.shuffleBytesWritten,
    isBlacklisted: excluded,
    maxMemory: executor.maxMemory,
    addTime: apiTime(executor.addTime),
    ...optionalTime('removeTime', executor.removeTime),
    ...optional('removeReason', executor.removeReason),
    executorLogs: {},
    blacklistedInStages: stages,
    attributes: {},
    resources: {},
    resourceProfileId: 0,
    isExcluded: excluded,
    excludedInStages: stages,
  }
}

export type ExecutorSummary = ReturnType<typeof executorSummary>
