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

const SPARK_NAMES: Readonly<Record<string, string>> = {
  VARCHAR: 'string',
  INTEGER: 'int',
  BLOB: 'binary',
  'TIMESTAMP WITH TIME ZONE': 'timestamp',
  TIMESTAMP: 'timestamp_ntz',
}

/** Spark's name of a simple type of DuckDB; what Spark has no name for keeps DuckDB's. */
export const sparkTypeName = (type: string): string => SPARK_NAMES[type] ?? type.toLowerCase()
