import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Conf } from '../../conf.ts'
import { type Connection, Database } from '../../duckdb/database.ts'
import { quoteText } from '../../duckdb/quote.ts'
import { emitPlan } from '../../emit/emit-plan.ts'
import { lookupFunction } from '../../functions/registry.ts'
import { optimize } from '../../optimizer/optimize.ts'
import { makeEstimator, type SourceStatistics } from '../../optimizer/statistics.ts'
import type { Attribute } from '../../plan/expression.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import type { FileSource } from '../../sources/file-source.ts'
import type { SourceFile } from '../../sources/list-files.ts'
import { openSparkSource } from '../../sources/open-source.ts'
import { type SourcePart, splitSource } from '../../sources/split-source.ts'
import { fromDuckdbType } from '../../types/duckdb-type.ts'
import { adaptiveSettings } from '../adaptive-settings.ts'
import { execute } from '../execute.ts'
import { columnName } from '../input-view.ts'
import { planLimits } from '../physical-options.ts'
import type { PhysicalPlan } from '../physical-plan.ts'
import { planPhysical } from '../plan-physical.ts'
import { readSourceStatistics } from '../source-statistics.ts'
import { type InProcessRuntime, startInProcessRuntime } from './in-process-runtime.ts'

export interface PlanFixture {
  readonly directory: string
  readonly connection: Connection
  readonly sources: ReadonlyMap<string, FileSource>
  readonly statistics: ReadonlyMap<string, SourceStatistics>
  readonly parts: ReadonlyMap<string, readonly SourcePart[]>
  readonly runtimes: ReadonlyMap<number, InProcessRuntime>
  /** Writes the rows of a query as the Parquet file of table `name`, cut into parts of about `partBytes`. */
  readonly table: (name: string, sql: string) => Promise<FileSource>
  /** An existing Parquet file as table `name`. */
  readonly open: (name: string, path: string) => Promise<FileSource>
  readonly close: () => Promise<void>
}

export const SETTINGS = { ansi: true, timeZone: 'UTC' }

const ROWS_A_GROUP = 2048

