import { castTo } from '../functions/coerce.ts'
import type { Expression } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { commonType } from '../types/coercion.ts'
import { BOOLEAN } from '../types/data-type.ts'
import { sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { ExpressionContext } from './analyzed.ts'
import { exactly, pass, project } from './build-plan.ts'
import { attributesOf } from './names.ts'

type Of<K extends ExpressionSyntax['kind']> = ExpressionSyntax & { readonly kind: K }

/** The plan of a subquery: just its visible columns; it may name columns of the query around it. */
const subquery = (query: PlanSyntax, context: ExpressionContext): LogicalPlan => {
  const { analysis, scope, level } = context
  const analyzed = analysis.plan(query, { ...scope, outer: level, hints: [] })
  return exactly(analyzed.plan, attributesOf(analyzed.columns))
}

export const resolveScalarSubquery = (syntax: Of<'scalar-subquery'>, context: ExpressionContext): Expression => {
  const plan = subquery(syntax.query, context)
  if (plan.output.length !== 1)
    throw new SqlError(
      'INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN',
      `Scalar subquery must return only one column, but got ${plan.output.length}`,
      syntax.at,
    )
  return { kind: 'scalar-subquery', plan, type: plan.output[0]!.type, nullable: true }
}

export const resolveExists = (syntax: Of<'exists'>, context: ExpressionContext): Expression => ({
  kind: 'exists',
  plan: subquery(syntax.query, context),
  type: BOOLEAN,
  nullable: false,
})

export const resolveInSubquery = (syntax: Of<'in-subquery'>, context: ExpressionContext): Expression => {
  const { settings, newId } = context.analysis.context
  const values = syntax.values.map((value) => context.analysis.expression(value, context))
  const plan = subquery(syntax.query, context)
  if (plan.output.length !== values.length)
    throw new SqlError(
      'DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH',
      `The left side of IN has ${values.length} values, but the subquery has ${plan.output.length} columns`,
      syntax.at,
    )
  const types = plan.output.map((attribute, index) => {
    const type = commonType([values[index]!.type, attribute.type], { ansi: settings.ansi })
    if (!type)
      throw new SqlError(
        'DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH',
        `IN compares "${sqlTypeName(values[index]!.type)}" with "${sqlTypeName(attribute.type)}"; cast one of them`,
        syntax.at,
      )
    return type
  })
  const items = plan.output.map((attribute, index) => {
    const expression = castTo(attribute, types[index]!, settings)
    return expression === attribute
      ? pass(attribute)
      : { attribute: { ...attribute, id: newId(), type: types[index]!, nullable: expression.nullable }, expression }
  })
  const typed = plan.output.every(({ type }, index) => sameType(type, types[index]!)) ? plan : project(plan, items)
  return {
    kind: 'in-subquery',
    values: values.map((value, index) => castTo(value, types[index]!, settings)),
    plan: typed,
    type: BOOLEAN,
    nullable: values.some(({ nullable }) => nullable) || plan.output.some(({ nullable }) => nullable),
  }
}
