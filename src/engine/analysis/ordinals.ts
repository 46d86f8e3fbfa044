import type { Attribute, Expression, SortOrder } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { OrderSyntax } from '../sql/syntax.ts'
import { isOrderable } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { AnalysisSettings } from './context.ts'

/** ORDER BY 2: the second column; undefined for what is no position. Throws ORDER_BY_POS_OUT_OF_RANGE. */
export const ordinalOf = (
  { expression }: OrderSyntax,
  output: readonly Attribute[],
  settings: AnalysisSettings,
): Attribute | undefined => {
  if (!settings.orderByOrdinal || expression.kind !== 'literal' || expression.type.kind !== 'integer') return undefined
  const attribute = output[Number(expression.value) - 1]
  if (!attribute)
    throw new SqlError(
      'ORDER_BY_POS_OUT_OF_RANGE',
      `ORDER BY position ${expression.value} is not in select list (valid range is [1, ${output.length}])`,
      expression.at,
    )
  return attribute
}

/** A resolved order with Spark's default for nulls. Throws for types without an order. */
export const checkOrder = (order: OrderSyntax, expression: Expression): SortOrder => {
  if (!isOrderable(expression.type))
    throw new SqlError(
      'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE',
      `Values of type "${sqlTypeName(expression.type)}" have no order`,
      order.expression.at,
    )
  return { expression, descending: order.descending, nullsFirst: order.nullsFirst ?? !order.descending }
}
