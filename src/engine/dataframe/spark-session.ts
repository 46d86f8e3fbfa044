import { randomUUID } from 'node:crypto'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import { type Log, lineLog } from '../log.ts'
import { bindParameters, type SqlParameters } from '../query/parameters.ts'
import { QueryRunner } from '../query/query-runner.ts'
import { timeZone } from '../query/query-settings.ts'
import { runScript } from '../query/run-script.ts'
import { changedState, runStatement, type ScriptOutput, type ScriptState } from '../query/run-statement.ts'
import { SessionRows } from '../query/session-rows.ts'
import { sqlFault } from '../query/sql-fault.ts'
import { planFault, rememberText } from '../query/statement-texts.ts'
import { plainName } from '../query/table-record.ts'
import { bindViews, withView } from '../query/views.ts'
import { currentDatabase, usingDatabase, Warehouse } from '../query/warehouse.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import { describeLevel, StorageLevel, sameLevel } from '../rdd/storage-level.ts'
import { resultJson } from '../result-summary.ts'
import { parseStatements, parseTableSchema } from '../sql/parse.ts'
import type { StatementSyntax } from '../sql/statement-syntax.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { DataType, StructType } from '../types/data-type.ts'
import type { ScalarFunction, UdfOptions } from '../udf/user-function.ts'
import { Catalog } from './catalog.ts'
import { inferSchema, storeRows } from './create-rows.ts'
import { DataFrame } from './dataframe.ts'
import { isUserDefined, type UserDefinedFunction, udf } from './functions/udf.ts'
import { DataFrameReader } from './reader.ts'
import type { SchemaRow, StoredRow } from './row-types.ts'
import type { Row } from './values.ts'

/** What the driver hands to the program's session. */
export interface SessionHost {
  readonly engine: Promise<Engine>
  readonly appName: string
  readonly conf: Readonly<Record<string, string>>
  /** For files of the driver, below the engine's own directory. */
  readonly directory: string
  readonly log: Log
  /** True: the session made the engine, so stop() ends it. */
  readonly own: boolean
  /** Takes the JSON text of the program's result. */
  readonly setResult?: (json: string) => void
  readonly onStop?: () => void
}

let host: SessionHost | undefined
let active: SparkSession | undefined

/** Called by the driver before the program is loaded. */
export const provideHost = (given: SessionHost): void => {
  host = given
}

/** Everything the program started and did not wait for; rejects with the first failure. */
export const settleSession = async (): Promise<void> => {
  await active?.settle()
}

let stopped = false

/** Whether the program has called stop(), and no new session since. */
export const sessionStopped = (): boolean => stopped

/** Without a driver around it a program gets an engine of its own: all cores, no executors. */
const ownHost = (appName: string): SessionHost => {
  const directory = join(tmpdir(), `bellows-${randomUUID()}`)
  const log = lineLog(
    'driver',
    'warn',
    (line) => process.stderr.write(line),
    () => new Date(),
  )
  const engine = Engine.start({
    conf: {},
    token: randomUUID(),
    host: '127.0.0.1',
    backend: undefined,
    instances: 0,
    executorCores: 1,
    cores: availableParallelism(),
    memoryLimit: Math.floor(freemem() * 0.6),
    directory,
    log,
  })
  engine.catch(() => {})
  return { engine, appName, conf: {}, directory: join(directory, 'session'), log, own: true }
}

/** Commands of a program only print: what it hands on it says by setResult. */
const OUTPUT: ScriptOutput = { print: (text) => process.stdout.write(text), shown: () => {}, wrote: () => {} }

/** The entry point of a program, after Spark's class of the same name. */
export class SparkSession {
  private readonly host: SessionHost
  private state: ScriptState
  private readonly rows = new SessionRows()
  private readonly pending = new Set<Promise<unknown>>()
  private context: SparkContext | undefined
  /** The newest command that changes files; later actions wait for it. */
  private command: Promise<unknown> = Promise.resolve()

  private constructor(given: SessionHost, conf: Readonly<Record<string, string>>) {
    this.host = given
    this.state = { views: new Map(), conf }
  }

