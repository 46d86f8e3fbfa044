import { castTo } from '../functions/coerce.ts'
import type { Attribute, Expression } from '../plan/expression.ts'
import type { LogicalJoinType, LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { JoinType, PlanSyntax } from '../sql/syntax.ts'
import { commonType } from '../types/coercion.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { Analysis, Analyzed, Column, PlanScope } from './analyzed.ts'
import { join, pass, predicate, project } from './build-plan.ts'
import { asCondition } from './cast-to.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { columnNames, sameName } from './names.ts'
import { quotedName, similarNames } from './similar-names.ts'

export type JoinSyntax = PlanSyntax & { readonly kind: 'join' }

const logical = (how: JoinType): LogicalJoinType => (how === 'cross' ? 'inner' : how)

export const resolveJoin = (analysis: Analysis, syntax: JoinSyntax, scope: PlanScope): Analyzed => {
  const left = analysis.plan(syntax.left, scope)
  const right = syntax.lateral ? lateralSide(analysis, syntax, left, scope) : analysis.plan(syntax.right, scope)
  const broadcast = right.broadcast ? 'right' : left.broadcast ? 'left' : undefined
  const { criteria } = syntax
  const keys =
    criteria?.kind === 'natural'
      ? commonNames(analysis, left, right)
      : criteria?.kind === 'using'
        ? criteria.columns
        : undefined
  const condition =
    keys
      ?.map((key) => keyCondition(analysis, syntax, left, right, key))
      .reduce<Expression | undefined>(and, undefined) ??
    (criteria?.kind === 'on' ? onCondition(analysis, syntax, criteria.condition, left, right, scope) : undefined)
  const how = logical(syntax.how)
  // A lateral right side still names columns of the left: decorrelation settles that.
  const plan = join(left.plan, right.plan, how, condition, broadcast)
  const joined = sides(syntax, left, right, plan)
  return keys ? withKeys(analysis, joined, left, right, keys) : joined
}

const and = (one: Expression | undefined, other: Expression): Expression => (one ? predicate('and', one, other) : other)

const lateralSide = (analysis: Analysis, syntax: JoinSyntax, left: Analyzed, scope: PlanScope): Analyzed => {
  if (syntax.how === 'right' || syntax.how === 'full')
    throw new SqlError(
      'INVALID_LATERAL_JOIN_TYPE',
      `The ${syntax.how.toUpperCase()} JOIN with LATERAL correlation is not allowed: the right side names columns of the left`,
      syntax.at,
    )
  if (syntax.criteria && syntax.criteria.kind !== 'on')
    throw new SqlError(
      'UNSUPPORTED_FEATURE.LATERAL_JOIN_USING',
      'JOIN USING with LATERAL correlation is not supported; write ON',
      syntax.at,
    )
  return analysis.plan(syntax.right, { ...scope, outer: levelOf(analysis, [left], scope.outer) })
}

/** What names see of a join: the columns as its output has them, outer joins make them nullable. */
export const sides = (syntax: JoinSyntax, left: Analyzed, right: Analyzed, plan: LogicalPlan): Analyzed => {
  const byId = new Map(plan.output.map((attribute) => [attribute.id, attribute]))
  const seen = (columns: readonly Column[]): readonly Column[] =>
    columns.flatMap((column) => {
      const attribute = byId.get(column.attribute.id)
      return attribute ? [{ ...column, attribute: { ...attribute, name: column.attribute.name } }] : []
    })
  return {
    syntax,
    plan,
    columns: [...seen(left.columns), ...seen(right.columns)],
    hidden: [...seen(left.hidden), ...seen(right.hidden)],
    inputs: [left, right],
    broadcast: false,
  }
}

const onCondition = (
  analysis: Analysis,
  syntax: JoinSyntax,
  condition: NonNullable<Extract<JoinSyntax['criteria'], { kind: 'on' }>>['condition'],
  left: Analyzed,
  right: Analyzed,
  scope: PlanScope,
): Expression => {
  const context = rowContext(analysis, scope, levelOf(analysis, [left, right], scope.outer), 'a join condition')
  return asCondition(
    analysis.expression(condition, context),
    'JOIN_CONDITION_IS_NOT_BOOLEAN_TYPE',
    'The join condition',
    analysis.context.settings,
    condition.at ?? syntax.at,
  )
}

const commonNames = (analysis: Analysis, left: Analyzed, right: Analyzed): readonly string[] => {
  const { caseSensitive } = analysis.context.settings
  return left.columns
    .map(({ attribute }) => attribute.name)
    .filter((name) => right.columns.some(({ attribute }) => sameName(attribute.name, name, caseSensitive)))
}

const keyColumn = (analysis: Analysis, syntax: JoinSyntax, side: Analyzed, key: string, which: string): Column => {
  const found = side.columns.filter(({ attribute }) =>
    sameName(attribute.name, key, analysis.context.settings.caseSensitive),
  )
  const ids = new Set(found.map(({ attribute, origin }) => origin ?? attribute.id))
  if (ids.size > 1)
    throw new SqlError(
      'AMBIGUOUS_REFERENCE',
      `Reference ${quotedName([key])} is ambiguous on the ${which} side of the join; join with ON`,
      syntax.at,
    )
  if (!found[0]) {
    const near = similarNames(key, columnNames(side.columns))
    throw new SqlError(
      'UNRESOLVED_USING_COLUMN_FOR_JOIN',
      `USING column ${quotedName([key])} cannot be resolved on the ${which} side of the join. Did you mean one of the following? [${near.map((name) => quotedName([name])).join(', ')}]`,
      syntax.at,
    )
  }
  return found[0]
}

export const keyCondition = (
  analysis: Analysis,
  syntax: JoinSyntax,
  left: Analyzed,
  right: Analyzed,
  key: string,
): Expression => {
  const { settings } = analysis.context
  const one = keyColumn(analysis, syntax, left, key, 'left').attribute
  const other = keyColumn(analysis, syntax, right, key, 'right').attribute
  const type = commonType([one.type, other.type], { ansi: settings.ansi })
  if (!type)
    throw new SqlError(
      'DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES',
      `The join key ${quotedName([key])} is "${sqlTypeName(one.type)}" on the left and "${sqlTypeName(other.type)}" on the right; cast one of them`,
      syntax.at,
    )
  return predicate('=', castTo(one, type, settings), castTo(other, type, settings))
}

/** USING and NATURAL: each key once, first; those of the sides stay reachable by `t.key`. Source: Spark's commonNaturalJoinProcessing. */
export const withKeys = (
  analysis: Analysis,
  joined: Analyzed,
  left: Analyzed,
  right: Analyzed,
  keys: readonly string[],
): Analyzed => {
  const { settings, newId } = analysis.context
  const syntax = joined.syntax as JoinSyntax
  if (syntax.how === 'semi' || syntax.how === 'anti') {
    const keyIds = keys.map((key) => keyColumn(analysis, syntax, left, key, 'left').attribute.id)
    const first = keyIds.map((id) => joined.columns.find(({ attribute }) => attribute.id === id)!)
    return { ...joined, columns: [...first, ...joined.columns.filter((column) => !first.includes(column))] }
  }
  const find = (id: number): Column => joined.columns.find(({ attribute }) => attribute.id === id)!
  const pairs = keys.map((key) => ({
    left: find(keyColumn(analysis, syntax, left, key, 'left').attribute.id),
    right: find(keyColumn(analysis, syntax, right, key, 'right').attribute.id),
  }))
  const used = new Set(pairs.flatMap((pair) => [pair.left, pair.right]))
  const others = joined.columns.filter((column) => !used.has(column))
  if (syntax.how === 'right')
    return {
      ...joined,
      columns: [...pairs.map((pair) => pair.right), ...others],
      hidden: [...joined.hidden, ...pairs.map((pair) => pair.left)],
    }
  if (syntax.how !== 'full')
    return {
      ...joined,
      columns: [...pairs.map((pair) => pair.left), ...others],
      hidden: [...joined.hidden, ...pairs.map((pair) => pair.right)],
    }
  const merged = pairs.map(({ left: one, right: other }) => {
    const type = commonType([one.attribute.type, other.attribute.type], { ansi: settings.ansi })!
    const args = [castTo(one.attribute, type, settings), castTo(other.attribute, type, settings)]
    const attribute: Attribute = { kind: 'attribute', id: newId(), name: one.attribute.name, type, nullable: true }
    const expression: Expression = { kind: 'call', name: 'coalesce', args, type, nullable: true }
    return { attribute, expression }
  })
  return {
    ...joined,
    plan: project(joined.plan, [...merged, ...joined.plan.output.map(pass)]),
    columns: [...merged.map(({ attribute }) => ({ attribute, qualifier: [] })), ...others],
    hidden: [...joined.hidden, ...pairs.flatMap((pair) => [pair.left, pair.right])],
  }
}
