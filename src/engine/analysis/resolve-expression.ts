import { castTo } from '../functions/coerce.ts'
import { lookupFunction } from '../functions/registry.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { ExpressionContext } from './analyzed.ts'
import { branch } from './branch.ts'
import { canCast, refusedCast } from './can-cast.ts'
import { asCondition, castToCommon } from './cast-to.ts'
import { getFields } from './get-fields.ts'
import { resolveInterval } from './interval.ts'
import { unresolvedColumn } from './names.ts'
import { resolveCall } from './resolve-call.ts'
import { resolveExists, resolveInSubquery, resolveScalarSubquery } from './resolve-subquery.ts'
import { withPosition } from './with-position.ts'

type Of<K extends ExpressionSyntax['kind']> = ExpressionSyntax & { readonly kind: K }

/** Names, types and casts of an expression settled. Throws SqlError at the place of the fault. */
export const resolveExpression = (syntax: ExpressionSyntax, context: ExpressionContext): Expression => {
  const resolved = context.analysis.given.get(syntax) ?? withPosition(syntax.at, () => resolve(syntax, context))
  if (syntax.at && !context.analysis.spans.has(resolved)) context.analysis.spans.set(resolved, syntax.at)
  return resolved
}

const resolve = (syntax: ExpressionSyntax, context: ExpressionContext): Expression => {
  const { settings } = context.analysis.context
  const inner = (child: ExpressionSyntax): Expression => resolveExpression(child, context)
  switch (syntax.kind) {
    case 'name':
      return resolveName(syntax, context)
    case 'star':
      throw new SqlError(
        'INVALID_USAGE_OF_STAR_OR_REGEX',
        'A star can stand in the select list and in the arguments of a function only',
        syntax.at,
      )
    case 'literal':
      return { kind: 'literal', value: syntax.value, type: syntax.type, nullable: syntax.value === null }
    case 'interval':
      return resolveInterval(syntax, context)
    case 'call':
      return resolveCall(syntax, context)
    case 'named-argument':
      throw new SqlError(
        'NAMED_PARAMETERS_NOT_SUPPORTED',
        `Named arguments are not supported here; give ${syntax.name} by its position`,
        syntax.at,
      )
    case 'cast': {
      const child = inner(syntax.child)
      if (!canCast(child.type, syntax.type, settings.ansi || syntax.try))
        throw new SqlError(
          refusedCast(child.type, syntax.type),
          `Cannot cast "${sqlTypeName(child.type)}" to "${sqlTypeName(syntax.type)}"`,
          syntax.at,
        )
      const mode = syntax.try ? 'try' : settings.ansi ? 'ansi' : 'legacy'
      return { kind: 'cast', child, mode, type: syntax.type, nullable: child.nullable || mode !== 'ansi' }
    }
    case 'case':
      return resolveCase(syntax, context)
    case 'in': {
      const all = castToCommon(
        [syntax.value, ...syntax.list].map(inner),
        'The value of IN and its list',
        settings,
        syntax.at,
      )
      const [value, ...list] = all
      return {
        kind: 'in',
        value: value!,
        list,
        type: { kind: 'boolean' },
        nullable: all.some(({ nullable }) => nullable),
      }
    }
    case 'in-subquery':
      return resolveInSubquery(syntax, context)
    case 'exists':
      return resolveExists(syntax, context)
    case 'scalar-subquery':
      return resolveScalarSubquery(syntax, context)
    case 'lambda':
      throw new SqlError(
        'INVALID_LAMBDA_FUNCTION_CALL',
        'A lambda can stand as an argument of a higher-order function only',
        syntax.at,
      )
    case 'alias':
      return inner(syntax.child)
    case 'udf':
      return resolveUdf(syntax, context)
  }
}

/** What Spark takes for a call without parentheses where no column has the name. Source: Spark's LiteralFunctionResolution. */
const CALLED_WITHOUT_PARENTHESES = new Set([
  'current_date',
  'current_timestamp',
  'localtimestamp',
  'current_time',
  'current_user',
  'session_user',
  'user',
  'current_catalog',
  'current_schema',
  'current_database',
])

