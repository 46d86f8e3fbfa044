import { lookupFunction } from '../functions/registry.ts'
import type { Expression } from '../plan/expression.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import { STRING } from '../types/data-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { Analysis } from './analyzed.ts'
import { sameName } from './names.ts'
import { quotedName } from './similar-names.ts'
import { withPosition } from './with-position.ts'

/** `value.a.b`: fields of structs, of structs in arrays, values of maps. Throws FIELD_NOT_FOUND. */
export const getFields = (
  analysis: Analysis,
  value: Expression,
  fields: readonly string[],
  at: Span | undefined,
): Expression => fields.reduce((inside, field) => getField(analysis, inside, field, at), value)

const getField = (analysis: Analysis, value: Expression, field: string, at: Span | undefined): Expression => {
  const { settings } = analysis.context
  const inner = value.type.kind === 'array' ? value.type.element : value.type
  if (inner.kind !== 'struct' && inner.kind !== 'map')
    throw new SqlError(
      'INVALID_EXTRACT_BASE_FIELD_TYPE',
      `Can't take ${quotedName([field])} out of a value of type "${sqlTypeName(value.type)}"; that needs a struct, an array of structs or a map`,
      at,
    )
  let key = field
  if (inner.kind === 'struct') {
    const fitting = inner.fields.filter(({ name }) => sameName(name, field, settings.caseSensitive))
    if (fitting.length === 0)
      throw new SqlError(
        'FIELD_NOT_FOUND',
        `No such struct field ${quotedName([field])} in ${inner.fields.map(({ name }) => quotedName([name])).join(', ')}`,
        at,
      )
    if (fitting.length > 1)
      throw new SqlError(
        'AMBIGUOUS_REFERENCE_TO_FIELDS',
        `The field ${quotedName([field])} appears ${fitting.length} times in the struct`,
        at,
      )
    key = fitting[0]!.name
  }
  const get = lookupFunction('[]')!
  const literal: Expression = { kind: 'literal', value: key, type: STRING, nullable: false }
  return withPosition(at, () => {
    const resolved = get.resolve([value, literal], settings)
    return { kind: 'call', name: get.name, args: resolved.args, type: resolved.type, nullable: resolved.nullable }
  })
}
