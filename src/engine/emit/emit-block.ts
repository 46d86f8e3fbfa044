import { lookupFunction } from '../functions/registry.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import { childrenOf } from '../plan/expression-tree.ts'
import type { PlanOf } from '../plan/logical-plan.ts'
import { type Block, type Column, isCut, isRows } from './block.ts'
import { emitConditions, emitExpression, emitOrders } from './emit-expression.ts'
import type { Emitter } from './emit-plan.ts'

/** How often each column is used. */
const uses = (expressions: readonly Expression[], counts = new Map<number, number>()): ReadonlyMap<number, number> => {
  for (const expression of expressions) {
    if (expression.kind === 'attribute') counts.set(expression.id, (counts.get(expression.id) ?? 0) + 1)
    else uses(childrenOf(expression), counts)
  }
  return counts
}

const isFixed = (expression: Expression): boolean => {
  if (expression.kind === 'udf') return true
  if (expression.kind === 'call' && lookupFunction(expression.name)?.deterministic === false) return true
  return childrenOf(expression).some(isFixed)
}

const hasLambda = (expression: Expression): boolean =>
  expression.kind === 'lambda' || childrenOf(expression).some(hasLambda)

/** Whether the expressions can be written over the block's own FROM without computing anything twice. */
const canSubstitute = (block: Block, expressions: readonly Expression[]): boolean => {
  // A lambda would compute what it mentions once for each element.
  const inLambda = expressions.some(hasLambda)
  for (const [id, count] of uses(expressions)) {
    const column = block.columns.get(id)
    if (column && column.kind !== 'plain' && (count > 1 || inLambda)) return false
  }
  return true
}

const columnOf = (expression: Expression, block: Block, emitter: Emitter): Column => {
  if (expression.kind === 'attribute') return block.columns.get(expression.id)!
  const used = [...uses([expression]).keys()].some((id) => block.columns.get(id)?.kind === 'fixed')
  const sql = emitExpression(expression, emitter.scope(block))
  return { sql, kind: used || isFixed(expression) ? 'fixed' : 'computed' }
}

export const emitProject = ({ input, items }: PlanOf<'project'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const expressions = items.map(({ expression }) => expression)
  const moves = items.every(({ expression }) => expression.kind === 'attribute')
  // Above ORDER BY and LIMIT, only a choice of columns is free: what is computed there would be computed for fewer rows.
  const merges = canSubstitute(inner, expressions) && (moves || (!isCut(inner) && inner.orderBy === undefined))
  const block = merges ? inner : emitter.close(inner, input.output)
  return {
    ...block,
    columns: new Map(items.map(({ attribute, expression }) => [attribute.id, columnOf(expression, block, emitter)])),
  }
}

export const emitFilter = ({ input, condition }: PlanOf<'filter'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const plain = [...uses([condition]).keys()].every((id) => (inner.columns.get(id)?.kind ?? 'plain') === 'plain')
  const fixed = [...inner.columns.values()].some(({ kind }) => kind === 'fixed')
  const block = isRows(inner) && plain && !fixed ? inner : emitter.close(inner, input.output)
  return { ...block, where: [...block.where, ...emitConditions(condition, emitter.scope(block))] }
}

/** Grouping goes by plain columns of FROM: what is computed is computed below, so that no text of GROUP BY is ambiguous. */
export const emitAggregateNode = ({ input, groups, aggregates }: PlanOf<'aggregate'>, emitter: Emitter): Block => {
  if (groups.length === 0 && aggregates.length === 0) {
    return {
      from: '(SELECT 1)',
      columns: new Map(),
      where: [],
      groupBy: undefined,
      orderBy: undefined,
      limit: undefined,
      offset: 0,
    }
  }
  const inner = emitter.block(input)
  const expressions = [...groups, ...aggregates].map(({ expression }) => expression)
  const merges = isRows(inner) && noFixed(inner) && canSubstitute(inner, expressions)
  const block = merges ? inner : emitter.close(inner, input.output)
  const keys = groups.map(({ expression }) => columnOf(expression, block, emitter))
  const scope = emitter.scope(block)
  if (keys.some(({ kind }) => kind !== 'plain')) return groupedAbove(block, { groups, aggregates }, emitter)
  return {
    ...block,
    groupBy: keys.map(({ sql }) => sql),
    columns: new Map<number, Column>([
      ...groups.map(({ attribute }, index) => [attribute.id, keys[index]!] as const),
      ...aggregates.map(
        ({ attribute, expression }) =>
          [attribute.id, { sql: emitExpression(expression, scope), kind: 'fixed' }] as const,
      ),
    ]),
  }
}

const noFixed = (block: Block): boolean => [...block.columns.values()].every(({ kind }) => kind !== 'fixed')

/** Computed keys become columns of a subquery, beside the columns that the aggregates need. */
const groupedAbove = (
  block: Block,
  { groups, aggregates }: Pick<PlanOf<'aggregate'>, 'groups' | 'aggregates'>,
  emitter: Emitter,
): Block => {
  const needed = attributesIn(aggregates.map(({ expression }) => expression)).filter(({ id }) => block.columns.has(id))
  const columns = new Map<number, Column>([
    ...needed.map((attribute) => [attribute.id, block.columns.get(attribute.id)!] as const),
    ...groups.map(({ attribute, expression }) => [attribute.id, columnOf(expression, block, emitter)] as const),
  ])
  const keys = groups.map(({ attribute }) => attribute)
  const closed = emitter.close({ ...block, columns }, [...needed, ...keys])
  const scope = emitter.scope(closed)
  return {
    ...closed,
    groupBy: keys.map(({ id }) => closed.columns.get(id)!.sql),
    columns: new Map<number, Column>([
      ...keys.map(({ id }) => [id, closed.columns.get(id)!] as const),
      ...aggregates.map(
        ({ attribute, expression }) =>
          [attribute.id, { sql: emitExpression(expression, scope), kind: 'fixed' }] as const,
      ),
    ]),
  }
}

const attributesIn = (expressions: readonly Expression[]): readonly Attribute[] => {
  const found = new Map<number, Attribute>()
  const visit = (expression: Expression): void => {
    if (expression.kind === 'attribute') found.set(expression.id, expression)
    else for (const child of childrenOf(expression)) visit(child)
  }
  for (const expression of expressions) visit(expression)
  return [...found.values()]
}

export const emitSort = ({ input, orders }: PlanOf<'sort'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const expressions = orders.map(({ expression }) => expression)
  const columns = expressions.flatMap((expression) => [...uses([expression]).keys()])
  const plain = columns.every((id) => (inner.columns.get(id)?.kind ?? 'plain') === 'plain')
  const block =
    !isCut(inner) && inner.groupBy === undefined && plain && noFixed(inner) ? inner : emitter.close(inner, input.output)
  return { ...block, orderBy: orders.length > 0 ? emitOrders(orders, emitter.scope(block)) : undefined }
}

export const emitLimit = ({ input, count, offset }: PlanOf<'limit'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const block = isCut(inner) ? emitter.close(inner, input.output) : inner
  return { ...block, limit: count, offset }
}
