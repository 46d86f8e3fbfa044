import { quoteName, quoteText } from '../../duckdb/quote.ts'
import { userError } from '../../errors.ts'
import type { DataType } from '../../types/data-type.ts'
import { duckdbTypeOf } from '../../types/duckdb-type.ts'
import { FILE_LIST } from '../file-source.ts'
import type { DeltaColumn } from './delta-schema.ts'
import type { AddFile } from './log-actions.ts'

export interface TableShape {
  readonly shown: string
  readonly columns: readonly DeltaColumn[]
  readonly partitionColumns: ReadonlySet<string>
  /** The session's zone is not UTC: old timestamps (INT96) and new ones must not be read as one list. */
  readonly apart: boolean
}

const holdsTimestamp = (type: DataType): boolean => {
  switch (type.kind) {
    case 'timestamp':
      return true
    case 'array':
      return holdsTimestamp(type.element)
    case 'map':
      return holdsTimestamp(type.key) || holdsTimestamp(type.value)
    case 'struct':
      return type.fields.some((field) => holdsTimestamp(field.type))
    default:
      return false
  }
}

/** INT96 comes as a time without a zone that is in UTC, others with one: microseconds are the same of both. */
const instant = (sql: string): string => `make_timestamptz(epoch_us(${sql}))`

/** Source: PROTOCOL.md, "Partition Value Serialization": empty is null. */
const partitionValue = ({ type, name }: DeltaColumn, text: string | null | undefined, table: string): string => {
  const duckdb = duckdbTypeOf(type)
  if (text === null || text === undefined || text === '') return `CAST(NULL AS ${duckdb})`
  if (type.kind === 'binary')
    throw userError(`the Delta table ${table} is partitioned by ${name}, a binary column, which is not supported`)
  if (type.kind !== 'timestamp') return `CAST(${quoteText(text)} AS ${duckdb})`
  return /Z$|[+-]\d\d:?\d\d$/.test(text)
    ? `CAST(${quoteText(text)} AS ${duckdb})`
    : instant(`CAST(${quoteText(text)} AS TIMESTAMP)`)
}

/** Deleted rows as ranges, so that many of them make no long text. */
const keptRows = (deleted: readonly number[]): string => {
  const ranges: [number, number][] = []
  for (const row of deleted) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === row - 1) last[1] = row
    else ranges.push([row, row])
  }
  const single = ranges.flatMap(([from, to]) => (from === to ? [from] : []))
  const spans = ranges.filter(([from, to]) => from !== to)
  const parts = [
    ...(single.length === 0 ? [] : [`file_row_number NOT IN (SELECT unnest([${single.join(', ')}]))`]),
    ...spans.map(([from, to]) => `NOT file_row_number BETWEEN ${from} AND ${to}`),
  ]
  return parts.length === 0 ? '' : ` WHERE ${parts.join(' AND ')}`
}

/**
 * A SELECT over files of a table: columns under the table's names and types, missing ones null, partition values from
 * the log, deleted rows left out. Files with the same values share one. `file_row_number` can be asked for.
 */
export const fileTemplate = (shape: TableShape, file: AddFile, deleted: readonly number[], number: number): string => {
  const { columns, partitionColumns, shown, apart } = shape
  const stored = columns.filter(({ name }) => !partitionColumns.has(name))
  const nested = stored.find(({ type }) => type.kind !== 'timestamp' && holdsTimestamp(type))
  if (apart && nested !== undefined)
    throw userError(
      `the column ${nested.name} of the Delta table ${shown} has timestamps inside, which is only supported where spark.sql.session.timeZone is UTC`,
    )
  const absent = stored.map(
    ({ physical, type }) =>
      `CAST(NULL AS ${type.kind === 'timestamp' ? 'TIMESTAMP' : duckdbTypeOf(type)}) AS ${quoteName(physical)}`,
  )
  const list = columns.map((column) => {
    const { name, physical, type } = column
    if (partitionColumns.has(name))
      return `${partitionValue(column, file.partitionValues[physical], shown)} AS ${quoteName(name)}`
    const sql = quoteName(physical)
    const value = type.kind === 'timestamp' ? instant(sql) : `CAST(${sql} AS ${duckdbTypeOf(type)})`
    return `${value} AS ${quoteName(name)}`
  })
  const own = apart && stored.some(({ type }) => type.kind === 'timestamp') ? ` /* file ${number} */` : ''
  const read = `SELECT * FROM read_parquet(${FILE_LIST}, hive_partitioning = false, union_by_name = true, file_row_number = true)`
  const empty = absent.length === 0 ? '' : `SELECT ${absent.join(', ')} WHERE false UNION ALL BY NAME `
  return `SELECT ${list.join(', ')} FROM (${empty}(${read}${keptRows(deleted)})) AS t${own}`
}
