import {
  isExpression,
  isQueryNode,
  isSelect,
  type JsonObject,
  type QueryNode,
  type SelectNode,
  type TableRef,
} from '../sql/ast.ts'
import { type FunctionCatalog, hasAggregate, hasWindow } from './functions.ts'

/**
 * A place in a FROM tree where a relation can be replaced by its parts such that the rows of the whole are the rows
 * of the parts together. `put` gives the tree with another relation at that place, under the same alias.
 */
export interface SplitPosition {
  readonly relation: string
  readonly put: (relation: string) => TableRef
}

/** Why a SELECT is more than filter, projection and join row by row; undefined where it is just that. */
export const whyNotRowwise = (node: QueryNode, functions: FunctionCatalog): string | undefined => {
  if (!isSelect(node)) return node.type === 'SET_OPERATION_NODE' ? 'a set operation' : `a ${node.type.toLowerCase()}`
  if (node.modifiers.length > 0) return 'an inner ORDER BY, DISTINCT or LIMIT'
  return whyNotRowwiseBody(node, functions)
}

/** The same for the node without its modifiers. */
export const whyNotRowwiseBody = (node: SelectNode, functions: FunctionCatalog): string | undefined => {
  if (hasCtes(node)) return 'a recursive WITH'
  if (isAggregation(node, functions)) return 'an inner aggregation'
  if (node.qualify !== null || hasWindow(node.select_list) || (node.where_clause && hasWindow(node.where_clause))) {
    return 'a window function'
  }
  if (node.sample !== null) return 'a sample'
  return undefined
}

export const hasCtes = (node: QueryNode): boolean => ((node.cte_map as JsonObject).map as readonly unknown[]).length > 0

export const isAggregation = (node: SelectNode, functions: FunctionCatalog): boolean =>
  node.group_expressions.length > 0 ||
  node.group_sets.length > 0 ||
  node.aggregate_handling !== 'STANDARD_HANDLING' ||
  node.having !== null ||
  hasAggregate(node.select_list, functions) ||
  hasAggregate(node.modifiers, functions)

/** All places of a FROM tree; what stands against the others is added to `reasons`. */
export const splitPositions = (
  ref: TableRef,
  functions: FunctionCatalog,
  isSource: (relation: string) => boolean,
  reasons: string[],
): readonly SplitPosition[] => {
  const below = (inner: TableRef, put: (changed: TableRef) => TableRef): readonly SplitPosition[] =>
    splitPositions(inner, functions, isSource, reasons).map((found) => ({
      relation: found.relation,
      put: (relation) => put(found.put(relation)),
    }))
  if (ref.sample !== null) {
    reasons.push('a sample')
    return []
  }
  switch (ref.type) {
    case 'BASE_TABLE': {
      const relation = String(ref.table_name)
      if (!isSource(relation)) return []
      return [{ relation, put: (name) => ({ ...ref, table_name: name, alias: ref.alias || relation }) }]
    }
    case 'SUBQUERY': {
      const subquery = ref.subquery as JsonObject & { readonly node: QueryNode }
      const why = whyNotRowwise(subquery.node, functions)
      if (why !== undefined) {
        reasons.push(why)
        return []
      }
      const node = subquery.node as SelectNode
      return below(node.from_table, (changed) => ({
        ...ref,
        subquery: { ...subquery, node: { ...node, from_table: changed } },
      }))
    }
    case 'JOIN': {
      const left = ref.left as TableRef
      const right = ref.right as TableRef
      const sides = preservedSides(ref, reasons)
      return [
        ...(sides.left ? below(left, (changed) => ({ ...ref, left: changed })) : []),
        ...(sides.right ? below(right, (changed) => ({ ...ref, right: changed })) : []),
      ]
    }
    case 'EMPTY':
    case 'EXPRESSION_LIST':
    case 'TABLE_FUNCTION':
      return []
    default:
      reasons.push(`${ref.type.toLowerCase().replaceAll('_', ' ')} in FROM`)
      return []
  }
}

/** Which sides of a join may be cut: each of their rows gives its result rows on its own. */
const preservedSides = (join: TableRef, reasons: string[]): { readonly left: boolean; readonly right: boolean } => {
  const kind = String(join.join_type)
  const refType = String(join.ref_type)
  if (!['REGULAR', 'CROSS', 'NATURAL'].includes(refType)) {
    reasons.push(`a ${refType.toLowerCase()} join`)
    return { left: false, right: false }
  }
  switch (kind) {
    case 'INNER':
      return { left: true, right: true }
    case 'LEFT':
      reasons.push('the right side of a LEFT join')
      return { left: true, right: false }
    case 'SEMI':
    case 'ANTI':
      reasons.push(`the right side of a ${kind} join`)
      return { left: true, right: false }
    case 'RIGHT':
      reasons.push('the left side of a RIGHT join')
      return { left: false, right: true }
    default:
      reasons.push(`a ${kind} join`)
      return { left: false, right: false }
  }
}

/** Query nodes right below a node: subqueries of FROM and of expressions, arms of set operations. */
export const isNestedQuery = (part: JsonObject): boolean => isQueryNode(part) && !isExpression(part)
