import { join } from 'node:path'
import { confBytes } from './conf.ts'
import type { ColumnType, Connection } from './duckdb/database.ts'
import { quoteText } from './duckdb/quote.ts'
import type { Engine } from './engine.ts'
import { limitError } from './errors.ts'
import { encodeRows } from './plan/ship.ts'
import type { Plan, Stage } from './plan/stage.ts'
import { PARTS_RELATION } from './plan/stage.ts'
import type { TaskView } from './protocol.ts'
import type { TaskResult } from './scheduler/stage-spec.ts'
import { finalViews, type StageFile, stageTasks } from './scheduler/stage-tasks.ts'
import type { TaskOutput } from './scheduler/task-body.ts'

/** The result of a plan, ready to be read in the driver: run `views`, then `sql`, on one connection; then `release`. */
export interface JobResult {
  readonly views: readonly TaskView[]
  readonly sql: string
  readonly columns: readonly ColumnType[]
  release(): Promise<void>
}

const LOCAL_MAX_BYTES = 8 * 2 ** 20
const MAX_RESULT_BYTES = 2 ** 30

/** Runs the stages of one plan, each as soon as its inputs are there. */
export class Job {
  private readonly engine: Engine
  private readonly plan: Plan
  private readonly settings: Readonly<Record<string, string>>
  private readonly id: number
  private readonly started = new Map<Stage, Promise<readonly StageFile[]>>()
  private readonly done = new Map<Stage, readonly StageFile[]>()
  private readonly files: string[] = []
  private resultBytes = 0
  /** Stages run side by side: when one fails, the others are of no use. */
  private readonly failed = new AbortController()

  constructor(engine: Engine, plan: Plan, settings: Readonly<Record<string, string>>) {
    this.engine = engine
    this.plan = plan
    this.settings = settings
    this.id = engine.runtime.newJob()
  }

  /** The result as SQL over files of the driver. Throws EngineError; then nothing is left behind. */
  async run(): Promise<JobResult> {
    try {
      const { root, columns } = this.plan
      await this.inputsOf(root)
      const parts = root.task === undefined ? [] : await this.runTasks(root)
      const filesOf = (stage: Stage) => this.filesOf(stage)
      const views = await finalViews(root, parts, filesOf, (path) => this.engine.localPath(path))
      const sql = root.final?.sql ?? `SELECT * FROM ${PARTS_RELATION}`
      return { views, sql, columns, release: () => this.release() }
    } catch (error) {
      this.failed.abort(error)
      await this.release()
      throw error
    }
  }

  /** Runs the inputs of the root, and the root's tasks with another output than to the driver. */
  async runInto(output: (partition: number, attempt: number) => TaskOutput): Promise<readonly TaskResult[]> {
    try {
      await this.inputsOf(this.plan.root)
      return await this.submit(this.plan.root, output, true)
    } finally {
      await this.release()
    }
  }

  private filesOf(stage: Stage): readonly StageFile[] {
    const files = this.done.get(stage)
    if (files === undefined) throw new Error(`stage ${stage.id} has not run yet`)
    return files
  }

  private async inputsOf(stage: Stage): Promise<void> {
    const inputs = new Set<Stage>()
    for (const query of [stage.task, stage.final]) {
      for (const relation of query?.reads.values() ?? []) if (relation.kind === 'stage') inputs.add(relation.stage)
    }
    await Promise.all([...inputs].map((input) => this.stage(input)))
  }

  private stage(stage: Stage): Promise<readonly StageFile[]> {
    const known = this.started.get(stage)
    if (known !== undefined) return known
    const made = this.runStage(stage).then((files) => {
      this.done.set(stage, files)
      return files
    })
    this.started.set(stage, made)
    return made
  }

