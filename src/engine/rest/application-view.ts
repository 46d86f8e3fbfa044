import type { EngineEvent, EventName } from '../events.ts'
import type { ViewLimits } from './view-limits.ts'
import {
  addFigures,
  type BlockView,
  type ExecutionView,
  type ExecutorView,
  type JobView,
  noCounts,
  noFigures,
  type StageView,
  type TaskCounts,
  type TaskFigures,
  type TaskView,
} from './view-state.ts'

type Of<Name extends EventName> = EngineEvent & { readonly event: Name }

export const DRIVER = 0

export interface ViewStart {
  /** Of the driver: where it listens, its cores, and the bytes its database may hold. */
  readonly hostPort: string
  readonly cores: number
  readonly maxMemory: number
  readonly startTime: number
}

const stageKey = (stageId: number, attemptId: number): string => `${stageId}.${attemptId}`

const END: Readonly<Record<'SUCCESS' | 'FAILED' | 'KILLED', keyof TaskCounts>> = {
  SUCCESS: 'completed',
  FAILED: 'failed',
  KILLED: 'killed',
}

const count = (map: Map<string, number>, key: string): void => void map.set(key, (map.get(key) ?? 0) + 1)

/** What events add up to: the same events give the same view. The oldest that is over falls out first. */
export class ApplicationView {
  readonly jobs = new Map<number, JobView>()
  readonly executors = new Map<number, ExecutorView>()
  readonly executions = new Map<number, ExecutionView>()
  readonly blocks = new Map<string, BlockView>()
  /** Oldest first, by id and attempt. */
  readonly stages = new Map<string, StageView>()
  private readonly limits: ViewLimits
  /** Attempts at work, by name. */
  private readonly running = new Map<string, { readonly stage: StageView | undefined; readonly task: TaskView }>()
  /** Ended tasks that are still listed, oldest first. */
  private readonly ended = new Map<number, StageView>()
  private taskIds = 0

  constructor(limits: ViewLimits, { hostPort, cores, maxMemory, startTime }: ViewStart) {
    this.limits = limits
    this.addExecutor(DRIVER, hostPort, cores, startTime, maxMemory)
  }

  /** All tries of a stage, oldest first. */
  attempts(stageId: number): readonly StageView[] {
    return [...this.stages.values()].filter((stage) => stage.stageId === stageId)
  }

  attempt(stageId: number, attemptId: number): StageView | undefined {
    return this.stages.get(stageKey(stageId, attemptId))
  }

  apply(event: EngineEvent): void {
    switch (event.event) {
      case 'job-start':
        this.jobs.set(event.job, {
          jobId: event.job,
          submissionTime: event.at,
          name: '',
          completionTime: undefined,
          status: 'RUNNING',
          stageIds: [],
          numTasks: 0,
          counts: noCounts(),
          killedBy: new Map(),
          stages: { active: 0, completed: 0, failed: 0 },
        })
        trim(this.jobs, this.limits.jobs, ({ status }) => status !== 'RUNNING')
        return
      case 'job-end': {
        const job = this.jobs.get(event.job)
        if (job === undefined) return
        job.status = event.failure === undefined ? 'SUCCEEDED' : 'FAILED'
        job.completionTime = event.at
        // What was to run again and is not needed any more has no other end.
        for (const stage of this.stages.values())
          if (stage.job === event.job && stage.attemptId > 0) this.endStage(stage, event.at, event.failure)
        return
      }
      case 'sql-execution-start': {
        const { job, at, description, plan } = event
        const times = { submissionTime: at, completionTime: undefined }
        this.executions.set(job, { id: job, description, plan, ...times, failure: undefined })
        trim(this.executions, this.limits.executions, ({ completionTime }) => completionTime !== undefined)
        return
      }
      case 'sql-execution-end': {
        const execution = this.executions.get(event.job)
        if (execution === undefined) return
        execution.completionTime = event.at
        execution.failure = event.failure
        return
      }
      case 'stage-submitted': {
        const job = this.jobs.get(event.job)
        if (job !== undefined) {
          // All stages of a job bear the name of the action.
          job.name = event.name
          job.numTasks += event.tasks
          job.stageIds.push(event.submission)
        }
        const { submission, stage, name, pool, tasks, at } = event
        this.addStage({ stageId: submission, attemptId: 0, job: event.job, number: stage, name, pool }, tasks, at)
        return
      }
      case 'stage-resubmitted': {
        const before = this.attempts(event.submission).at(-1)
        if (before === undefined) return
        const { stageId, job, number, name, pool } = before
        this.addStage({ stageId, attemptId: event.stageAttempt, job, number, name, pool }, event.tasks, event.at)
        return
      }
      case 'stage-completed':
        for (const stage of this.attempts(event.submission)) this.endStage(stage, event.at, undefined)
        return
      case 'stage-failed':
        for (const stage of this.attempts(event.submission)) this.endStage(stage, event.at, event.reason)
        return
      case 'task-start':
        this.startTask(event)
        return
      case 'task-end':
        this.endTask(event)
        return
      case 'executor-added': {
        const { executor, host, url, cores, at } = event
        this.addExecutor(executor, url === undefined ? host : new URL(url).host, cores, at, 0)
        return
      }
      case 'executor-removed':
        this.removeExecutor(event)
        return
      case 'executor-excluded':
        this.exclude(event)
        return
      case 'block-updated':
        this.updateBlock(event)
        return
      case 'stage-planned':
      case 'executor-requested':
      case 'executor-decommissioned':
      case 'executors-wanted':
      case 'shuffle-outputs-lost':
      case 'shuffle-outputs-moved':
      case 'shuffle-released':
        return
    }
  }

