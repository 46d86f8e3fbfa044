import { BOOLEAN, STRING, VOID } from '../types/data-type.ts'
import { enclosesQuery, startsColumn } from './keywords.ts'
import { tokenize } from './lexer.ts'
import { castCall, functionCall, namedExpression, nameList } from './parse-function.ts'
import { intervalLiteral, startsInterval } from './parse-interval.ts'
import { numberLiteral, parameter, stringLiteral, typedLiteral } from './parse-literal.ts'
import { dataType } from './parse-type.ts'
import type { ParserContext } from './parser-context.ts'
import type { ExpressionSyntax } from './syntax.ts'
import { TokenCursor } from './token-cursor.ts'

/** Functions that are called without parentheses. USER is left out: it is more often a column. */
const BARE_CALLS = new Set([
  ...['CURRENT_DATE', 'CURRENT_TIMESTAMP', 'CURRENT_TIME', 'LOCALTIMESTAMP', 'CURRENT_USER', 'SESSION_USER'],
])

/** Functions with the name of an operator. */
const KEYWORD_CALLS = new Set(['LIKE', 'NOT'])

/** A literal, name, call, CASE, subquery or parenthesis, with what binds tightest to it: `.b`, `[1]`, `::int`, COLLATE. */
export const primary = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  let base = operand(context)
  for (;;) {
    if (cursor.isSymbol('.')) {
      if (cursor.isSymbol('*', 1) && base.kind === 'name') {
        cursor.next()
        return star(context, base.parts, from)
      }
      cursor.next()
      const name = cursor.expectName('the name of a field')
      const at = cursor.spanFrom(from)
      base =
        base.kind === 'name'
          ? { kind: 'name', parts: [...base.parts, name], at }
          : { kind: 'call', name: '[]', args: [base, { kind: 'literal', value: name, type: STRING }], at }
    } else if (cursor.takeSymbol('[')) {
      const index = context.value()
      cursor.expectSymbol(']')
      base = { kind: 'call', name: '[]', args: [base, index], at: cursor.spanFrom(from) }
    } else if (cursor.takeSymbol('::')) {
      const type = dataType(cursor, 'cast')
      base = { kind: 'cast', child: base, type, try: false, at: cursor.spanFrom(from) }
    } else if (cursor.takeWords('COLLATE')) {
      const collation: ExpressionSyntax = { kind: 'literal', value: cursor.expectName('a collation'), type: STRING }
      base = { kind: 'call', name: 'collate', args: [base, collation], at: cursor.spanFrom(from) }
    } else if (cursor.isSymbol(':') && !cursor.isEnd()) {
      throw cursor.refuse('Extraction with : from a VARIANT', 'use get_json_object or from_json')
    } else {
      return base
    }
  }
}

const star = ({ cursor }: ParserContext, qualifier: readonly string[], from: number): ExpressionSyntax => {
  cursor.expectSymbol('*')
  if (!cursor.isWord('EXCEPT') || !cursor.isSymbol('(', 1) || enclosesQuery(cursor, cursor.position + 1)) {
    return { kind: 'star', qualifier, at: cursor.spanFrom(from) }
  }
  cursor.next()
  const except = nameList(cursor)
  return { kind: 'star', qualifier, except, at: cursor.spanFrom(from) }
}

const operand = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  const token = cursor.peek()
  switch (token.kind) {
    case 'number': {
      cursor.next()
      return numberLiteral(token.text, { start: token.start, end: token.end })
    }
    case 'string':
      return stringLiteral(context)
    case 'quoted':
      return nameOrCall(context)
    case 'word':
      return wordOperand(context)
    case 'symbol':
      if (token.value === '(') return parenthesis(context)
      if (token.value === '*') return star(context, [], from)
      if (token.value === '-' && cursor.peek(1).kind === 'number') {
        cursor.next()
        const number = cursor.next()
        return numberLiteral(`-${number.text}`, { start: token.start, end: number.end })
      }
      if (token.value === '?') return parameter(context)
      if (token.value === ':' && cursor.peek(1).kind === 'word') return parameter(context)
      throw cursor.unexpected('an expression')
    case 'end':
      throw cursor.unexpected('an expression')
  }
}

const wordOperand = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  const token = cursor.peek()
  if (startsInterval(cursor)) return intervalLiteral(context)
  const literal = (value: boolean | null): ExpressionSyntax => {
    cursor.next()
    return { kind: 'literal', value, type: value === null ? VOID : BOOLEAN, at: cursor.spanFrom(from) }
  }
  const call = cursor.isSymbol('(', 1)
  switch (token.value) {
    case 'NULL':
      return literal(null)
    case 'TRUE':
      return literal(true)
    case 'FALSE':
      return literal(false)
    case 'CASE':
      return caseExpression(context)
    case 'CAST':
    case 'TRY_CAST':
      if (!call) break
      cursor.next()
      return castCall(context, from, token.value === 'TRY_CAST')
    case 'IDENTIFIER':
      if (!call) break
      return identifierExpression(context)
    default:
      if (BARE_CALLS.has(token.value) && !call && !cursor.isSymbol('.', 1)) {
        cursor.next()
        return { kind: 'call', name: token.text.toLowerCase(), args: [], at: cursor.spanFrom(from) }
      }
  }
  if (!startsColumn(cursor)) {
    if (call && KEYWORD_CALLS.has(token.value)) return nameOrCall(context)
    throw cursor.unexpected('an expression (a name that is a keyword needs backticks)')
  }
  if (cursor.peek(1).kind === 'string') return typedLiteral(context)
  return nameOrCall(context)
}

