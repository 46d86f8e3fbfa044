import { rm } from 'node:fs/promises'
import { quoteText } from '../duckdb/quote.ts'
import { userError } from '../errors.ts'
import { somePlan } from '../optimizer/plan-tree.ts'
import type { Attribute } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { Runtime, TaskResult } from '../scheduler/stage-spec.ts'
import type { TaskOutput } from '../scheduler/task-body.ts'
import type { ShippedFunction } from '../udf/shipped-function.ts'
import { heldBack, switchToBroadcast } from './adapt-plan.ts'
import type { AdaptiveSettings } from './adaptive-settings.ts'
import type { FinishedStage } from './finished-stage.ts'
import { boundariesSql, partitioned, sampledKeys } from './partition-sql.ts'
import type { PhysicalPlan, Stage } from './physical-plan.ts'
import { type SubmissionOptions, stageSpec, stageTasks } from './stage-submission.ts'
import { type TaskShape, taskShapes } from './task-shapes.ts'

export interface ExecuteOptions {
  /** SQL of a plan whose leaves are views; columns are named c<id>. */
  readonly emit: (plan: LogicalPlan) => string
  /** Functions of the program that emitted SQL calls; absent: none. */
  readonly functions?: (sql: string) => readonly ShippedFunction[]
  /** Runs SQL over files of the driver: boundaries of ranges are found so. */
  readonly query: (sql: string) => Promise<readonly (readonly unknown[])[]>
  /** No longer read: a stage knows it itself. */
  readonly estimatedBytes?: (stage: Stage) => number
  readonly adaptive: AdaptiveSettings
  readonly settings: Readonly<Record<string, string>>
  readonly pool: string
  /** What the user did, for events: `collect at …`. */
  readonly name: string
  readonly signal: AbortSignal | undefined
  /** Told the number of the job, before any of its stages begins. */
  readonly onJob?: (job: number) => void
  /** Called with the size of each result before it is fetched; throws to refuse it. */
  readonly admit: (bytes: number) => void
  readonly mayRunLocally: (bytes: number) => boolean
  /** Where rows of the root stage go; absent: to the driver, as result files. `sql` makes the columns what the files shall have. */
  readonly into?: {
    readonly sql: (sql: string, output: readonly Attribute[]) => string
    readonly output: (partition: number, attempt: number) => TaskOutput
  }
  /** Told when a stage begins and when it is over. */
  readonly onStage?: (event: StageEvent) => void
}

export type StageEvent =
  | { readonly kind: 'start'; readonly stage: Stage; readonly tasks: number }
  | { readonly kind: 'end'; readonly stage: Stage; readonly rows: number; readonly bytes: number }
  | { readonly kind: 'changed'; readonly before: Stage; readonly after: Stage }

export interface Execution {
  /** Of the root stage, in the order of its rows; `path`s are the caller's to delete. Never empty of tasks. */
  readonly results: readonly TaskResult[]
  readonly output: readonly Attribute[]
  /** The plan as it was in the end. */
  readonly stages: readonly Stage[]
}

/** Runs the stages of a plan, each as soon as its inputs are there, and plans the rest anew when sizes are known. Rejects with EngineError; shuffles and broadcast files are gone in any case. */
export const execute = async (plan: PhysicalPlan, runtime: Runtime, options: ExecuteOptions): Promise<Execution> => {
  for (const stage of plan.stages) refuseFunctions(stage)
  const failed = new AbortController()
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal])
  const job = new PlanJob(plan, runtime, { ...options, signal })
  try {
    const done = await job.run()
    job.ended()
    return done
  } catch (error) {
    failed.abort(error)
    await job.settled()
    job.ended(error)
    throw error
  } finally {
    await job.release()
  }
}

const refuseFunctions = (stage: Stage): void => {
  if (somePlan(stage.plan, ({ kind }) => kind === 'map-batches'))
    throw userError(
      'a function of the program over whole batches cannot be part of a query: use udf for a function of a row, or an RDD (mapPartitions)',
    )
}

