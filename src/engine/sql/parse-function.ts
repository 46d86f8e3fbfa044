import { STRING } from '../types/data-type.ts'
import { startsAlias } from './keywords.ts'
import { dataType } from './parse-type.ts'
import { orderItem, windowSpec } from './parse-window.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax } from './syntax.ts'

type Call = Extract<ExpressionSyntax, { kind: 'call' }>

const text = (value: string): ExpressionSyntax => ({ kind: 'literal', value, type: STRING })

/** An expression with an alias or not: an item of SELECT, a field of STRUCT(…), a value of PIVOT. */
export const namedExpression = ({ cursor, expression }: ParserContext): ExpressionSyntax => {
  const from = cursor.position
  const child = expression()
  if (cursor.takeWords('AS')) {
    const names = cursor.isSymbol('(') ? nameList(cursor) : [cursor.expectName('an alias')]
    return { kind: 'alias', child, names, at: cursor.spanFrom(from) }
  }
  if (startsAlias(cursor)) return { kind: 'alias', child, names: [cursor.expectName()], at: cursor.spanFrom(from) }
  return child
}

/** `(a, b)` */
export const nameList = (cursor: ParserContext['cursor']): readonly string[] => {
  cursor.expectSymbol('(')
  const names = cursor.list(() => cursor.expectName())
  cursor.expectSymbol(')')
  return names
}

/** An argument of a call, `name => value` or an expression. */
export const argument = (context: ParserContext): ExpressionSyntax => {
  const { cursor, expression } = context
  const from = cursor.position
  const { kind } = cursor.peek()
  if ((kind === 'word' || kind === 'quoted') && cursor.isSymbol('=>', 1)) {
    const name = cursor.expectName()
    cursor.next()
    return { kind: 'named-argument', name, value: expression(), at: cursor.spanFrom(from) }
  }
  return expression()
}

const DATE_UNITS = new Set([
  ...['YEAR', 'QUARTER', 'MONTH', 'WEEK', 'DAY', 'DAYOFYEAR', 'HOUR', 'MINUTE', 'SECOND', 'MILLISECOND', 'MICROSECOND'],
])

type Form = (context: ParserContext) => readonly ExpressionSyntax[] | undefined

/** TIMESTAMPADD(DAY, 1, t): the unit becomes a string. With other arguments the function is an ordinary one. */
const withUnit: Form = ({ cursor }) => {
  if (!cursor.isAnyWord(DATE_UNITS) || !cursor.isSymbol(',', 1)) return undefined
  return [text(cursor.next().value)]
}

/** POSITION(a IN b) */
const position: Form = ({ cursor, value }) => {
  if (cursor.isSymbol(')')) return undefined
  const first = value()
  return cursor.takeWords('IN') ? [first, value()] : [first]
}

/** SUBSTRING(a FROM b FOR c) */
const substring: Form = ({ cursor, value }) => {
  if (cursor.isSymbol(')')) return undefined
  const first = value()
  if (!cursor.takeWords('FROM')) return [first]
  const start = value()
  return cursor.takeWords('FOR') ? [first, start, value()] : [first, start]
}

/** OVERLAY(a PLACING b FROM c FOR d) */
const overlay: Form = ({ cursor, value }) => {
  if (cursor.isSymbol(')')) return undefined
  const first = value()
  if (!cursor.takeWords('PLACING')) return [first]
  const replacement = value()
  cursor.expectWord('FROM')
  const start = value()
  return cursor.takeWords('FOR') ? [first, replacement, start, value()] : [first, replacement, start]
}

/** EXTRACT(YEAR FROM d): the field becomes a string. */
const extract: Form = ({ cursor, value }) => {
  if (!cursor.isWord('FROM', 1)) return undefined
  const field = text(cursor.expectName('a field such as YEAR'))
  cursor.expectWord('FROM')
  return [field, value()]
}

const FORMS = new Map<string, Form>([
  ...['TIMESTAMPADD', 'DATEADD', 'DATE_ADD', 'TIMESTAMPDIFF', 'DATEDIFF', 'DATE_DIFF', 'TIMEDIFF'].map(
    (name): [string, Form] => [name, withUnit],
  ),
  ['POSITION', position],
  ['SUBSTRING', substring],
  ['SUBSTR', substring],
  ['OVERLAY', overlay],
  ['EXTRACT', extract],
])

const ADDS = new Set(['TIMESTAMPADD', 'DATEADD', 'DATE_ADD'])
const TRIMS: Readonly<Record<string, string>> = { BOTH: 'trim', LEADING: 'ltrim', TRAILING: 'rtrim' }

