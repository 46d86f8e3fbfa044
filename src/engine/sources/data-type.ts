import { userError } from '../errors.ts'

/** Spark's names for types that DuckDB calls otherwise. Source: Spark SQL reference, "Data Types". */
const SPARK_TYPES: Readonly<Record<string, string>> = {
  string: 'VARCHAR',
  byte: 'TINYINT',
  short: 'SMALLINT',
  int: 'INTEGER',
  long: 'BIGINT',
  real: 'FLOAT',
  binary: 'BLOB',
  dec: 'DECIMAL',
  numeric: 'DECIMAL',
  timestamp: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ltz: 'TIMESTAMP WITH TIME ZONE',
  timestamp_ntz: 'TIMESTAMP',
}

const SAME = new Set([
  'tinyint',
  'smallint',
  'integer',
  'bigint',
  'float',
  'double',
  'decimal',
  'boolean',
  'date',
  'varchar',
])

/** DuckDB's type for one of Spark's simple types. Throws EngineError for unknown and nested ones. */
export const duckdbType = (type: string): string => {
  const match = /^\s*([a-z_]+)\s*(\(\s*\d+\s*(?:,\s*\d+\s*)?\))?\s*$/i.exec(type)
  const word = match?.[1]?.toLowerCase() ?? ''
  const base = SPARK_TYPES[word] ?? (SAME.has(word) ? word.toUpperCase() : undefined)
  if (base === undefined) throw userError(`"${type}" is not a type that a schema can name here`)
  if (base === 'DECIMAL') return `DECIMAL${match?.[2] ?? '(10,0)'}`
  return base
}

/** `a INT, b DECIMAL(10,2)` as names and DuckDB types. */
export const parseSchema = (ddl: string): readonly { readonly name: string; readonly type: string }[] => {
  const fields = ddl.match(/(?:[^,(]|\([^)]*\))+/g) ?? []
  return fields.map((field) => {
    const match = /^\s*(?:`((?:[^`]|``)+)`|([\p{L}_][\p{L}\p{N}_]*))\s*:?\s+([\s\S]+?)(?:\s+NOT\s+NULL)?\s*$/iu.exec(
      field,
    )
    if (match === null) throw userError(`"${field.trim()}" in the schema is not "name TYPE"`)
    return { name: (match[1]?.replaceAll('``', '`') ?? match[2])!, type: duckdbType(match[3]!) }
  })
}

/** Unsigned and 128-bit integers: as Spark reads them from Parquet. Source: Spark's ParquetSchemaConverter. */
const SPARK_NAMES: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  TINYINT: 'byte',
  SMALLINT: 'short',
  BIGINT: 'long',
  HUGEINT: 'decimal(38,0)',
  UHUGEINT: 'decimal(38,0)',
  UTINYINT: 'short',
  USMALLINT: 'integer',
  UINTEGER: 'long',
  UBIGINT: 'decimal(20,0)',
  BLOB: 'binary',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  TIMESTAMP: 'timestamp_ntz',
  TIMESTAMP_S: 'timestamp_ntz',
  TIMESTAMP_MS: 'timestamp_ntz',
  TIMESTAMP_NS: 'timestamp_ntz',
  '"NULL"': 'void',
}

/** Spark's name of a type of DuckDB, as printSchema has it; what Spark has no name for keeps DuckDB's. */
export const sparkTypeName = (type: string): string => {
  const array = /^([\s\S]+)\[\d*\]$/.exec(type)
  if (array) return `array<${sparkTypeName(array[1]!)}>`
  const nested = /^(STRUCT|MAP|ENUM)\(([\s\S]*)\)$/.exec(type)
  switch (nested?.[1]) {
    case 'STRUCT':
      return `struct<${topLevel(nested[2]!).map(structField).join(',')}>`
    case 'MAP':
      return `map<${topLevel(nested[2]!).map(sparkTypeName).join(',')}>`
    case 'ENUM':
      return 'string'
    default:
      return SPARK_NAMES[type] ?? type.toLowerCase()
  }
}

const structField = (text: string): string => {
  const field = /^(?:"((?:[^"]|"")*)"|(\S+)) ([\s\S]+)$/.exec(text)
  return field ? `${field[1]?.replaceAll('""', '"') ?? field[2]}:${sparkTypeName(field[3]!)}` : text
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
