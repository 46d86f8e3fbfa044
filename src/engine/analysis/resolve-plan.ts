import type { Expression, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, OrderSyntax, PlanSyntax } from '../sql/syntax.ts'
import { isIntegral } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { type Analysis, type Analyzed, over, type PlanScope, qualified } from './analyzed.ts'
import { filter, limit } from './build-plan.ts'
import { asCondition } from './cast-to.ts'
import { constantInteger } from './constant.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { checkOrder, ordinalOf } from './ordinals.ts'
import { prettyName } from './pretty-name.ts'
import { resolveAsOfJoin } from './resolve-as-of-join.ts'
import {
  resolveDeduplicate,
  resolveDrop,
  resolveRename,
  resolveRenameAll,
  resolveWithColumns,
} from './resolve-columns.ts'
import { resolveHint } from './resolve-hint.ts'
import { resolveJoin } from './resolve-join.ts'
import {
  aliased,
  hinted,
  resolveFiles,
  resolveHeld,
  resolveRange,
  resolveRelation,
  resolveTableFunction,
  resolveValues,
  visible,
} from './resolve-leaves.ts'
import { pivotSyntax, resolveUnpivot } from './resolve-pivot.ts'
import { type AboveSelect, resolveSelect, type SelectSyntax } from './resolve-select.ts'
import { resolveSetOperation } from './resolve-set-operation.ts'
import { resolveWith } from './resolve-with.ts'

type Of<K extends PlanSyntax['kind']> = PlanSyntax & { readonly kind: K }

export const resolvePlan = (analysis: Analysis, syntax: PlanSyntax, scope: PlanScope): Analyzed => {
  switch (syntax.kind) {
    case 'relation':
      return resolveRelation(analysis, syntax, scope)
    case 'files':
      return resolveFiles(analysis, syntax)
    case 'held':
      return resolveHeld(analysis, syntax)
    case 'range':
      return resolveRange(analysis, syntax, syntax)
    case 'values':
      return resolveValues(analysis, syntax, scope)
    case 'table-function':
      return resolveTableFunction(analysis, syntax, scope)
    case 'select':
      return resolveSelect(analysis, syntax, scope, undefined)
    case 'filter':
      return resolveFilter(analysis, syntax, scope)
    case 'join':
      return resolveJoin(analysis, syntax, scope)
    case 'as-of-join':
      return resolveAsOfJoin(analysis, syntax, scope)
    case 'set-operation':
      return resolveSetOperation(analysis, syntax, { ...scope, hints: [] })
    case 'sort':
      return resolveSort(analysis, syntax, scope)
    case 'limit':
      return resolveLimit(analysis, syntax, scope)
    case 'with':
      return resolveWith(analysis, syntax, scope)
    case 'alias': {
      const named = hinted(scope, [syntax.name])
      const input = analysis.plan(syntax.input, { ...scope, hints: [] })
      const result = aliased(analysis, syntax, input, syntax.name, syntax.columns, syntax.at)
      return { ...result, broadcast: result.broadcast || named.broadcast }
    }
    case 'deduplicate':
      return resolveDeduplicate(analysis, syntax, scope)
    case 'with-columns':
      return resolveWithColumns(analysis, syntax, scope)
    case 'rename':
      return resolveRename(analysis, syntax, scope)
    case 'rename-all':
      return resolveRenameAll(analysis, syntax, scope)
    case 'drop':
      return resolveDrop(analysis, syntax, scope)
    case 'sample': {
      const input = analysis.plan(syntax.input, scope)
      const { fraction, withReplacement, seed } = syntax
      if (!(fraction >= 0) || (!withReplacement && fraction > 1))
        throw new SqlError(
          'INVALID_PARAMETER_VALUE',
          `A sample's fraction must be between 0 and 1, not ${fraction}`,
          syntax.at,
        )
      const plan: LogicalPlan = {
        kind: 'sample',
        input: input.plan,
        fraction,
        withReplacement,
        seed,
        output: input.plan.output,
      }
      return over(input, syntax, plan)
    }
    case 'repartition': {
      const input = analysis.plan(syntax.input, scope)
      const by = orders(analysis, syntax.by, input, scope, 'DISTRIBUTE BY')
      const { partitions, how } = syntax
      return over(input, syntax, {
        kind: 'repartition',
        input: input.plan,
        partitions,
        by,
        how,
        output: input.plan.output,
      })
    }
    case 'hint':
      return resolveHint(analysis, syntax, scope)
    case 'pivot': {
      const input = analysis.plan(syntax.input, scope)
      const select = pivotSyntax(analysis, syntax, input, scope)
      return { ...analysis.plan(select, scope), syntax }
    }
    case 'unpivot':
      return resolveUnpivot(analysis, syntax, scope)
    case 'map-batches': {
      const input = analysis.plan(syntax.input, scope)
      const output = syntax.schema.fields.map(({ name, type, nullable }) => ({
        kind: 'attribute' as const,
        id: analysis.context.newId(),
        name,
        type,
        nullable,
      }))
      const plan: LogicalPlan = { kind: 'map-batches', input: visible(input), id: syntax.id, output }
      return { syntax, plan, columns: qualified(output, []), hidden: [], inputs: [input], broadcast: false }
    }
  }
}

