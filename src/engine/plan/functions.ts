import type { Connection } from '../duckdb/database.ts'
import type { Json, JsonObject } from '../sql/ast.ts'
import { collect, contains } from '../sql/rewrite.ts'

/** What the planner must know of DuckDB's functions; read from DuckDB itself. Names in lower case. */
export interface FunctionCatalog {
  readonly aggregates: ReadonlySet<string>
  /** Functions whose value is not fixed by their arguments: random(), now() … */
  readonly volatile: ReadonlySet<string>
}

const CALLED = /([a-z_][a-z0-9_]*)\s*\(/gi

/** Macros count as what they call. */
export const readFunctionCatalog = async (connection: Connection): Promise<FunctionCatalog> => {
  const rows = await connection.rows(
    "SELECT DISTINCT function_name, function_type, stability, macro_definition FROM duckdb_functions() WHERE function_type IN ('aggregate', 'macro') OR stability <> 'CONSISTENT'",
  )
  const aggregates = new Set<string>()
  const volatile = new Set<string>()
  const macros: { readonly name: string; readonly calls: readonly string[] }[] = []
  for (const [name, type, stability, body] of rows) {
    const lower = String(name).toLowerCase()
    if (type === 'aggregate') aggregates.add(lower)
    else if (type === 'macro') {
      macros.push({
        name: lower,
        calls: [...String(body ?? '').matchAll(CALLED)].map((match) => match[1]!.toLowerCase()),
      })
    } else if (stability !== 'CONSISTENT') volatile.add(lower)
  }
  for (const { name, calls } of macros) {
    if (calls.some((called) => aggregates.has(called))) aggregates.add(name)
    if (calls.some((called) => volatile.has(called))) volatile.add(name)
  }
  return { aggregates, volatile }
}

const nameOf = (part: JsonObject): string => String(part.function_name ?? '').toLowerCase()

export const isAggregate = (part: JsonObject, functions: FunctionCatalog): boolean =>
  part.class === 'FUNCTION' && functions.aggregates.has(nameOf(part))

/** Aggregate calls of this query level: not those of subqueries in it. */
export const hasAggregate = (tree: Json, functions: FunctionCatalog): boolean =>
  contains(
    tree,
    (part) => isAggregate(part, functions) || part.type === 'GROUPING_FUNCTION',
    (part) => part.class === 'SUBQUERY',
  )

export const hasWindow = (tree: Json): boolean =>
  contains(
    tree,
    (part) => part.class === 'WINDOW',
    (part) => part.class === 'SUBQUERY',
  )

const SPECIAL_NAMES = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'today',
])

/** The first part whose value may differ between tasks, as a person would name it. */
export const volatilePart = (tree: Json, functions: FunctionCatalog): string | undefined =>
  collect(tree, (part) => {
    if (part.class === 'FUNCTION' && functions.volatile.has(nameOf(part))) return `${nameOf(part)}()`
    const names = part.class === 'COLUMN_REF' ? (part.column_names as readonly string[]) : []
    return names.length === 1 && SPECIAL_NAMES.has(names[0]!.toLowerCase()) ? names[0] : undefined
  })[0]
