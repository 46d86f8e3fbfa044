import type { Expression, ExpressionOf, SortOrder, WindowFrame } from '../plan/expression.ts'
import type { PlanOf } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { FrameBound } from '../sql/syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { type Block, type Column, isRows } from './block.ts'
import { emitAggregate, emitExpression, emitOrders, emitWindowCall, type Scope } from './emit-expression.ts'
import type { Emitter } from './emit-plan.ts'

/** Functions whose result no frame changes; DuckDB would take some into account. */
const FRAMELESS = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile', 'lag', 'lead'])

export const emitWindow = ({ input, functions, partitionBy, orderBy }: PlanOf<'window'>, emitter: Emitter): Block => {
  const inner = emitter.block(input)
  const usable = isRows(inner) && [...inner.columns.values()].every(({ kind }) => kind === 'plain')
  const block = usable ? inner : emitter.close(inner, input.output)
  const scope = emitter.scope(block)
  const partition = partitionBy.map((key) => emitExpression(key, scope)).join(', ')
  const order = orderBy.length > 0 ? emitOrders(orderBy, scope) : ''
  const columns = functions.map(({ attribute, expression }) => {
    if (expression.kind !== 'window') throw new Error('The plan is wrong: a window node holds window functions only')
    const name = expression.function.kind === 'call' ? expression.function.name : ''
    const frame = FRAMELESS.has(name) ? '' : frameSql(expression.frame, orderBy, scope)
    const parts = [partition && `PARTITION BY ${partition}`, order && `ORDER BY ${order}`, frame].filter(
      (part) => part !== '',
    )
    return [attribute.id, { sql: call(expression, scope, ` OVER (${parts.join(' ')})`), kind: 'fixed' }] as const
  })
  return { ...block, columns: new Map<number, Column>([...block.columns, ...columns]) }
}

const call = (expression: ExpressionOf<'window'>, scope: Scope, over: string): string => {
  const inside = expression.ignoreNulls ? ' IGNORE NULLS' : ''
  const inner = expression.function
  switch (inner.kind) {
    case 'aggregate':
      return emitAggregate(inner, scope, over, inside)
    case 'call':
      return emitWindowCall(inner, scope, inside, over)
    default:
      throw new SqlError('UNSUPPORTED_FEATURE', 'Only a window function or an aggregate stands before OVER')
  }
}

const frameSql = (frame: WindowFrame | undefined, orderBy: readonly SortOrder[], scope: Scope): string => {
  if (!frame) return ''
  const order = frame.unit === 'range' ? orderBy[0]?.expression.type : undefined
  const bounds = [frame.start, frame.end].map((bound) => boundSql(bound, order, scope))
  return `${frame.unit.toUpperCase()} BETWEEN ${bounds.join(' AND ')}`
}

const boundSql = (bound: FrameBound<Expression>, order: DataType | undefined, scope: Scope): string => {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return 'UNBOUNDED PRECEDING'
    case 'unbounded-following':
      return 'UNBOUNDED FOLLOWING'
    case 'current-row':
      return 'CURRENT ROW'
    case 'preceding':
    case 'following':
      return `${offsetSql(bound.offset, order, scope)} ${bound.kind.toUpperCase()}`
  }
}

/** An offset of a range over dates is an interval for DuckDB. */
const offsetSql = (offset: Expression, order: DataType | undefined, scope: Scope): string => {
  const sql = emitExpression(offset, scope)
  if (order === undefined) return sql
  if (offset.type.kind === 'year-month-interval') return `to_months(${sql})`
  if (offset.type.kind === 'day-time-interval' && order.kind !== 'day-time-interval') return `to_microseconds(${sql})`
  return order.kind === 'date' ? `to_days(${sql})` : sql
}
