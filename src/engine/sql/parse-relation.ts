import { enclosesQuery } from './keywords.ts'
import { withoutAlias } from './parse-expression.ts'
import { nameList } from './parse-function.ts'
import { pivot, tableAlias, tableFunction, unpivot } from './parse-pivot.ts'
import { identifierClause } from './parse-primary.ts'
import { properties } from './parse-properties.ts'
import type { ParserContext } from './parser-context.ts'
import { SqlError } from './sql-error.ts'
import type { ExpressionSyntax, JoinCriteria, JoinType, LateralViewSyntax, PlanSyntax } from './syntax.ts'

/** `a.b.c`, or IDENTIFIER('a.b.c') */
export const relationName = (context: ParserContext): readonly string[] => {
  const { cursor } = context
  if (cursor.isWord('IDENTIFIER') && cursor.isSymbol('(', 1)) return identifierClause(context)
  const parts = [cursor.expectName('the name of a table')]
  while (cursor.takeSymbol('.')) parts.push(cursor.expectName('the rest of the name'))
  return parts
}

/** VALUES (1, 'a'), (2, 'b') AS t (x, y) */
export const inlineTable = (context: ParserContext): PlanSyntax => {
  const { cursor, expression } = context
  const from = cursor.position
  cursor.expectWord('VALUES')
  const rows = cursor.list(() => {
    const row = expression()
    return row.kind === 'call' && row.name === 'struct' ? row.args.map(withoutAlias) : [row]
  })
  return tableAlias(context, { kind: 'values', rows, at: cursor.spanFrom(from) }, from)
}

const table = (context: ParserContext): PlanSyntax => {
  const { cursor } = context
  const from = cursor.position
  const token = cursor.peek()
  if (token.kind === 'word' && ['SELECT', 'WHERE', 'ON', 'JOIN', 'GROUP', 'ORDER', 'LIMIT'].includes(token.value)) {
    throw cursor.unexpected(token.value === 'SELECT' ? 'a table (a query needs parentheses)' : 'a table')
  }
  const name = relationName(context)
  if (cursor.isSymbol('(')) {
    return tableAlias(context, tableFunction(context, name.join('.'), from), from)
  }
  const travel = timeTravel(context, name)
  if (cursor.isWord('WATERMARK')) throw cursor.refuse('WATERMARK', 'streaming queries do not run here')
  const given = cursor.takeWords('WITH') ? properties(cursor) : undefined
  const options = given === undefined ? travel : { ...given, ...travel }
  const relation: PlanSyntax = {
    kind: 'relation',
    name,
    ...(options === undefined ? {} : { options }),
    at: cursor.spanFrom(from),
  }
  return tableAlias(context, sample(context, relation, from), from)
}

const TRAVELS: Readonly<Record<string, string>> = {
  VERSION: 'versionAsOf',
  SYSTEM_VERSION: 'versionAsOf',
  TIMESTAMP: 'timestampAsOf',
  SYSTEM_TIME: 'timestampAsOf',
}

/** [FOR] VERSION AS OF 3, [FOR] TIMESTAMP AS OF '2026-11-21': an option of the read. */
const timeTravel = (
  { cursor }: ParserContext,
  name: readonly string[],
): Readonly<Record<string, string>> | undefined => {
  const skip = cursor.isWord('FOR') ? 1 : 0
  const word = Object.keys(TRAVELS).find((one) => cursor.isWord(one, skip))
  if (word === undefined || !cursor.isWord('AS', skip + 1) || !cursor.isWord('OF', skip + 2)) return undefined
  if (name.length !== 2 || name[0]?.toLowerCase() !== 'delta')
    throw cursor.refuse(
      `Time travel (${word} AS OF) of other tables`,
      'only Delta tables named by their path have versions: delta.`/path` VERSION AS OF 3',
    )
  for (let index = 0; index < skip + 3; index++) cursor.next()
  // TIMESTAMP '…' and DATE '…' say the same as the text alone.
  if (cursor.isWord('TIMESTAMP') || cursor.isWord('DATE')) cursor.next()
  const constant = cursor.peek().kind === 'string' ? cursor.expectString() : String(cursor.expectInteger())
  return { [TRAVELS[word] ?? '']: constant }
}

const relationPrimary = (context: ParserContext): PlanSyntax => {
  const { cursor, query } = context
  if (cursor.isWord('VALUES') && !cursor.isSymbol('.', 1)) return inlineTable(context)
  if (!cursor.isSymbol('(')) return table(context)
  const from = cursor.position
  const subquery = enclosesQuery(cursor)
  cursor.next()
  const inner = subquery ? query() : cursor.nested(() => relation(context))
  if (!cursor.isSymbol(')')) throw cursor.unexpected(')')
  cursor.next()
  return tableAlias(context, sample(context, inner, from), from)
}

