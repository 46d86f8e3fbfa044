import { nameList } from './parse-function.ts'
import { organization } from './parse-organization.ts'
import { pipeOperator } from './parse-pipe.ts'
import { inlineTable, relationName } from './parse-relation.ts'
import { fromClause, selectAll, selectCore } from './parse-select.ts'
import type { ParserContext } from './parser-context.ts'
import type { PlanSyntax } from './syntax.ts'

type With = Extract<PlanSyntax, { kind: 'with' }>
type SetOperator = Extract<PlanSyntax, { kind: 'set-operation' }>['op']

const SET_OPERATORS: Readonly<Record<string, SetOperator>> = {
  UNION: 'union',
  EXCEPT: 'except',
  MINUS: 'except',
  SETMINUS: 'except',
  INTERSECT: 'intersect',
}

/** FROM t SELECT …; several SELECTs over one FROM are a UNION ALL. Without SELECT: all of it. */
const fromFirst = (context: ParserContext): PlanSyntax => {
  const { cursor } = context
  const start = cursor.position
  const source = fromClause(context)
  if (cursor.isWord('INSERT')) throw cursor.refuse('INSERT after FROM', 'write one INSERT … SELECT … FROM … for each')
  if (!cursor.isWord('SELECT')) return selectAll(source)
  let plan: PlanSyntax | undefined
  while (cursor.isWord('SELECT')) {
    const body = organization(context, selectCore(context, source, start), start)
    plan =
      plan === undefined
        ? body
        : { kind: 'set-operation', op: 'union', all: true, left: plan, right: body, at: cursor.spanFrom(start) }
  }
  return plan ?? selectAll(source)
}

const queryPrimary = (context: ParserContext): PlanSyntax => {
  const { cursor, query } = context
  const from = cursor.position
  if (cursor.takeSymbol('(')) {
    const inner = query()
    if (!cursor.isSymbol(')')) throw cursor.unexpected(')')
    cursor.next()
    return inner
  }
  if (cursor.isWord('SELECT')) return selectCore(context)
  if (cursor.isWord('FROM')) return fromFirst(context)
  if (cursor.isWord('VALUES')) return inlineTable(context)
  if (cursor.takeWords('TABLE')) return { kind: 'relation', name: relationName(context), at: cursor.spanFrom(from) }
  if (cursor.isWord('MAP') || cursor.isWord('REDUCE')) {
    throw cursor.refuse(`A query that begins with ${cursor.peek().value}`, 'use a function of the program')
  }
  throw cursor.unexpected('a query (SELECT, FROM, VALUES, TABLE or WITH)')
}

/** The operator of a set operation, if one comes next. */
const setOperator = ({ cursor }: ParserContext): SetOperator | undefined => {
  const token = cursor.peek()
  return token.kind === 'word' ? SET_OPERATORS[token.value] : undefined
}

const setOperation = (
  context: ParserContext,
  op: SetOperator,
  left: PlanSyntax,
  right: (context: ParserContext) => PlanSyntax,
  from: number,
): PlanSyntax => {
  const { cursor } = context
  cursor.next()
  const all = cursor.takeWords('ALL')
  if (!all) cursor.takeWords('DISTINCT')
  const other = right(context)
  return { kind: 'set-operation', op, all, left, right: other, at: cursor.spanFrom(from) }
}

/** INTERSECT binds tighter than UNION and EXCEPT. */
const intersections = (context: ParserContext): PlanSyntax => {
  const from = context.cursor.position
  let left = queryPrimary(context)
  while (setOperator(context) === 'intersect') left = setOperation(context, 'intersect', left, queryPrimary, from)
  return left
}

const queryTerm = (context: ParserContext): PlanSyntax => {
  const { cursor } = context
  const from = cursor.position
  let left = intersections(context)
  for (let op = setOperator(context); op !== undefined; op = setOperator(context)) {
    left = setOperation(context, op, left, intersections, from)
  }
  while (cursor.takeSymbol('|>')) {
    const piped = pipeOperator(context, left, from)
    const op = setOperator(context)
    if (piped !== undefined) left = piped
    else if (op !== undefined) left = setOperation(context, op, left, queryPrimary, from)
    else throw cursor.unexpected('an operator such as SELECT, WHERE, EXTEND, AGGREGATE, JOIN, ORDER BY or LIMIT')
  }
  return left
}

const namedQuery = (context: ParserContext): With['queries'][number] => {
  const { cursor, query } = context
  const name = cursor.expectName('a name for the query')
  const columns = cursor.isSymbol('(') && !cursor.isWord('SELECT', 1) ? nameList(cursor) : undefined
  const maxLevel = cursor.takeWords('MAX', 'RECURSION', 'LEVEL')
    ? cursor.expectInteger('a number of levels')
    : undefined
  cursor.takeWords('AS')
  if (!cursor.isSymbol('(')) throw cursor.unexpected('AS and a query in parentheses')
  cursor.next()
  const inner = query()
  if (!cursor.isSymbol(')')) throw cursor.unexpected(')')
  cursor.next()
  return {
    name,
    ...(columns === undefined ? {} : { columns }),
    ...(maxLevel === undefined ? {} : { maxLevel }),
    query: inner,
  }
}

/** WITH and its queries, if they come next: what makes the plan of the rest one that knows them. */
export const withClause = (context: ParserContext): ((input: PlanSyntax) => PlanSyntax) => {
  const { cursor } = context
  const from = cursor.position
  if (!cursor.takeWords('WITH')) return (input) => input
  const recursive = cursor.isWord('RECURSIVE') && !cursor.isWord('AS', 1) && cursor.takeWords('RECURSIVE')
  const queries = cursor.list(() => namedQuery(context))
  return (input) => ({ kind: 'with', recursive, queries, input, at: cursor.spanFrom(from) })
}

/** A query with everything: WITH, set operations, pipes, ORDER BY, LIMIT. */
export const queryExpression = (context: ParserContext): PlanSyntax => {
  const { cursor } = context
  return cursor.nested(() => {
    const named = withClause(context)
    const from = cursor.position
    return named(organization(context, queryTerm(context), from))
  })
}
