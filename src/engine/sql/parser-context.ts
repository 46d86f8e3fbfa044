import type { ExpressionSyntax, PlanSyntax } from './syntax.ts'
import type { TokenCursor } from './token-cursor.ts'

export interface ParseOptions {
  /** spark.sql.session.timeZone: what a TIMESTAMP literal without a zone means. */
  readonly timeZone: string
  /** spark.sql.ansi.doubleQuotedIdentifiers, off by default: "x" is a string. */
  readonly doubleQuotedIdentifiers?: boolean
  /** What `:name` (a record) or `?` (a list) stands for. */
  readonly parameters?: Readonly<Record<string, ExpressionSyntax>> | readonly ExpressionSyntax[]
  /** The seed of TABLESAMPLE without REPEATABLE; 0 when absent. Spark draws one for each statement. */
  readonly sampleSeed?: bigint
}

/** What the rules share. The rules for queries and expressions need each other, so they meet here, not by imports. */
export interface ParserContext {
  /** All of it: spans of tokens count in it. */
  readonly text: string
  readonly cursor: TokenCursor
  readonly options: ParseOptions
  readonly query: () => PlanSyntax
  readonly expression: () => ExpressionSyntax
  /** An expression without AND, OR, NOT and predicates: what stands before the IN of POSITION(a IN b). */
  readonly value: () => ExpressionSyntax
  /** The value of the next `?`. */
  readonly nextPositional: () => ExpressionSyntax | undefined
}
