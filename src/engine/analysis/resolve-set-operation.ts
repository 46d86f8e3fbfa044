import { castTo } from '../functions/coerce.ts'
import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { commonType } from '../types/coercion.ts'
import type { DataType } from '../types/data-type.ts'
import { isOrderable, sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { type Analysis, type Analyzed, type PlanScope, qualified } from './analyzed.ts'
import { allOf, distinct, exactly, join, pass, predicate, project } from './build-plan.ts'
import { sameName } from './names.ts'
import { visible } from './resolve-leaves.ts'
import { numbered } from './row-number.ts'
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
    case 'except': {
      const how = syntax.op === 'intersect' ? 'semi' : 'anti'
      if (!syntax.all) return distinct(join(left, right, how, sameRow(left, right)))
      // The nth of equal rows on the left goes with the nth on the right.
      const one = numbered(left, analysis.context.newId)
      const other = numbered(right, analysis.context.newId)
      return exactly(join(one, other, how, sameRow(one, other)), left.output)
    }
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
