import { castTo } from '../functions/coerce.ts'
import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { commonType } from '../types/coercion.ts'
import { type DataType, LONG } from '../types/data-type.ts'
import { isOrderable, sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { type Analysis, type Analyzed, type PlanScope, qualified } from './analyzed.ts'
import { aggregate, allOf, distinct, filter, join, pass, predicate, project } from './build-plan.ts'
import { sameName } from './names.ts'
import { repeated } from './repeat-rows.ts'
import { visible } from './resolve-leaves.ts'
import { quotedName } from './similar-names.ts'

type SetSyntax = PlanSyntax & { readonly kind: 'set-operation' }

export const resolveSetOperation = (analysis: Analysis, syntax: SetSyntax, scope: PlanScope): Analyzed => {
  const left = analysis.plan(syntax.left, scope)
  const right = analysis.plan(syntax.right, scope)
  const named = syntax.byName
    ? byName(analysis, syntax, visible(left), visible(right), syntax.byName.allowMissingColumns)
    : [visible(left), visible(right)]
  const [one, other] = sameTypes(analysis, syntax, named[0]!, named[1]!)
  if (syntax.op !== 'union' || !syntax.all) comparable(syntax, one.output)
  const plan = combine(analysis, syntax, one, other)
  return { syntax, plan, columns: qualified(plan.output, []), hidden: [], inputs: [left, right], broadcast: false }
}

const NAMES = { union: 'UNION', intersect: 'INTERSECT', except: 'EXCEPT' } as const

const comparable = (syntax: SetSyntax, output: readonly Attribute[]): void => {
  const map = output.find(({ type }) => !isOrderable(type))
  if (map)
    throw new SqlError(
      'UNSUPPORTED_FEATURE.SET_OPERATION_ON_MAP_TYPE',
      `Cannot have MAP type columns in DataFrame which calls set operations (INTERSECT, EXCEPT, etc.), but the type of column ${quotedName([map.name])} is "${sqlTypeName(map.type)}"`,
      syntax.at,
    )
}

const sameTypes = (
  analysis: Analysis,
  syntax: SetSyntax,
  left: LogicalPlan,
  right: LogicalPlan,
): readonly [LogicalPlan, LogicalPlan] => {
  if (left.output.length !== right.output.length)
    throw new SqlError(
      'NUM_COLUMNS_MISMATCH',
      `${NAMES[syntax.op]} can only be performed on inputs with the same number of columns, but the first input has ${left.output.length} columns and the second input has ${right.output.length} columns`,
      syntax.at,
    )
  const types = left.output.map((attribute, index) => {
    const other = right.output[index]!
    const type = commonType([attribute.type, other.type], { ansi: analysis.context.settings.ansi })
    if (!type)
      throw new SqlError(
        'INCOMPATIBLE_COLUMN_TYPE',
        `${NAMES[syntax.op]} can only be performed on tables with compatible column types. Column ${index + 1} of the second table is "${sqlTypeName(other.type)}" which is not compatible with "${sqlTypeName(attribute.type)}" of the first; cast one of them`,
        syntax.at,
      )
    return type
  })
  return [withTypes(analysis, left, types), withTypes(analysis, right, types)]
}

const withTypes = (analysis: Analysis, plan: LogicalPlan, types: readonly DataType[]): LogicalPlan => {
  if (plan.output.every(({ type }, index) => sameType(type, types[index]!))) return plan
  const { settings, newId } = analysis.context
  return project(
    plan,
    plan.output.map((attribute, index): Named => {
      const expression = castTo(attribute, types[index]!, settings)
      if (expression === attribute) return pass(attribute)
      return {
        attribute: { ...attribute, id: newId(), type: expression.type, nullable: expression.nullable },
        expression,
      }
    }),
  )
}

const combine = (analysis: Analysis, syntax: SetSyntax, left: LogicalPlan, right: LogicalPlan): LogicalPlan => {
  switch (syntax.op) {
    case 'union': {
      const all = unionAll(analysis, [left, right])
      return syntax.all ? all : distinct(all)
    }
    case 'intersect':
      return syntax.all
        ? intersectAll(analysis, left, right)
        : distinct(join(left, right, 'semi', sameRow(left, right)))
    case 'except':
      return syntax.all ? exceptAll(analysis, left, right) : distinct(join(left, right, 'anti', sameRow(left, right)))
  }
}

const sameRow = (left: LogicalPlan, right: LogicalPlan): Expression | undefined =>
  allOf(left.output.map((attribute, index) => predicate('<=>', attribute, right.output[index]!)))

const unionAll = (analysis: Analysis, inputs: readonly LogicalPlan[]): LogicalPlan => {
  const output = inputs[0]!.output.map(
    (attribute, index): Attribute => ({
      ...attribute,
      id: analysis.context.newId(),
      nullable: inputs.some((input) => input.output[index]!.nullable),
    }),
  )
  return { kind: 'union', inputs, output }
}

const literal = (value: bigint): Expression => ({ kind: 'literal', value, type: LONG, nullable: false })

const counter = (analysis: Analysis, name: string, nullable = false): Attribute => ({
  kind: 'attribute',
  id: analysis.context.newId(),
  name,
  type: LONG,
  nullable,
})

const total = (analysis: Analysis, of: Attribute, name: string): Named => ({
  attribute: counter(analysis, name, true),
  expression: {
    kind: 'aggregate',
    name: 'sum',
    args: [of],
    distinct: false,
    filter: undefined,
    orderBy: [],
    type: LONG,
    nullable: true,
  },
})

/** The rows of both, with a 1 for those of the left or the right. */
const counted = (
  analysis: Analysis,
  sides: readonly (readonly [LogicalPlan, readonly bigint[]])[],
  names: readonly string[],
): LogicalPlan =>
  unionAll(
    analysis,
    sides.map(([plan, values]) =>
      project(plan, [
        ...plan.output.map(pass),
        ...values.map((value, index) => ({ attribute: counter(analysis, names[index]!), expression: literal(value) })),
      ]),
    ),
  )

/** Source: Spark's RewriteExceptAll: rows of the left count 1, of the right −1; what is left over is repeated. */
const exceptAll = (analysis: Analysis, left: LogicalPlan, right: LogicalPlan): LogicalPlan => {
  const all = counted(
    analysis,
    [
      [left, [1n]],
      [right, [-1n]],
    ],
    ['vcol'],
  )
  const groups = all.output.slice(0, -1)
  const sum = total(analysis, all.output.at(-1)!, 'sum')
  const grouped = aggregate(all, groups.map(pass), [sum])
  return repeated(filter(grouped, predicate('>', sum.attribute, literal(0n))), sum.attribute, groups, analysis.context)
}

/** Source: Spark's RewriteIntersectAll: each row as often as on the side that has it less often. */
const intersectAll = (analysis: Analysis, left: LogicalPlan, right: LogicalPlan): LogicalPlan => {
  const all = counted(
    analysis,
    [
      [left, [1n, 0n]],
      [right, [0n, 1n]],
    ],
    ['vcol1', 'vcol2'],
  )
  const groups = all.output.slice(0, -2)
  const one = total(analysis, all.output.at(-2)!, 'vcol1_count')
  const other = total(analysis, all.output.at(-1)!, 'vcol2_count')
  const grouped = aggregate(all, groups.map(pass), [one, other])
  const both = filter(
    grouped,
    predicate('and', predicate('>=', one.attribute, literal(1n)), predicate('>=', other.attribute, literal(1n))),
  )
  const least: Named = {
    attribute: counter(analysis, 'min_count', true),
    expression: {
      kind: 'case',
      branches: [{ when: predicate('>', one.attribute, other.attribute), then: other.attribute }],
      otherwise: one.attribute,
      type: LONG,
      nullable: true,
    },
  }
  return repeated(project(both, [...groups.map(pass), least]), least.attribute, groups, analysis.context)
}

/** Columns of the right put under those of the left; missing ones are NULL where that is allowed. */
const byName = (
  analysis: Analysis,
  syntax: SetSyntax,
  left: LogicalPlan,
  right: LogicalPlan,
  allowMissing: boolean,
): readonly LogicalPlan[] => {
  const { newId, settings } = analysis.context
  const find = (plan: LogicalPlan, name: string): Attribute | undefined => {
    const found = plan.output.filter((attribute) => sameName(attribute.name, name, settings.caseSensitive))
    if (found.length > 1)
      throw new SqlError(
        'AMBIGUOUS_REFERENCE',
        `unionByName: ${quotedName([name])} is in one of the DataFrames more than once`,
        syntax.at,
      )
    return found[0]
  }
  const missing = (name: string, type: DataType): Named => {
    if (!allowMissing)
      throw new SqlError(
        'UNRESOLVED_COLUMN_IN_UNION',
        `Cannot resolve column name ${quotedName([name])} on both sides; give allowMissingColumns to fill it with NULL`,
        syntax.at,
      )
    return {
      attribute: { kind: 'attribute', id: newId(), name, type, nullable: true },
      expression: { kind: 'literal', value: null, type, nullable: true },
    }
  }
  const rightItems = left.output.map((attribute): Named => {
    const found = find(right, attribute.name)
    return found ? pass(found) : missing(attribute.name, attribute.type)
  })
  const extra = right.output.filter((attribute) => !find(left, attribute.name))
  if (extra.length === 0) return [left, project(right, rightItems)]
  return [
    project(left, [...left.output.map(pass), ...extra.map(({ name, type }) => missing(name, type))]),
    project(right, [...rightItems, ...extra.map(pass)]),
  ]
}
