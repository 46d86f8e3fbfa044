import type { ViewDefinition } from '../sql/views.ts'
import type { ColumnNode } from './expression.ts'

export type JoinType = 'inner' | 'cross' | 'left' | 'right' | 'full' | 'semi' | 'anti'

/** The plan of a DataFrame as the user wrote it: frozen data, compiled to SQL when an action runs. */
export type Logical =
  | { readonly kind: 'view'; readonly definition: ViewDefinition }
  | { readonly kind: 'range'; readonly start: bigint; readonly end: bigint; readonly step: bigint }
  | { readonly kind: 'project'; readonly input: Logical; readonly columns: readonly ColumnNode[] }
  | { readonly kind: 'filter'; readonly input: Logical; readonly condition: ColumnNode }
  | { readonly kind: 'with-column'; readonly input: Logical; readonly name: string; readonly column: ColumnNode }
  | { readonly kind: 'rename'; readonly input: Logical; readonly from: string; readonly to: string }
  | { readonly kind: 'drop'; readonly input: Logical; readonly columns: readonly ColumnNode[] }
  | {
      readonly kind: 'aggregate'
      readonly input: Logical
      readonly groups: readonly ColumnNode[]
      readonly aggregates: readonly ColumnNode[]
    }
  | {
      readonly kind: 'join'
      readonly left: Logical
      readonly right: Logical
      readonly how: JoinType
      readonly on: { readonly using: readonly string[] } | { readonly condition: ColumnNode } | undefined
    }
  | { readonly kind: 'sort'; readonly input: Logical; readonly orders: readonly ColumnNode[] }
  | { readonly kind: 'limit'; readonly input: Logical; readonly count: number }
  | { readonly kind: 'distinct'; readonly input: Logical }
  | { readonly kind: 'union'; readonly left: Logical; readonly right: Logical; readonly byName: boolean }

/** Source of the names: Spark's JoinType. */
export const joinType = (name: string): JoinType | undefined => {
  switch (name.toLowerCase().replaceAll('_', '')) {
    case 'inner':
      return 'inner'
    case 'cross':
      return 'cross'
    case 'left':
    case 'leftouter':
      return 'left'
    case 'right':
    case 'rightouter':
      return 'right'
    case 'outer':
    case 'full':
    case 'fullouter':
      return 'full'
    case 'semi':
    case 'leftsemi':
      return 'semi'
    case 'anti':
    case 'leftanti':
      return 'anti'
    default:
      return undefined
  }
}
