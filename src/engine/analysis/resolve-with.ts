import { namesRelation } from '../sql/names-relation.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { Analysis, Analyzed, CommonTable, PlanScope } from './analyzed.ts'

type WithSyntax = PlanSyntax & { readonly kind: 'with' }

/** WITH: each query sees those before it and what surrounds it; a name shadows those further out. */
export const resolveWith = (analysis: Analysis, syntax: WithSyntax, scope: PlanScope): Analyzed => {
  let inside: PlanScope = scope
  const names = new Set<string>()
  for (const { name, columns, query } of syntax.queries) {
    const key = name.toLowerCase()
    if (names.has(key))
      throw new SqlError(
        'DUPLICATED_CTE_NAMES',
        `The WITH clause names \`${name}\` more than once; rename one`,
        query.at ?? syntax.at,
      )
    names.add(key)
    if (syntax.recursive && namesRelation(query, key))
      throw new SqlError(
        'UNSUPPORTED_FEATURE.RECURSIVE_CTE',
        `The recursive WITH query \`${name}\` cannot be run here; write its steps out, or use a program`,
        query.at ?? syntax.at,
      )
    const table: CommonTable = { name, columns, query, scope: inside }
    inside = { ...inside, tables: new Map([...inside.tables, [key, table]]) }
  }
  return { ...analysis.plan(syntax.input, inside), syntax }
}
