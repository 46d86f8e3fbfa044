import type { Attribute, Expression } from '../plan/expression.ts'
import type { Span } from '../sql/sql-error.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { Analysis, Analyzed, Column, Level } from './analyzed.ts'
import { getFields } from './get-fields.ts'
import { findColumn } from './names.ts'
import { quotedName } from './similar-names.ts'

/** The names of `inputs`, side by side. */
export const levelOf = (analysis: Analysis, inputs: readonly Analyzed[], outer: Level | undefined): Level => {
  const columns = inputs.flatMap((input) => input.columns)
  const hidden = inputs.flatMap((input) => input.hidden)
  return {
    columns,
    hidden,
    inputs,
    outer,
    find: (parts, of, at) => findIn(analysis, columns, hidden, inputs, parts, of, at),
  }
}

const findIn = (
  analysis: Analysis,
  columns: readonly Column[],
  hidden: readonly Column[],
  inputs: readonly Analyzed[],
  parts: readonly string[],
  of: PlanSyntax | undefined,
  at: Span | undefined,
): Expression | undefined => {
  const { caseSensitive } = analysis.context.settings
  const found = of ? findOf(analysis, inputs, of, parts, at) : findColumn(columns, hidden, parts, caseSensitive, at)
  return found && getFields(analysis, named(found.column.attribute, parts, found.fields.length), found.fields, at)
}

/** The attribute with the name as it was written here: SELECT A gives a column A. */
const named = (attribute: Attribute, parts: readonly string[], fields: number): Attribute => ({
  ...attribute,
  name: parts[parts.length - 1 - fields]!,
})

/** The column `parts` of the DataFrame `of`, which must be one of the inputs, or below one. */
const findOf = (
  analysis: Analysis,
  inputs: readonly Analyzed[],
  of: PlanSyntax,
  parts: readonly string[],
  at: Span | undefined,
) => {
  const places = inputs.flatMap((input) => occurrences(input, of))
  const name = quotedName(parts)
  const given = new Set(inputs.flatMap((input) => input.plan.output.map(({ id }) => id)))
  const found = places.flatMap((place) => {
    const one = findColumn(place.columns, place.hidden, parts, analysis.context.settings.caseSensitive, at)
    return one ? [one] : []
  })
  const reachable = found.filter(({ column }) => given.has(column.attribute.id))
  const ids = new Set(reachable.map(({ column }) => column.attribute.id))
  if (ids.size > 1)
    throw new SqlError(
      'AMBIGUOUS_COLUMN_REFERENCE',
      `Column ${name} is ambiguous: its DataFrame is on both sides of a join. Give the sides names with alias() and say which`,
      at,
    )
  return reachable[0]
}

const occurrences = (analyzed: Analyzed, of: PlanSyntax): readonly Analyzed[] =>
  analyzed.syntax === of ? [analyzed] : analyzed.inputs.flatMap((input) => occurrences(input, of))
