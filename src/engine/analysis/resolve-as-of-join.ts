import { castTo } from '../functions/coerce.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { commonType } from '../types/coercion.ts'
import type { DataType } from '../types/data-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { Analysis, Analyzed, Column, PlanScope } from './analyzed.ts'
import { branch } from './branch.ts'
import { filter, join, pass, predicate, project } from './build-plan.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { type JoinSyntax, keyCondition, sides, withKeys } from './resolve-join.ts'

type AsOfSyntax = PlanSyntax & { readonly kind: 'as-of-join' }

const ORDERED: ReadonlySet<DataType['kind']> = new Set([
  ...([
    'byte',
    'short',
    'integer',
    'long',
    'float',
    'double',
    'decimal',
    'date',
    'timestamp',
    'timestamp_ntz',
  ] as const),
  ...(['day-time-interval', 'year-month-interval'] as const),
])

/** As-of joins. Source: Spark's RewriteAsOfJoin; `nearest` is not there, DuckDB joins in one direction. */
export const resolveAsOfJoin = (analysis: Analysis, syntax: AsOfSyntax, scope: PlanScope): Analyzed => {
  const left = analysis.plan(syntax.left, scope)
  const right = analysis.plan(syntax.right, scope)
  const { settings } = analysis.context
  const placeOf = (side: Analyzed, expression: ExpressionSyntax): Expression =>
    analysis.expression(
      expression,
      rowContext(analysis, scope, levelOf(analysis, [side], scope.outer), 'an as-of join'),
    )
  const [one, other] = [placeOf(left, syntax.leftAsOf), placeOf(right, syntax.rightAsOf)]
  const type = orderedType(one, other, syntax, settings.ansi)
  const leftPlace = columnOf(analysis, castTo(one, type, settings))
  const rightPlace = columnOf(analysis, castTo(other, type, settings))
  const leftSide = withColumn(left, leftPlace)
  const rightSide = withColumn(right, rightPlace)
  const plainJoin: JoinSyntax = {
    kind: 'join',
    left: syntax.left,
    right: syntax.right,
    how: 'left',
    lateral: false,
    criteria: { kind: 'using', columns: syntax.keys },
    ...(syntax.at === undefined ? {} : { at: syntax.at }),
  }
  const [within, strictly] = syntax.direction === 'backward' ? (['>=', '>'] as const) : (['<=', '<'] as const)
  const conditions = [
    ...syntax.keys.map((key) => keyCondition(analysis, plainJoin, leftSide, rightSide, key)),
    predicate(syntax.exact ? within : strictly, leftPlace.attribute, rightPlace.attribute),
  ]
  const condition = conditions.reduce((all, next) => predicate('and', all, next))
  const plan = join(leftSide.plan, rightSide.plan, 'as-of', condition)
  const found = plan.output.find(({ id }) => id === rightPlace.attribute.id)!
  const near = toleranceOf(analysis, syntax, placeOf, left, found) ?? predicate('isnotnull', found)
  // DuckDB matches null with some row.
  const place = leftPlace.attribute
  const matched = place.nullable ? predicate('and', predicate('isnotnull', place), near) : near
  const joined = sides(plainJoin, leftSide, rightSide, syntax.how === 'inner' ? filter(plan, matched) : plan)
  const result = syntax.keys.length === 0 ? joined : withKeys(analysis, joined, leftSide, rightSide, syntax.keys)
  const some = syntax.how === 'left' && (syntax.tolerance !== undefined || place.nullable)
  return { ...(some ? emptied(analysis, result, rightSide, matched) : result), syntax, inputs: [left, right] }
}

const orderedType = (one: Expression, other: Expression, syntax: AsOfSyntax, ansi: boolean): DataType => {
  const type = commonType([one.type, other.type], { ansi })
  if (type !== undefined && [one.type, other.type, type].every(({ kind }) => ORDERED.has(kind))) return type
  throw new SqlError(
    'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES',
    `The columns of an as-of join are "${sqlTypeName(one.type)}" and "${sqlTypeName(other.type)}"; it wants numbers, dates or times on both sides`,
    syntax.at,
  )
}

interface Place {
  readonly attribute: Attribute
  readonly expression: Expression
}

const columnOf = (analysis: Analysis, expression: Expression): Place => {
  const { type, nullable } = expression
  return { expression, attribute: { kind: 'attribute', id: analysis.context.newId(), name: 'asof', type, nullable } }
}

const withColumn = (side: Analyzed, place: Place): Analyzed => ({
  ...side,
  plan: project(side.plan, [...side.plan.output.map(pass), place]),
})

/** That the match is near enough: the left's place less (or plus) the tolerance does not pass it. */
const toleranceOf = (
  analysis: Analysis,
  syntax: AsOfSyntax,
  placeOf: (side: Analyzed, expression: ExpressionSyntax) => Expression,
  left: Analyzed,
  found: Attribute,
): Expression | undefined => {
  const { tolerance, leftAsOf, direction, at } = syntax
  if (tolerance === undefined) return undefined
  const { settings } = analysis.context
  const name = direction === 'backward' ? '-' : '+'
  const reach = placeOf(left, { kind: 'call', name, args: [leftAsOf, tolerance], ...(at === undefined ? {} : { at }) })
  const type = orderedType(reach, found, syntax, settings.ansi)
  const args = [castTo(found, type, settings), castTo(reach, type, settings)] as const
  return predicate(direction === 'backward' ? '>=' : '<=', ...args)
}

/** The right's columns null where the match is too far away. */
const emptied = (analysis: Analysis, joined: Analyzed, right: Analyzed, matched: Expression): Analyzed => {
  const { plan } = joined
  const ofRight = new Set(right.plan.output.map(({ id }) => id))
  const named = new Map(
    plan.output
      .filter(({ id }) => ofRight.has(id))
      .map((attribute) => {
        const { type } = attribute
        const nothing: Expression = { kind: 'literal', value: null, type, nullable: true }
        const expression: Expression = {
          kind: 'case',
          branches: [branch<Expression>(matched, attribute)],
          otherwise: nothing,
          type,
          nullable: true,
        }
        return [attribute.id, { expression, attribute: { ...attribute, id: analysis.context.newId() } }] as const
      }),
  )
  const items = plan.output.map((attribute) => named.get(attribute.id) ?? pass(attribute))
  const renamed = (columns: readonly Column[]): readonly Column[] =>
    columns.map((column) => {
      const made = named.get(column.attribute.id)
      return made === undefined ? column : { ...column, attribute: { ...made.attribute, name: column.attribute.name } }
    })
  return {
    ...joined,
    plan: project(plan, items),
    columns: renamed(joined.columns),
    hidden: renamed(joined.hidden),
  }
}
