import type { ExpressionSyntax } from './syntax.ts'

/** The same text for expressions that differ only in place and in the case of names. */
export const syntaxKey = (expression: ExpressionSyntax): string =>
  JSON.stringify(expression, (key, value: unknown) => {
    if (key === 'at') return undefined
    if (key === 'parts' && Array.isArray(value)) return value.map((part) => String(part).toLowerCase())
    return typeof value === 'bigint' ? `${value}n` : value
  })
