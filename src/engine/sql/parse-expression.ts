import { BOOLEAN, STRING } from '../types/data-type.ts'
import { enclosesQuery } from './keywords.ts'
import { primary } from './parse-primary.ts'
import type { ParserContext } from './parser-context.ts'
import type { Span } from './sql-error.ts'
import type { ExpressionSyntax } from './syntax.ts'

const call = (name: string, args: readonly ExpressionSyntax[], at: Span): ExpressionSyntax => ({
  kind: 'call',
  name,
  args,
  at,
})

/**
 * Spark's precedence, tightest first: unary - + ~; * / % DIV; + - ||; shifts; &; ^; |; comparisons; then one predicate
 * (BETWEEN, IN, LIKE, IS …); NOT; AND; OR. Source: Spark's SQL reference, "Operators".
 */
const LEVELS: Readonly<Record<string, readonly [level: number, name: string]>> = {
  '*': [7, '*'],
  '/': [7, '/'],
  '%': [7, '%'],
  DIV: [7, 'div'],
  '+': [6, '+'],
  '-': [6, '-'],
  '||': [6, '||'],
  '<<': [5, 'shiftleft'],
  '>>': [5, 'shiftright'],
  '>>>': [5, 'shiftrightunsigned'],
  '&': [4, '&'],
  '^': [3, '^'],
  '|': [2, '|'],
  '=': [1, '='],
  '==': [1, '='],
  '<=>': [1, '<=>'],
  '<>': [1, '<>'],
  '!=': [1, '<>'],
  '<': [1, '<'],
  '<=': [1, '<='],
  '>': [1, '>'],
  '>=': [1, '>='],
}

const UNARY: Readonly<Record<string, string>> = { '-': 'negative', '+': 'positive', '~': '~' }

/** The operator that comes next, and of how many tokens it is. */
const operator = ({ cursor }: ParserContext): { readonly text: string; readonly tokens: number } | undefined => {
  const token = cursor.peek()
  if (token.kind === 'word') return token.value === 'DIV' ? { text: 'DIV', tokens: 1 } : undefined
  if (token.kind !== 'symbol') return undefined
  if (token.value !== '>') return { text: token.value, tokens: 1 }
  const second = cursor.peek(1)
  if (second.kind !== 'symbol' || second.value !== '>' || second.start !== token.end) return { text: '>', tokens: 1 }
  const third = cursor.peek(2)
  return third.kind === 'symbol' && third.value === '>' && third.start === second.end
    ? { text: '>>>', tokens: 3 }
    : { text: '>>', tokens: 2 }
}

const unary = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  const token = cursor.peek()
  const name = token.kind === 'symbol' ? UNARY[token.value] : undefined
  // The sign belongs to the literal, so that -2147483648 is an INT and -1::string the string of -1.
  if (name === undefined || (name === 'negative' && cursor.peek(1).kind === 'number')) return primary(context)
  cursor.next()
  const child = cursor.nested(() => unary(context))
  return call(name, [child], cursor.spanFrom(from))
}

const binary = (context: ParserContext, lowest: number): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  let left = unary(context)
  for (;;) {
    const found = operator(context)
    const rule = found === undefined ? undefined : LEVELS[found.text]
    if (found === undefined || rule === undefined || rule[0] < lowest) return left
    for (let i = 0; i < found.tokens; i++) cursor.next()
    const right = binary(context, rule[0] + 1)
    left = call(rule[1], [left, right], cursor.spanFrom(from))
  }
}

/** An expression without AND, OR, NOT and predicates. */
export const valueExpression = (context: ParserContext): ExpressionSyntax =>
  context.cursor.nested(() => binary(context, 1))

const QUANTIFIERS: Readonly<Record<string, 'or' | 'and'>> = { ANY: 'or', SOME: 'or', ALL: 'and' }

/** LIKE and ILIKE, whose word is taken: a pattern with ESCAPE, or ANY, SOME, ALL of several. */
const like = (
  context: ParserContext,
  name: string,
  value: ExpressionSyntax,
  not: (e: ExpressionSyntax) => ExpressionSyntax,
  from: number,
): ExpressionSyntax => {
  const { cursor, expression } = context
  const word = cursor.peek()
  const junction = word.kind === 'word' && cursor.isSymbol('(', 1) ? QUANTIFIERS[word.value] : undefined
  if (junction !== undefined) {
    cursor.next()
    cursor.next()
    if (cursor.isSymbol(')')) throw cursor.unexpected('a pattern')
    const patterns = cursor.list(expression)
    cursor.expectSymbol(')')
    const at = cursor.spanFrom(from)
    return patterns
      .map((pattern) => not(call(name, [value, pattern], at)))
      .reduce((left, right) => call(junction, [left, right], at))
  }
  const pattern = valueExpression(context)
  if (!cursor.takeWords('ESCAPE')) return not(call(name, [value, pattern], cursor.spanFrom(from)))
  const character = cursor.expectString('an escape character')
  if ([...character].length !== 1) {
    throw cursor.error('INVALID_ESCAPE_CHAR', 'The string after ESCAPE must be one character.')
  }
  const letter: ExpressionSyntax = { kind: 'literal', value: character, type: STRING }
  return not(call(name, [value, pattern, letter], cursor.spanFrom(from)))
}

