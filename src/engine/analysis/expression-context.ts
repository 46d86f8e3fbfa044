import { SqlError } from '../sql/sql-error.ts'
import type { Analysis, ExpressionContext, Level, PlanScope } from './analyzed.ts'

/** The context of an expression over single rows: aggregates and window functions are refused. `clause` says where, in capitals. */
export const rowContext = (
  analysis: Analysis,
  scope: PlanScope,
  level: Level,
  clause: string,
  condition = 'UNSUPPORTED_EXPR_FOR_OPERATOR',
): ExpressionContext => ({
  analysis,
  scope,
  level,
  variables: new Map(),
  windows: {},
  aggregate: (_, name, at) => {
    throw new SqlError(
      condition,
      `It is not allowed to use an aggregate function in ${clause}, but found ${name}; use it in a subquery or in HAVING`,
      at,
    )
  },
  window: ({ name }, at) => {
    throw new SqlError(
      condition,
      `It is not allowed to use window functions inside ${clause}, but found ${name}; use it in a subquery`,
      at,
    )
  },
  grouping: (call) => {
    throw new SqlError(
      'UNSUPPORTED_GROUPING_EXPRESSION',
      'grouping()/grouping_id() can only be used with GroupingSets/Cube/Rollup',
      call.at,
    )
  },
})
