import { quoteName } from '../duckdb/quote.ts'
import type { SqlSettings } from '../functions/function.ts'
import type { Attribute } from '../plan/expression.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { type Block, columnName, columnsOf, isBare, isCut, plainBlock, renderBlock } from './block.ts'
import { dropImpliedNulls } from './drop-implied-nulls.ts'
import { emitAggregateNode, emitFilter, emitLimit, emitProject, emitSort } from './emit-block.ts'
import { emitConditions, emitExpression, type Scope } from './emit-expression.ts'
import { emitGenerate } from './emit-generate.ts'
import { emitJoin } from './emit-join.ts'
import { emitWindow } from './emit-window.ts'

export type Leaf = PlanOf<'scan'> | PlanOf<'stage-input'>

export interface EmitOptions {
  /** The view that gives a leaf's rows, with columns `c<id>`. */
  readonly view: (leaf: Leaf) => string
  /** SQL of a call of a function of the program; absent: such calls are refused. */
  readonly udf?: (id: number, args: readonly string[]) => string
}

/** What the emitters of the nodes share within one statement. */
export interface Emitter {
  readonly settings: SqlSettings
  readonly block: (plan: LogicalPlan) => Block
  /** The block as a relation of FROM; its columns are plain ones of the new block. */
  readonly close: (block: Block, output: readonly Attribute[]) => Block
  readonly alias: () => string
  readonly scope: (block: Block) => Scope
}

const refused = (sentence: string): SqlError => new SqlError('UNSUPPORTED_FEATURE', sentence)

/**
 * One SELECT for a whole plan, with output columns `c<id>` in order. Session time zone and the like are settings of the
 * connection. Throws SqlError for what has no exact SQL.
 */
export const emitPlan = (plan: LogicalPlan, settings: SqlSettings, options: EmitOptions): { readonly sql: string } => {
  let aliases = 0
  const emitter: Emitter = {
    settings,
    block: (node) => emitNode(node, emitter, options),
    close: (block, output) => {
      const alias = emitter.alias()
      return plainBlock(`(${renderBlock(block, distinct(output))}) AS ${alias}`, columnsOf(alias, output))
    },
    alias: () => {
      aliases += 1
      return `t${aliases}`
    },
    scope: (block) => scopeOf(block, emitter, options),
  }
  return { sql: renderBlock(emitter.block(dropImpliedNulls(plan)), plan.output) }
}

/** A column that is given out twice is one column of a subquery. */
const distinct = (output: readonly Attribute[]): readonly Attribute[] => [
  ...new Map(output.map((attribute) => [attribute.id, attribute])).values(),
]

const scopeOf = (block: Block, emitter: Emitter, options: EmitOptions): Scope => ({
  settings: emitter.settings,
  column: (attribute) => {
    const column = block.columns.get(attribute.id)
    if (!column) throw new Error(`The plan is wrong: ${attribute.name}#${attribute.id} is no column of the input`)
    return column.sql
  },
  plan: (plan) => renderBlock(emitter.block(plan), plan.output),
  udf: (id, args) => {
    if (options.udf) return options.udf(id, args)
    throw refused('A function of the program cannot be called in this place')
  },
})

const emitNode = (plan: LogicalPlan, emitter: Emitter, options: EmitOptions): Block => {
  switch (plan.kind) {
    case 'scan':
    case 'stage-input':
      return emitLeaf(plan, emitter, options)
    case 'range':
      return emitRange(plan, emitter)
    case 'values':
      return emitValues(plan, emitter)
    case 'project':
      return emitProject(plan, emitter)
    case 'filter':
      return emitFilter(plan, emitter)
    case 'aggregate':
      return emitAggregateNode(plan, emitter)
    case 'expand':
      return emitExpand(plan, emitter)
    case 'join':
      return emitJoin(plan, emitter)
    case 'sort':
      return emitSort(plan, emitter)
    case 'limit':
      return emitLimit(plan, emitter)
    case 'union':
      return emitUnion(plan, emitter)
    case 'window':
      return emitWindow(plan, emitter)
    case 'generate':
      return emitGenerate(plan, emitter)
    case 'sample':
      return emitSample(plan, emitter)
    case 'repartition':
      // Where rows lie is the physical plan's matter; the rows are the same.
      return emitter.block(plan.input)
    case 'map-batches':
      throw refused('A function over whole batches is not part of a SQL statement')
  }
}