/** TRIM(BOTH 'x' FROM s) is trim('x', s), as Spark's functions of two arguments have it; LEADING is ltrim, TRAILING rtrim. */
const trimCall = (context: ParserContext): { readonly name: string; readonly args: readonly ExpressionSyntax[] } => {
  const { cursor, value } = context
  const option = cursor.peek()
  const name = option.kind === 'word' ? TRIMS[option.value] : undefined
  if (name !== undefined && !cursor.isSymbol(',', 1) && !cursor.isSymbol(')', 1) && !cursor.isSymbol('.', 1)) {
    cursor.next()
    if (cursor.takeWords('FROM')) return { name, args: [value()] }
    const letters = value()
    cursor.expectWord('FROM')
    return { name, args: [letters, value()] }
  }
  if (cursor.isSymbol(')')) return { name: 'trim', args: [] }
  const first = value()
  if (cursor.takeWords('FROM')) return { name: 'trim', args: [first, value()] }
  return { name: 'trim', args: cursor.takeSymbol(',') ? [first, ...cursor.list(() => argument(context))] : [first] }
}

/** CAST(a AS t), TRY_CAST(a AS t); the name is taken already. */
export const castCall = ({ cursor, expression }: ParserContext, from: number, safe: boolean): ExpressionSyntax => {
  cursor.expectSymbol('(')
  const child = expression()
  cursor.expectWord('AS')
  const type = dataType(cursor, 'cast')
  cursor.expectSymbol(')')
  return { kind: 'cast', child, type, try: safe, at: cursor.spanFrom(from) }
}

const nullsOption = ({ cursor }: ParserContext): boolean | undefined => {
  if (cursor.takeWords('IGNORE', 'NULLS')) return true
  if (cursor.takeWords('RESPECT', 'NULLS')) return false
  return undefined
}

/** The arguments and what follows them: `(DISTINCT a, b) WITHIN GROUP (…) FILTER (…) IGNORE NULLS OVER …`. */
export const functionCall = (context: ParserContext, written: string, from: number): ExpressionSyntax => {
  const { cursor, expression } = context
  cursor.expectSymbol('(')
  const upper = written.toUpperCase()
  let name = written.toLowerCase()
  let args: readonly ExpressionSyntax[] = []
  const distinct = cursor.takeWords('DISTINCT')
  if (!distinct && cursor.isWord('ALL') && !cursor.isSymbol(')', 1) && !cursor.isSymbol(',', 1)) cursor.next()
  const form = FORMS.get(upper)?.(context)
  if (upper === 'TRIM') {
    ;({ name, args } = trimCall(context))
  } else if (upper === 'STRUCT') {
    if (!cursor.isSymbol(')')) args = cursor.list(() => namedExpression(context))
  } else if (form !== undefined) {
    args = cursor.takeSymbol(',') ? [...form, ...cursor.list(() => argument(context))] : form
    if (FORMS.get(upper) === withUnit) name = ADDS.has(upper) ? 'timestampadd' : 'timestampdiff'
  } else if (!cursor.isSymbol(')')) {
    args = cursor.list(() => argument(context))
  }
  let ignoreNulls = nullsOption(context)
  if (!cursor.isSymbol(')')) throw cursor.unexpected(', or )')
  cursor.next()
  const call: { -readonly [K in keyof Call]: Call[K] } = { kind: 'call', name, args }
  if (distinct) call.distinct = true
  if (cursor.isWord('WITHIN') && cursor.isWord('GROUP', 1)) {
    cursor.takeWords('WITHIN', 'GROUP')
    cursor.expectSymbol('(')
    cursor.expectWord('ORDER')
    cursor.expectWord('BY')
    call.withinGroup = cursor.list(() => orderItem(context))
    cursor.expectSymbol(')')
  }
  if (cursor.isWord('FILTER') && cursor.isSymbol('(', 1)) {
    cursor.next()
    cursor.next()
    cursor.expectWord('WHERE')
    call.filter = expression()
    cursor.expectSymbol(')')
  }
  ignoreNulls ??= nullsOption(context)
  if (ignoreNulls) call.ignoreNulls = true
  if (cursor.isWord('OVER') && (cursor.isSymbol('(', 1) || isName(cursor.peek(1).kind))) {
    cursor.next()
    call.over = windowSpec(context)
  }
  call.at = cursor.spanFrom(from)
  return call
}

const isName = (kind: string): boolean => kind === 'word' || kind === 'quoted'
