import { parseBoolean } from '../../conf.ts'
import { userError } from '../../errors.ts'
import type { DeltaColumn } from '../../sources/delta/delta-schema.ts'
import type { FileOptions } from '../../sources/file-format.ts'
import type { StructType } from '../../types/data-type.ts'
import { sameType } from '../../types/same-type.ts'
import { simpleString } from '../../types/type-name.ts'

/** Options of a write with format delta. */
export interface DeltaOptions {
  readonly mergeSchema: boolean
  readonly overwriteSchema: boolean
  /** Options of the Parquet files. */
  readonly parquet: FileOptions
}

/** Throws EngineError for an option that is not known. */
export const deltaOptions = (options: FileOptions): DeltaOptions => {
  const flag = (text: string | undefined, key: string): boolean => {
    const value = parseBoolean(text ?? 'false')
    if (value === undefined) throw userError(`the option ${key} wants true or false`)
    return value
  }
  const given = Object.fromEntries(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]))
  const { mergeschema, overwriteschema, compression, ...rest } = given
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined) throw userError(`the option "${unknown}" is not supported when writing delta`)
  return {
    mergeSchema: flag(mergeschema, 'mergeSchema'),
    overwriteSchema: flag(overwriteschema, 'overwriteSchema'),
    parquet: compression === undefined ? {} : { compression },
  }
}

/**
 * The table's columns with those of the rows that it has not (`merge`), in Delta's way: names without regard to case.
 * Throws EngineError that names each difference.
 */
export const mergedSchema = (
  table: string,
  columns: readonly DeltaColumn[],
  rows: StructType,
  merge: boolean,
): StructType => {
  const known = (name: string) => columns.find((column) => column.name.toLowerCase() === name.toLowerCase())
  const faults = rows.fields.flatMap(({ name, type }) => {
    const column = known(name)
    if (column === undefined) return merge ? [] : [`the table has no column ${name}`]
    return sameType(column.type, type)
      ? []
      : [`${name} is ${simpleString(type)}, in the table ${simpleString(column.type)}`]
  })
  if (faults.length > 0)
    throw userError(
      `the rows do not have the schema of the Delta table ${table}: ${faults.join('; ')}. Cast or rename the columns, ` +
        'or let new columns in with the option mergeSchema=true (append) or another schema with overwriteSchema=true (overwrite)',
    )
  const added = rows.fields.filter(({ name }) => known(name) === undefined)
  return {
    kind: 'struct',
    fields: [...columns.map(({ name, type, nullable }) => ({ name, type, nullable })), ...added],
  }
}
