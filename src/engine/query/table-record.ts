import { userError } from '../errors.ts'
import type { FileFormat, FileOptions } from '../sources/file-format.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import type { DataType, StructType } from '../types/data-type.ts'
import { isDatetime, isNumeric, sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'

/** What the warehouse's directory says of a table or view, as JSON. */
export type TableRecord =
  | {
      readonly kind: 'table'
      readonly format: FileFormat
      readonly schema: StructType
      readonly partitionedBy: readonly string[]
      readonly options: FileOptions
      /** Files that the table does not own; absent: its own directory in the warehouse. */
      readonly location?: string
      readonly comment?: string
      readonly properties: Readonly<Record<string, string>>
    }
  /** `query`: SQL text, with the settings it was written under. */
  | {
      readonly kind: 'view'
      readonly query: string
      readonly columns?: readonly string[]
      readonly database: string
      readonly comment?: string
    }

export type FileTable = Extract<TableRecord, { kind: 'table' }>

/** A name in the warehouse, lower case as Spark keeps them. */
export interface TableName {
  readonly database: string
  readonly table: string
}

/** Throws SqlError for names of other catalogs, and for what cannot be the name of a directory. */
export const tableName = (parts: readonly string[], current: string): TableName => {
  const rest = parts[0]?.toLowerCase() === 'spark_catalog' ? parts.slice(1) : parts
  if (rest.length === 0 || rest.length > 2)
    throw new SqlError(
      'REQUIRES_SINGLE_PART_NAMESPACE',
      `${parts.join('.')} is no name of a table: write database.table`,
    )
  const [database = '', table = ''] = (rest.length === 1 ? [current, ...rest] : rest).map(plainName)
  return { database, table }
}

/** Source of what a name may hold: Spark's SessionCatalog.validateName. */
export const plainName = (name: string): string => {
  if (!/^\w+$/.test(name))
    throw new SqlError('INVALID_SCHEMA_OR_RELATION_NAME', `"${name}" cannot be a name here: letters, digits and _ can`)
  return name.toLowerCase()
}

/** The rows of a table as a plan over its files. */
export const tablePlan = (table: FileTable, directory: string, empty: boolean): PlanSyntax => {
  if (empty) return noRows(table.schema)
  const { format, options, schema } = table
  const partitioned = table.partitionedBy.length > 0
  return {
    kind: 'files',
    format,
    paths: [directory],
    options: { ...options, ...(partitioned ? { partitionColumnTypeInference: 'false' } : {}) },
    schema,
  }
}

/** A relation of these columns without rows. */
const noRows = (schema: StructType): PlanSyntax => ({
  kind: 'filter',
  condition: { kind: 'literal', value: false, type: { kind: 'boolean' } },
  input: {
    kind: 'select',
    items: schema.fields.map(({ name, type }) => ({
      kind: 'alias',
      names: [name],
      child: { kind: 'cast', child: { kind: 'literal', value: null, type: { kind: 'void' } }, type, try: false },
    })),
    distinct: false,
    lateralViews: [],
    windows: {},
  },
})

/** What an INSERT says of where its columns go. */
export interface InsertTarget {
  readonly columns: readonly string[] | undefined
  readonly byName: boolean
  /** Values of partition columns that the statement names. */
  readonly fixed: ReadonlyMap<string, ExpressionSyntax>
}

/**
 * The rows of a query as rows of the table: by position or name, stored as Spark's ANSI policy does, which takes no text
 * for a number. `given`: the columns of the query. Throws SqlError where they do not fit.
 */
export const rowsForTable = (
  name: string,
  { schema }: FileTable,
  query: PlanSyntax,
  given: StructType,
  { columns, byName, fixed }: InsertTarget,
): PlanSyntax => {
  const same = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase()
  const wanted = schema.fields.filter((field) => ![...fixed.keys()].some((key) => same(key, field.name)))
  const order = byName ? given.fields.map((field) => field.name) : (columns ?? wanted.map((field) => field.name))
  const unknown = order.find((column) => !wanted.some((field) => same(field.name, column)))
  if (unknown !== undefined)
    throw new SqlError(
      byName ? 'INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS' : 'UNRESOLVED_COLUMN.WITH_SUGGESTION',
      `${name} has no column ${unknown} to write; its columns are ${wanted.map((field) => field.name).join(', ')}`,
    )
  if (order.length !== given.fields.length)
    throw new SqlError(
      order.length > given.fields.length
        ? 'INSERT_COLUMN_ARITY_MISMATCH.NOT_ENOUGH_DATA_COLUMNS'
        : 'INSERT_COLUMN_ARITY_MISMATCH.TOO_MANY_DATA_COLUMNS',
      `Cannot write to ${name}: it takes ${order.length} columns (${order.join(', ')}), the query gives ${given.fields.length}`,
    )
  const items = schema.fields.map((field): ExpressionSyntax => {
    const value = [...fixed].find(([key]) => same(key, field.name))?.[1]
    const index = order.findIndex((column) => same(column, field.name))
    const source = given.fields[index]
    if (source !== undefined && !mayStore(source.type, field.type))
      throw new SqlError(
        'INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST',
        `Cannot write to ${name}: the column ${field.name} is "${sqlTypeName(field.type)}", the query gives "${sqlTypeName(source.type)}"; cast it`,
      )
    const child: ExpressionSyntax =
      value ??
      (source === undefined
        ? { kind: 'literal', value: null, type: { kind: 'void' } }
        : { kind: 'name', parts: [placeName(index)] })
    return { kind: 'alias', names: [field.name], child: { kind: 'cast', child, type: field.type, try: false } }
  })
  const places: PlanSyntax = {
    kind: 'rename-all',
    input: query,
    names: given.fields.map((_, index) => placeName(index)),
  }
  return { kind: 'select', items, distinct: false, from: places, lateralViews: [], windows: {} }
}

const placeName = (index: number): string => `__column_${index}`

/** Source: Spark's Cast.canANSIStoreAssign. */
const mayStore = (from: DataType, to: DataType): boolean => {
  if (from.kind === 'void' || sameType(from, to)) return true
  if (isNumeric(from) && isNumeric(to)) return true
  if (isDatetime(from) && isDatetime(to)) return true
  if (from.kind === 'array' && to.kind === 'array') return mayStore(from.element, to.element)
  if (from.kind === 'map' && to.kind === 'map') return mayStore(from.key, to.key) && mayStore(from.value, to.value)
  if (from.kind === 'struct' && to.kind === 'struct')
    return (
      from.fields.length === to.fields.length &&
      from.fields.every((field, index) => mayStore(field.type, to.fields[index]!.type))
    )
  const nested = from.kind === 'array' || from.kind === 'map' || from.kind === 'struct'
  return to.kind === 'string' && !nested
}

/** Throws EngineError for a table that files cannot hold. */
export const checkTable = (name: string, { format, partitionedBy, schema, options }: FileTable): void => {
  if (format === 'text') throw userError(`${name}: a table is USING parquet, csv or json, not text`)
  if (partitionedBy.length > 0 && format !== 'parquet')
    throw userError(`${name}: PARTITIONED BY is for parquet tables, not ${format}`)
  const known = new Set(schema.fields.map((field) => field.name.toLowerCase()))
  const unknown = partitionedBy.find((column) => !known.has(column.toLowerCase()))
  if (unknown !== undefined)
    throw new SqlError('PARTITION_COLUMN_NOT_FOUND_IN_SCHEMA', `${name} has no column ${unknown} to be partitioned by`)
  if (partitionedBy.length > 0 && partitionedBy.length === schema.fields.length)
    throw new SqlError('ALL_PARTITION_COLUMNS_NOT_ALLOWED', `${name}: not all columns can be partition columns`)
  const first = Object.keys(options)[0]
  if (format === 'parquet' && first !== undefined && first.toLowerCase() !== 'compression')
    throw userError(`${name}: the option ${first} means nothing for a parquet table`)
}
