import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Conf, confBytes } from '../conf.ts'
import { limitError, userError } from '../errors.ts'
import type { Runtime, StageSpec, TaskResult } from '../scheduler/stage-spec.ts'
import type { BodyInput } from '../scheduler/task-body.ts'
import { Unshipper } from './closure/unshipper.ts'
import { decodeBlock, encodeBlock } from './codec/block.ts'
import type { Node, ShuffleDependency } from './lineage.ts'
import { broadcastToken, PLAN_TOKEN, sliceToken, type TaskPayload, type TaskValue } from './plan/stage-plan.ts'
import { type PlannedStage, type SinkWish, StagePlanner, shuffleInputs, visits } from './planner.ts'

export interface JobRunnerOptions {
  readonly runtime: Runtime
  readonly conf: Conf
  /** Of the driver alone, for plans and rows of the program. */
  readonly directory: string
  /** Files of broadcasts by id. */
  readonly broadcasts: ReadonlyMap<number, string>
}

export interface JobOptions {
  readonly partitions: readonly number[]
  readonly sink: 'collect' | 'value'
  readonly signal: AbortSignal | undefined
  readonly pool: string
  readonly name: string
}

export interface PartitionValues {
  readonly partition: number
  readonly values: unknown[]
}

/** Plans and rows of more bytes go as files that executors fetch once, not within each task. */
const MOST_INLINE = 16 << 10
const DEFAULT_RESULT_SIZE = 1 << 30

interface ShuffleState {
  readonly id: number
  readonly done: Promise<void>
}

interface Slices {
  readonly inline: string | undefined
  readonly path: string | undefined
  readonly bytes: number
}

/** Runs actions: a stage for each shuffle that is not there yet, then the tasks of the action. */
export class JobRunner {
  private readonly options: JobRunnerOptions
  private readonly shuffles = new WeakMap<ShuffleDependency, ShuffleState>()
  private readonly slices = new WeakMap<readonly unknown[], Map<number, readonly Slices[]>>()
  /** Who holds which persisted block, as tasks told. */
  private readonly holders = new Map<string, number>()
  private readonly release: FinalizationRegistry<number>
  private readonly forget: FinalizationRegistry<readonly string[]>
  private readonly open = new Set<number>()
  private readonly running = new Set<Promise<unknown>>()
  private stages = 0
  private files = 0

  constructor(options: JobRunnerOptions) {
    this.options = options
    this.release = new FinalizationRegistry((shuffle) => this.releaseShuffle(shuffle))
    this.forget = new FinalizationRegistry((paths) => {
      for (const path of paths) void this.options.runtime.forgetBlock(path)
    })
  }

  /** When the jobs that run now have ended, however they do. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.running)
  }

  /** The values of partitions, in the order wished. Throws EngineError. */
  async run(root: Node, options: JobOptions): Promise<readonly PartitionValues[]> {
    const work = this.runJob(root, options)
    this.running.add(work)
    try {
      return await work
    } finally {
      this.running.delete(work)
    }
  }

  private async runJob(root: Node, options: JobOptions): Promise<readonly PartitionValues[]> {
    const job = this.options.runtime.newJob()
    const results = await this.stage(job, root, { kind: options.sink }, options.partitions, options).catch(
      (error: unknown) => {
        this.options.runtime.jobEnded?.(job, error)
        throw error
      },
    )
    this.options.runtime.jobEnded?.(job)
    return Promise.all(results.map(async (result) => ({ partition: result.partition, values: await valuesOf(result) })))
  }

  forgetHolders(rdd: number): void {
    for (const id of [...this.holders.keys()]) if (id.startsWith(`rdd_${rdd}_`)) this.holders.delete(id)
  }

  /** How many partitions of an RDD are known to be persisted. */
  persistedCount(rdd: number): number {
    return [...this.holders.keys()].filter((id) => id.startsWith(`rdd_${rdd}_`)).length
  }

  nextFile(name: string): string {
    return join(this.options.directory, `${name}-${process.pid}-${this.files++}`)
  }

  close(): void {
    for (const shuffle of [...this.open]) this.releaseShuffle(shuffle)
  }

  private releaseShuffle(shuffle: number): void {
    if (this.open.delete(shuffle)) this.options.runtime.releaseShuffle(shuffle)
  }

  private shuffleId(dependency: ShuffleDependency): number {
    const state = this.shuffles.get(dependency)
    if (state === undefined) throw new Error('a shuffle is read before it is written')
    return state.id
  }

