import { windowClause } from './parse-select.ts'
import { orderItem } from './parse-window.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax, OrderSyntax, PlanSyntax } from './syntax.ts'

const ascending = (expression: ExpressionSyntax): OrderSyntax => ({ expression, descending: false })

const orderBy = (context: ParserContext): readonly OrderSyntax[] | 'all' => {
  const { cursor } = context
  if (!cursor.isWord('ALL') || cursor.isSymbol('.', 1) || cursor.isSymbol(',', 1)) {
    return cursor.list(() => orderItem(context))
  }
  cursor.next()
  if (cursor.isWord('DESC') || cursor.isWord('NULLS')) {
    throw cursor.refuse('ORDER BY ALL with DESC or NULLS', 'name the columns')
  }
  cursor.takeWords('ASC')
  return 'all'
}

type Wrap = (input: PlanSyntax) => PlanSyntax

/** WINDOW after ORDER BY belongs to the SELECT before it. */
const withWindows = (context: ParserContext, input: PlanSyntax): PlanSyntax => {
  const { cursor } = context
  if (!cursor.isWord('WINDOW') || !cursor.isWord('AS', 2)) return input
  if (input.kind !== 'select')
    throw cursor.refuse('WINDOW after something else than a SELECT', 'move it into the SELECT')
  return { ...input, windows: { ...input.windows, ...windowClause(context) } }
}

/** ORDER BY, CLUSTER BY, DISTRIBUTE BY, SORT BY, WINDOW, LIMIT and OFFSET of a query; the query itself if there are none. */
export const organization = (context: ParserContext, input: PlanSyntax, from: number): PlanSyntax => {
  const { cursor, expression } = context
  const wraps: Wrap[] = []
  const at = () => cursor.spanFrom(from)
  const sort = (orders: readonly OrderSyntax[] | 'all', global: boolean): void => {
    const span = at()
    wraps.push((plan) => ({ kind: 'sort', input: plan, orders, global, at: span }))
  }
  const distribute = (by: readonly ExpressionSyntax[]): void => {
    const span = at()
    wraps.push((plan) => ({ kind: 'repartition', input: plan, by: by.map(ascending), how: 'hash', at: span }))
  }
  const ordered = cursor.takeWords('ORDER')
  if (ordered) cursor.expectWord('BY')
  if (ordered) sort(orderBy(context), true)
  if (cursor.takeWords('CLUSTER', 'BY')) {
    const by = cursor.list(expression)
    distribute(by)
    sort(by.map(ascending), false)
  }
  if (cursor.takeWords('DISTRIBUTE', 'BY')) distribute(cursor.list(expression))
  if (cursor.takeWords('SORT', 'BY'))
    sort(
      cursor.list(() => orderItem(context)),
      false,
    )
  if (wraps.length > 1 && ordered) {
    throw cursor.error('PARSE_SYNTAX_ERROR', 'ORDER BY does not go with SORT BY, DISTRIBUTE BY or CLUSTER BY.')
  }
  const base = withWindows(context, input)
  let count: ExpressionSyntax | undefined
  let offset: ExpressionSyntax | undefined
  if (cursor.takeWords('LIMIT') && !cursor.takeWords('ALL')) count = expression()
  if (cursor.takeWords('OFFSET')) offset = expression()
  const sorted = wraps.reduce((plan, wrap) => wrap(plan), base)
  if (count === undefined && offset === undefined) return sorted
  return {
    kind: 'limit',
    input: sorted,
    ...(count === undefined ? {} : { count }),
    ...(offset === undefined ? {} : { offset }),
    at: at(),
  }
}
