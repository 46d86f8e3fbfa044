import type { StatementSyntax } from '../statement-syntax.ts'
import type { ExpressionSyntax, PlanSyntax } from '../syntax.ts'

const isSpan = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'start' in value && 'end' in value

const strip = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(strip)
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, inner]) => (key === 'at' && isSpan(inner) ? [] : [[key, strip(inner)]])),
  )
}

/** The same syntax without its places. */
export const withoutSpans = <T extends ExpressionSyntax | PlanSyntax | StatementSyntax>(syntax: T): T =>
  strip(syntax) as T
