import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { isOrderable } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { resolveAbove } from './above-select.ts'
import type { Analysis, Analyzed, Column, ExpressionContext, Level, PlanScope } from './analyzed.ts'
import { distinct, filter, ONE_ROW, pass, project } from './build-plan.ts'
import { asCondition } from './cast-to.ts'
import { rowContext } from './expression-context.ts'
import {
  aggregated,
  type GroupExpression,
  type Grouping,
  groupingOf,
  groupingPlaceholder,
  overGroups,
} from './group-by.ts'
import { lateralView } from './lateral-view.ts'
import { levelOf } from './levels.ts'
import { sameName } from './names.ts'
import { usedIds } from './plan-tree.ts'
import { prettyName } from './pretty-name.ts'
import { type Item, itemLevel, resolveItems } from './select-items.ts'
import { withGenerators, withWindows } from './select-nodes.ts'
import { type SelectParts, selectParts } from './select-parts.ts'
import { usesAggregate } from './uses-aggregate.ts'

type Of<K extends PlanSyntax['kind']> = PlanSyntax & { readonly kind: K }
export type SelectSyntax = Of<'select'>
/** A node that stands right above a SELECT and may name columns that the SELECT does not give out. */
export type AboveSelect = Of<'sort'> | Of<'filter'>

/** What is known of a SELECT once its parts are resolved. */
export interface ResolvedSelect {
  readonly analysis: Analysis
  readonly scope: PlanScope
  readonly syntax: SelectSyntax
  readonly input: Analyzed
  readonly level: Level
  readonly items: readonly Item[]
  readonly parts: SelectParts
  readonly context: ExpressionContext
  /** Says an expression over the input in group columns and aggregates; itself without aggregation. */
  readonly settle: (expression: Expression) => Expression
}

/** A SELECT with all its clauses, and the ORDER BY or filter above it when there is one. */
export const resolveSelect = (
  analysis: Analysis,
  syntax: SelectSyntax,
  scope: PlanScope,
  above: AboveSelect | undefined,
): Analyzed => {
  const input = filtered(analysis, syntax, from(analysis, syntax, scope), scope)
  const level = levelOf(analysis, [input], scope.outer)
  const aliases = new WeakSet<Expression>()
  const parts = selectParts(analysis.context.newId, (expression) => aliases.has(expression))
  const context: ExpressionContext = {
    ...rowContext(analysis, scope, level, 'the select list'),
    windows: syntax.windows,
    aggregate: parts.aggregate,
    window: parts.window,
    ...(syntax.groupBy?.sets
      ? {
          grouping: (call): Expression =>
            groupingPlaceholder(call, {
              ...context,
              aggregate: rowContext(analysis, scope, level, 'grouping()').aggregate,
            }),
        }
      : {}),
  }
  const items = resolveItems(context, syntax.items, aliases)
  const isAggregation =
    syntax.groupBy !== undefined ||
    syntax.having !== undefined ||
    parts.aggregates().length > 0 ||
    (above?.kind === 'sort' &&
      above.orders !== 'all' &&
      above.orders.some(({ expression }) => usesAggregate(expression)))
  const grouping = isAggregation
    ? groupingOf(analysis, input.plan, groupExpressions(syntax, context, items, parts), syntax.groupBy?.sets)
    : undefined
  const settle = grouping
    ? overGroups(analysis, grouping, input.plan, syntax.groupBy !== undefined)
    : (one: Expression) => one
  const select: ResolvedSelect = { analysis, scope, syntax, input, level, items, parts, context, settle }
  const having = grouping && syntax.having ? resolveHaving(select, grouping, syntax.having) : undefined
  const output = outputOf(select)
  const resolvedAbove = above && resolveAbove(select, output, above)

  let plan = grouping ? aggregated(grouping, parts.aggregates()) : input.plan
  if (having) plan = filter(plan, having)
  plan = withWindows(plan, parts.windows(), settle)
  plan = withGenerators(plan, items, settle)
  for (const { attribute, expression, early } of output)
    if (early) plan = project(plan, [...plan.output.map(pass), { attribute, expression }])
  const named = output.map(
    ({ attribute, expression, early }): Named => ({ attribute, expression: early ? attribute : expression }),
  )
  plan = project(plan, [...named, ...(resolvedAbove?.extra ?? []).map(pass)])
  if (syntax.distinct) plan = distinctRows(plan, syntax)
  const columns = output.map(({ column }) => column)
  const selected: Analyzed = { syntax, plan, columns, hidden: [], inputs: [input], broadcast: false }
  if (!above || !resolvedAbove) return selected
  return { ...selected, syntax: above, plan: resolvedAbove.node(plan), inputs: [selected] }
}

const from = (analysis: Analysis, syntax: SelectSyntax, scope: PlanScope): Analyzed => {
  const start = syntax.from
    ? analysis.plan(syntax.from, scope)
    : { syntax, plan: ONE_ROW, columns: [], hidden: [], inputs: [], broadcast: false }
  return syntax.lateralViews.reduce((input, view) => lateralView(analysis, input, view, scope), start)
}

const filtered = (analysis: Analysis, syntax: SelectSyntax, input: Analyzed, scope: PlanScope): Analyzed => {
  if (!syntax.where) return input
  const context = rowContext(
    analysis,
    scope,
    levelOf(analysis, [input], scope.outer),
    'WHERE',
    'INVALID_WHERE_CONDITION',
  )
  const condition = asCondition(
    analysis.expression(syntax.where, context),
    'DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN',
    `The WHERE condition "${prettyName(syntax.where)}"`,
    analysis.context.settings,
    syntax.where.at,
  )
  return { ...input, plan: filter(input.plan, condition), inputs: [input] }
}