/** TABLESAMPLE (…) REPEATABLE (…), if it is there. */
export const sample = (context: ParserContext, input: PlanSyntax, from: number): PlanSyntax => {
  const { cursor, options, value } = context
  if (!cursor.takeWords('TABLESAMPLE')) return input
  cursor.expectSymbol('(')
  let fraction: number | undefined
  let rows: ExpressionSyntax | undefined
  if (cursor.takeWords('BUCKET')) {
    const numerator = cursor.expectInteger()
    cursor.expectWord('OUT')
    cursor.expectWord('OF')
    fraction = numerator / cursor.expectInteger()
    if (cursor.isWord('ON')) throw cursor.refuse('TABLESAMPLE (BUCKET … ON …)', 'leave out ON')
  } else {
    const number = cursor.peek()
    const amount = value()
    if (cursor.takeWords('ROWS')) rows = amount
    else if (cursor.takeWords('PERCENT')) {
      if (number.kind !== 'number') throw cursor.refuse('A percentage that is no number', 'write a number')
      fraction = Number(number.text) / 100
    } else throw cursor.unexpected('PERCENT or ROWS')
  }
  if (!cursor.isSymbol(')')) throw cursor.unexpected(')')
  cursor.next()
  let seed = options.sampleSeed ?? 0n
  if (cursor.takeWords('REPEATABLE')) {
    cursor.expectSymbol('(')
    seed = BigInt(cursor.expectInteger('a seed'))
    cursor.expectSymbol(')')
  }
  const at = cursor.spanFrom(from)
  if (rows !== undefined) return { kind: 'limit', input, count: rows, at }
  if (fraction === undefined || !(fraction >= 0 && fraction <= 1)) {
    throw new SqlError('INVALID_SAMPLE_SIZE', 'A sample must be between nothing and all of the table.', at)
  }
  return { kind: 'sample', input, fraction, withReplacement: false, seed, at }
}

const JOIN_TYPES: readonly (readonly [words: readonly string[], how: JoinType])[] = [
  [['INNER'], 'inner'],
  [['CROSS'], 'cross'],
  [['LEFT', 'OUTER'], 'left'],
  [['LEFT', 'SEMI'], 'semi'],
  [['LEFT', 'ANTI'], 'anti'],
  [['LEFT'], 'left'],
  [['SEMI'], 'semi'],
  [['ANTI'], 'anti'],
  [['RIGHT', 'OUTER'], 'right'],
  [['RIGHT'], 'right'],
  [['FULL', 'OUTER'], 'full'],
  [['FULL'], 'full'],
]

const JOIN_WORDS = new Set(['JOIN', 'NATURAL', 'INNER', 'CROSS', 'LEFT', 'RIGHT', 'FULL', 'SEMI', 'ANTI'])

export const startsJoin = ({ cursor }: ParserContext): boolean => cursor.isAnyWord(JOIN_WORDS)

/** One join of what stands to the left, from its first word on. */
export const join = (context: ParserContext, left: PlanSyntax, from: number): PlanSyntax => {
  const { cursor, expression } = context
  const natural = cursor.takeWords('NATURAL')
  const how = JOIN_TYPES.find(([words]) => cursor.takeWords(...words))?.[1] ?? 'inner'
  if (!cursor.takeWords('JOIN')) throw cursor.unexpected('JOIN')
  const lateral = cursor.takeWords('LATERAL')
  const right = relationPrimary(context)
  let criteria: JoinCriteria | undefined
  if (natural) criteria = { kind: 'natural' }
  else if (cursor.takeWords('ON')) criteria = { kind: 'on', condition: expression() }
  else if (cursor.takeWords('USING')) criteria = { kind: 'using', columns: nameList(cursor) }
  return {
    kind: 'join',
    left,
    right,
    how,
    ...(criteria === undefined ? {} : { criteria }),
    lateral,
    at: cursor.spanFrom(from),
  }
}

/** A table with the joins and pivots that follow it. */
const relation = (context: ParserContext): PlanSyntax => {
  const { cursor } = context
  const from = cursor.position
  let plan = relationPrimary(context)
  for (;;) {
    if (startsJoin(context)) plan = join(context, plan, from)
    else if (cursor.takeWords('PIVOT')) plan = pivot(context, plan, from)
    else if (cursor.takeWords('UNPIVOT')) plan = unpivot(context, plan, from)
    else return plan
  }
}

/** What follows FROM: relations with commas between. */
export const fromRelations = (context: ParserContext): PlanSyntax => {
  const { cursor } = context
  const from = cursor.position
  // There is nothing to the left of the first one that it could name.
  cursor.takeWords('LATERAL')
  let plan = relation(context)
  while (cursor.takeSymbol(',')) {
    const lateral = cursor.takeWords('LATERAL')
    plan = { kind: 'join', left: plan, right: relation(context), how: 'inner', lateral, at: cursor.spanFrom(from) }
  }
  return plan
}

/** LATERAL VIEW OUTER explode(x) t AS a, b — as many as there are. */
export const lateralViews = (context: ParserContext): readonly LateralViewSyntax[] => {
  const { cursor } = context
  const views: LateralViewSyntax[] = []
  while (cursor.takeWords('LATERAL', 'VIEW')) {
    const outer = cursor.takeWords('OUTER')
    const start = cursor.position
    const generator = context.value()
    if (generator.kind !== 'call') {
      throw new SqlError(
        'PARSE_SYNTAX_ERROR',
        'LATERAL VIEW needs a function such as explode(…).',
        cursor.spanFrom(start),
      )
    }
    // Without a name of the table Spark takes AS itself for it.
    const alias = cursor.isWord('AS') ? 'as' : cursor.expectName('a name for the view')
    const named = cursor.takeWords('AS') || cursor.peek().kind === 'quoted'
    const columns = named ? cursor.list(() => cursor.expectName('a column')) : []
    views.push({ generator, outer, alias, columns })
  }
  return views
}
