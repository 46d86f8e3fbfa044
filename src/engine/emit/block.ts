import type { Attribute } from '../plan/expression.ts'

/** A column of a block, as SQL over its FROM. */
export interface Column {
  readonly sql: string
  /** plain: a column of the FROM. fixed: must not be computed twice or moved (random numbers, window functions, aggregates). */
  readonly kind: 'plain' | 'computed' | 'fixed'
}

/**
 * One SELECT in the making. Nodes of the plan are merged into it while its meaning allows; else it becomes a subquery
 * of the next one.
 */
export interface Block {
  readonly from: string
  readonly columns: ReadonlyMap<number, Column>
  readonly where: readonly string[]
  /** Undefined: rows as they come; otherwise grouped, by nothing when empty. */
  readonly groupBy: readonly string[] | undefined
  readonly orderBy: string | undefined
  readonly limit: number | undefined
  readonly offset: number
}

export const plainBlock = (from: string, columns: ReadonlyMap<number, Column>): Block => ({
  from,
  columns,
  where: [],
  groupBy: undefined,
  orderBy: undefined,
  limit: undefined,
  offset: 0,
})

export const columnName = (attribute: Attribute): string => `c${attribute.id}`

/** Columns `c<id>` of the relation `alias`. */
export const columnsOf = (alias: string, output: readonly Attribute[]): ReadonlyMap<number, Column> =>
  new Map(output.map((attribute) => [attribute.id, { sql: `${alias}.${columnName(attribute)}`, kind: 'plain' }]))

/** The SELECT, giving `output` in order. */
export const renderBlock = (block: Block, output: readonly Attribute[]): string => {
  const items = output.map((attribute) => `${block.columns.get(attribute.id)!.sql} AS ${columnName(attribute)}`)
  return [
    `SELECT ${items.length > 0 ? items.join(', ') : '1 AS nothing'}`,
    `FROM ${block.from}`,
    ...(block.where.length > 0 ? [`WHERE ${block.where.join(' AND ')}`] : []),
    ...(block.groupBy && block.groupBy.length > 0 ? [`GROUP BY ${block.groupBy.join(', ')}`] : []),
    ...(block.orderBy === undefined ? [] : [`ORDER BY ${block.orderBy}`]),
    ...(block.limit === undefined ? [] : [`LIMIT ${block.limit}`]),
    ...(block.offset > 0 ? [`OFFSET ${block.offset}`] : []),
  ].join(' ')
}

/** Nothing but FROM and columns of it: can stand in a join as it is. */
export const isBare = (block: Block): boolean => isRows(block) && block.where.length === 0 && allPlain(block)

/** Rows of FROM and WHERE, neither grouped nor ordered nor cut. */
export const isRows = (block: Block): boolean =>
  block.groupBy === undefined && block.orderBy === undefined && block.limit === undefined && block.offset === 0

export const isCut = (block: Block): boolean => block.limit !== undefined || block.offset > 0

export const allPlain = (block: Block): boolean => [...block.columns.values()].every(({ kind }) => kind === 'plain')