/** A DuckDB, tables as Parquet files of many small row groups, and runtimes of 1 to 4 executors. */
export const startPlanFixture = async (executors: readonly number[] = [1, 2, 4]): Promise<PlanFixture> => {
  const directory = await mkdtemp(join(tmpdir(), 'bellows-plan-'))
  const database = await Database.open({ threads: 2, memoryLimit: 2 ** 30, spillDirectory: join(directory, 'spill') })
  const connection = await database.connect()
  const sources = new Map<string, FileSource>()
  const statistics = new Map<string, SourceStatistics>()
  const parts = new Map<string, readonly SourcePart[]>()
  const runtimes = new Map<number, InProcessRuntime>()
  for (const count of executors)
    runtimes.set(count, await startInProcessRuntime(join(directory, `runtime-${count}`), count))
  runtimes.set(0, await startInProcessRuntime(join(directory, 'runtime-local'), 1, 2))
  const local = async ({ path }: SourceFile) => path
  const objects = () => Promise.reject(new Error('no object store here'))
  const open = async (name: string, path: string): Promise<FileSource> => {
    const source = await openSparkSource({ connection, fetch: local, objects }, 'parquet', [path], {})
    sources.set(name, source)
    const known = await readSourceStatistics(connection, source, local)
    if (known !== undefined) statistics.set(source.key, known)
    parts.set(
      source.key,
      await splitSource(connection, source, { slots: 4, maxPartBytes: 2 ** 27, openCost: 1024 }, local),
    )
    return source
  }
  return {
    directory,
    connection,
    sources,
    statistics,
    parts,
    runtimes,
    open,
    table: async (name, sql) => {
      const path = join(directory, `${name}.parquet`)
      await connection.read(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE ${ROWS_A_GROUP})`)
      return open(name, path)
    },
    close: async () => {
      for (const runtime of runtimes.values()) await runtime.close()
      connection.close()
      database.close()
      await rm(directory, { recursive: true, force: true })
    },
  }
}

/** A scan of all columns, numbered from `firstId`. */
export const scanOf = (source: FileSource, firstId: number): PlanOf<'scan'> => ({
  kind: 'scan',
  relation: { kind: 'files', source },
  columns: source.columns.map(({ name }) => name),
  filters: [],
  output: source.columns.map(
    ({ name, type }, index): Attribute => ({
      kind: 'attribute',
      id: firstId + index,
      name,
      type: fromDuckdbType(type).type,
      nullable: true,
    }),
  ),
})

export interface RunOptions {
  /** 0: the whole plan as one task. */
  readonly executors: number
  readonly optimized: boolean
  readonly conf?: Conf
}

export interface RunOutcome {
  readonly rows: readonly string[]
  readonly physical: PhysicalPlan
  readonly optimized: LogicalPlan
  readonly tasks: number
}

export const planFor = (fixture: PlanFixture, plan: LogicalPlan, { executors, optimized, conf = {} }: RunOptions) => {
  const better = optimized ? optimize(plan, { sources: fixture.statistics, validate: true }) : plan
  const estimate = makeEstimator(fixture.statistics)
  const physical = planPhysical(better, {
    local: executors === 0,
    slots: Math.max(1, executors),
    estimate,
    parts: (relation) => (relation.kind === 'files' ? (fixture.parts.get(relation.source.key) ?? []) : []),
    keyRanges: (relation) =>
      relation.kind === 'files' ? fixture.statistics.get(relation.source.key)?.keyRanges : undefined,
    neverNull: (relation, column) =>
      relation.kind === 'files' && fixture.statistics.get(relation.source.key)?.columns.get(column)?.neverNull === true,
    functionOf: lookupFunction,
    limits: planLimits(conf),
  })
  return { better, physical, estimate }
}

/** Runs the plan and gives its rows as texts, in the order in which they came. */
export const runPlan = async (fixture: PlanFixture, plan: LogicalPlan, options: RunOptions): Promise<RunOutcome> => {
  const { better, physical } = planFor(fixture, plan, options)
  const conf = options.conf ?? {}
  const runtime = fixture.runtimes.get(options.executors)
  if (runtime === undefined) throw new Error(`no runtime of ${options.executors} executors`)
  let tasks = 0
  const { results, output } = await execute(physical, runtime, {
    emit: (part) => emitPlan(part, SETTINGS, { view: (leaf) => (leaf.kind === 'stage-input' ? leaf.name : '') }).sql,
    query: (sql) => fixture.connection.rows(sql),
    adaptive: adaptiveSettings(conf, planLimits(conf).broadcastMaxBytes),
    settings: { TimeZone: 'UTC' },
    pool: 'default',
    name: 'test',
    signal: undefined,
    admit: () => {},
    mayRunLocally: () => true,
    onStage: (event) => {
      if (event.kind === 'start') tasks += event.tasks
    },
  })
  const paths = results.flatMap(({ path }) => (path === undefined ? [] : [quoteText(path)]))
  const columns = output.map((attribute) => columnText(attribute)).join(', ')
  const rows = await fixture.connection.rows(
    `SELECT ${columns} FROM read_parquet([${paths.join(', ')}], hive_partitioning = false)`,
  )
  if (runtime.kept() !== 0) throw new Error(`${runtime.kept()} shuffles were not released`)
  return { rows: rows.map((row) => JSON.stringify(row)), physical, optimized: better, tasks }
}

/** Floats to nine digits: sums of another order differ in the last ones. */
const columnText = (attribute: Attribute): string => {
  const name = columnName(attribute)
  const { kind } = attribute.type
  return kind === 'double' || kind === 'float'
    ? `CASE WHEN isfinite(${name}) THEN printf('%.9e', CAST(${name} AS DOUBLE)) ELSE CAST(${name} AS VARCHAR) END`
    : `CAST(${name} AS VARCHAR)`
}

/** The rows in one order, for plans that promise none. */
export const anyOrder = (rows: readonly string[]): readonly string[] => rows.toSorted()