const inPredicate = (context: ParserContext, value: ExpressionSyntax, from: number): ExpressionSyntax => {
  const { cursor, expression, query } = context
  if (!cursor.isSymbol('(')) throw cursor.unexpected('( after IN')
  // IN ((SELECT …)) is a list of one scalar subquery.
  const closing = cursor.isSymbol('(', 1) ? cursor.closingOf(cursor.position + 1) : undefined
  const scalar = closing !== undefined && closing + 1 === cursor.closingOf(cursor.position)
  const subquery = !scalar && enclosesQuery(cursor)
  cursor.next()
  if (subquery) {
    const inner = query()
    cursor.expectSymbol(')')
    const values = value.kind === 'call' && value.name === 'struct' ? value.args.map(withoutAlias) : [value]
    return { kind: 'in-subquery', values, query: inner, at: cursor.spanFrom(from) }
  }
  const list = cursor.list(expression)
  if (!cursor.isSymbol(')')) throw cursor.unexpected(', or )')
  cursor.next()
  return { kind: 'in', value, list, at: cursor.spanFrom(from) }
}

export const withoutAlias = (expression: ExpressionSyntax): ExpressionSyntax =>
  expression.kind === 'alias' ? expression.child : expression

/** IS NULL, IS TRUE, IS DISTINCT FROM; IS is taken. */
const isPredicate = (context: ParserContext, value: ExpressionSyntax, from: number): ExpressionSyntax => {
  const { cursor } = context
  const negated = cursor.takeWords('NOT') || cursor.takeSymbol('!')
  const at = () => cursor.spanFrom(from)
  const not = (inner: ExpressionSyntax): ExpressionSyntax => (negated ? call('not', [inner], at()) : inner)
  if (cursor.takeWords('NULL') || cursor.takeWords('UNKNOWN')) {
    return call(negated ? 'isnotnull' : 'isnull', [value], at())
  }
  if (cursor.isWord('TRUE') || cursor.isWord('FALSE')) {
    const literal: ExpressionSyntax = { kind: 'literal', value: cursor.next().value === 'TRUE', type: BOOLEAN }
    return not(call('<=>', [value, literal], at()))
  }
  if (cursor.takeWords('DISTINCT')) {
    cursor.expectWord('FROM')
    const same = call('<=>', [value, valueExpression(context)], at())
    return negated ? same : call('not', [same], at())
  }
  throw cursor.unexpected('NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM')
}

const predicated = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  const value = binary(context, 1)
  if (cursor.takeWords('IS')) return isPredicate(context, value, from)
  const negated = (cursor.isWord('NOT') || cursor.isSymbol('!')) && cursor.peek(1).kind === 'word'
  const word = cursor.peek(negated ? 1 : 0)
  if (word.kind !== 'word') return value
  const take = (): void => {
    if (negated) cursor.next()
    cursor.next()
  }
  const not = (inner: ExpressionSyntax): ExpressionSyntax =>
    negated ? call('not', [inner], cursor.spanFrom(from)) : inner
  switch (word.value) {
    case 'BETWEEN': {
      take()
      const low = valueExpression(context)
      cursor.expectWord('AND')
      const high = valueExpression(context)
      return not(call('between', [value, low, high], cursor.spanFrom(from)))
    }
    case 'IN':
      take()
      return not(inPredicate(context, value, from))
    case 'RLIKE':
    case 'REGEXP':
      take()
      return not(call('rlike', [value, valueExpression(context)], cursor.spanFrom(from)))
    case 'LIKE':
    case 'ILIKE':
      take()
      return like(context, word.value.toLowerCase(), value, not, from)
    default:
      return value
  }
}

const notExpression = (context: ParserContext): ExpressionSyntax => {
  const { cursor, query } = context
  const from = cursor.position
  if (cursor.takeWords('NOT') || cursor.takeSymbol('!')) {
    const child = cursor.nested(() => notExpression(context))
    return call('not', [child], cursor.spanFrom(from))
  }
  if (cursor.isWord('EXISTS') && cursor.isSymbol('(', 1) && enclosesQuery(cursor, cursor.position + 1)) {
    cursor.next()
    cursor.next()
    const inner = query()
    cursor.expectSymbol(')')
    return { kind: 'exists', query: inner, at: cursor.spanFrom(from) }
  }
  return predicated(context)
}

const andExpression = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  const from = cursor.position
  let left = notExpression(context)
  while (cursor.takeWords('AND')) left = call('and', [left, notExpression(context)], cursor.spanFrom(from))
  return left
}

/** The whole of an expression. */
export const booleanExpression = (context: ParserContext): ExpressionSyntax => {
  const { cursor } = context
  return cursor.nested(() => {
    const from = cursor.position
    let left = andExpression(context)
    while (cursor.takeWords('OR')) left = call('or', [left, andExpression(context)], cursor.spanFrom(from))
    return left
  })
}
