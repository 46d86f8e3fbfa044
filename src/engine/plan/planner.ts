import type { ColumnType, Connection } from '../duckdb/database.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import { sourceBytes } from '../sources/file-source.ts'
import { type SplitOptions, splitSource } from '../sources/split-source.ts'
import {
  baseTable,
  type Expression,
  isObject,
  isQueryNode,
  isSelect,
  type Json,
  type JsonObject,
  type QueryNode,
  type SelectNode,
  selectNode,
  subqueryRef,
} from '../sql/ast.ts'
import { canonicalText, collect, contains } from '../sql/rewrite.ts'
import { splitAggregation } from './aggregate.ts'
import type { Binder } from './binder.ts'
import { type FunctionCatalog, hasWindow, volatilePart } from './functions.ts'
import { splitRows } from './gather.ts'
import { Refusal } from './refusal.ts'
import { encodeRows } from './ship.ts'
import {
  hasCtes,
  isAggregation,
  type SplitPosition,
  splitPositions,
  whyNotRowwise,
  whyNotRowwiseBody,
} from './split-position.ts'
import { PARTS_RELATION, type Plan, type Relations, SPLIT_RELATION, type Stage, type StageQuery } from './stage.ts'

export interface PlannerOptions extends SplitOptions {
  /** Files up to so many bytes are read whole by every task that joins with them. */
  readonly broadcastBytes: number
  readonly localPath: (path: string) => Promise<string>
}

/** Turns a resolved query into stages. One planner serves one query. */
export class Planner {
  private readonly binder: Binder
  private readonly connection: Connection
  private readonly functions: FunctionCatalog
  private readonly options: PlannerOptions
  private readonly stages: Stage[] = []
  private readonly known = new Map<string, Stage>()

  constructor(binder: Binder, connection: Connection, functions: FunctionCatalog, options: PlannerOptions) {
    this.binder = binder
    this.connection = connection
    this.functions = functions
    this.options = options
  }

  /** Throws DatabaseError where the query does not bind; Refusal never leaves. */
  async plan(node: QueryNode): Promise<Plan> {
    const columns = await this.binder.describe(node)
    const root = await this.stageOf(node, columns)
    return { stages: this.order(root), root, columns }
  }

  private async stageOf(node: QueryNode, columns: readonly ColumnType[]): Promise<Stage> {
    const volatile = volatilePart(node, this.functions)
    if (volatile !== undefined)
      return this.wholeStage(node, columns, `${volatile} must have one value for the whole query`)
    const staged = await this.stageInner(node)
    if (this.sourcesIn(staged).length === 0) return this.localStage(staged, columns)
    try {
      return await this.splitStage(staged, columns)
    } catch (error) {
      if (error instanceof Refusal) return this.wholeStage(staged, columns, error.message)
      // A rewrite that does not bind is a gap of the planner, not the user's fault: the query itself does bind.
      if (error instanceof DatabaseError)
        return this.wholeStage(staged, columns, `its parts do not bind (${error.message})`)
      throw error
    }
  }

  private async splitStage(node: QueryNode, columns: readonly ColumnType[]): Promise<Stage> {
    if (!isSelect(node)) throw new Refusal('a set operation reads several relations')
    const aggregation = isAggregation(node, this.functions)
    const why = aggregation ? this.whyNotAggregable(node) : whyNotRowwiseBody(node, this.functions)
    if (why !== undefined) throw new Refusal(why)
    const position = this.choose(node)
    const relation = this.binder.relation(position.relation)
    if (relation?.kind !== 'source') throw new Refusal('no files to split')
    await this.binder.stand(SPLIT_RELATION, relation.columns)
    const cut = await this.stageRest({ ...node, from_table: position.put(SPLIT_RELATION) })
    await this.binder.stand(SPLIT_RELATION, relation.columns)
    const phases = aggregation
      ? { ...(await splitAggregation(this.binder, this.functions, cut, columns)), enoughRows: undefined }
      : splitRows(cut, columns)
    const shipped = await this.binder.describe(phases.task)
    encodeRows('', shipped)
    await this.binder.stand(PARTS_RELATION, shipped)
    if (phases.final) this.sameResult(columns, await this.binder.describe(phases.final))
    const parts = await splitSource(this.connection, relation.source, this.options, this.options.localPath)
    return this.register({
      kind: 'split',
      why: parts.length > 1 ? undefined : (relation.source.whyWhole ?? 'it is one part'),
      doing: aggregation
        ? 'partial aggregation'
        : phases.final
          ? 'filter, projection and top rows'
          : 'filter and projection',
      task: await this.query(phases.task),
      split: { name: SPLIT_RELATION, source: relation.source, parts },
      shipped,
      final: phases.final && (await this.query(phases.final)),
      enoughRows: phases.enoughRows,
      columns,
      node: cut,
    })
  }