  /** Runs the map side once; what fails is tried again by the next action. */
  private ensure(job: number, dependency: ShuffleDependency, options: JobOptions): Promise<void> {
    const known = this.shuffles.get(dependency)
    if (known !== undefined) return known.done
    const id = this.options.runtime.newShuffle()
    const done = this.mapStage(job, id, dependency, options).catch((error: unknown) => {
      this.shuffles.delete(dependency)
      this.releaseShuffle(id)
      throw error
    })
    this.open.add(id)
    this.shuffles.set(dependency, { id, done })
    this.release.register(dependency, id)
    return done
  }

  private async mapStage(job: number, id: number, dependency: ShuffleDependency, options: JobOptions): Promise<void> {
    const { partitions } = await dependency.parent.resolved()
    const all = Array.from({ length: partitions }, (_, i) => i)
    if (partitions > 0) await this.stage(job, dependency.parent, { kind: 'shuffle', dependency }, all, options, id)
  }

  private async stage(
    job: number,
    root: Node,
    wish: SinkWish,
    partitions: readonly number[],
    options: JobOptions,
    shuffle?: number,
  ): Promise<readonly TaskResult[]> {
    const planned = await StagePlanner.plan(root, wish)
    await settleAll(planned.shuffles.map((dependency) => this.ensure(job, dependency, options)))
    const spec = await this.spec(job, planned, partitions, options, shuffle)
    try {
      const { results } = await this.options.runtime.runStage(spec.stage)
      for (const result of results) await this.account(planned, result)
      return results
    } finally {
      // A map stage may run again for lost blocks as long as its shuffle is kept.
      if (spec.planPath !== undefined && shuffle === undefined) await this.options.runtime.forgetBlock(spec.planPath)
      else if (spec.planPath !== undefined && wish.kind === 'shuffle')
        this.forget.register(wish.dependency, [spec.planPath])
    }
  }

  private async spec(
    job: number,
    planned: PlannedStage,
    partitions: readonly number[],
    options: JobOptions,
    shuffle: number | undefined,
  ): Promise<{ readonly stage: StageSpec; readonly planPath: string | undefined }> {
    const { conf } = this.options
    const shared = await this.sharedInputs(planned)
    const tasks = []
    for (const partition of partitions) tasks.push(await this.task(planned, partition, shared, shuffle))
    const most = confBytes(conf, 'spark.driver.maxResultSize', DEFAULT_RESULT_SIZE)
    let taken = 0
    return {
      planPath: shared.planPath,
      stage: {
        name: options.name,
        job,
        stage: this.stages++,
        tasks,
        reads: [...new Set(planned.shuffles.map((dependency) => this.shuffleId(dependency)))],
        shuffle: shuffle === undefined ? undefined : { id: shuffle, partitions: sinkPartitions(planned) },
        pool: options.pool,
        mayRunLocally:
          !planned.plan.operators.some(({ op }) => op === 'persisted') &&
          tasks.reduce((sum, task) => sum + task.inputBytes, 0) <=
            confBytes(conf, 'spark.bellows.local.maxBytes', 8 << 20),
        admit: (bytes) => {
          taken += bytes
          if (most > 0 && taken > most) {
            throw limitError(
              `Total size of serialized results of tasks (${taken} bytes) is bigger than spark.driver.maxResultSize (${most}): ` +
                'aggregate or filter before, write with saveAsTextFile, or look at a part with take() or toLocalIterator()',
            )
          }
        },
        signal: options.signal,
        enough: undefined,
      },
    }
  }

  /** The plan and broadcasts, the same for all tasks of a stage. */
  private async sharedInputs({ plan, broadcasts }: PlannedStage): Promise<SharedInputs> {
    const { runtime, directory } = this.options
    const inputs: BodyInput[] = [...broadcasts.values()].map((each) =>
      broadcastInput(runtime, each.id, this.options.broadcasts),
    )
    const text = JSON.stringify(plan)
    const base = { broadcasts: [...broadcasts.keys()] }
    if (text.length <= MOST_INLINE) return { ...base, inputs, plan, planPath: undefined }
    await mkdir(directory, { recursive: true })
    const planPath = this.nextFile('plan')
    await writeFile(planPath, text)
    inputs.push({ token: PLAN_TOKEN, kind: 'block', block: runtime.blockOf(planPath), path: planPath })
    return { ...base, inputs, plan: PLAN_TOKEN, planPath }
  }

