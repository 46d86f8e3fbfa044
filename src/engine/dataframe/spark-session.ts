import { randomUUID } from 'node:crypto'
import { availableParallelism, freemem, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import { lineLog } from '../log.ts'
import { resultJson } from '../result-summary.ts'
import { parseSchema } from '../sources/data-type.ts'
import { parseScript } from '../sql/parse-script.ts'
import { changedState, runStatement, type ScriptOutput, type ScriptState } from '../sql/run-script.ts'
import { type DescribeNames, withView } from '../sql/views.ts'
import { compile } from './compile.ts'
import { inferSchema, storeRows } from './create-rows.ts'
import { DataFrame } from './dataframe.ts'
import { PlanRunner } from './plan-runner.ts'
import { DataFrameReader } from './reader.ts'

/** What the driver hands to the program's session. */
export interface SessionHost {
  readonly engine: Promise<Engine>
  readonly appName: string
  readonly conf: Readonly<Record<string, string>>
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
  return { engine, appName, conf: {}, own: true }
}

/** Commands of a program only print: what it hands on it says by setResult. */
const OUTPUT: ScriptOutput = { print: (text) => process.stdout.write(text), shown: () => {}, wrote: () => {} }

/** The entry point of a program, after Spark's class of the same name. */
export class SparkSession {
  private readonly host: SessionHost
  private state: ScriptState
  private readonly pending = new Set<Promise<unknown>>()
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
    get: (key: string): string | undefined => this.state.conf[key],
    set: (key: string, value: string | number | boolean): void => {
      this.state = { ...this.state, conf: { ...this.state.conf, [key]: String(value) } }
    },
  }

  get read(): DataFrameReader {
    return new DataFrameReader(this)
  }

  /** One statement. A query is lazy; commands (CREATE VIEW, SET, INSERT …) start at once, and actions wait for them. */
  sql(text: string): DataFrame {
    const statements = parseScript(text)
    const [statement] = statements
    if (statement === undefined || statements.length > 1) {
      throw userError(`spark.sql takes one statement, this text has ${statements.length}`)
    }
    const { views } = this.state
    if (statement.kind === 'query') {
      return new DataFrame(this, {
        kind: 'view',
        definition: { kind: 'query', query: statement.query, views, columns: [] },
      })
    }
    const before = this.state
    this.state = changedState(statement, before)
    if (statement.kind === 'insert-directory' || statement.kind === 'explain' || statement.kind === 'show-setting') {
      const earlier = this.command
      this.command = this.track(
        earlier.then(async () => runStatement(await this.host.engine, statement, before, OUTPUT)),
      )
      this.command.catch(() => {})
    }
    return this.range(0).select('id')
  }

  table(name: string): DataFrame {
    const definition = this.state.views.get(name.toLowerCase())
    if (definition === undefined) throw userError(`[TABLE_OR_VIEW_NOT_FOUND] there is no view "${name}"`)
    return new DataFrame(this, { kind: 'view', definition })
  }

  range(startOrEnd: number | bigint, end?: number | bigint, step: number | bigint = 1): DataFrame {
    const [from, to] = end === undefined ? [0, startOrEnd] : [startOrEnd, end]
    return new DataFrame(this, { kind: 'range', start: BigInt(from), end: BigInt(to), step: BigInt(step) })
  }

  /** Rows as objects; `schema` (`a INT, b STRING`) where they should not speak for themselves. */
  createDataFrame(rows: readonly Readonly<Record<string, unknown>>[], schema?: string): DataFrame {
    const columns = schema === undefined ? inferSchema(rows) : parseSchema(schema)
    const copy = structuredClone(rows)
    const path = this.host.engine.then((engine) => storeRows(engine, copy, columns))
    path.catch(() => {})
    return new DataFrame(this, { kind: 'view', definition: { kind: 'rows', path, columns } })
  }

  registerView(name: string, frame: DataFrame): void {
    const { plan } = frame
    const definition =
      plan.kind === 'view'
        ? plan.definition
        : ({ kind: 'frame', compile: (describe: DescribeNames) => compile(plan, describe) } as const)
    this.state = { ...this.state, views: withView(this.state.views, name, definition) }
  }

  /**
   * Hands a value over as the application's result: it comes into status, and a later task of a pipeline can read it.
   * JSON of at most 3,072 bytes; the last one counts, and only where the program ends well. Throws EngineError.
   */
  setResult(value: unknown): void {
    this.host.setResult?.(resultJson(value))
  }

  /** Runs an action after all commands before it. For DataFrame and its kin. */
  run<T>(action: (runner: PlanRunner) => Promise<T>): Promise<T> {
    const { conf } = this.state
    const before = this.command
    return this.track(before.then(async () => action(new PlanRunner(await this.host.engine, conf))))
  }

  async settle(): Promise<void> {
    while (this.pending.size > 0) await Promise.all(this.pending)
    await this.command
  }

  async stop(): Promise<void> {
    await this.settle()
    if (active === this) active = undefined
    stopped = active === undefined
    this.host.onStop?.()
    if (this.host.own) await (await this.host.engine).close()
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