  private async runStage(stage: Stage): Promise<readonly StageFile[]> {
    await this.inputsOf(stage)
    const parts = stage.task === undefined ? [] : await this.runTasks(stage)
    if (stage.final === undefined) return parts
    const views = await finalViews(
      stage,
      parts,
      (input) => this.filesOf(input),
      (path) => this.engine.localPath(path),
    )
    const path = this.engine.scratchPath(join('results', `job${this.id}-stage${stage.id}.parquet`))
    await this.withViews(views, (connection) =>
      connection.read(
        `COPY (${encodeRows(stage.final?.sql ?? '', stage.columns)}) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION lz4_raw)`,
      ),
    )
    this.files.push(path)
    return [{ path, block: this.engine.blockOf(path) }]
  }

  async withViews<T>(views: readonly TaskView[], use: (connection: Connection) => Promise<T>): Promise<T> {
    const connection = await this.engine.database.connect()
    try {
      for (const [key, value] of Object.entries(this.settings))
        await connection.read(`SET ${key} = ${quoteText(value)}`)
      for (const view of views) await connection.createView(view.name, view.sql)
      return await use(connection)
    } finally {
      connection.close()
    }
  }

  private async runTasks(stage: Stage): Promise<readonly StageFile[]> {
    const runs = await this.submit(stage, () => ({ kind: 'result' }), false)
    return runs.flatMap(({ path }) => {
      if (path === undefined) return []
      this.files.push(path)
      return [{ path, block: this.engine.blockOf(path) }]
    })
  }

  private async submit(
    stage: Stage,
    output: (partition: number, attempt: number) => TaskOutput,
    named: boolean,
  ): Promise<readonly TaskResult[]> {
    const { engine } = this
    const { log, conf } = engine.options
    const tasks = stageTasks(stage, {
      filesOf: (input) => this.filesOf(input),
      blockOf: (path) => engine.blockOf(path),
      settings: this.settings,
      output,
      named,
    })
    const inputBytes = tasks.reduce((sum, task) => sum + task.inputBytes, 0)
    const mayRunLocally = inputBytes <= confBytes(conf, 'spark.bellows.local.maxBytes', LOCAL_MAX_BYTES)
    const distributed = stage.kind === 'split'
    engine.metrics.add(distributed ? 'bellows_stages_distributed_total' : 'bellows_stages_whole_total')
    engine.events.add('stage-planned', {
      job: this.id,
      stage: stage.id,
      tasks: tasks.length,
      kind: stage.kind,
      why: stage.why,
      inputBytes,
    })
    const local = engine.options.instances === 0 || (mayRunLocally && !engine.pool.everRegistered())
    log.info(
      `stage ${this.id}.${stage.id}: ${tasks.length} ${tasks.length === 1 ? 'task' : 'tasks'}, ${stage.doing}` +
        `${distributed ? '' : ` (not distributed: ${stage.why})`}${local ? ', in the driver' : ''}`,
    )
    const maxBytes = confBytes(conf, 'spark.driver.maxResultSize', MAX_RESULT_BYTES)
    const { enoughRows } = stage
    const { results } = await engine.runtime.runStage({
      name: stage.doing,
      job: this.id,
      stage: stage.id,
      tasks,
      reads: [],
      shuffle: undefined,
      pool: conf['spark.scheduler.pool'] ?? 'default',
      mayRunLocally,
      signal: this.failed.signal,
      admit: (bytes) => {
        this.resultBytes += bytes
        if (maxBytes > 0 && this.resultBytes > maxBytes) {
          throw limitError(
            `the results of the tasks are ${this.resultBytes} bytes, more than spark.driver.maxResultSize (${maxBytes}): ` +
              'aggregate or limit in the query, write to files (INSERT OVERWRITE DIRECTORY, df.write), or raise the limit',
          )
        }
      },
      enough:
        enoughRows === undefined || named
          ? undefined
          : (done) => done.reduce((sum, { rows }) => sum + rows, 0) >= enoughRows,
    })
    return results
  }

  private async release(): Promise<void> {
    for (const path of this.files.splice(0)) await this.engine.forget(path)
  }
}
