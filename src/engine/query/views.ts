import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'

/** Temporary views by name in lower case; each plan is whole in itself. Never changed in place. */
export type Views = ReadonlyMap<string, PlanSyntax>

export const withView = (views: Views, name: string, plan: PlanSyntax, replace: boolean): Views => {
  const key = name.toLowerCase()
  if (!replace && views.has(key))
    throw new SqlError(
      'TEMP_TABLE_OR_VIEW_ALREADY_EXISTS',
      `the view ${name} exists already: write CREATE OR REPLACE TEMPORARY VIEW, or drop it first`,
    )
  return new Map([...views, [key, plan]])
}

export const withoutView = (views: Views, name: string): Views =>
  new Map([...views].filter(([known]) => known !== name.toLowerCase()))

/**
 * The plan with the views it names, as they are now: a view that is redefined later leaves it alone, as in Spark, which
 * looks names up when a DataFrame is made.
 */
export const bindViews = (plan: PlanSyntax, views: Views): PlanSyntax => {
  const named = new Set<string>()
  collect(plan, named, new Set())
  const queries = [...named].flatMap((name) => {
    const query = views.get(name)
    return query === undefined ? [] : [{ name, query }]
  })
  return queries.length === 0 ? plan : { kind: 'with', recursive: false, queries, input: plan }
}

const collect = (value: unknown, names: Set<string>, seen: Set<object>): void => {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array || seen.has(value)) return
  seen.add(value)
  const node = value as { readonly kind?: unknown; readonly name?: unknown }
  if (node.kind === 'relation' && Array.isArray(node.name)) {
    const parts = node.name as readonly string[]
    const last = parts.at(-1)
    if (last !== undefined && (parts.length === 1 || parts[0]?.toLowerCase() === 'global_temp'))
      names.add(last.toLowerCase())
  }
  for (const part of Object.values(value)) collect(part, names, seen)
}