class PlanJob {
  private readonly runtime: Runtime
  private readonly options: ExecuteOptions
  private readonly job: number
  private stages: readonly Stage[]
  private root: Stage
  private readonly output: readonly Attribute[]
  private readonly finished = new Map<Stage, FinishedStage>()
  private readonly running = new Map<Stage, Promise<void>>()
  private readonly started = new Set<Stage>()
  private readonly shuffles: number[] = []
  private readonly files: string[] = []
  private results: readonly TaskResult[] | undefined

  constructor(plan: PhysicalPlan, runtime: Runtime, options: ExecuteOptions) {
    this.runtime = runtime
    this.options = options
    this.job = runtime.newJob()
    options.onJob?.(this.job)
    this.stages = plan.stages
    this.root = plan.root
    this.output = plan.output
  }

  async run(): Promise<Execution> {
    while (this.results === undefined) {
      for (const stage of this.ready()) this.start(stage)
      if (this.running.size === 0) throw new Error('no stage of the plan can run')
      await Promise.race(this.running.values())
      this.adapt()
    }
    return { results: this.results, output: this.output, stages: this.stages }
  }

  ended(failure?: unknown): void {
    this.runtime.jobEnded?.(this.job, failure)
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.running.values())
  }

  async release(): Promise<void> {
    for (const shuffle of this.shuffles) this.runtime.releaseShuffle(shuffle)
    await Promise.all(
      this.files.map(async (path) => {
        await this.runtime.forgetBlock(path)
        await rm(path, { force: true })
      }),
    )
  }

  private ready(): readonly Stage[] {
    const able = this.stages.filter(
      (stage) =>
        !this.started.has(stage) &&
        stage.inputs.every((input) => !('stage' in input) || this.finished.has(input.stage)),
    )
    const waiting = this.stages.filter((stage) => !this.started.has(stage))
    const held = heldBack(waiting, this.options.adaptive)
    const free = able.filter((stage) => {
      const first = held.get(stage)
      return first === undefined || this.finished.has(first)
    })
    // Waiting is only worth it while something else goes on.
    return free.length === 0 && this.running.size === 0 ? able : free
  }

  private start(stage: Stage): void {
    this.started.add(stage)
    const run = this.runStage(stage).finally(() => this.running.delete(stage))
    run.catch(() => {})
    this.running.set(stage, run)
  }

  private adapt(): void {
    for (;;) {
      const change = switchToBroadcast(this.stages, this.finished, this.started, this.options.adaptive)
      if (change === undefined) return
      const names = new Map(this.stages.map((stage) => [stage.id, stage]))
      for (const stage of change.stages) {
        const before = names.get(stage.id)
        if (before === this.root && before !== stage) this.root = stage
      }
      this.stages = change.stages
      this.options.onStage?.({ kind: 'changed', before: change.before, after: change.after })
    }
  }

  private async runStage(stage: Stage): Promise<void> {
    const { adaptive, onStage } = this.options
    const finished = (input: Stage): FinishedStage => {
      const done = this.finished.get(input)
      if (done === undefined) throw new Error(`stage ${input.id} has not run yet`)
      return done
    }
    const shapes = taskShapes(stage, finished, adaptive, this.runtime.slots)
    const submission: SubmissionOptions = {
      ...this.options,
      job: this.job,
      blockOf: (path) => this.runtime.blockOf(path),
      finished,
    }
    if (stage === this.root) {
      // One task even when there is nothing to read, so that the columns are there.
      const some = shapes.length > 0 ? shapes : [emptyShape(stage)]
      onStage?.({ kind: 'start', stage, tasks: some.length })
      this.results = await this.runRoot(stage, some, submission)
      onStage?.({ kind: 'end', stage, ...total(this.results) })
      return
    }
    onStage?.({ kind: 'start', stage, tasks: shapes.length })
    const done = shapes.length === 0 ? { kind: 'empty' as const } : await this.runInner(stage, shapes, submission)
    this.finished.set(stage, done)
    onStage?.({ kind: 'end', stage, ...sizeOf(done) })
  }

  private async runRoot(
    stage: Stage,
    shapes: readonly TaskShape[],
    submission: SubmissionOptions,
  ): Promise<readonly TaskResult[]> {
    const { emit, into } = this.options
    const sql = into === undefined ? emit(stage.plan) : into.sql(emit(stage.plan), stage.plan.output)
    const tasks = stageTasks(stage, shapes, sql, into?.output ?? (() => ({ kind: 'result' })), submission)
    const { results } = await this.runtime.runStage(stageSpec(stage, tasks, undefined, submission))
    return results
  }

  private async runInner(
    stage: Stage,
    shapes: readonly TaskShape[],
    submission: SubmissionOptions,
  ): Promise<FinishedStage> {
    const { output } = stage
    const sql = this.options.emit(stage.plan)
    if (output === undefined) throw new Error(`stage ${stage.id} has no reader`)
    if (output.kind === 'broadcast') {
      const results = await this.toDriver(stage, shapes, sql, submission)
      return { kind: 'files', files: results }
    }
    const boundaries = output.kind === 'range' ? await this.boundaries(stage, shapes, sql, submission) : []
    const partitions = output.kind === 'single' ? 1 : output.partitions
    const shuffle = this.runtime.newShuffle()
    this.shuffles.push(shuffle)
    const tasks = stageTasks(
      stage,
      shapes,
      partitioned(sql, stage.plan, output, boundaries),
      (map) => ({ kind: 'shuffle', shuffle, map, partitions }),
      submission,
    )
    await this.runtime.runStage(stageSpec(stage, tasks, { id: shuffle, partitions }, submission))
    return { kind: 'shuffle', shuffle, partitions, sizes: this.runtime.shuffleSizes(shuffle) }
  }

  private async toDriver(stage: Stage, shapes: readonly TaskShape[], sql: string, submission: SubmissionOptions) {
    const tasks = stageTasks(stage, shapes, sql, () => ({ kind: 'result' }), submission)
    const { results } = await this.runtime.runStage(stageSpec(stage, tasks, undefined, submission))
    return results.flatMap(({ path, bytes, rows }) => {
      if (path === undefined) return []
      this.files.push(path)
      return [{ path, bytes, rows, block: this.runtime.blockOf(path) }]
    })
  }

  /** Sort keys that cut the stage's rows into ranges, from a sample of what its tasks give. */
  private async boundaries(
    stage: Stage,
    shapes: readonly TaskShape[],
    sql: string,
    submission: SubmissionOptions,
  ): Promise<readonly string[]> {
    const { output } = stage
    if (output?.kind !== 'range' || output.partitions <= 1) return []
    const files = await this.toDriver(stage, shapes, sampledKeys(sql, output.orders), submission)
    const paths = files.filter(({ rows }) => rows > 0).map(({ path }) => quoteText(path))
    if (paths.length === 0) return []
    const rows = await this.options.query(
      boundariesSql(`SELECT __key FROM read_parquet([${paths.join(', ')}])`, output.partitions),
    )
    return rows.map(([hex]) => String(hex))
  }
}

const emptyShape = (stage: Stage): TaskShape => new Map(stage.inputs.map((input) => [input.name, { kind: 'none' }]))

const total = (results: readonly { readonly rows: number; readonly bytes: number }[]) => ({
  rows: results.reduce((sum, { rows }) => sum + rows, 0),
  bytes: results.reduce((sum, { bytes }) => sum + bytes, 0),
})

const sizeOf = (done: FinishedStage) =>
  done.kind === 'shuffle' ? total(done.sizes.flat()) : done.kind === 'files' ? total(done.files) : total([])
