import type { Expression } from '../plan/expression.ts'
import { subqueryOf } from '../plan/expression-tree.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import type { ExpressionContext } from './analyzed.ts'
import { findColumn } from './names.ts'
import { outerIds } from './plan-tree.ts'
import { pretty, prettyName } from './pretty-name.ts'

/** The name of an item that has no alias: names without the relation they come from, but with the struct a field is taken from. */
export const displayedName = (syntax: ExpressionSyntax, expression: Expression, context: ExpressionContext): string => {
  const plan = syntax.kind === 'scalar-subquery' || syntax.kind === 'exists' ? subqueryOf(expression) : undefined
  if (plan) {
    const outer = outerIds(plan)
    const names = context.level.columns
      .filter(({ attribute }) => outer.has(attribute.id))
      .map(({ attribute }) => attribute.name)
    return `${syntax.kind === 'exists' ? 'exists' : 'scalarsubquery'}(${names.join(', ')})`
  }
  if (syntax.kind === 'name') return prettyName(syntax)
  const shown = unqualified(syntax, context) as ExpressionSyntax
  // A cast has the name of its column, but not of a field.
  const ofField =
    shown.kind === 'cast' &&
    syntax.kind === 'cast' &&
    shown.child !== syntax.child &&
    shown.child.kind === 'name' &&
    shown.child.parts[0]!.includes('.')
  return ofField ? pretty(shown) : prettyName(shown)
}

/** `t.s.f` as `s.f`, in one part, so that it is written so. */
const unqualified = (node: unknown, context: ExpressionContext): unknown => {
  if (Array.isArray(node)) {
    const items = node.map((item) => unqualified(item, context))
    return items.every((item, index) => item === node[index]) ? node : items
  }
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node
  const syntax = node as ExpressionSyntax
  if (syntax.kind === 'scalar-subquery' || syntax.kind === 'exists' || syntax.kind === 'literal') return node
  if (syntax.kind === 'name') {
    if (syntax.parts.length === 1 || syntax.of || context.variables.has(syntax.parts[0]!.toLowerCase())) return node
    const { level, analysis } = context
    const found = findColumn(
      level.columns,
      level.hidden,
      syntax.parts,
      analysis.context.settings.caseSensitive,
      syntax.at,
    )
    return found
      ? { ...syntax, parts: [syntax.parts.slice(syntax.parts.length - 1 - found.fields.length).join('.')] }
      : node
  }
  const entries = Object.entries(node)
  const changed = entries.map(
    ([key, value]) =>
      [
        key,
        key === 'of' || key === 'type' || key === 'at' || key === 'query' ? value : unqualified(value, context),
      ] as const,
  )
  return changed.every(([, value], index) => value === entries[index]![1]) ? node : Object.fromEntries(changed)
}
