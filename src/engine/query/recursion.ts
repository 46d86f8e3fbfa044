import { type Conf, confInteger } from '../conf.ts'
import { namesRelation } from '../sql/names-relation.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { StructType } from '../types/data-type.ts'
import { sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'

type With = PlanSyntax & { readonly kind: 'with' }
type Query = With['queries'][number]

/** What recursion asks of a session. */
export interface RecursionRunner {
  readonly conf: Conf
  schema(plan: PlanSyntax): Promise<StructType>
  /** Computes a plan and keeps its rows. */
  hold(plan: PlanSyntax): Promise<{ readonly id: number; readonly rows: number }>
}

const LEVELS = 100
const ROWS = 1_000_000

/**
 * The plan with each query of WITH RECURSIVE that names itself computed: its levels one after the other, each over the
 * rows of the one before, until one has none. Source: Spark's UnionLoopExec, its limits and their conditions.
 * `only: 'types'` computes nothing and puts a relation of the same columns in its place. Throws SqlError.
 */
export const withoutRecursion = async (
  plan: PlanSyntax,
  runner: RecursionRunner,
  only: 'rows' | 'types' = 'rows',
): Promise<PlanSyntax> => {
  if (!hasRecursion(plan)) return plan
  const done = new Map<object, unknown>()
  const settle = async (node: unknown, scope: readonly Query[]): Promise<unknown> => {
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node
    if (!done.has(node)) done.set(node, await settleNew(node, scope))
    return done.get(node)
  }
  const settleNew = async (node: object, scope: readonly Query[]): Promise<unknown> => {
    if (Array.isArray(node)) {
      const items: unknown[] = []
      for (const item of node) items.push(await settle(item, scope))
      return items.some((item, index) => item !== node[index]) ? items : node
    }
    if ((node as PlanSyntax).kind === 'with') return settleWith(node as With, scope)
    const entries: (readonly [string, unknown])[] = []
    for (const [key, part] of Object.entries(node)) entries.push([key, await settle(part, scope)])
    const same = entries.every(([key, part]) => part === (node as Record<string, unknown>)[key])
    return same ? node : Object.fromEntries(entries)
  }
  const settleWith = async (node: With, scope: readonly Query[]): Promise<With> => {
    const queries: Query[] = []
    for (const query of node.queries) {
      const inside = [...scope, ...queries]
      const own = node.recursive && namesRelation(query.query, query.name.toLowerCase())
      const rows = own ? await loop(query, inside, runner, only, enoughRows(node.input, query.name)) : undefined
      queries.push(
        rows === undefined
          ? { ...query, query: (await settle(query.query, inside)) as PlanSyntax }
          : { name: query.name, query: rows },
      )
    }
    return {
      ...node,
      recursive: false,
      queries,
      input: (await settle(node.input, [...scope, ...queries])) as PlanSyntax,
    }
  }
  return (await settle(plan, [])) as PlanSyntax
}

const loop = async (
  query: Query,
  scope: readonly Query[],
  runner: RecursionRunner,
  only: 'rows' | 'types',
  enough: number,
): Promise<PlanSyntax> => {
  const { name } = query
  const { anchor, step } = partsOf(query)
  const named = (queries: readonly Query[], input: PlanSyntax): PlanSyntax =>
    queries.length === 0 ? input : { kind: 'with', recursive: false, queries: lastOfName(queries), input }
  const withNames = (input: PlanSyntax): PlanSyntax =>
    query.columns === undefined ? input : { kind: 'rename-all', input, names: query.columns }
  const first = named(scope, withNames(anchor))
  const over = (rows: PlanSyntax): PlanSyntax => named([...scope, { name, query: rows }], step)
  const types = await runner.schema(first)
  checkTypes(query, types, await runner.schema(over(first)))
  const typed = (input: PlanSyntax): PlanSyntax => cast(input, types)
  if (only === 'types') return typed(first)
  const levels = query.maxLevel ?? confInteger(runner.conf, 'spark.sql.cteRecursionLevelLimit', LEVELS)
  const most = confInteger(runner.conf, 'spark.sql.cteRecursionRowLimit', ROWS)
  const made: PlanSyntax[] = []
  let all = 0
  let next = typed(first)
  for (let level = 0; ; level += 1) {
    const { id, rows } = await runner.hold(next)
    if (rows === 0 && made.length > 0) break
    all += rows
    if (most >= 0 && all > most)
      throw new SqlError(
        'RECURSION_ROW_LIMIT_EXCEEDED',
        `Recursion row limit ${most} reached by \`${name}\` with ${all} rows: end it earlier, or raise spark.sql.cteRecursionRowLimit`,
        query.query.at,
      )
    const held: PlanSyntax = { kind: 'held', id }
    made.push(held)
    if (rows === 0 || all >= enough) break
    if (levels >= 0 && level >= levels)
      throw new SqlError(
        'RECURSION_LEVEL_LIMIT_EXCEEDED',
        `Recursion level limit ${levels} reached by \`${name}\` and not exhausted: end it earlier, or raise spark.sql.cteRecursionLevelLimit`,
        query.query.at,
      )
    next = typed(over(held))
  }
  return union(made)
}

/** How many rows a query on top takes, where it is no more than columns and a LIMIT: recursion may be endless then. */
const enoughRows = (input: PlanSyntax, name: string): number => {
  if (input.kind !== 'limit' || input.offset !== undefined) return Number.POSITIVE_INFINITY
  const { count, input: below } = input
  if (count?.kind !== 'literal' || below.kind !== 'select') return Number.POSITIVE_INFINITY
  const { from, items, distinct, where, groupBy, having, lateralViews } = below
  const plain =
    !distinct &&
    where === undefined &&
    groupBy === undefined &&
    having === undefined &&
    lateralViews.length === 0 &&
    items.every(({ kind }) => kind === 'star' || kind === 'name')
  const own = from?.kind === 'relation' && from.name.length === 1 && from.name[0]!.toLowerCase() === name.toLowerCase()
  return plain && own ? Number(count.value) : Number.POSITIVE_INFINITY
}

/** Later queries of a name hide earlier ones. */
const lastOfName = (queries: readonly Query[]): readonly Query[] => [
  ...new Map(queries.map((query) => [query.name.toLowerCase(), query])).values(),
]

const union = (plans: readonly PlanSyntax[]): PlanSyntax =>
  plans.reduce((left, right) => ({ kind: 'set-operation', op: 'union', all: true, left, right }))

const cast = (input: PlanSyntax, { fields }: StructType): PlanSyntax => ({
  kind: 'select',
  items: fields.map(({ name, type }, index) => ({
    kind: 'alias',
    names: [name],
    child: { kind: 'cast', child: { kind: 'name', parts: [`__column_${index}`] }, type, try: false },
  })),
  distinct: false,
  from: { kind: 'rename-all', input, names: fields.map((_, index) => `__column_${index}`) },
  lateralViews: [],
  windows: {},
})

/** The step gives what the anchor gives: Spark widens neither. */
const checkTypes = ({ name, query: { at } }: Query, anchor: StructType, step: StructType): void => {
  if (anchor.fields.length !== step.fields.length)
    throw new SqlError(
      'NUM_COLUMNS_MISMATCH',
      `The recursive query \`${name}\` begins with ${anchor.fields.length} columns and goes on with ${step.fields.length}`,
      at,
    )
  for (const [index, { name: column, type }] of anchor.fields.entries()) {
    const other = step.fields[index]!.type
    if (!sameType(type, other))
      throw new SqlError(
        'CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE',
        `Failed to merge incompatible data types "${sqlTypeName(type)}" and "${sqlTypeName(other)}": the column ${column} of the recursive query \`${name}\` begins as the one and goes on as the other; cast it`,
        at,
      )
  }
}

/** The two sides of the UNION ALL. Source of what may be recursive: Spark's CTESubstitution and ResolveWithCTE. */
const partsOf = ({ name, query }: Query): { readonly anchor: PlanSyntax; readonly step: PlanSyntax } => {
  const refuse = (why: string): SqlError =>
    new SqlError('INVALID_RECURSIVE_CTE', `The recursive query \`${name}\` ${why}`, query.at)
  if (query.kind !== 'set-operation' || query.op !== 'union')
    throw refuse('must be a UNION ALL of a query that does not name it and one that does')
  if (!query.all)
    throw new SqlError(
      'UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE',
      `The recursive query \`${name}\` is joined by UNION, which recursion does not have: write UNION ALL`,
      query.at,
    )
  const key = name.toLowerCase()
  if (namesRelation(query.left, key))
    throw refuse('names itself before the UNION ALL: begin with a query that does not')
  return { anchor: query.left, step: query.right }
}

const hasRecursion = (node: unknown, seen: Set<object> = new Set()): boolean => {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array || seen.has(node)) return false
  seen.add(node)
  const plan = node as PlanSyntax
  if (plan.kind === 'with' && plan.recursive) return true
  return Object.values(node).some((part) => hasRecursion(part, seen))
}