const emitLeaf = (leaf: Leaf, emitter: Emitter, options: EmitOptions): Block => {
  const alias = emitter.alias()
  const block = plainBlock(`${quoteName(options.view(leaf))} AS ${alias}`, columnsOf(alias, leaf.output))
  if (leaf.kind === 'stage-input') return block
  const scope = emitter.scope(block)
  return { ...block, where: leaf.filters.flatMap((filter) => emitConditions(filter, scope)) }
}

const emitRange = ({ start, end, step, output }: PlanOf<'range'>, emitter: Emitter): Block => {
  const alias = emitter.alias()
  const [column] = output
  const columns = new Map(column ? [[column.id, { sql: `${alias}.range`, kind: 'plain' as const }]] : [])
  const bounds = [start, end, step].map((bound) => `CAST('${bound}' AS BIGINT)`)
  return plainBlock(`range(${bounds.join(', ')}) AS ${alias}(range)`, columns)
}

const emitValues = ({ rows, output }: PlanOf<'values'>, emitter: Emitter): Block => {
  const alias = emitter.alias()
  const names = output.length > 0 ? output.map(columnName) : ['nothing']
  if (rows.length === 0) {
    const nulls = output.map((attribute) => `CAST(NULL AS ${duckdbTypeOf(attribute.type)}) AS ${columnName(attribute)}`)
    const items = nulls.length > 0 ? nulls.join(', ') : '1 AS nothing'
    return plainBlock(`(SELECT ${items} WHERE false) AS ${alias}`, columnsOf(alias, output))
  }
  const scope = emitter.scope(plainBlock('', new Map()))
  const tuples = rows.map((row) =>
    output.length > 0 ? `(${row.map((value) => emitExpression(value, scope)).join(', ')})` : '(1)',
  )
  return plainBlock(`(VALUES ${tuples.join(', ')}) AS ${alias}(${names.join(', ')})`, columnsOf(alias, output))
}

/** Each row once for each projection, told apart by a number. */
const emitExpand = ({ input, projections, output }: PlanOf<'expand'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const source = isBare(inner) ? inner : emitter.close(inner, input.output)
  const scope = emitter.scope(source)
  const number = emitter.alias()
  const rows = projections.map((_, index) => `(${index})`)
  const columns = output.map((attribute, place) => {
    const texts = projections.map((projection) => emitExpression(projection[place]!, scope))
    if (texts.every((text) => text === texts[0])) return [attribute.id, { sql: texts[0]!, kind: 'computed' }] as const
    const branches = texts.map((text, index) => `WHEN ${index} THEN ${text}`)
    return [attribute.id, { sql: `CASE ${number}.i ${branches.join(' ')} END`, kind: 'computed' }] as const
  })
  return plainBlock(`${source.from} CROSS JOIN (VALUES ${rows.join(', ')}) AS ${number}(i)`, new Map(columns))
}

const emitUnion = ({ inputs, output }: PlanOf<'union'>, emitter: Emitter): Block => {
  const arms = inputs.map((input) => {
    const block = emitter.block(input)
    const columns = new Map(
      output.map((attribute, index) => [attribute.id, block.columns.get(input.output[index]!.id)!]),
    )
    const sql = renderBlock({ ...block, columns }, output)
    return isCut(block) || block.orderBy !== undefined ? `(${sql})` : sql
  })
  const alias = emitter.alias()
  return plainBlock(`(${arms.join(' UNION ALL ')}) AS ${alias}`, columnsOf(alias, output))
}

const emitSample = ({ input, fraction, withReplacement, seed }: PlanOf<'sample'>, emitter: Emitter): Block => {
  if (withReplacement) throw refused('A sample with replacement is not computed here; sample without it')
  const block = emitter.close(emitter.block(input), input.output)
  // DuckDB's seed has 32 bits.
  const repeatable = BigInt.asUintN(31, seed)
  const [relation, alias] = splitAlias(block.from)
  const inner = emitter.alias()
  const from = `(SELECT * FROM ${relation} AS ${inner} TABLESAMPLE bernoulli(${fraction * 100} PERCENT) REPEATABLE (${repeatable})) AS ${alias}`
  return { ...block, from }
}

const splitAlias = (from: string): readonly [string, string] => {
  const at = from.lastIndexOf(' AS ')
  return [from.slice(0, at), from.slice(at + 4)]
}
