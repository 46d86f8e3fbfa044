import type { SpeculationSettings } from './scheduling.ts'
import { median, type StageState, type TaskState } from './stage-state.ts'

/**
 * Whether a second attempt of a running task is worth it: most of the stage is done, and the task runs for several
 * times their median. Source: Spark's TaskSetManager.checkSpeculatableTasks.
 */
export const isSlow = (stage: StageState, task: TaskState, settings: SpeculationSettings, now: number): boolean => {
  if (task.done || task.slow || task.running.size !== 1) return false
  const [running] = task.running.values()
  if (running === undefined || running.killed) return false
  const time = now - running.startedAt
  const needed = Math.max(Math.floor(settings.quantile * stage.tasks.length), 1)
  if (stage.durations.length >= needed) {
    return time > Math.max(settings.multiplier * median(stage.durations), settings.minTaskRuntime)
  }
  return settings.durationThreshold !== undefined && time > settings.durationThreshold
}