  private addStage(
    identity: Pick<StageView, 'stageId' | 'attemptId' | 'job' | 'number' | 'name' | 'pool'>,
    numTasks: number,
    at: number,
  ): void {
    const job = this.jobs.get(identity.job)
    const counted = job?.status === 'RUNNING'
    if (counted) job.stages.active++
    this.stages.set(stageKey(identity.stageId, identity.attemptId), {
      ...identity,
      counted,
      numTasks,
      submissionTime: at,
      status: 'ACTIVE',
      firstTaskLaunchedTime: undefined,
      completionTime: undefined,
      failureReason: undefined,
      counts: noCounts(),
      sums: noFigures(),
      killedBy: new Map(),
      speculative: noCounts(),
      executors: new Map(),
      tasks: new Map(),
    })
    for (const gone of trim(this.stages, this.limits.stages, ({ status }) => status !== 'ACTIVE'))
      for (const id of gone.tasks.keys()) this.ended.delete(id)
  }

  private endStage(stage: StageView, at: number, failure: string | undefined): void {
    if (stage.status !== 'ACTIVE') return
    stage.status = failure === undefined ? 'COMPLETE' : 'FAILED'
    stage.completionTime = at
    stage.failureReason = failure
    const job = this.jobOf(stage)
    if (job === undefined) return
    job.stages.active--
    job.stages[failure === undefined ? 'completed' : 'failed']++
  }

  private startTask(event: Of<'task-start'>): void {
    const { submission, partition, attempt, executor, host, locality, speculative, at } = event
    const task: TaskView = {
      taskId: this.taskIds++,
      partition,
      attempt,
      executor,
      host,
      locality,
      speculative,
      launchTime: at,
      status: 'RUNNING',
      duration: undefined,
      reason: undefined,
      metrics: undefined,
    }
    const stage = this.attempt(submission, event.stageAttempt) ?? this.attempts(submission).at(-1)
    this.running.set(nameOf(event), { stage, task })
    stage?.tasks.set(task.taskId, task)
    if (stage !== undefined) stage.firstTaskLaunchedTime ??= at
    for (const counts of this.countsOf(executor, stage, speculative)) counts.active++
  }

  private endTask(event: Of<'task-end'>): void {
    const { status, reason, milliseconds, executor } = event
    const known = this.running.get(nameOf(event))
    if (known === undefined) return
    this.running.delete(nameOf(event))
    const { stage, task } = known
    task.status = status
    task.reason = reason
    task.duration = milliseconds
    task.metrics = figuresOf(event)
    for (const counts of this.countsOf(executor, stage, task.speculative)) {
      counts.active--
      counts[END[status]]++
    }
    const sums = [stage?.sums, stage?.executors.get(executor)?.sums, this.executors.get(executor)?.sums]
    for (const each of sums) {
      if (each === undefined) continue
      if (task.metrics !== undefined) addFigures(each, task.metrics)
      else each.runTime += milliseconds
    }
    if (status === 'KILLED')
      for (const map of [stage?.killedBy, this.jobOf(stage)?.killedBy]) if (map !== undefined) count(map, reason ?? '')
    if (stage === undefined) return
    // Map tasks that run again have no other end: the stage itself was complete long ago.
    if (stage.attemptId > 0 && stage.counts.completed >= stage.numTasks) this.endStage(stage, event.at, undefined)
    this.ended.set(task.taskId, stage)
    while (this.ended.size > this.limits.tasks) {
      const [[oldest, of] = []] = this.ended
      if (oldest === undefined) break
      of?.tasks.delete(oldest)
      this.ended.delete(oldest)
    }
  }