const groupExpressions = (
  syntax: SelectSyntax,
  context: ExpressionContext,
  items: readonly Item[],
  parts: SelectParts,
): readonly GroupExpression[] => {
  const { analysis, level, scope } = context
  const { settings } = analysis.context
  if (!syntax.groupBy) return []
  if (syntax.groupBy.all)
    return items
      .filter(({ expression }) => !parts.isAggregate(expression) && !parts.isWindow(expression))
      .map(({ expression, name, at }) => ({ expression, name, at }))
  const byAlias: Level = settings.groupByAliases ? itemLevel(level, items, settings.caseSensitive) : level
  const inGroupBy = rowContext(analysis, scope, byAlias, 'GROUP BY', 'GROUP_BY_AGGREGATE')
  return syntax.groupBy.expressions.map((group): GroupExpression => {
    if (settings.groupByOrdinal && group.kind === 'literal' && group.type.kind === 'integer') {
      const item = items[Number(group.value) - 1]
      if (!item)
        throw new SqlError(
          'GROUP_BY_POS_OUT_OF_RANGE',
          `GROUP BY position ${group.value} is not in select list (valid range is [1, ${items.length}])`,
          group.at,
        )
      if (parts.isAggregate(item.expression))
        throw new SqlError(
          'GROUP_BY_POS_AGGREGATE',
          `GROUP BY ${group.value} refers to an expression ${item.name} that contains an aggregate function. Aggregate functions are not allowed in GROUP BY`,
          group.at,
        )
      return { expression: item.expression, name: item.name, at: group.at }
    }
    const expression = analysis.expression(group, inGroupBy)
    if (parts.isAggregate(expression) || parts.isWindow(expression))
      throw new SqlError(
        'GROUP_BY_AGGREGATE',
        `Aggregate functions are not allowed in GROUP BY, but found ${prettyName(group)}`,
        group.at,
      )
    return { expression, name: prettyName(group), at: group.at }
  })
}

const resolveHaving = (
  select: ResolvedSelect,
  grouping: Grouping,
  syntax: NonNullable<SelectSyntax['having']>,
): Expression => {
  const { analysis, level, items, parts, settle } = select
  const { settings } = analysis.context
  const grouped = new Set(
    grouping.groups
      .flatMap(({ expression }) => [...usedIds(expression)])
      .concat([...grouping.byKey.keys()].flatMap((key) => (/^#\d+$/.test(key) ? [Number(key.slice(1))] : []))),
  )
  const isGrouped = (expression: Expression): boolean => [...usedIds(expression)].every((id) => grouped.has(id))
  const having: Level = {
    ...level,
    columns: [
      ...level.columns,
      ...items.map(({ name, expression }) => ({
        attribute: { kind: 'attribute', id: -1, name, type: expression.type, nullable: true } as Attribute,
        qualifier: [],
      })),
    ],
    find: (nameParts, of, at) => {
      const inner = level.find(nameParts, of, at)
      if (inner && isGrouped(inner)) return inner
      const item =
        nameParts.length === 1 && !of
          ? items.find(({ alias }) => alias && sameName(alias, nameParts[0]!, settings.caseSensitive))
          : undefined
      return item && !parts.isWindow(item.expression) ? { ...item.expression } : inner
    },
  }
  const context: ExpressionContext = {
    ...select.context,
    level: having,
    aggregateLevel: level,
    window: rowContext(analysis, select.scope, level, 'HAVING').window,
  }
  const condition = asCondition(
    analysis.expression(syntax, context),
    'DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN',
    'The HAVING condition',
    settings,
    syntax.at,
  )
  return settle(condition)
}

/** One column that a SELECT gives out. */
export interface OutputColumn {
  readonly attribute: Attribute
  readonly expression: Expression
  /** Computed in a node of its own, below: another item names it, and it must be computed once. */
  readonly early: boolean
  readonly column: Column
  /** Before group columns took its place: what ORDER BY compares with. */
  readonly item: Item
}

const outputOf = (select: ResolvedSelect): readonly OutputColumn[] => {
  const { analysis, items, level, settle } = select
  const given = new Map<number, number>()
  return items.map((item): OutputColumn => {
    const expression = settle(item.expression)
    const passes = expression.kind === 'attribute' && item.alias === undefined
    const repeats = passes && given.has(expression.id)
    const id = item.early?.id ?? (passes && !repeats ? expression.id : analysis.context.newId())
    if (passes) given.set(expression.id, id)
    const attribute: Attribute = {
      kind: 'attribute',
      id,
      name: item.name,
      type: expression.type,
      nullable: expression.nullable,
    }
    const source =
      passes && item.expression.kind === 'attribute'
        ? [...level.columns, ...level.hidden].find(
            (column) => column.attribute.id === (item.expression as Attribute).id,
          )
        : undefined
    const column: Column = {
      attribute,
      qualifier: item.column?.qualifier ?? source?.qualifier ?? [],
      ...(repeats ? { origin: expression.id } : {}),
    }
    return { attribute, expression, early: item.early !== undefined, column, item }
  })
}

const distinctRows = (plan: LogicalPlan, syntax: SelectSyntax): LogicalPlan => {
  const map = plan.output.find(({ type }) => !isOrderable(type))
  if (map)
    throw new SqlError(
      'UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE',
      `Cannot have MAP type columns in DataFrame which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column \`${map.name}\` is "${sqlTypeName(map.type)}"`,
      syntax.at,
    )
  return distinct(plan)
}
