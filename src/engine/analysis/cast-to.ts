import { castTo } from '../functions/coerce.ts'
import type { Expression } from '../plan/expression.ts'
import type { Span } from '../sql/sql-error.ts'
import { SqlError } from '../sql/sql-error.ts'
import { commonType } from '../types/coercion.ts'
import { BOOLEAN } from '../types/data-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { AnalysisSettings } from './context.ts'

/** All as values of their least common type. `what` names them in the error. */
export const castToCommon = (
  expressions: readonly Expression[],
  what: string,
  settings: AnalysisSettings,
  at: Span | undefined,
): readonly Expression[] => {
  const types = expressions.map(({ type }) => type)
  const common = commonType(types, { ansi: settings.ansi })
  if (!common) {
    const names = [...new Set(types.map((type) => `"${sqlTypeName(type)}"`))].join(', ')
    throw new SqlError(
      'DATATYPE_MISMATCH.DATA_DIFF_TYPES',
      `${what} must have one type, but it is [${names}]; cast them`,
      at,
    )
  }
  return expressions.map((expression) => castTo(expression, common, settings))
}

/** A condition; NULL is one too. Throws `condition` with the type that was found. */
export const asCondition = (
  expression: Expression,
  condition: string,
  what: string,
  settings: AnalysisSettings,
  at: Span | undefined,
): Expression => {
  if (expression.type.kind === 'boolean') return expression
  if (expression.type.kind === 'void' || expression.type.kind === 'string') return castTo(expression, BOOLEAN, settings)
  throw new SqlError(condition, `${what} must be a boolean, but its type is "${sqlTypeName(expression.type)}"`, at)
}
