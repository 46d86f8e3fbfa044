import { quoteName } from '../duckdb/quote.ts'
import { SqlError } from '../sql/sql-error.ts'
import {
  array,
  BINARY,
  BOOLEAN,
  BYTE,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INTEGER,
  LONG,
  map,
  SHORT,
  STRING,
  struct,
  TIMESTAMP,
  TIMESTAMP_NTZ,
  VOID,
} from './data-type.ts'

const TYPES = {
  /** DuckDB makes INTEGER of an untyped NULL too. */
  void: 'INTEGER',
  boolean: 'BOOLEAN',
  byte: 'TINYINT',
  short: 'SMALLINT',
  integer: 'INTEGER',
  long: 'BIGINT',
  float: 'FLOAT',
  double: 'DOUBLE',
  string: 'VARCHAR',
  binary: 'BLOB',
  date: 'DATE',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
  // Intervals are numbers, as in Spark and in its Parquet files: they compare, sum and overflow as there.
  'day-time-interval': 'BIGINT',
  'year-month-interval': 'INTEGER',
} as const

/** The type that holds Spark's values inside DuckDB. Throws SqlError for structs that DuckDB cannot hold. */
export const duckdbTypeOf = (type: DataType): string => {
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'array':
      return `${duckdbTypeOf(type.element)}[]`
    case 'map':
      return `MAP(${duckdbTypeOf(type.key)}, ${duckdbTypeOf(type.value)})`
    case 'struct': {
      const names = new Set(type.fields.map((field) => field.name.toLowerCase()))
      if (names.size === 0 || names.size < type.fields.length) {
        const fault = names.size === 0 ? 'without fields' : 'with two fields whose names differ in case at most'
        throw new SqlError('UNSUPPORTED_FEATURE', `A struct ${fault} cannot be computed here; name its fields apart`)
      }
      return `STRUCT(${type.fields.map((field) => `${quoteName(field.name)} ${duckdbTypeOf(field.type)}`).join(', ')})`
    }
    default:
      return TYPES[type.kind]
  }
}

/** A column of a source, as Spark sees it. */
export interface ReadType {
  readonly type: DataType
  /** The column's SQL, cast where Spark has another type for it. */
  readonly read: (sql: string) => string
}

const same = (sql: string): string => sql
const cast =
  (type: DataType) =>
  (sql: string): string =>
    `CAST(${sql} AS ${duckdbTypeOf(type)})`
const asIs = (type: DataType): ReadType => ({ type, read: same })
const asCast = (type: DataType): ReadType => ({ type, read: cast(type) })

/** Source: Spark's ParquetToSparkSchemaConverter; UUID, TIME and ENUM, which it refuses or has as bytes, are read as text. */
const READ: Readonly<Record<string, ReadType>> = {
  '"NULL"': asCast(VOID),
  BOOLEAN: asIs(BOOLEAN),
  TINYINT: asIs(BYTE),
  SMALLINT: asIs(SHORT),
  INTEGER: asIs(INTEGER),
  BIGINT: asIs(LONG),
  HUGEINT: asCast(decimal(38, 0)),
  UHUGEINT: asCast(decimal(38, 0)),
  UTINYINT: asCast(SHORT),
  USMALLINT: asCast(INTEGER),
  UINTEGER: asCast(LONG),
  UBIGINT: asCast(decimal(20, 0)),
  FLOAT: asIs(FLOAT),
  DOUBLE: asIs(DOUBLE),
  VARCHAR: asIs(STRING),
  JSON: asCast(STRING),
  UUID: asCast(STRING),
  TIME: asCast(STRING),
  ENUM: asCast(STRING),
  BLOB: asIs(BINARY),
  DATE: asIs(DATE),
  'TIMESTAMP WITH TIME ZONE': asIs(TIMESTAMP),
  TIMESTAMP: asIs(TIMESTAMP_NTZ),
  TIMESTAMP_S: asCast(TIMESTAMP_NTZ),
  TIMESTAMP_MS: asCast(TIMESTAMP_NTZ),
  TIMESTAMP_NS: asCast(TIMESTAMP_NTZ),
}

/**
 * Spark's type of a column that DuckDB describes as `text` (DESCRIBE's words). Throws SqlError for what has no meaning
 * in Spark (BIT, INTERVAL, UNION, VARIANT, GEOMETRY, BIGNUM).
 */
export const fromDuckdbType = (text: string): ReadType => {
  const list = /^([\s\S]+)\[\d*\]$/.exec(text)
  if (list) {
    const element = fromDuckdbType(list[1]!)
    const type = array(element.type)
    // A fixed-size array is another type than a list.
    return element.read === same && text.endsWith('[]') ? asIs(type) : asCast(type)
  }
  const nested = /^(DECIMAL|STRUCT|MAP|ENUM)\(([\s\S]*)\)$/.exec(text)
  const inner = nested?.[2] ?? ''
  switch (nested?.[1]) {
    case 'DECIMAL': {
      const [precision, scale] = inner.split(',').map(Number)
      return asIs(decimal(precision!, scale ?? 0))
    }
    case 'STRUCT': {
      const fields = topLevel(inner).map(structField)
      const type = struct(fields.map(({ name, value }) => ({ name, type: value.type, nullable: true })))
      return fields.every(({ value }) => value.read === same) ? asIs(type) : asCast(type)
    }
    case 'MAP': {
      const [key, value] = topLevel(inner).map(fromDuckdbType)
      const type = map(key!.type, value!.type)
      return key!.read === same && value!.read === same ? asIs(type) : asCast(type)
    }
    case 'ENUM':
      return READ.ENUM!
    default: {
      const read = READ[text.trim()]
      if (read) return read
      throw new SqlError(
        'UNSUPPORTED_DATATYPE',
        `A column of type ${text} has no type in Spark; leave it out or cast it where it is written`,
      )
    }
  }
}

const structField = (text: string): { readonly name: string; readonly value: ReadType } => {
  const field = /^(?:"((?:[^"]|"")*)"|(\S+)) ([\s\S]+)$/.exec(text)
  if (!field) throw new SqlError('UNSUPPORTED_DATATYPE', `${text} is not a field of a struct`)
  return { name: field[1]?.replaceAll('""', '"') ?? field[2]!, value: fromDuckdbType(field[3]!) }
}

/** The items of a list in type text, cut at commas outside quotes and parentheses. */
const topLevel = (text: string): readonly string[] => {
  const items: string[] = []
  let item = ''
  let depth = 0
  for (const [token] of text.matchAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'|[\s\S]/g)) {
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === ',' && depth === 0) {
      items.push(item.trim())
      item = ''
    } else item += token
  }
  return [...items, item.trim()]
}