  private whyNotAggregable(node: SelectNode): string | undefined {
    if (hasCtes(node)) return 'a recursive WITH'
    if (node.sample !== null) return 'a sample'
    if (node.where_clause && hasWindow(node.where_clause)) return 'a window function in WHERE'
    return undefined
  }

  /** The largest source that can be cut; the others must be small enough to be read by every task. */
  private choose(node: SelectNode): SplitPosition {
    const reasons: string[] = []
    const isSource = (name: string) => this.binder.relation(name)?.kind === 'source'
    const found = splitPositions(node.from_table, this.functions, isSource, reasons)
    const bytes = (name: string): number => {
      const relation = this.binder.relation(name)
      return relation?.kind === 'source' ? sourceBytes(relation.source) : 0
    }
    const best = found.toSorted((a, b) => bytes(b.relation) - bytes(a.relation))[0]
    if (best === undefined) throw new Refusal([...new Set(reasons)].join('; ') || 'no files in a place that can be cut')
    const all = this.sourcesIn(node).reduce((sum, name) => sum + bytes(name), 0)
    const others = all - bytes(best.relation)
    if (others > this.options.broadcastBytes) {
      throw new Refusal(`the other side of the join is ${others} bytes, more than spark.bellows.broadcast.maxBytes`)
    }
    return best
  }

  private sameResult(wanted: readonly ColumnType[], got: readonly ColumnType[]): void {
    const differs = wanted.findIndex(({ name, type }, index) => got[index]?.name !== name || got[index]?.type !== type)
    if (differs < 0 && wanted.length === got.length) return
    throw new Refusal(`the type of ${wanted[differs]?.name ?? 'a column'} would change`)
  }

  /** Inner queries that can be split become stages of their own. */
  private stageInner<T extends QueryNode>(node: T): Promise<T> {
    return this.replaceInner(node, async (inner) => {
      if (whyNotRowwise(inner, this.functions) === undefined) return undefined
      const columns = await this.standalone(inner)
      if (columns === undefined || this.readsNothing(inner)) return undefined
      const stage = await this.stageOf(inner, columns)
      return stage.kind === 'whole' ? undefined : stage
    })
  }

  /** What stays beside the split relation is read by every task, so it must be the same in each: computed once. */
  private stageRest(node: SelectNode): Promise<SelectNode> {
    return this.replaceInner(node, async (inner) => {
      if (contains(inner, (part) => part.table_name === SPLIT_RELATION)) return undefined
      if (whyNotRowwise(inner, this.functions) === undefined) return undefined
      const columns = await this.standalone(inner)
      if (columns !== undefined) return this.stageOf(inner, columns)
      if (contains(inner, orderSensitive)) throw new Refusal('a correlated subquery with LIMIT or a window')
      return undefined
    })
  }

  private readsNothing(node: QueryNode): boolean {
    return !contains(node, (part) => this.binder.relation(String(part.table_name ?? '')) !== undefined)
  }

  /** The columns of a query that refers to nothing outside itself, as its readers see them; undefined for others. */
  private async standalone(node: QueryNode): Promise<readonly ColumnType[] | undefined> {
    try {
      return await this.binder.describe(selectNode({ from_table: subqueryRef(node, '__inner') }))
    } catch {
      return undefined
    }
  }