/** The SELECT right below, whose other columns a filter or an order may name too. */
const selectBelow = (syntax: PlanSyntax): SelectSyntax | undefined => (syntax.kind === 'select' ? syntax : undefined)

const resolveFilter = (analysis: Analysis, syntax: Of<'filter'>, scope: PlanScope): Analyzed => {
  try {
    const input = analysis.plan(syntax.input, scope)
    const context = rowContext(
      analysis,
      scope,
      levelOf(analysis, [input], scope.outer),
      'a filter',
      'INVALID_WHERE_CONDITION',
    )
    const condition = asCondition(
      analysis.expression(syntax.condition, context),
      'DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN',
      `The filter condition "${prettyName(syntax.condition)}"`,
      analysis.context.settings,
      syntax.condition.at,
    )
    return over(input, syntax, filter(input.plan, condition))
  } catch (error) {
    const select = selectBelow(syntax.input)
    if (!select || select.distinct || !isUnresolved(error)) throw error
    return resolveSelect(analysis, select, scope, syntax)
  }
}

const isUnresolved = (error: unknown): boolean =>
  error instanceof SqlError &&
  (error.condition.startsWith('UNRESOLVED_COLUMN') || error.condition === 'CANNOT_RESOLVE_DATAFRAME_COLUMN')

const orders = (
  analysis: Analysis,
  syntax: readonly OrderSyntax[],
  input: Analyzed,
  scope: PlanScope,
  clause: string,
): readonly SortOrder[] => {
  const context = rowContext(analysis, scope, levelOf(analysis, [input], scope.outer), clause)
  return syntax.map((order) => checkOrder(order, analysis.expression(order.expression, context)))
}

const resolveSort = (analysis: Analysis, syntax: Of<'sort'>, scope: PlanScope): Analyzed => {
  const select = selectBelow(syntax.input)
  if (select) return resolveSelect(analysis, select, scope, syntax satisfies AboveSelect)
  const input = analysis.plan(syntax.input, scope)
  const visibleColumns = input.columns.map(({ attribute }) => attribute)
  const context = rowContext(analysis, scope, levelOf(analysis, [input], scope.outer), 'ORDER BY')
  const sorted =
    syntax.orders === 'all'
      ? visibleColumns.map((expression): SortOrder => ({ expression, descending: false, nullsFirst: true }))
      : syntax.orders.map((order) => {
          const position = ordinalOf(order, visibleColumns, analysis.context.settings)
          return checkOrder(order, position ?? analysis.expression(order.expression, context))
        })
  const plan: LogicalPlan = {
    kind: 'sort',
    input: input.plan,
    orders: sorted,
    global: syntax.global,
    output: input.plan.output,
  }
  return over(input, syntax, plan)
}

const resolveLimit = (analysis: Analysis, syntax: Of<'limit'>, scope: PlanScope): Analyzed => {
  const input = analysis.plan(syntax.input, scope)
  const count = syntax.count && rowCount(analysis, syntax.count, scope, 'LIMIT')
  const offset = syntax.offset ? rowCount(analysis, syntax.offset, scope, 'OFFSET') : 0
  return over(input, syntax, limit(input.plan, count, offset))
}

/** A constant number of rows. Source: Spark's CheckAnalysis.checkLimitLikeClause. */
const rowCount = (analysis: Analysis, syntax: ExpressionSyntax, scope: PlanScope, clause: string): number => {
  const fault = (reason: string, message: string): SqlError =>
    new SqlError(
      `INVALID_LIMIT_LIKE_EXPRESSION.${reason}`,
      `The ${clause} expression "${prettyName(syntax)}" is invalid: ${message}`,
      syntax.at,
    )
  let expression: Expression
  try {
    expression = analysis.expression(syntax, rowContext(analysis, scope, levelOf(analysis, [], undefined), clause))
  } catch (error) {
    if (!isUnresolved(error)) throw error
    throw fault('IS_UNFOLDABLE', 'it must evaluate to a constant value')
  }
  if (!isIntegral(expression.type))
    throw fault('DATA_TYPE', `it must be integer type, but got "${sqlTypeName(expression.type)}"`)
  const rows = constantInteger(expression)
  if (rows === undefined) throw fault('IS_UNFOLDABLE', 'it must evaluate to a constant value')
  if (rows === null) throw fault('IS_NULL', 'it must not be null')
  if (rows < 0n) throw fault('IS_NEGATIVE', `it must be equal to or greater than 0, but got ${rows}`)
  return Number(rows)
}
