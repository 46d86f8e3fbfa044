import { type Literal, literalSyntax } from '../dataframe/literal.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'

/** Values for `:name` (an object) or `?` (a list) in a statement. */
export type SqlParameters = Readonly<Record<string, Literal>> | readonly Literal[]

export const bindParameters = (
  given: SqlParameters | undefined,
): { readonly parameters?: Readonly<Record<string, ExpressionSyntax>> | readonly ExpressionSyntax[] } => {
  if (given === undefined) return {}
  if (Array.isArray(given)) return { parameters: (given as readonly Literal[]).map((value) => literalSyntax(value)) }
  return {
    parameters: Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, literalSyntax(value as Literal)]),
    ),
  }
}
