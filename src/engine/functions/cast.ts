import { quoteName } from '../duckdb/quote.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { DataType } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isNumeric, sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { bindOnce } from './bind-once.ts'
import { invalidInput } from './cast-failure.ts'
import { castAllowed } from './cast-rules.ts'
import { toNumber } from './cast-to-number.ts'
import { toText } from './cast-to-text.ts'
import { toDatetime, toInterval } from './cast-to-time.ts'
import type { SqlSettings } from './function.ts'
import { unsupported } from './refuse.ts'

export type CastMode = 'ansi' | 'try' | 'legacy'

/**
 * SQL of a value of `from`, as `to`, with Spark's meaning. ansi: fails on what does not fit; try: null; legacy: as without
 * ANSI. Throws SqlError where Spark has no such cast, or where it cannot be computed here. Source: Spark's Cast.
 */
export const castSql = (sql: string, from: DataType, to: DataType, mode: CastMode, settings: SqlSettings): string => {
  if (sameType(from, to)) return sql
  // By way of a text, which every type can be read from: what makes the null is evaluated, for it may be raise_error.
  if (from.kind === 'void') return `CAST(CAST(${sql} AS VARCHAR) AS ${duckdbTypeOf(to)})`
  if (!castAllowed(from, to, mode)) {
    throw new SqlError(
      mode === 'legacy' ? 'DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION' : 'DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION',
      `${sqlTypeName(from)} cannot be cast to ${sqlTypeName(to)}`,
    )
  }
  if (isNumeric(to)) return toNumber(sql, from, to, mode)
  switch (to.kind) {
    case 'string':
      return toText(sql, from, settings)
    case 'boolean':
      return toBoolean(sql, from, mode)
    case 'binary':
      if (from.kind === 'string') return `encode(${sql})`
      throw unsupported(`${sqlTypeName(from)} is not cast to BINARY here`)
    case 'date':
    case 'timestamp':
    case 'timestamp_ntz':
      return toDatetime(sql, from, to, mode)
    case 'day-time-interval':
    case 'year-month-interval':
      return toInterval(sql, from, to)
    case 'array':
      return fromList(sql, from, to, mode, settings)
    case 'map':
      return fromMap(sql, from, to, mode, settings)
    case 'struct':
      return fromStruct(sql, from, to, mode, settings)
    default:
      throw unsupported(`${sqlTypeName(from)} is not cast to ${sqlTypeName(to)} here`)
  }
}

const TRUE = "'t', 'true', 'y', 'yes', '1'"
const FALSE = "'f', 'false', 'n', 'no', '0'"

const toBoolean = (sql: string, from: DataType, mode: CastMode): string => {
  if (from.kind !== 'string') return `(${sql} <> 0)`
  return bindOnce([sql], (x) => {
    const word = `lower(regexp_replace(${x}, '^[\\x00-\\x20]+|[\\x00-\\x20]+$', '', 'g'))`
    const failure = mode === 'ansi' ? ` WHEN ${x} IS NOT NULL THEN ${invalidInput(x, 'BOOLEAN')}` : ''
    return `CASE WHEN ${word} IN (${TRUE}) THEN true WHEN ${word} IN (${FALSE}) THEN false${failure} ELSE NULL END`
  })
}

/** In TRY_CAST an element that does not fit becomes null by itself, where the type allows null. */
const fromList = (sql: string, from: DataType, to: DataType, mode: CastMode, settings: SqlSettings): string => {
  if (from.kind !== 'array' || to.kind !== 'array') throw unsupported('Only arrays are cast to arrays')
  return `list_transform(${sql}, lambda item: ${castSql('item', from.element, to.element, mode, settings)})`
}

const fromMap = (sql: string, from: DataType, to: DataType, mode: CastMode, settings: SqlSettings): string => {
  if (from.kind !== 'map' || to.kind !== 'map') throw unsupported('Only maps are cast to maps')
  const key = castSql('entry.key', from.key, to.key, mode, settings)
  const value = castSql('entry.value', from.value, to.value, mode, settings)
  return `map_from_entries(list_transform(map_entries(${sql}), lambda entry: struct_pack(k := ${key}, v := ${value})))`
}

/** Fields go by position and take the new names. */
const fromStruct = (sql: string, from: DataType, to: DataType, mode: CastMode, settings: SqlSettings): string => {
  if (from.kind !== 'struct' || to.kind !== 'struct') throw unsupported('Only structs are cast to structs')
  return bindOnce([sql], (x) => {
    const fields = to.fields.map((field, index) => {
      const source = from.fields[index]!
      const value = castSql(`struct_extract(${x}, ${quoted(source.name)})`, source.type, field.type, mode, settings)
      return `${quoteName(field.name)} := ${value}`
    })
    return `CASE WHEN ${x} IS NULL THEN NULL ELSE struct_pack(${fields.join(', ')}) END`
  })
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`