const nameOrCall = (context: ParserContext): ExpressionSyntax => {
  const { cursor, expression } = context
  const from = cursor.position
  const name = cursor.expectName()
  if (cursor.takeSymbol('->')) {
    return { kind: 'lambda', parameters: [name], body: expression(), at: cursor.spanFrom(from) }
  }
  if (cursor.isSymbol('(')) return functionCall(context, name, from)
  // Only names that lead to a parenthesis are taken further here: db.f(x).
  let ahead = 0
  const parts = [name]
  while (cursor.isSymbol('.', ahead)) {
    const part = cursor.peek(ahead + 1)
    if (part.kind !== 'word' && part.kind !== 'quoted') break
    parts.push(part.kind === 'word' ? part.text : part.value)
    ahead += 2
  }
  for (let i = 0; i < ahead; i++) cursor.next()
  if (ahead > 0 && cursor.isSymbol('(')) return functionCall(context, parts.join('.'), from)
  return { kind: 'name', parts, at: cursor.spanFrom(from) }
}

/** The parts of a name in a string: 'db.`my table`'. */
export const partsOfName = (text: string, cursor: TokenCursor): readonly string[] => {
  const inner = new TokenCursor(tokenize(text))
  const parts = [inner.expectName()]
  while (inner.takeSymbol('.')) parts.push(inner.expectName())
  if (!inner.isEnd()) throw cursor.error('PARSE_SYNTAX_ERROR', `'${text}' is no name.`)
  return parts
}

/** IDENTIFIER('a.b'): the parts of the name; the argument must be a string, or a parameter that stands for one. */
export const identifierClause = ({ cursor, expression }: ParserContext): readonly string[] => {
  cursor.expectWord('IDENTIFIER')
  cursor.expectSymbol('(')
  const value = expression()
  if (value.kind !== 'literal' || typeof value.value !== 'string') {
    throw cursor.refuse('IDENTIFIER of something else than a string', 'give a string or a parameter')
  }
  const parts = partsOfName(value.value, cursor)
  cursor.expectSymbol(')')
  return parts
}

const identifierExpression = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  const parts = identifierClause(context)
  if (cursor.isSymbol('(')) return functionCall(context, parts.join('.'), from)
  return { kind: 'name', parts, at: cursor.spanFrom(from) }
}

const caseExpression = ({ cursor, expression }: ParserContext): ExpressionSyntax => {
  const from = cursor.position
  cursor.expectWord('CASE')
  const value = cursor.isWord('WHEN') ? undefined : expression()
  const branches: { readonly when: ExpressionSyntax; readonly then: ExpressionSyntax }[] = []
  do {
    cursor.expectWord('WHEN')
    const when = expression()
    cursor.expectWord('THEN')
    // biome-ignore lint/suspicious/noThenProperty: the name of the contract; nobody awaits a branch
    branches.push({ when, then: expression() })
  } while (cursor.isWord('WHEN'))
  const otherwise = cursor.takeWords('ELSE') ? expression() : undefined
  if (!cursor.takeWords('END')) throw cursor.unexpected(otherwise === undefined ? 'WHEN, ELSE or END' : 'END')
  return {
    kind: 'case',
    ...(value === undefined ? {} : { operand: value }),
    branches,
    ...(otherwise === undefined ? {} : { otherwise }),
    at: cursor.spanFrom(from),
  }
}

/** A subquery, (x, y) -> …, a row (a, b), or an expression in parentheses. */
const parenthesis = (context: ParserContext): ExpressionSyntax => {
  const { cursor, expression, query } = context
  const from = cursor.position
  const closing = cursor.closingOf(from)
  const after = closing === undefined ? undefined : cursor.at(closing + 1)
  if (after?.kind === 'symbol' && after.value === '->') {
    const parameters = nameList(cursor)
    cursor.expectSymbol('->')
    return { kind: 'lambda', parameters, body: expression(), at: cursor.spanFrom(from) }
  }
  if (enclosesQuery(cursor)) {
    cursor.next()
    const inner = query()
    cursor.expectSymbol(')')
    return { kind: 'scalar-subquery', query: inner, at: cursor.spanFrom(from) }
  }
  cursor.next()
  const first = namedExpression(context)
  if (cursor.takeSymbol(',')) {
    const args = [first, ...cursor.list(() => namedExpression(context))]
    cursor.expectSymbol(')')
    return { kind: 'call', name: 'struct', args, at: cursor.spanFrom(from) }
  }
  if (first.kind === 'alias' && !cursor.isEnd()) throw cursor.unexpected(', (an alias stands after the parenthesis)')
  if (!cursor.isSymbol(')')) throw cursor.unexpected(')')
  cursor.next()
  return first
}