  static builder(): SparkSessionBuilder {
    return new SparkSessionBuilder({}, undefined)
  }

  /** For the builder: one session a process, as a rule. */
  static getOrCreate(appName: string | undefined, conf: Readonly<Record<string, string>>): SparkSession {
    const given = host ?? ownHost(appName ?? 'bellows')
    stopped = false
    active ??= new SparkSession(given, { ...given.conf })
    active.state = { ...active.state, conf: { ...active.state.conf, ...conf } }
    return active
  }

  get appName(): string {
    return this.host.appName
  }

  readonly conf = {
    get: (key: string, fallback?: string): string | undefined => this.state.conf[key] ?? fallback,
    getAll: (): Readonly<Record<string, string>> => this.state.conf,
    set: (key: string, value: string | number | boolean): void => {
      this.state = { ...this.state, conf: { ...this.state.conf, [key]: String(value) } }
    },
    unset: (key: string): void => {
      this.state = {
        ...this.state,
        conf: Object.fromEntries(Object.entries(this.state.conf).filter(([k]) => k !== key)),
      }
    },
  }

  /** The entry point of RDDs; made when it is first asked for. */
  get sparkContext(): SparkContext {
    const { engine, appName, directory, log } = this.host
    this.context ??= new SparkContext({
      runtime: engine.then(({ runtime }) => runtime),
      conf: this.state.conf,
      appName,
      directory,
      log,
      track: (work) => this.track(work),
    })
    return this.context
  }

  readonly udf = {
    /**
     * Makes a function callable by name in SQL (`SELECT plus(x, 1)`), in place of whatever had the name. What `udf` gave
     * may be registered too, without a type. Throws EngineError for what cannot be sent to executors.
     */
    register: (
      name: string,
      fn: ScalarFunction | UserDefinedFunction,
      returnType?: string | DataType,
      options: UdfOptions = {},
    ): UserDefinedFunction => {
      if (!isUserDefined(fn) && returnType === undefined)
        throw userError(`udf.register wants the type of what ${name} returns, for instance 'int'`)
      if (isUserDefined(fn) && returnType !== undefined)
        throw userError(`${name} has its type from udf already: register it without one`)
      const made = isUserDefined(fn) ? fn.withName(name) : udf(fn, returnType ?? '', { ...options, name })
      this.rows.functions.register(name, made.definition)
      return made
    },
  }

  readonly udtf = {
    /** Makes a table function, as `udtf` gives it, callable by name in FROM. */
    register: (name: string, fn: UserDefinedFunction): UserDefinedFunction => this.udf.register(name, fn),
  }

  get read(): DataFrameReader {
    return new DataFrameReader(this)
  }

  get catalog(): Catalog {
    return new Catalog(this)
  }

  /** What the warehouse holds, after all commands before. For Catalog. */
  async warehouse<T>(look: (warehouse: Warehouse, database: string) => T): Promise<T> {
    await this.command
    const { conf } = this.state
    return look(new Warehouse(conf), currentDatabase(conf))
  }

  /** Names of the temporary views. */
  viewNames(): readonly string[] {
    return [...this.state.views.keys()]
  }

  useDatabase(name: string): void {
    this.state = { ...this.state, conf: usingDatabase(this.state.conf, plainName(name)) }
  }

  dropView(name: string): boolean {
    const known = this.state.views.has(name.toLowerCase())
    const views = new Map([...this.state.views].filter(([key]) => key !== name.toLowerCase()))
    this.state = { ...this.state, views }
    return known
  }

  /**
   * One statement, with `:name` or `?` filled in from `parameters`. A query is lazy; commands (CREATE VIEW, SET,
   * INSERT …) start at once, and actions wait for them.
   */
  sql<R = Row>(text: string, parameters?: SqlParameters): DataFrame<R> {
    const statements = this.parse(text, parameters)
    const [parsed] = statements
    if (parsed === undefined || statements.length > 1) {
      throw userError(`spark.sql takes one statement, this text has ${statements.length}`)
    }
    const statement = this.bindFunctions(parsed, text)
    if (statement.kind === 'query')
      return new DataFrame(this, bindViews(rememberText(statement.query, text), this.state.views))
    const before = this.state
    const earlier = this.command
    const run = async () => runStatement(await this.host.engine, statement, before, this.rows, OUTPUT)
    this.state = changedState(statement, before, this.rows)
    this.command = this.track(
      earlier.then(run).catch((error: unknown) => {
        throw sqlFault(error, text)
      }),
    )
    this.command.catch(() => {})
    return new DataFrame(this, { kind: 'values', rows: [] })
  }

