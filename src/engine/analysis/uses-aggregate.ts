import { lookupFunction } from '../functions/registry.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'

/** Whether an aggregate function is called in it, outside of windows and subqueries. */
export const usesAggregate = (syntax: ExpressionSyntax): boolean => {
  const visit = (node: unknown): boolean => {
    if (Array.isArray(node)) return node.some(visit)
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return false
    const one = node as ExpressionSyntax
    if (one.kind === 'scalar-subquery' || one.kind === 'exists') return false
    if (one.kind === 'in-subquery') return one.values.some(visit)
    if (one.kind === 'call' && !one.over && lookupFunction(one.name)?.kind === 'aggregate') return true
    return Object.entries(node).some(([key, value]) => key !== 'of' && key !== 'type' && visit(value))
  }
  return visit(syntax)
}
