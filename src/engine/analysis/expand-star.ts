import type { Attribute, Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax } from '../sql/syntax.ts'
import type { Analyzed, Column, ExpressionContext } from './analyzed.ts'
import { getFields } from './get-fields.ts'
import { findColumn, matchesQualifier, sameName, unresolvedColumn } from './names.ts'

type StarSyntax = ExpressionSyntax & { readonly kind: 'star' }

/** One column of a star: syntax that resolves to it, and its name. */
export interface StarColumn {
  readonly syntax: ExpressionSyntax
  readonly name: string
  readonly expression: Expression
  readonly column: Column | undefined
}

/** The columns that a star stands for. Source: Spark's UnresolvedStar.expand. */
export const expandStar = (star: StarSyntax, context: ExpressionContext): readonly StarColumn[] => {
  const { caseSensitive } = context.analysis.context.settings
  const found = starColumns(star, context)
  const kept = (name: string): boolean => !star.except?.some((left) => sameName(left, name, caseSensitive))
  for (const left of star.except ?? [])
    if (!found.some(({ name }) => sameName(name, left, caseSensitive)))
      throw unresolvedColumn([left], context.level.columns, star.at)
  return found.filter(({ name }) => kept(name))
}

const starColumns = (star: StarSyntax, context: ExpressionContext): readonly StarColumn[] => {
  const { level, analysis } = context
  const { caseSensitive } = analysis.context.settings
  const given = (expression: Expression, name: string, column: Column | undefined): StarColumn => {
    const syntax: ExpressionSyntax = { kind: 'name', parts: [name], ...(star.at ? { at: star.at } : {}) }
    analysis.given.set(syntax, expression)
    return { syntax, name, expression, column }
  }
  const ofColumn = (column: Column): StarColumn => given({ ...column.attribute }, column.attribute.name, column)
  if (star.of) {
    const found = level.inputs.flatMap((input) => find(input, star))
    const reachable = new Set(level.inputs.flatMap((input) => input.plan.output.map(({ id }) => id)))
    return (found[0]?.columns ?? []).filter(({ attribute }) => reachable.has(attribute.id)).map(ofColumn)
  }
  if (star.qualifier.length === 0) {
    if (
      level.inputs.length === 0 ||
      (level.columns.length === 0 &&
        level.inputs.every(({ plan }) => plan.kind === 'values' && plan.output.length === 0))
    )
      throw new SqlError(
        'INVALID_USAGE_OF_STAR_OR_REGEX',
        'There is no FROM whose columns a star could stand for',
        star.at,
      )
    return level.columns.map(ofColumn)
  }
  const among = [...level.hidden, ...level.columns]
  const fitting = among.filter(({ qualifier }) => matchesQualifier(qualifier, star.qualifier, caseSensitive))
  if (fitting.length > 0) return fitting.map(ofColumn)
  const value = findColumn(level.columns, level.hidden, star.qualifier, caseSensitive, star.at)
  if (!value)
    throw new SqlError(
      'CANNOT_RESOLVE_STAR_EXPAND',
      `Cannot resolve ${star.qualifier.join('.')}.*: no relation or struct has that name here`,
      star.at,
    )
  const struct = getFields(analysis, { ...value.column.attribute } as Attribute, value.fields, star.at)
  if (struct.type.kind !== 'struct')
    throw new SqlError(
      'CANNOT_RESOLVE_STAR_EXPAND',
      `${star.qualifier.join('.')} is no struct: a star cannot take its fields`,
      star.at,
    )
  return struct.type.fields.map(({ name }) => given(getFields(analysis, struct, [name], star.at), name, undefined))
}

const find = (analyzed: Analyzed, star: StarSyntax): readonly Analyzed[] =>
  analyzed.syntax === star.of ? [analyzed] : analyzed.inputs.flatMap((input) => find(input, star))
