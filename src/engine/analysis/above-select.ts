import type { Attribute, Expression, SortOrder } from '../plan/expression.ts'
import { idsOf, mapOrders, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { OrderSyntax } from '../sql/syntax.ts'
import type { ExpressionContext, Level, WindowCall } from './analyzed.ts'
import { filter } from './build-plan.ts'
import { asCondition } from './cast-to.ts'
import { rowContext } from './expression-context.ts'
import { expressionKey } from './expression-key.ts'
import { replace } from './expression-tree.ts'
import { levelOf } from './levels.ts'
import { findColumn, unresolvedColumn } from './names.ts'
import { checkOrder, ordinalOf } from './ordinals.ts'
import { replaceOuter, usedIds } from './plan-tree.ts'
import type { AboveSelect, OutputColumn, ResolvedSelect } from './resolve-select.ts'

/** ORDER BY or a filter above a SELECT, and the columns that it needs from below beside those of the select list. */
export interface ResolvedAbove {
  readonly extra: readonly Attribute[]
  readonly node: (plan: LogicalPlan) => LogicalPlan
}

/** Names mean columns of the select list first, then what the SELECT could name itself. Source: Spark's ResolveReferencesInSort. */
export const resolveAbove = (
  select: ResolvedSelect,
  output: readonly OutputColumn[],
  above: AboveSelect,
): ResolvedAbove => {
  const context = aboveContext(select, output, above)
  const needed = new Map<number, Attribute>()
  const given = idsOf(output.map(({ attribute }) => attribute))
  const settle = (expression: Expression): Expression => {
    const settled = settleAbove(select, output, given, expression)
    for (const attribute of attributesIn(settled)) {
      if (given.has(attribute.id)) continue
      if (select.syntax.distinct)
        throw unresolvedColumn(
          [attribute.name],
          output.map(({ column }) => column),
          select.analysis.spans.get(attribute),
        )
      needed.set(attribute.id, attribute)
    }
    for (const attribute of namedBySubqueries(settled))
      if (!given.has(attribute.id) && !isFurtherOut(select, attribute)) needed.set(attribute.id, attribute)
    return settled
  }
  const { settings } = select.analysis.context
  if (above.kind === 'filter') {
    const condition = asCondition(
      select.analysis.expression(above.condition, context),
      'DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN',
      'The filter condition',
      settings,
      above.condition.at,
    )
    const settled = settle(condition)
    return { extra: [...needed.values()], node: (plan) => filter(plan, settled) }
  }
  const orders = sortOrders(select, output, above.orders, context)
  const settled = mapOrders(orders, settle)
  return {
    extra: [...needed.values()],
    node: (plan) => ({ kind: 'sort', input: plan, orders: settled, global: above.global, output: plan.output }),
  }
}

const sortOrders = (
  select: ResolvedSelect,
  output: readonly OutputColumn[],
  orders: readonly OrderSyntax[] | 'all',
  context: ExpressionContext,
): readonly SortOrder[] => {
  const { analysis } = select
  if (orders === 'all')
    return output.map(({ attribute }) => ({ expression: attribute, descending: false, nullsFirst: true }))
  return orders.map((order) => {
    const attribute = ordinalOf(
      order,
      output.map((column) => column.attribute),
      analysis.context.settings,
    )
    return checkOrder(order, attribute ?? analysis.expression(order.expression, context))
  })
}

const aboveContext = (
  select: ResolvedSelect,
  output: readonly OutputColumn[],
  above: AboveSelect,
): ExpressionContext => {
  const { analysis, level, parts, scope, syntax } = select
  const columns = output.map(({ column }) => column)
  const outputLevel: Level = {
    ...level,
    columns,
    hidden: [],
    find: (parts, of, at) => {
      if (of === syntax || !of) {
        const found = findColumn(columns, [], parts, analysis.context.settings.caseSensitive, at)
        if (found) {
          const seen = levelOf(
            analysis,
            [
              {
                syntax,
                plan: { kind: 'values', rows: [], output: [] },
                columns: [found.column],
                hidden: [],
                inputs: [],
                broadcast: false,
              },
            ],
            undefined,
          )
          return seen.find(parts, undefined, at)
        }
      }
      return level.find(parts, of, at)
    },
  }
  const inline = (expression: Expression): Expression =>
    replace(expression, (inner) => {
      if (inner.kind !== 'attribute') return undefined
      const column = output.find(({ attribute }) => attribute.id === inner.id)
      return column && column.item.expression.kind !== 'attribute' ? column.item.expression : undefined
    })
  const row = rowContext(analysis, scope, outputLevel, above.kind === 'sort' ? 'ORDER BY' : 'a filter')
  if (above.kind === 'filter') return row
  return {
    ...select.context,
    level: outputLevel,
    aggregateLevel: {
      ...level,
      find: (parts, of, at) => level.find(parts, of, at) ?? outputLevel.find(parts, of, at),
    },
    aggregate: (expression, name, at) => parts.aggregate(inline(expression), name, at),
    window: (window: WindowCall, at) =>
      parts.window(
        {
          ...window,
          expression: inline(window.expression),
          partitionBy: window.partitionBy.map(inline),
          orderBy: mapOrders(window.orderBy, inline),
        },
        at,
      ),
  }
}

/** Parts that are items of the select list become its columns; the rest is said in group columns and aggregates. */
const settleAbove = (
  select: ResolvedSelect,
  output: readonly OutputColumn[],
  given: ReadonlySet<number>,
  expression: Expression,
): Expression => {
  const byKey = new Map(output.toReversed().map(({ item, attribute }) => [expressionKey(item.expression), attribute]))
  const overOutput = replace(expression, (inner) => {
    if (inner.kind === 'literal' || (inner.kind === 'attribute' && given.has(inner.id))) return undefined
    return byKey.get(expressionKey(inner))
  })
  return select.settle(overOutput)
}

/** Columns that subqueries in the expression name outside of themselves. */
const namedBySubqueries = (expression: Expression): readonly Attribute[] => {
  const found: Attribute[] = []
  replace(expression, (inner) => {
    const plan = subqueryOf(inner)
    if (plan)
      replaceOuter(plan, (attribute) => {
        found.push(attribute)
        return undefined
      })
    return undefined
  })
  return found
}

const isFurtherOut = (select: ResolvedSelect, { id }: Attribute): boolean => {
  for (let level = select.scope.outer; level; level = level.outer)
    if ([...level.columns, ...level.hidden].some(({ attribute }) => attribute.id === id)) return true
  return false
}

const attributesIn = (expression: Expression): readonly Attribute[] => {
  const ids = usedIds(expression)
  const found: Attribute[] = []
  replace(expression, (inner) => {
    if (inner.kind === 'attribute' && ids.has(inner.id)) found.push(inner)
    return undefined
  })
  return found
}
