import type { Attribute, Expression, NewId, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { INTEGER } from '../types/data-type.ts'

const ROW_NUMBER: Expression = {
  kind: 'window',
  function: { kind: 'call', name: 'row_number', args: [], type: INTEGER, nullable: false },
  frame: undefined,
  ignoreNulls: false,
  type: INTEGER,
  nullable: false,
}

/** The input with a last column that counts the rows of each partition from 1; by default of equal rows. */
export const numbered = (
  input: LogicalPlan,
  newId: NewId,
  partitionBy: readonly Expression[] = input.output,
  orderBy: readonly SortOrder[] = [],
): LogicalPlan => {
  const number: Attribute = { kind: 'attribute', id: newId(), name: 'row_number', type: INTEGER, nullable: false }
  return {
    kind: 'window',
    input,
    functions: [{ attribute: number, expression: ROW_NUMBER }],
    partitionBy,
    orderBy,
    output: [...input.output, number],
  }
}