  private async task(
    planned: PlannedStage,
    partition: number,
    shared: SharedInputs,
    shuffle: number | undefined,
  ): Promise<StageSpec['tasks'][number]> {
    const reads = visits(planned.plan, partition)
    const inputs = [...shared.inputs, ...shuffleInputs(planned, reads, (dependency) => this.shuffleId(dependency))]
    const slices: Record<string, string> = {}
    let inputBytes = 0
    const preferred = new Set<string>()
    for (const [id, each] of reads) {
      const operator = planned.plan.operators[id]!
      inputBytes += planned.bytes.get(id)?.[each] ?? 0
      if (operator.op === 'persisted') {
        const holder = this.holders.get(`rdd_${operator.rdd}_${each}`)
        if (holder !== undefined) preferred.add(String(holder))
      } else if (operator.op === 'slices') {
        const { values, count } = planned.slices.get(id)!
        const slice = (await this.slicesOf(values, count))[each]!
        inputBytes += slice.bytes
        if (slice.inline !== undefined) slices[`${id}.${each}`] = slice.inline
        else if (slice.path !== undefined) {
          inputs.push({
            token: sliceToken(id, each),
            kind: 'block',
            block: this.options.runtime.blockOf(slice.path),
            path: slice.path,
          })
        }
      }
    }
    const payload: TaskPayload = { plan: shared.plan, partition, slices, broadcasts: shared.broadcasts }
    const { sink } = planned.plan
    return {
      partition,
      inputBytes,
      preferred: [...preferred],
      body: () => ({ kind: 'rdd', inputs, payload }),
      output: () =>
        shuffle !== undefined && sink.kind === 'shuffle'
          ? { kind: 'shuffle', shuffle, map: partition, partitions: sink.partitions }
          : sink.kind === 'collect'
            ? { kind: 'result' }
            : { kind: 'none' },
    }
  }

  /** Rows of the program, encoded once: small ones for the task itself, large ones as files. */
  private async slicesOf(values: readonly unknown[], count: number): Promise<readonly Slices[]> {
    const known = this.slices.get(values) ?? new Map<number, readonly Slices[]>()
    const before = known.get(count)
    if (before !== undefined) return before
    const { directory } = this.options
    const made: Slices[] = []
    for (let i = 0; i < count; i++) {
      const part = values.slice(Math.floor((i * values.length) / count), Math.floor(((i + 1) * values.length) / count))
      const bytes = encodeBlock(part)
      if (bytes.length <= MOST_INLINE)
        made.push({ inline: bytes.toString('base64'), path: undefined, bytes: bytes.length })
      else {
        await mkdir(directory, { recursive: true })
        const path = this.nextFile('slice')
        await writeFile(path, bytes)
        made.push({ inline: undefined, path, bytes: bytes.length })
      }
    }
    known.set(count, made)
    this.slices.set(values, known)
    const paths = made.flatMap(({ path }) => path ?? [])
    if (paths.length > 0) this.forget.register(values, paths)
    return made
  }

  /** Takes over what a task that counts has told. Accumulators count in actions and, once, in map stages. */
  private async account(planned: PlannedStage, result: TaskResult): Promise<void> {
    const value = result.value as TaskValue | undefined
    for (const id of value?.persisted ?? []) this.holders.set(id, value!.executor)
    for (const [id, update] of Object.entries(value?.accumulators ?? {})) {
      const accumulator = planned.accumulators.get(Number(id))
      if (accumulator === undefined) throw new Error(`accumulator ${id} is not the plan's`)
      const unshipper = await Unshipper.open(update.nodes, { broadcast: () => undefined, accumulator: () => {} })
      const partial = Object.assign(accumulator.copyAndReset(), unshipper.value(update.value), { atTask: false })
      accumulator.merge(partial as never)
    }
  }
}

interface SharedInputs {
  readonly inputs: readonly BodyInput[]
  readonly plan: TaskPayload['plan']
  readonly planPath: string | undefined
  readonly broadcasts: readonly number[]
}

const sinkPartitions = ({ plan }: PlannedStage): number => (plan.sink.kind === 'shuffle' ? plan.sink.partitions : 0)

const broadcastInput = (runtime: Runtime, id: number, paths: ReadonlyMap<number, string>): BodyInput => {
  const path = paths.get(id)
  if (path === undefined) throw userError(`Broadcast(${id}) is of another SparkContext`)
  return { token: broadcastToken(id), kind: 'block', block: runtime.blockOf(path), path }
}

const valuesOf = async (result: TaskResult): Promise<unknown[]> => {
  if (result.path === undefined) {
    const { block } = result.value as TaskValue
    return block === undefined ? [] : decodeBlock(Buffer.from(block, 'base64'))
  }
  try {
    return decodeBlock(await readFile(result.path))
  } finally {
    await rm(result.path, { force: true })
  }
}

/** Waits for all, then throws the first failure: nothing runs on unseen. */
const settleAll = async (work: readonly Promise<void>[]): Promise<void> => {
  const ended = await Promise.allSettled(work)
  for (const each of ended) if (each.status === 'rejected') throw each.reason
}