const resolveName = (syntax: Of<'name'>, context: ExpressionContext): Expression => {
  const { parts, of, at } = syntax
  const { analysis } = context
  const variable = of ? undefined : context.variables.get(parts[0]!.toLowerCase())
  if (variable) return getFields(analysis, { ...variable }, parts.slice(1), at)
  const found = context.level.find(parts, of, at)
  if (found) return found
  const [name] = parts
  const asFunction = name?.toLowerCase() ?? ''
  if (parts.length === 1 && CALLED_WITHOUT_PARENTHESES.has(asFunction) && lookupFunction(asFunction))
    return resolveExpression({ kind: 'call', name: asFunction, args: [], ...(at ? { at } : {}) }, context)
  if (parts.length === 1 && asFunction === 'grouping__id')
    return context.grouping({ kind: 'call', name: 'grouping_id', args: [], ...(at ? { at } : {}) })
  for (let level = context.level.outer; level; level = level.outer) {
    const outer = level.find(parts, of, at)
    if (outer) return asOuter(outer)
  }
  if (of)
    throw new SqlError(
      'CANNOT_RESOLVE_DATAFRAME_COLUMN',
      `Column \`${parts.join('.')}\` belongs to a DataFrame that is no input here, or that has no such column any more`,
      at,
    )
  throw unresolvedColumn(parts, context.level.columns, at)
}

/** A column of an enclosing query; fields of structs are taken from it here. */
const asOuter = (found: Expression): Expression => {
  if (found.kind === 'attribute') return { kind: 'outer', attribute: found, type: found.type, nullable: found.nullable }
  if (found.kind === 'outer' || found.kind === 'literal') return found
  if (found.kind === 'call') return { ...found, args: found.args.map(asOuter) }
  throw new SqlError(
    'UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.CORRELATED_REFERENCE',
    'A subquery can name columns of the query around it only, not what is computed there',
  )
}

const resolveCase = (syntax: Of<'case'>, context: ExpressionContext): Expression => {
  const { settings } = context.analysis.context
  const whens = syntax.branches.map(({ when }) => {
    const condition: ExpressionSyntax = syntax.operand
      ? { kind: 'call', name: '=', args: [syntax.operand, when], ...(when.at ? { at: when.at } : {}) }
      : when
    return asCondition(
      resolveExpression(condition, context),
      'DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE',
      'WHEN',
      settings,
      when.at,
    )
  })
  const values = [...syntax.branches.map(({ then }) => then), ...(syntax.otherwise ? [syntax.otherwise] : [])]
  const all = castToCommon(
    values.map((value) => resolveExpression(value, context)),
    'The branches of CASE',
    settings,
    syntax.at,
  )
  const otherwise = syntax.otherwise && all.at(-1)!
  return {
    kind: 'case',
    branches: whens.map((when, index) => branch(when, all[index]!)),
    otherwise,
    type: all[0]!.type,
    nullable: otherwise === undefined || all.some(({ nullable }) => nullable),
  }
}

const resolveUdf = (syntax: Of<'udf'>, context: ExpressionContext): Expression => {
  const { udf, settings } = context.analysis.context
  const known = udf(syntax.id)
  if (!known) throw new SqlError('UNRESOLVED_ROUTINE', `There is no function ${syntax.id} in this session`, syntax.at)
  const args = syntax.args.map((arg) => resolveExpression(arg, context))
  const { parameters } = known
  if (parameters && parameters.length !== args.length)
    throw new SqlError(
      'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
      `${known.name} takes ${parameters.length} arguments, but ${args.length} are given`,
      syntax.at,
    )
  const typed = parameters ? args.map((arg, index) => castTo(arg, parameters[index]!, settings)) : args
  return { kind: 'udf', id: syntax.id, name: known.name, args: typed, type: known.type, nullable: known.nullable }
}
