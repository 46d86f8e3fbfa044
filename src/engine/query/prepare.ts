import { analyze } from '../analysis/analyze.ts'
import type { AnalysisSettings } from '../analysis/context.ts'
import { type Conf, confBytes } from '../conf.ts'
import type { Connection } from '../duckdb/database.ts'
import type { Engine } from '../engine.ts'
import { lookupFunction } from '../functions/registry.ts'
import { computeCurrentTime } from '../optimizer/compute-current-time.ts'
import { optimize } from '../optimizer/optimize.ts'
import { somePlan } from '../optimizer/plan-tree.ts'
import { type Estimator, makeEstimator, type SourceStatistics } from '../optimizer/statistics.ts'
import { planLimits } from '../physical/physical-options.ts'
import type { PhysicalPlan } from '../physical/physical-plan.ts'
import { planPhysical } from '../physical/plan-physical.ts'
import { readSourceStatistics } from '../physical/source-statistics.ts'
import type { LogicalPlan, ScanRelation } from '../plan/logical-plan.ts'
import { type FileSource, sourceBytes } from '../sources/file-source.ts'
import { type SourcePart, splitSource } from '../sources/split-source.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { analysisContext } from './analysis-context.ts'
import { withDriver } from './driver-connection.ts'
import { narrowScans } from './narrow-scans.ts'
import { querySettings } from './query-settings.ts'
import type { SessionRows } from './session-rows.ts'

const PART_BYTES = 128 * 2 ** 20
const OPEN_COST = 4 * 2 ** 20

/** A query on its way from what the user wrote to stages; each step is kept for explain. */
export interface PreparedQuery {
  readonly written: PlanSyntax
  readonly analyzed: LogicalPlan
  readonly optimized: LogicalPlan
  readonly physical: PhysicalPlan
  readonly estimate: Estimator
  readonly settings: AnalysisSettings
}

/** Analyses only: names and types are looked up, no row is read. Throws SqlError, EngineError. */
export const analyzeQuery = (engine: Engine, conf: Conf, rows: SessionRows, plan: PlanSyntax): Promise<LogicalPlan> =>
  withDriver(engine, conf, async (connection) => {
    const bound = rows.functions.bind(plan)
    return analyze(bound, await analysisContext(engine, connection, querySettings(conf), rows, bound, conf))
  })

/** `wrap` may put something around the analysed plan, for instance casts of its columns to text. */
export const prepareQuery = (
  engine: Engine,
  conf: Conf,
  rows: SessionRows,
  plan: PlanSyntax,
  wrap: (analyzed: LogicalPlan, settings: AnalysisSettings) => LogicalPlan = (analyzed) => analyzed,
): Promise<PreparedQuery> =>
  withDriver(engine, conf, async (connection) => {
    const settings = querySettings(conf)
    const bound = rows.functions.bind(plan)
    const analyzed = wrap(
      await analyze(bound, await analysisContext(engine, connection, settings, rows, bound, conf)),
      settings,
    )
    const sources = await statisticsOf(engine, connection, analyzed)
    const timed = computeCurrentTime(analyzed, { milliseconds: Date.now(), timeZone: settings.timeZone })
    const whole = optimize(timed, {
      sources,
      excluded: new Set((conf['spark.sql.optimizer.excludedRules'] ?? '').split(',').map((name) => name.trim())),
      validate: conf['spark.sql.planChangeValidation'] === 'true',
    })
    const known = new Map(sources)
    const optimized = narrowScans(whole, (before, after) => {
      const statistics = sources.get(before.key)
      if (statistics !== undefined) known.set(after.key, statisticsOfPart(statistics, before, after))
    })
    const estimate = makeEstimator(known)
    const local = engine.options.instances === 0 || engine.options.backend === undefined
    const parts = local ? new Map<string, never>() : await partsOf(engine, conf, connection, optimized)
    const physical = planPhysical(optimized, {
      local,
      slots: engine.slots,
      estimate,
      parts: (relation) => parts.get(keyOf(relation)) ?? [],
      keyRanges: (relation) => sources.get(keyOf(relation))?.keyRanges,
      neverNull: (relation, column) => sources.get(keyOf(relation))?.columns.get(column)?.neverNull === true,
      functionOf: lookupFunction,
      limits: planLimits(conf),
    })
    return { written: plan, analyzed, optimized, physical, estimate, settings }
  })

const keyOf = (relation: ScanRelation): string =>
  relation.kind === 'files' ? relation.source.key : `held ${relation.id}`

/** Each relation that the plan scans, once. */
const relationsOf = (plan: LogicalPlan): readonly ScanRelation[] => {
  const found = new Map<string, ScanRelation>()
  somePlan(plan, (node) => {
    if (node.kind === 'scan') found.set(keyOf(node.relation), node.relation)
    return false
  })
  return [...found.values()]
}

/** Some of the files: about as many of the rows as of the bytes. */
const statisticsOfPart = (whole: SourceStatistics, before: FileSource, after: FileSource): SourceStatistics => {
  const share = Math.min(1, sourceBytes(after) / Math.max(1, sourceBytes(before)))
  return { ...whole, rows: Math.ceil(whole.rows * share) }
}

const statisticsOf = async (
  engine: Engine,
  connection: Connection,
  plan: LogicalPlan,
): Promise<ReadonlyMap<string, SourceStatistics>> => {
  const known = new Map<string, SourceStatistics>()
  for (const relation of relationsOf(plan)) {
    if (relation.kind !== 'files') continue
    const { source } = relation
    const read = await engine.sourceCache.get(`statistics ${source.key}`, source.files, () =>
      readSourceStatistics(connection, source, (file) => engine.metadataPath(file)),
    )
    if (read !== undefined) known.set(source.key, read)
  }
  return known
}

const partsOf = async (
  engine: Engine,
  conf: Conf,
  connection: Connection,
  plan: LogicalPlan,
): Promise<ReadonlyMap<string, readonly SourcePart[]>> => {
  const options = {
    slots: engine.slots,
    maxPartBytes: confBytes(conf, 'spark.sql.files.maxPartitionBytes', PART_BYTES),
    openCost: confBytes(conf, 'spark.sql.files.openCostInBytes', OPEN_COST),
  }
  const known = new Map<string, readonly SourcePart[]>()
  for (const relation of relationsOf(plan)) {
    if (relation.kind === 'held') {
      known.set(
        keyOf(relation),
        relation.files.map(({ path, bytes }) => ({ paths: [path], rows: undefined, bytes })),
      )
      continue
    }
    const { source } = relation
    const split = () => splitSource(connection, source, options, (file) => engine.metadataPath(file))
    known.set(
      source.key,
      await engine.sourceCache.get(`parts ${JSON.stringify(options)} ${source.key}`, source.files, split),
    )
  }
  return known
}