  /** Offers each nested query to `stage`, the outermost first; one that it declines is looked into. */
  private async replaceInner<T extends QueryNode>(
    node: T,
    stage: (inner: QueryNode) => Promise<Stage | undefined>,
  ): Promise<T> {
    const visit = async (value: Json, top: boolean): Promise<Json> => {
      if (Array.isArray(value)) {
        const list: Json[] = []
        for (const part of value as readonly Json[]) list.push(await visit(part, false))
        return list
      }
      if (!isObject(value)) return value
      if (isQueryNode(value) && !top) {
        const made = await stage(value)
        if (made !== undefined) return readStage(made)
      }
      const entries: [string, Json][] = []
      for (const [key, child] of Object.entries(value)) entries.push([key, await visit(child, false)])
      return Object.fromEntries(entries)
    }
    return (await visit(node, true)) as T
  }

  private sourcesIn(node: QueryNode): readonly string[] {
    return collect(node, (part) => {
      const name = part.type === 'BASE_TABLE' ? String(part.table_name) : undefined
      return name !== undefined && this.binder.relation(name)?.kind === 'source' ? name : undefined
    })
  }

  private async query(node: QueryNode): Promise<StageQuery> {
    const names = new Set(collect(node, (part) => (part.type === 'BASE_TABLE' ? String(part.table_name) : undefined)))
    const reads: Relations = new Map([...this.binder.relations()].filter(([name]) => names.has(name)))
    return { sql: await this.binder.render(node), reads }
  }

  private async wholeStage(node: QueryNode, columns: readonly ColumnType[], why: string): Promise<Stage> {
    const query = await this.query(node)
    try {
      encodeRows('', columns)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      return this.localStage(node, columns, `${why}; ${error.message}`)
    }
    return this.register({
      kind: 'whole',
      why,
      doing: 'the whole query',
      task: query,
      split: undefined,
      shipped: columns,
      final: undefined,
      enoughRows: undefined,
      columns,
      node,
    })
  }

  private async localStage(node: QueryNode, columns: readonly ColumnType[], why?: string): Promise<Stage> {
    return this.register({
      kind: 'local',
      why,
      doing: 'over the results of other stages',
      task: undefined,
      split: undefined,
      shipped: columns,
      final: await this.query(node),
      enoughRows: undefined,
      columns,
      node,
    })
  }

  /** Equal work is one stage, however often the query asks for it. */
  private async register(stage: Omit<Stage, 'id'>): Promise<Stage> {
    const key = `${stage.kind} ${canonicalText(stage.node)} ${JSON.stringify(stage.columns)}`
    const existing = this.known.get(key)
    if (existing) return existing
    const made: Stage = { id: this.stages.length, ...stage }
    this.stages.push(made)
    this.known.set(key, made)
    await this.binder.add(stageRelation(made), { kind: 'stage', stage: made, columns: made.columns })
    return made
  }

  /** The stages the root needs, inputs first, numbered anew. */
  private order(root: Stage): readonly Stage[] {
    const found: Stage[] = []
    const visit = (stage: Stage): void => {
      if (found.includes(stage)) return
      for (const query of [stage.task, stage.final]) {
        for (const relation of query?.reads.values() ?? []) if (relation.kind === 'stage') visit(relation.stage)
      }
      found.push(stage)
    }
    visit(root)
    return found
  }
}

export const stageRelation = (stage: Stage): string => `bellows_stage_${stage.id}`

const readStage = (stage: Stage): QueryNode => selectNode({ from_table: baseTable(stageRelation(stage), '') })

const orderSensitive = (part: JsonObject): boolean =>
  (isQueryNode(part) &&
    part.modifiers.some((modifier) => isObject(modifier) && modifier.type !== 'DISTINCT_MODIFIER')) ||
  (part as Expression).class === 'WINDOW'
