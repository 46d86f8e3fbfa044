import { castSql } from '../functions/cast.ts'
import type { SqlSettings } from '../functions/function.ts'
import { mayFail } from '../functions/may-fail.ts'
import { lookupFunction } from '../functions/registry.ts'
import { conjuncts } from '../optimizer/expression-tree.ts'
import type { Attribute, Expression, ExpressionOf, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import { isComplex } from '../types/same-type.ts'
import { simpleString } from '../types/type-name.ts'
import { dateLiteral, emitLiteral } from './emit-literal.ts'
import { narrowSum } from './narrow-decimal.ts'

/** What an expression is written in. */
export interface Scope {
  readonly settings: SqlSettings
  /** SQL of a column that is in sight. */
  readonly column: (attribute: Attribute) => string
  /** SQL of a whole plan, without parentheses. */
  readonly plan: (plan: LogicalPlan) => string
  /** SQL of a call of a function of the program. */
  readonly udf: (id: number, args: readonly string[]) => string
}

const refused = (sentence: string): SqlError => new SqlError('UNSUPPORTED_FEATURE', sentence)

/** DuckDB SQL of an expression. Throws SqlError for what has no exact SQL. */
export const emitExpression = (expression: Expression, scope: Scope): string => {
  switch (expression.kind) {
    case 'attribute':
      return scope.column(expression)
    case 'literal':
      return emitLiteral(expression)
    case 'call':
      return emitCall(expression, scope)
    case 'cast':
      return emitCast(expression, scope)
    case 'case': {
      const branches = expression.branches.map(
        ({ when, then }) => `WHEN ${emitExpression(when, scope)} THEN ${emitExpression(then, scope)}`,
      )
      const otherwise = expression.otherwise ? ` ELSE ${emitExpression(expression.otherwise, scope)}` : ''
      return `CASE ${branches.join(' ')}${otherwise} END`
    }
    case 'in': {
      const list = expression.list.map((item) => emitExpression(item, scope))
      if (list.length === 0) return 'false'
      return `(${emitExpression(expression.value, scope)} IN (${list.join(', ')}))`
    }
    case 'lambda':
      return emitLambda(expression, scope)
    case 'aggregate':
      return emitAggregate(expression, scope, '')
    case 'scalar-subquery':
      return `(${scope.plan(expression.plan)})`
    case 'exists':
      return `EXISTS (${scope.plan(expression.plan)})`
    case 'in-subquery': {
      // Rows of several values compare their nulls otherwise in DuckDB.
      if (expression.values.length !== 1)
        throw refused('IN with several columns is computed as a join only; use EXISTS')
      return `(${emitExpression(expression.values[0]!, scope)} IN (${scope.plan(expression.plan)}))`
    }
    case 'udf':
      return scope.udf(
        expression.id,
        expression.args.map((arg) => emitExpression(arg, scope)),
      )
    case 'window':
      throw refused('A window function stands in a window node only')
    case 'outer':
      throw refused(
        `The subquery refers to ${expression.attribute.name} of the outer query in a way that is not computed here`,
      )
  }
}

const known = (name: string) => {
  const spark = lookupFunction(name)
  if (!spark) throw refused(`The function ${name} is not computed here`)
  return spark
}

const emitCall = (call: ExpressionOf<'call'>, scope: Scope): string => {
  const spark = known(call.name)
  if (spark.kind === 'window') throw refused(`${call.name} needs an OVER clause`)
  return spark.emit(
    call.args.map((arg) => emitExpression(arg, scope)),
    call,
    scope.settings,
  )
}

/** A call of a window function; `after`: FILTER and OVER. */
export const emitWindowCall = (call: ExpressionOf<'call'>, scope: Scope, inside: string, after: string): string => {
  const args = call.args.map((arg) => emitExpression(arg, scope))
  return known(call.name).emit([...args, inside, after], call, scope.settings)
}

/** An aggregate, with `after` (OVER (…)) behind it. */
export const emitAggregate = (call: ExpressionOf<'aggregate'>, scope: Scope, after: string, inside = ''): string => {
  const args = call.args.map((arg) => emitExpression(arg, scope))
  const order = call.orderBy.length === 0 ? '' : ` ORDER BY ${emitOrders(call.orderBy, scope)}`
  const filter = call.filter ? ` FILTER (WHERE ${emitExpression(call.filter, scope)})` : ''
  if (call.name === 'sum' && !call.distinct && after === '' && call.type.kind === 'decimal') {
    const fast = narrowSum(call.args[0]!, call.type, filter, (inner) => emitExpression(inner, scope))
    if (fast !== undefined) return fast
  }
  return known(call.name).emit([...args, `${order}${inside}`, `${filter}${after}`], call, scope.settings)
}

const emitCast = ({ child, type, mode }: ExpressionOf<'cast'>, scope: Scope): string => {
  if (child.kind === 'literal' && type.kind === 'date' && typeof child.value === 'string') {
    const days = isoDays(child.value)
    if (days !== undefined) return dateLiteral(days)
  }
  return castSql(emitExpression(child, scope), child.type, type, mode, scope.settings)
}

/** Days since the epoch of a plain yyyy-MM-dd. */
const isoDays = (text: string): number | undefined => {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined
  const time = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(time) || new Date(time).toISOString().slice(0, 10) !== text ? undefined : time / 86_400_000
}

const emitLambda = ({ parameters, body }: ExpressionOf<'lambda'>, scope: Scope): string => {
  const names = new Map(parameters.map(({ id }) => [id, `p${id}`]))
  const inner: Scope = { ...scope, column: (attribute) => names.get(attribute.id) ?? scope.column(attribute) }
  return `lambda ${[...names.values()].join(', ')}: ${emitExpression(body, inner)}`
}

/** Sort keys with direction and place of nulls. */
export const emitOrders = (orders: readonly SortOrder[], scope: Scope): string =>
  orders
    .map(({ expression, descending, nullsFirst }) => {
      if (isComplex(expression.type)) {
        throw refused(
          `Rows are not sorted by a value of type ${simpleString(expression.type)} here: nulls inside are ordered otherwise; sort by its parts`,
        )
      }
      const key = emitExpression(expression, scope)
      // A number alone would be the place of a column.
      const safe = expression.kind === 'literal' ? `(${key} IS NULL)` : key
      return `${safe} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`
    })
    .join(', ')

/**
 * Conditions of a filter, one text each. What may fail is evaluated only where all before it hold: DuckDB has an order of
 * its own, Spark goes from left to right.
 */
export const emitConditions = (condition: Expression, scope: Scope): readonly string[] => {
  const done: string[] = []
  for (const part of conjuncts(condition)) {
    const sql = emitExpression(part, scope)
    done.push(mayFail(part) && done.length > 0 ? `CASE WHEN ${done.join(' AND ')} THEN ${sql} ELSE false END` : sql)
  }
  return done
}
