import { quoteName } from '../../duckdb/quote.ts'
import { userError } from '../../errors.ts'
import type { Attribute } from '../../plan/expression.ts'
import type { DataType } from '../../types/data-type.ts'
import { simpleString } from '../../types/type-name.ts'

const refuse = (name: string, type: DataType) =>
  userError(
    `the column ${name} of type ${simpleString(type)} cannot be written to Postgres: cast it, or write to_json(${name})`,
  )

/** Source: Spark's PostgresDialect.getJDBCType. */
export const postgresTypeName = ({ name, type }: Attribute): string => {
  switch (type.kind) {
    case 'boolean':
      return 'boolean'
    case 'byte':
    case 'short':
      return 'smallint'
    case 'integer':
      return 'integer'
    case 'long':
      return 'bigint'
    case 'float':
      return 'real'
    case 'double':
      return 'double precision'
    case 'decimal':
      return `numeric(${type.precision},${type.scale})`
    case 'string':
      return 'text'
    case 'binary':
      return 'bytea'
    case 'date':
      return 'date'
    case 'timestamp':
      return 'timestamptz'
    case 'timestamp_ntz':
      return 'timestamp'
    case 'array':
      if (type.element.kind === 'array') throw refuse(name, type)
      return `${postgresTypeName({ name, type: type.element, kind: 'attribute', id: 0, nullable: true })}[]`
    default:
      throw refuse(name, type)
  }
}

/** SQL for DuckDB that makes the text by which COPY knows a value; null stays null. */
const valueText = (sql: string, type: DataType, name: string): string => {
  switch (type.kind) {
    case 'binary':
      return `'\\x' || lower(hex(${sql}))`
    case 'timestamp':
      return `strftime(${sql} AT TIME ZONE 'UTC', '%Y-%m-%d %H:%M:%S.%f') || '+00'`
    case 'string':
      // Postgres' text has no NUL.
      return `CASE WHEN contains(${sql}, chr(0)) THEN error('a text of the column ${name.replaceAll("'", "''")} holds a NUL character, which Postgres cannot store') ELSE ${sql} END`
    default:
      return sql
  }
}

export const columnText = ({ name, type }: Attribute): string => {
  const column = quoteName(name)
  if (type.kind !== 'array') return valueText(column, type, name)
  const item = `CAST(${valueText('x', type.element, name)} AS VARCHAR)`
  const quoted = `'"' || replace(replace(${item}, '\\', '\\\\'), '"', '\\"') || '"'`
  return `CASE WHEN ${column} IS NOT NULL THEN '{' || array_to_string(list_transform(${column}, lambda x: coalesce(${quoted}, 'NULL')), ',') || '}' END`
}
