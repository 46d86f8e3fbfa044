/**
 * The syntax tree DuckDB's parser gives as JSON (`json_serialize_sql`), as far as the planner looks into it.
 * Everything else passes through untouched. Source: DuckDB 1.5, src/include/duckdb/storage/serialization.
 */
declare global {
  /** Source: the TC39 proposal "JSON.parse source text access", in Node since 21; TypeScript's library lacks it. */
  interface JSON {
    rawJSON(text: string): object
    isRawJSON(value: unknown): boolean
  }
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type JsonObject = { readonly [key: string]: Json }

/** `class` names the family, `type` the kind. */
export type Expression = JsonObject & { readonly class: string; readonly type: string; readonly alias: string }

export type TableRef = JsonObject & { readonly type: string; readonly alias: string }

export type QueryNode = JsonObject & { readonly type: string; readonly modifiers: readonly Json[] }

export interface SelectParts {
  readonly select_list: readonly Expression[]
  readonly from_table: TableRef
  readonly where_clause: Expression | null
  readonly group_expressions: readonly Expression[]
  readonly group_sets: readonly (readonly number[])[]
  readonly aggregate_handling: string
  readonly having: Expression | null
  readonly sample: Json
  readonly qualify: Expression | null
}

export type SelectNode = QueryNode & { readonly type: 'SELECT_NODE' } & SelectParts

export interface Order {
  readonly type: string
  readonly null_order: string
  readonly expression: Expression
}

export interface Modifiers {
  readonly distinct: boolean
  readonly distinctOn: boolean
  readonly orders: readonly Order[]
  readonly limit: Expression | null
  readonly offset: Expression | null
  /** LIMIT n PERCENT and whatever else there may be. */
  readonly other: boolean
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !JSON.isRawJSON(value)

export const isExpression = (value: Json | undefined): value is Expression =>
  isObject(value) && typeof value.class === 'string' && typeof value.type === 'string'

export const isQueryNode = (value: Json | undefined): value is QueryNode =>
  isObject(value) && Array.isArray(value.modifiers) && isObject(value.cte_map)

export const isTableRef = (value: Json | undefined): value is TableRef =>
  isObject(value) && typeof value.type === 'string' && 'sample' in value && 'alias' in value && !('class' in value)

export const isSelect = (node: QueryNode): node is SelectNode => node.type === 'SELECT_NODE'

const UNKNOWN_LOCATION = 0

export const columnRef = (...names: readonly string[]): Expression => ({
  class: 'COLUMN_REF',
  type: 'COLUMN_REF',
  alias: '',
  query_location: UNKNOWN_LOCATION,
  column_names: names,
})

export const star = (): Expression => ({
  class: 'STAR',
  type: 'STAR',
  alias: '',
  query_location: UNKNOWN_LOCATION,
  relation_name: '',
  exclude_list: [],
  replace_list: [],
  columns: false,
  expr: null,
  qualified_exclude_list: [],
  rename_list: [],
})

export const constantInteger = (value: number): Expression => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  query_location: UNKNOWN_LOCATION,
  value: { type: { id: 'BIGINT', type_info: null }, is_null: false, value },
})

/** A call, also of an operator of two sides: operators are functions to DuckDB. */
export const call = (name: string, children: readonly Expression[], more: JsonObject = {}): Expression => ({
  class: 'FUNCTION',
  type: 'FUNCTION',
  alias: '',
  query_location: UNKNOWN_LOCATION,
  function_name: name,
  schema: '',
  children: children as readonly Json[],
  filter: null,
  order_bys: { type: 'ORDER_MODIFIER', orders: [] },
  distinct: false,
  is_operator: false,
  export_state: false,
  catalog: '',
  ...more,
})

export const withAlias = (expression: Expression, alias: string): Expression => ({ ...expression, alias })

export const baseTable = (name: string, alias: string, columns: readonly string[] = []): TableRef => ({
  type: 'BASE_TABLE',
  alias,
  sample: null,
  query_location: UNKNOWN_LOCATION,
  schema_name: '',
  table_name: name,
  column_name_alias: columns,
  catalog_name: '',
  at_clause: null,
})

export const subqueryRef = (node: QueryNode, alias: string, columns: readonly string[] = []): TableRef => ({
  type: 'SUBQUERY',
  alias,
  sample: null,
  query_location: UNKNOWN_LOCATION,
  subquery: { node, named_param_map: [] },
  column_name_alias: columns,
})

export const selectNode = (parts: Partial<SelectParts>, modifiers: readonly Json[] = []): SelectNode =>
  ({
    type: 'SELECT_NODE',
    modifiers,
    cte_map: { map: [] },
    select_list: [star()],
    from_table: { type: 'EMPTY', alias: '', sample: null, query_location: UNKNOWN_LOCATION },
    where_clause: null,
    group_expressions: [],
    group_sets: [],
    aggregate_handling: 'STANDARD_HANDLING',
    having: null,
    sample: null,
    qualify: null,
    ...parts,
  }) as unknown as SelectNode

export const modifiersOf = (node: QueryNode): Modifiers => {
  let found: Modifiers = { distinct: false, distinctOn: false, orders: [], limit: null, offset: null, other: false }
  for (const modifier of node.modifiers) {
    if (!isObject(modifier)) continue
    if (modifier.type === 'DISTINCT_MODIFIER') {
      found = { ...found, distinct: true, distinctOn: (modifier.distinct_on_targets as readonly Json[]).length > 0 }
    } else if (modifier.type === 'ORDER_MODIFIER') {
      found = { ...found, orders: modifier.orders as unknown as readonly Order[] }
    } else if (modifier.type === 'LIMIT_MODIFIER') {
      found = { ...found, limit: modifier.limit as Expression | null, offset: modifier.offset as Expression | null }
    } else found = { ...found, other: true }
  }
  return found
}

export const distinctModifier = (): JsonObject => ({ type: 'DISTINCT_MODIFIER', distinct_on_targets: [] })

export const orderModifier = (orders: readonly Order[]): JsonObject => ({
  type: 'ORDER_MODIFIER',
  orders: orders as unknown as readonly Json[],
})

export const limitModifier = (limit: Expression | null, offset: Expression | null): JsonObject => ({
  type: 'LIMIT_MODIFIER',
  limit,
  offset,
})

/** The value of a whole, non-negative constant. */
export const integerOf = (expression: Expression | null): number | undefined => {
  if (expression?.class !== 'CONSTANT' || !isObject(expression.value)) return undefined
  const { value, is_null } = expression.value
  return is_null !== true && typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

export const textOf = (expression: Json | undefined): string | undefined => {
  if (!isExpression(expression) || expression.class !== 'CONSTANT' || !isObject(expression.value)) return undefined
  return typeof expression.value.value === 'string' ? expression.value.value : undefined
}