  private jobOf(stage: StageView | undefined): JobView | undefined {
    return stage?.counted === true ? this.jobs.get(stage.job) : undefined
  }

  private countsOf(executor: number, stage: StageView | undefined, speculative: boolean): readonly TaskCounts[] {
    const all = [this.jobOf(stage)?.counts, this.executors.get(executor)?.counts]
    if (stage !== undefined) {
      const share = stage.executors.get(executor) ?? { counts: noCounts(), sums: noFigures() }
      stage.executors.set(executor, share)
      all.push(stage.counts, share.counts, speculative ? stage.speculative : undefined)
    }
    return all.flatMap((counts) => counts ?? [])
  }

  private addExecutor(id: number, hostPort: string, cores: number, addTime: number, maxMemory: number): void {
    this.executors.set(id, {
      id,
      hostPort,
      cores,
      addTime,
      maxMemory,
      removeTime: undefined,
      removeReason: undefined,
      excludedAt: undefined,
      excludedInStages: new Set(),
      counts: noCounts(),
      sums: noFigures(),
      memoryUsed: 0,
      diskUsed: 0,
      rddBlocks: 0,
    })
  }

  private removeExecutor({ executor, reason, at }: Of<'executor-removed'>): void {
    const gone = this.executors.get(executor)
    for (const [key, block] of this.blocks) if (block.executor === executor) this.blocks.delete(key)
    // One that was asked for and never came is not known here.
    if (gone === undefined) return
    gone.removeTime = at
    gone.removeReason = reason
    gone.memoryUsed = 0
    gone.diskUsed = 0
    gone.rddBlocks = 0
    const dead = [...this.executors.values()].filter(({ removeTime }) => removeTime !== undefined)
    for (const { id } of dead.slice(0, Math.max(0, dead.length - this.limits.deadExecutors))) this.executors.delete(id)
  }

  private exclude({ executor, job, stage, at }: Of<'executor-excluded'>): void {
    const excluded = this.executors.get(executor)
    if (excluded === undefined) return
    const where = [...this.stages.values()].findLast((each) => each.job === job && each.number === stage)
    if (stage === undefined) excluded.excludedAt = at
    else if (where !== undefined) excluded.excludedInStages.add(where.stageId)
  }

  private updateBlock({ executor, block, memory, disk }: Of<'block-updated'>): void {
    const key = `${executor} ${block}`
    const before = this.blocks.get(key)
    const there = memory > 0 || disk > 0
    const holder = this.executors.get(executor)
    if (holder === undefined || holder.removeTime !== undefined) return
    holder.memoryUsed += memory - (before?.memory ?? 0)
    holder.diskUsed += disk - (before?.disk ?? 0)
    if (block.startsWith('rdd_')) holder.rddBlocks += (there ? 1 : 0) - (before === undefined ? 0 : 1)
    if (there) this.blocks.set(key, { executor, block, memory, disk })
    else this.blocks.delete(key)
  }
}

const nameOf = ({ submission, partition, attempt }: Of<'task-start'> | Of<'task-end'>): string =>
  `${submission}.${partition}.${attempt}`

const figuresOf = ({ metrics, milliseconds, inputBytes }: Of<'task-end'>): TaskFigures | undefined =>
  metrics && {
    ...metrics,
    runTime: milliseconds,
    // A task's input counts what it takes from shuffles too.
    inputBytes: Math.max(0, inputBytes - metrics.localBytesRead - metrics.remoteBytesRead),
  }

/** Takes out the oldest that are over, until no more than `most` are left where that is possible. */
const trim = <K, V>(map: Map<K, V>, most: number, over: (value: V) => boolean): readonly V[] => {
  const gone: V[] = []
  if (map.size <= most) return gone
  for (const [key, value] of map) {
    if (map.size <= most) break
    if (!over(value)) continue
    map.delete(key)
    gone.push(value)
  }
  return gone
}