  /** All statements of a text, one after the other, results printed. For the shell. */
  async script(text: string, print: (text: string) => void): Promise<void> {
    await this.command
    this.state = await this.track(
      this.host.engine.then((engine) => runScript(engine, text, this.state, this.rows, { ...OUTPUT, print })),
    )
  }

  table(name: string): DataFrame {
    const plan: PlanSyntax = { kind: 'relation', name: name.split('.') }
    return new DataFrame(this, bindViews(plan, this.state.views))
  }

  range(
    startOrEnd: number | bigint,
    end?: number | bigint,
    step: number | bigint = 1,
    partitions?: number,
  ): DataFrame<{ readonly id: number }> {
    const [from, to] = end === undefined ? [0, startOrEnd] : [startOrEnd, end]
    if (BigInt(step) === 0n) throw userError('range wants a step that is not 0')
    return new DataFrame(this, {
      kind: 'range',
      start: BigInt(from),
      end: BigInt(to),
      step: BigInt(step),
      ...(partitions === undefined ? {} : { partitions }),
    })
  }

  /**
   * Rows as objects; `schema` (`a INT, b STRING`) where they should not speak for themselves. The DataFrame knows the
   * columns that the rows, or the text of the schema, show.
   */
  createDataFrame<const S extends string>(rows: readonly object[], schema: S): DataFrame<SchemaRow<S>>
  createDataFrame<T extends object = Row>(rows: readonly object[], schema: string | StructType): DataFrame<T>
  createDataFrame<T extends object>(rows: readonly T[]): DataFrame<StoredRow<T>>
  createDataFrame(rows: readonly object[], schema?: string | StructType): DataFrame {
    const given = rows as readonly Readonly<Record<string, unknown>>[]
    const struct =
      schema === undefined ? inferSchema(given) : typeof schema === 'string' ? parseTableSchema(schema) : schema
    const copy = structuredClone(given)
    const id = this.rows.held.add(this.host.engine.then((engine) => storeRows(engine, copy, struct)))
    return new DataFrame(this, { kind: 'held', id })
  }

  registerView(name: string, plan: PlanSyntax, replace: boolean): void {
    this.state = { ...this.state, views: withView(this.state.views, name, plan, replace) }
  }

  persist(plan: PlanSyntax, level: StorageLevel): void {
    if (sameLevel(level, StorageLevel.NONE)) throw userError('persist wants a level that keeps the rows, not NONE')
    const known = this.rows.levelOf(plan)
    if (known !== undefined && !sameLevel(known, level))
      throw userError(
        `the DataFrame is persisted as ${describeLevel(known)}: unpersist it before it gets another level`,
      )
    this.rows.persist(plan, level)
  }

  /** Actions that run go on with the rows; their files go after them. */
  unpersist(plan: PlanSyntax): void {
    this.rows.unpersist(plan)
    const running = [...this.pending]
    const sweep = async (): Promise<void> => {
      await Promise.allSettled(running)
      await new QueryRunner(await this.host.engine, this.state.conf, this.rows).sweep()
    }
    this.track(sweep())
  }

  storageLevel(plan: PlanSyntax): StorageLevel {
    return this.rows.levelOf(plan) ?? StorageLevel.NONE
  }

  async checkpoint(plan: PlanSyntax): Promise<PlanSyntax> {
    const id = await this.run(plan, (runner) => runner.hold(plan))
    return { kind: 'held', id }
  }

