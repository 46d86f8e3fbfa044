import { startsTableAlias } from './keywords.ts'
import { withoutAlias } from './parse-expression.ts'
import { argument, namedExpression, nameList } from './parse-function.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax, PlanSyntax } from './syntax.ts'

type Pivot = Extract<PlanSyntax, { kind: 'pivot' }>
type Unpivot = Extract<PlanSyntax, { kind: 'unpivot' }>

const name = ({ cursor }: ParserContext): ExpressionSyntax => {
  const from = cursor.position
  return { kind: 'name', parts: [cursor.expectName('a column')], at: cursor.spanFrom(from) }
}

const columnName = ({ cursor }: ParserContext): ExpressionSyntax => {
  const from = cursor.position
  const parts = [cursor.expectName('a column')]
  while (cursor.takeSymbol('.')) parts.push(cursor.expectName('the rest of the name'))
  return { kind: 'name', parts, at: cursor.spanFrom(from) }
}

/** `a` or `(a, b)` */
const oneOrMore = <T>({ cursor }: ParserContext, item: () => T): readonly T[] => {
  if (!cursor.takeSymbol('(')) return [item()]
  const items = cursor.list(item)
  cursor.expectSymbol(')')
  return items
}

/** PIVOT (sum(x) AS s FOR (a, b) IN ((1, 2) AS c, …)); PIVOT is taken. */
export const pivot = (context: ParserContext, input: PlanSyntax, from: number): PlanSyntax => {
  const { cursor } = context
  cursor.expectSymbol('(')
  const aggregates = cursor.list(() => namedExpression(context))
  cursor.expectWord('FOR')
  const columns = oneOrMore(context, () => name(context))
  cursor.expectWord('IN')
  cursor.expectSymbol('(')
  const values = cursor.list((): Pivot['values'][number] => {
    const written = namedExpression(context)
    const value = withoutAlias(written)
    const row = columns.length > 1 && value.kind === 'call' && value.name === 'struct' ? value.args : [value]
    if (row.length !== columns.length) throw cursor.unexpected(`${columns.length} values in parentheses`)
    const alias = written.kind === 'alias' ? written.names[0] : undefined
    return { values: row.map(withoutAlias), ...(alias === undefined ? {} : { alias }) }
  })
  cursor.expectSymbol(')')
  cursor.expectSymbol(')')
  return { kind: 'pivot', input, aggregates, columns, values, at: cursor.spanFrom(from) }
}

/** UNPIVOT INCLUDE NULLS (v FOR n IN (a AS x, b)), UNPIVOT ((v, w) FOR n IN ((a, b) AS x, …)) t; UNPIVOT is taken. */
export const unpivot = (context: ParserContext, input: PlanSyntax, from: number): PlanSyntax => {
  const { cursor } = context
  const includeNulls = cursor.takeWords('INCLUDE', 'NULLS')
  if (!includeNulls) cursor.takeWords('EXCLUDE', 'NULLS')
  cursor.expectSymbol('(')
  const valueColumns = oneOrMore(context, () => cursor.expectName('a name for the values'))
  cursor.expectWord('FOR')
  const nameColumn = cursor.expectName('a name for the names')
  cursor.expectWord('IN')
  cursor.expectSymbol('(')
  const columns = cursor.list((): Unpivot['columns'][number] => {
    const expressions = oneOrMore(context, () => columnName(context))
    if (expressions.length !== valueColumns.length)
      throw cursor.unexpected(`${valueColumns.length} columns in parentheses`)
    const alias =
      cursor.takeWords('AS') || cursor.peek().kind === 'word' || cursor.peek().kind === 'quoted'
        ? cursor.expectName('an alias')
        : undefined
    return { expressions, ...(alias === undefined ? {} : { alias }) }
  })
  cursor.expectSymbol(')')
  cursor.expectSymbol(')')
  const plan: PlanSyntax = {
    kind: 'unpivot',
    input,
    columns,
    nameColumn,
    valueColumns,
    includeNulls,
    at: cursor.spanFrom(from),
  }
  return tableAlias(context, plan, from)
}

/** `AS t (a, b)` after a table, if it is there. */
export const tableAlias = ({ cursor }: ParserContext, input: PlanSyntax, from: number): PlanSyntax => {
  const explicit = cursor.takeWords('AS')
  if (!startsTableAlias(cursor, explicit)) {
    if (explicit) throw cursor.unexpected('a name for the table')
    return input
  }
  const alias = cursor.expectName()
  const columns = cursor.isSymbol('(') ? nameList(cursor) : undefined
  return {
    kind: 'alias',
    input,
    name: alias,
    ...(columns === undefined ? {} : { columns }),
    at: cursor.spanFrom(from),
  }
}

/** range(10) AS t (a): the arguments of a function in FROM, whose name is taken. */
export const tableFunction = (context: ParserContext, functionName: string, from: number): PlanSyntax => {
  const { cursor } = context
  cursor.expectSymbol('(')
  const args = cursor.isSymbol(')')
    ? []
    : cursor.list(() => {
        if (cursor.isWord('TABLE') && (cursor.isSymbol('(', 1) || cursor.peek(1).kind === 'word')) {
          throw cursor.refuse('A TABLE argument of a table function', 'join the table instead')
        }
        return argument(context)
      })
  cursor.expectSymbol(')')
  return { kind: 'table-function', name: functionName.toLowerCase(), args, at: cursor.spanFrom(from) }
}
