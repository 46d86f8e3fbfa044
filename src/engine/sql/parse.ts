import { type LexerOptions, tokenize } from './lexer.ts'
import { booleanExpression, valueExpression } from './parse-expression.ts'
import { namedExpression } from './parse-function.ts'
import { queryExpression } from './parse-query.ts'
import { settingStatement } from './parse-set.ts'
import { statement } from './parse-statement.ts'
import type { ParseOptions, ParserContext } from './parser-context.ts'
import { splitStatements } from './split-statements.ts'
import type { Span } from './sql-error.ts'
import type { StatementSyntax } from './statement-syntax.ts'
import type { ExpressionSyntax, PlanSyntax } from './syntax.ts'
import { TokenCursor } from './token-cursor.ts'

export { parseDataType, parseTableSchema } from './parse-type.ts'
export type { ParseOptions } from './parser-context.ts'

const contextOf = (
  text: string,
  options: ParseOptions,
  nextPositional: () => ExpressionSyntax | undefined,
  range?: Span,
): ParserContext => {
  const lexer: LexerOptions = { doubleQuotedIdentifiers: options.doubleQuotedIdentifiers ?? false }
  const context: ParserContext = {
    text,
    cursor: new TokenCursor(tokenize(text, lexer, range)),
    options,
    query: () => queryExpression(context),
    expression: () => booleanExpression(context),
    value: () => valueExpression(context),
    nextPositional,
  }
  return context
}

/** Hands out the values of `?` from left to right. */
const positional = ({ parameters }: ParseOptions): (() => ExpressionSyntax | undefined) => {
  let used = 0
  return () => (Array.isArray(parameters) ? (parameters[used++] as ExpressionSyntax | undefined) : undefined)
}

/** A single query; a semicolon may follow it. Throws SqlError with the place in `text`. */
export const parseQuery = (text: string, options: ParseOptions): PlanSyntax => {
  const context = contextOf(text, options, positional(options))
  const plan = context.query()
  while (context.cursor.takeSymbol(';'));
  context.cursor.expectEnd()
  return plan
}

/** A single expression, with an alias or not: what selectExpr and expr take. Throws SqlError with the place in `text`. */
export const parseExpression = (text: string, options: ParseOptions): ExpressionSyntax => {
  const context = contextOf(text, options, positional(options))
  const expression = namedExpression(context)
  if (!context.cursor.isEnd()) throw context.cursor.unexpected('the end of the expression')
  return expression
}

/** What SET TIME ZONE LOCAL means. Asked for when needed: the first use of Intl costs tens of milliseconds. */
const localTimeZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone

/** All statements of a script. A `?` counts through the whole of it. Throws SqlError with the place in `text`. */
export const parseStatements = (text: string, options: ParseOptions): readonly StatementSyntax[] => {
  const values = positional(options)
  return splitStatements(text).map((span) => {
    const setting = settingStatement(text, span, localTimeZone)
    if (setting !== undefined) return setting
    const context = contextOf(text, options, values, span)
    const parsed = statement(context)
    context.cursor.expectEnd()
    return parsed
  })
}
