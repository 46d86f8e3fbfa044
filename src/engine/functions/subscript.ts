import { quoteText } from '../duckdb/quote.ts'
import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { type DataType, INTEGER } from '../types/data-type.ts'
import { isIntegral } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindOnce } from './bind-once.ts'
import { castTo } from './coerce.ts'
import type { ResolvedCall, SparkFunction, SqlSettings } from './function.ts'
import { raise, raiseText } from './raise.ts'
import { wrongType } from './refuse.ts'
import { checkCount } from './signature.ts'

const argsOf = (call: Expression): readonly Expression[] => (call as { args: readonly Expression[] }).args

const field = (
  name: string,
  type: DataType,
  fieldName: string,
): { readonly type: DataType; readonly nullable: boolean } => {
  const fields = type.kind === 'struct' ? type.fields : []
  const found = fields.filter((candidate) => candidate.name.toLowerCase() === fieldName.toLowerCase())
  if (found.length === 1) return found[0]!
  throw new SqlError(
    found.length > 1 ? 'AMBIGUOUS_REFERENCE_TO_FIELDS' : 'FIELD_NOT_FOUND',
    `${name}: "${fieldName}" is ${found.length > 1 ? 'more than one field' : 'no field'} of ${sqlTypeName(type)}`,
  )
}

/** struct.field, and array.field for an array of structs; the second argument is the name as a constant. Source: ExtractValue. */
const fieldCall = (name: string, args: readonly Expression[]): ResolvedCall => {
  const [value, key] = args
  const fieldName = key?.kind === 'literal' && typeof key.value === 'string' ? key.value : undefined
  if (fieldName === undefined) throw wrongType(name, 1, 'the name of a field', key!.type)
  if (value!.type.kind === 'array') {
    const found = field(name, value!.type.element, fieldName)
    const containsNull = value!.type.containsNull || found.nullable
    return { args, type: { kind: 'array', element: found.type, containsNull }, nullable: value!.nullable }
  }
  const found = field(name, value!.type, fieldName)
  return { args, type: found.type, nullable: value!.nullable || found.nullable }
}

const emitField = (value: string, call: Expression): string => {
  const [source, key] = argsOf(call)
  const name = key?.kind === 'literal' ? String(key.value) : ''
  return source!.type.kind === 'array'
    ? `list_transform(${value}, lambda item: struct_extract(item, ${quoteText(name)}))`
    : `struct_extract(${value}, ${quoteText(name)})`
}

const keyed = (name: string, given: readonly Expression[], settings: SqlSettings): ResolvedCall | undefined => {
  const [value, key] = given
  const type = value!.type
  if (type.kind === 'map') return { args: [value!, castTo(key!, type.key, settings)], type: type.value, nullable: true }
  if (type.kind === 'array') {
    if (!isIntegral(key!.type) && key!.type.kind !== 'void') throw wrongType(name, 1, 'an integral value', key!.type)
    return { args: [value!, castTo(key!, INTEGER, settings)], type: type.element, nullable: true }
  }
  return undefined
}

/** A missing key is null, with ANSI too. A map has each key once, so the first of the list is the one. */
const mapValue = (map: string, key: string): string => `map_extract(${map}, ${key})[1]`

const outOfBounds = (index: string, size: string, condition: string, hint: string): string =>
  raiseText(
    `'[${condition}] The index ' || ${index} || ' is out of bounds. The array has ' || ${size} || ' elements. ${hint}'`,
  )

export const SUBSCRIPT: readonly SparkFunction[] = [
  {
    name: '[]',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('[]', given, 2)
      if (given[0]!.type.kind === 'struct') return fieldCall('[]', given)
      if (given[0]!.type.kind === 'array' && given[1]!.kind === 'literal' && given[1]!.type.kind === 'string') {
        return fieldCall('[]', given)
      }
      const call = keyed('[]', given, settings)
      if (!call) throw wrongType('[]', 0, 'an array, a map or a struct', given[0]!.type)
      return call
    },
    emit: ([value, key], call, settings) => {
      const [source, index] = argsOf(call)
      if (source!.type.kind === 'struct' || (source!.type.kind === 'array' && index!.type.kind === 'string'))
        return emitField(value!, call)
      if (source!.type.kind === 'map') return mapValue(value!, key!)
      return bindOnce([value!, key!], (list, at) => {
        const inside = `${at} >= 0 AND ${at} < len(${list})`
        const failure = outOfBounds(
          at,
          `len(${list})`,
          'INVALID_ARRAY_INDEX',
          'Use the SQL function get() to tolerate accessing element at invalid index and return NULL instead.',
        )
        const otherwise = settings.ansi ? ` WHEN ${list} IS NOT NULL AND ${at} IS NOT NULL THEN ${failure}` : ''
        return `CASE WHEN ${inside} THEN ${list}[${at} + 1]${otherwise} ELSE NULL END`
      })
    },
  },
  {
    name: 'get',
    kind: 'scalar',
    resolve: (given, settings) => {
      checkCount('get', given, 2)
      const call = given[0]!.type.kind === 'array' ? keyed('get', given, settings) : undefined
      if (!call) throw wrongType('get', 0, 'an array', given[0]!.type)
      return call
    },
    emit: ([value, key]) => bindOnce([value!, key!], (list, at) => `CASE WHEN ${at} >= 0 THEN ${list}[${at} + 1] END`),
  },
  {
    name: 'getfield',
    kind: 'scalar',
    resolve: (given) => {
      checkCount('getfield', given, 2)
      return fieldCall('getfield', given)
    },
    emit: ([value], call) => emitField(value!, call),
  },
  ...(['element_at', 'try_element_at'] as const).map(
    (name): SparkFunction => ({
      name,
      kind: 'scalar',
      resolve: (given, settings) => {
        checkCount(name, given, 2)
        const call = keyed(name, given, settings)
        if (!call) throw wrongType(name, 0, 'an array or a map', given[0]!.type)
        return call
      },
      emit: ([value, key], call, settings) => {
        if (argsOf(call)[0]!.type.kind === 'map') return mapValue(value!, key!)
        return bindOnce([value!, key!], (list, at) => {
          const zero = raise(
            'INVALID_INDEX_OF_ZERO',
            'The index 0 is invalid. An index shall be either < 0 or > 0 (the first element has index 1).',
          )
          const failure = outOfBounds(
            at,
            `len(${list})`,
            'INVALID_ARRAY_INDEX_IN_ELEMENT_AT',
            'Use try_element_at to tolerate accessing element at invalid index and return NULL instead.',
          )
          const strict = settings.ansi && name === 'element_at' ? ` WHEN abs(${at}) > len(${list}) THEN ${failure}` : ''
          return `CASE WHEN ${list} IS NULL THEN NULL WHEN ${at} = 0 THEN ${zero}${strict} ELSE ${list}[${at}] END`
        })
      },
    }),
  ),
]
