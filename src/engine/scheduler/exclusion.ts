import type { ExclusionSettings } from './scheduling.ts'
import type { StageState, TaskState } from './stage-state.ts'

/**
 * Which executors are passed over after failures. Source: Spark's HealthTracker and TaskSetExcludelist. Only
 * `infrastructure` failures count: an error of the query is the query's.
 */
export class Exclusion {
  private readonly settings: ExclusionSettings
  /** Executors that failed in stages that ended well, and until when they are passed over. */
  private readonly until = new Map<number, number>()
  private readonly failures = new Map<number, number>()

  constructor(settings: ExclusionSettings) {
    this.settings = settings
  }

  get strict(): boolean {
    return this.settings.strict
  }

  /** The level at which the executor is excluded by this failure, where it newly is. */
  failed(stage: StageState, task: TaskState, executor: number): { readonly failures: number } | undefined {
    task.failedOn.set(executor, (task.failedOn.get(executor) ?? 0) + 1)
    const failures = (stage.failedOn.get(executor) ?? 0) + 1
    stage.failedOn.set(executor, failures)
    return failures === this.settings.maxFailedTasksPerExecutorStage ? { failures } : undefined
  }

  /** A stage ended well: failures in it were the executors'. Gives those that are now excluded for the application. */
  stageDone(stage: StageState, now: number): readonly { readonly executor: number; readonly failures: number }[] {
    const excluded: { readonly executor: number; readonly failures: number }[] = []
    for (const [executor, more] of stage.failedOn) {
      const failures = (this.failures.get(executor) ?? 0) + more
      this.failures.set(executor, failures)
      if (failures >= this.settings.maxFailedTasksPerExecutor && !this.until.has(executor)) {
        this.until.set(executor, now + this.settings.timeout)
        excluded.push({ executor, failures })
      }
    }
    stage.failedOn.clear()
    return excluded
  }

  excludes(stage: StageState, task: TaskState, executor: number, now: number): boolean {
    if ((task.failedOn.get(executor) ?? 0) >= this.settings.maxTaskAttemptsPerExecutor) return true
    if ((stage.failedOn.get(executor) ?? 0) >= this.settings.maxFailedTasksPerExecutorStage) return true
    const until = this.until.get(executor)
    if (until === undefined) return false
    if (until > now) return true
    this.until.delete(executor)
    this.failures.delete(executor)
    return false
  }

  forget(executor: number): void {
    this.until.delete(executor)
    this.failures.delete(executor)
  }
}
