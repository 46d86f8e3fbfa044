import type { Attribute } from '../plan/expression.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import type { Column } from './analyzed.ts'
import { quotedName, similarNames } from './similar-names.ts'

export const sameName = (one: string, other: string, caseSensitive: boolean): boolean =>
  one === other || (!caseSensitive && one.toLowerCase() === other.toLowerCase())

export const matchesQualifier = (
  qualifier: readonly string[],
  prefix: readonly string[],
  caseSensitive: boolean,
): boolean =>
  prefix.length <= qualifier.length &&
  prefix.every((part, index) => sameName(part, qualifier[qualifier.length - prefix.length + index]!, caseSensitive))

/** A column that a name means, and the rest of the name: fields inside it. */
export interface FoundColumn {
  readonly column: Column
  readonly fields: readonly string[]
}

/**
 * The column of a name: the longest qualifier that fits wins, then the column alone. Throws AMBIGUOUS_REFERENCE.
 * Source: Spark's AttributeSeq.resolve.
 */
export const findColumn = (
  columns: readonly Column[],
  hidden: readonly Column[],
  parts: readonly string[],
  caseSensitive: boolean,
  at: Span | undefined,
): FoundColumn | undefined => {
  for (let qualifiers = Math.min(parts.length - 1, 3); qualifiers >= 0; qualifiers--) {
    const prefix = parts.slice(0, qualifiers)
    const name = parts[qualifiers]!
    const among = qualifiers > 0 ? [...columns, ...hidden] : columns
    const fitting = among.filter(
      (column) =>
        sameName(column.attribute.name, name, caseSensitive) &&
        matchesQualifier(column.qualifier, prefix, caseSensitive),
    )
    const different = new Map(fitting.map((column) => [column.origin ?? column.attribute.id, column]))
    if (different.size > 1) throw ambiguous(parts, [...different.values()], at)
    const [column] = fitting
    if (column) return { column, fields: parts.slice(qualifiers + 1) }
  }
  return undefined
}

const ambiguous = (parts: readonly string[], fitting: readonly Column[], at: Span | undefined): SqlError => {
  const names = fitting.map(({ attribute, qualifier }) => quotedName([...qualifier, attribute.name])).toSorted()
  return new SqlError(
    'AMBIGUOUS_REFERENCE',
    `Reference ${quotedName(parts)} is ambiguous, could be: [${names.join(', ')}]; say whose it is`,
    at,
  )
}

export const columnNames = (columns: readonly Column[], asQualified = false): readonly string[] => {
  const relations = new Set(columns.map(({ qualifier }) => qualifier.join('.')))
  return columns.map(({ attribute, qualifier }) =>
    (asQualified || relations.size > 1 ? [...qualifier, attribute.name] : [attribute.name]).join('.'),
  )
}

export const unresolvedColumn = (
  parts: readonly string[],
  columns: readonly Column[],
  at: Span | undefined,
): SqlError => {
  const name = quotedName(parts)
  const start = `A column, variable, or function parameter with name ${name} cannot be resolved.`
  if (columns.length === 0) return new SqlError('UNRESOLVED_COLUMN.WITHOUT_SUGGESTION', start, at)
  const near = similarNames(parts.join('.'), columnNames(columns, parts.length > 1)).map((known) =>
    quotedName(known.split('.')),
  )
  return new SqlError(
    'UNRESOLVED_COLUMN.WITH_SUGGESTION',
    `${start} Did you mean one of the following? [${near.join(', ')}]`,
    at,
  )
}

export const attributesOf = (columns: readonly Column[]): readonly Attribute[] =>
  columns.map(({ attribute }) => attribute)
