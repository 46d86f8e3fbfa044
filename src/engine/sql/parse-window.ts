import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax, FrameBound, FrameSyntax, OrderSyntax, WindowSyntax } from './syntax.ts'

export const orderItem = ({ cursor, expression }: ParserContext): OrderSyntax => {
  const value = expression()
  const descending = cursor.takeWords('DESC')
  if (!descending) cursor.takeWords('ASC')
  if (cursor.takeWords('NULLS', 'FIRST')) return { expression: value, descending, nullsFirst: true }
  if (cursor.takeWords('NULLS', 'LAST')) return { expression: value, descending, nullsFirst: false }
  if (cursor.isWord('NULLS')) {
    cursor.next()
    throw cursor.unexpected('FIRST or LAST')
  }
  return { expression: value, descending }
}

const bound = ({ cursor, expression }: ParserContext): FrameBound<ExpressionSyntax> => {
  if (cursor.takeWords('UNBOUNDED', 'PRECEDING')) return { kind: 'unbounded-preceding' }
  if (cursor.takeWords('UNBOUNDED', 'FOLLOWING')) return { kind: 'unbounded-following' }
  if (cursor.takeWords('CURRENT', 'ROW')) return { kind: 'current-row' }
  const offset = expression()
  if (cursor.takeWords('PRECEDING')) return { kind: 'preceding', offset }
  if (cursor.takeWords('FOLLOWING')) return { kind: 'following', offset }
  throw cursor.unexpected('PRECEDING or FOLLOWING')
}

const frame = (context: ParserContext): FrameSyntax | undefined => {
  const { cursor } = context
  const unit = cursor.takeWords('ROWS') ? 'rows' : cursor.takeWords('RANGE') ? 'range' : undefined
  if (unit === undefined) return undefined
  if (!cursor.takeWords('BETWEEN')) return { unit, start: bound(context), end: { kind: 'current-row' } }
  const start = bound(context)
  cursor.expectWord('AND')
  return { unit, start, end: bound(context) }
}

const OPENERS: ReadonlySet<string> = new Set(['PARTITION', 'DISTRIBUTE', 'ORDER', 'SORT', 'CLUSTER', 'ROWS', 'RANGE'])

/** What follows OVER, or AS in a WINDOW clause: a name, or a specification in parentheses. */
export const windowSpec = (context: ParserContext): WindowSyntax => {
  const { cursor, expression } = context
  if (!cursor.takeSymbol('(')) {
    return { name: cursor.expectName('the name of a window or a parenthesis'), partitionBy: [], orderBy: [] }
  }
  if (cursor.isSymbol(')', 1) && !cursor.isSymbol(')') && !cursor.isAnyWord(OPENERS)) {
    const name = cursor.expectName('the name of a window')
    cursor.expectSymbol(')')
    return { name, partitionBy: [], orderBy: [] }
  }
  let partitionBy: readonly ExpressionSyntax[] = []
  let orderBy: readonly OrderSyntax[] = []
  if (cursor.takeWords('CLUSTER', 'BY')) {
    // As in Spark: CLUSTER BY in a window only partitions.
    partitionBy = cursor.list(expression)
  } else {
    if (cursor.takeWords('PARTITION', 'BY') || cursor.takeWords('DISTRIBUTE', 'BY'))
      partitionBy = cursor.list(expression)
    if (cursor.takeWords('ORDER', 'BY') || cursor.takeWords('SORT', 'BY')) {
      orderBy = cursor.list(() => orderItem(context))
    }
  }
  const rows = frame(context)
  if (!cursor.isSymbol(')')) throw cursor.unexpected('PARTITION BY, ORDER BY, ROWS, RANGE or )')
  cursor.next()
  return { partitionBy, orderBy, ...(rows === undefined ? {} : { frame: rows }) }
}