  /** Writes the rows below the checkpoint directory: a plan that reads them from there. */
  async checkpointFiles(plan: PlanSyntax): Promise<PlanSyntax> {
    const directory = this.context?.getCheckpointDir() ?? this.state.conf['spark.checkpoint.dir']
    if (directory === undefined)
      throw userError('checkpoint needs a directory: call sparkContext.setCheckpointDir, or set spark.checkpoint.dir')
    const path = join(directory, `dataframe-${randomUUID()}`)
    const { fields } = await this.run(plan, (runner) => runner.schema(plan))
    const numbered: PlanSyntax = { kind: 'rename-all', input: plan, names: fields.map((_, index) => `c${index}`) }
    const target = { path, format: 'parquet', options: {}, mode: 'errorifexists', partitionBy: [] } as const
    await this.run(plan, (runner) => runner.write(numbered, target))
    const files: PlanSyntax = { kind: 'files', format: 'parquet', paths: [path], options: {} }
    return { kind: 'rename-all', input: files, names: fields.map(({ name }) => name) }
  }

  async *iterate(plan: PlanSyntax): AsyncGenerator<Row> {
    const { conf } = this.state
    await this.command
    try {
      const runner = new QueryRunner(await this.host.engine, conf, this.rows)
      try {
        yield* runner.iterate(plan)
      } finally {
        await runner.release()
      }
    } catch (error) {
      throw planFault(error, plan)
    }
  }

  /**
   * Hands a value over as the application's result: it comes into status, and a later task of a pipeline can read it.
   * JSON of at most 3,072 bytes; the last one counts, and only where the program ends well. Throws EngineError.
   */
  setResult(value: unknown): void {
    this.host.setResult?.(resultJson(value))
  }

  /** Runs an action on `plan` after all commands before it. For DataFrame and its kin. Throws EngineError. */
  run<T>(plan: PlanSyntax, action: (runner: QueryRunner) => Promise<T>): Promise<T> {
    const { conf } = this.state
    const before = this.command
    const run = async (): Promise<T> => {
      await before
      try {
        const runner = new QueryRunner(await this.host.engine, conf, this.rows)
        try {
          return await action(runner)
        } finally {
          await runner.release()
        }
      } catch (error) {
        throw planFault(error, plan)
      }
    }
    return this.track(run())
  }

  async settle(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending)
    await this.command
  }

  async stop(): Promise<void> {
    await this.settle()
    await this.context?.stop()
    if (active === this) active = undefined
    stopped = active === undefined
    this.host.onStop?.()
    if (this.host.own) await (await this.host.engine).close()
  }

  /** Names of functions are looked up now, as Spark does: one registered later under the same name leaves the query alone. */
  private bindFunctions(statement: StatementSyntax, text: string): StatementSyntax {
    try {
      return this.rows.functions.bind(statement)
    } catch (error) {
      throw sqlFault(error, text)
    }
  }

  private parse(text: string, parameters: SqlParameters | undefined): readonly StatementSyntax[] {
    try {
      return parseStatements(text, { timeZone: timeZone(this.state.conf), ...bindParameters(parameters) })
    } catch (error) {
      throw sqlFault(error, text)
    }
  }

  private track<T>(work: Promise<T>): Promise<T> {
    this.pending.add(work)
    const done = () => this.pending.delete(work)
    work.then(done, done)
    return work
  }
}

/** Settings of a session; each setter gives a new builder. */
export class SparkSessionBuilder {
  private readonly settings: Readonly<Record<string, string>>
  private readonly name: string | undefined

  constructor(settings: Readonly<Record<string, string>>, name: string | undefined) {
    this.settings = settings
    this.name = name
  }

  appName(name: string): SparkSessionBuilder {
    return new SparkSessionBuilder(this.settings, name)
  }

  /** Where a program runs is the application's matter; kept so that programs written for Spark run as they are. */
  master(_url: string): SparkSessionBuilder {
    return this
  }

  config(key: string, value: string | number | boolean): SparkSessionBuilder {
    return new SparkSessionBuilder({ ...this.settings, [key]: String(value) }, this.name)
  }

  getOrCreate(): SparkSession {
    return SparkSession.getOrCreate(this.name, this.settings)
  }
}
