import type { ColumnType } from '../duckdb/database.ts'
import { quoteName } from '../duckdb/quote.ts'
import { fileList } from '../sources/file-source.ts'
import { Refusal } from './refusal.ts'

/** Types that Parquet, as DuckDB writes and reads it, gives back unchanged. */
const SAFE =
  /^(BOOLEAN|TINYINT|SMALLINT|INTEGER|BIGINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|VARCHAR|BLOB|DATE|TIME|TIMESTAMP|TIMESTAMP WITH TIME ZONE|UUID|INTERVAL|DECIMAL\(\d+,\d+\)|"NULL")$/

/** Types whose text can be cast back without loss. */
const AS_TEXT =
  /^(HUGEINT|UHUGEINT|BIT|TIME WITH TIME ZONE|TIMESTAMP_S|TIMESTAMP_MS|TIMESTAMP_NS|JSON|BIGNUM|ENUM\(.*\))$/s

/** Nested types come back as they were when all their parts do; the cast on reading settles the rest. */
const UNSAFE_PART = /\b(HUGEINT|UHUGEINT|BIT|TIME WITH TIME ZONE|TIMESTAMP_NS|BIGNUM|UNION|ENUM|VARIANT|GEOMETRY)\b/

type Way = 'plain' | 'text'

const wayOf = ({ name, type }: ColumnType): Way => {
  if (SAFE.test(type)) return 'plain'
  if (AS_TEXT.test(type)) return 'text'
  if (/(\]|\))$/.test(type) && !UNSAFE_PART.test(type.replace(/"[^"]*"/g, ''))) return 'plain'
  throw new Refusal(`the type ${type} of column ${name} has no exact form in a result file`)
}

/** Result files name their columns by position, so that any query's columns fit. */
export const shippedName = (index: number): string => `__c${index}`

/** The rows of `query`, ready for COPY. Throws Refusal for a type that would not come back exactly. */
export const encodeRows = (query: string, columns: readonly ColumnType[]): string => {
  const names = columns.map((_, index) => quoteName(shippedName(index)))
  const list = columns.map((column, index) =>
    wayOf(column) === 'text' ? `CAST(${names[index]} AS VARCHAR) AS ${names[index]}` : names[index],
  )
  return `SELECT ${list.join(', ')} FROM (${query}) AS __q(${names.join(', ')})`
}

/** The rows of result files with their names and exact types. */
export const decodeRows = (paths: readonly string[], columns: readonly ColumnType[]): string => {
  const list = columns.map(({ name, type }, index) => {
    const column = quoteName(shippedName(index))
    return `${type === '"NULL"' ? column : `CAST(${column} AS ${type})`} AS ${quoteName(name)}`
  })
  return `SELECT ${list.join(', ')} FROM read_parquet(${fileList(paths)}, hive_partitioning = false)`
}

/** A relation of these columns without rows: enough to bind queries over it. */
export const emptyRows = (columns: readonly ColumnType[]): string =>
  `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${type === '"NULL"' ? 'INTEGER' : type}) AS ${quoteName(name)}`).join(', ')} WHERE false`
