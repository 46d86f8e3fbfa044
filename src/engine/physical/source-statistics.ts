import type { Connection } from '../duckdb/database.ts'
import type { SourceColumnStatistics, SourceStatistics } from '../optimizer/statistics.ts'
import { type FileSource, fileList } from '../sources/file-source.ts'
import type { SourceFile } from '../sources/list-files.ts'
import { readKeyRanges } from '../sources/read-key-ranges.ts'

/** Files of which not every footer is read. */
const MOST_FILES = 256

/**
 * What the footers of a Parquet source say: rows, and bytes, nulls, least and greatest value of each column. Undefined
 * for other formats. Costs a read of the footers, milliseconds.
 */
export const readSourceStatistics = async (
  connection: Connection,
  source: FileSource,
  metadataPath: (file: SourceFile) => Promise<string>,
): Promise<SourceStatistics | undefined> => {
  if (source.format !== 'parquet' || source.files.length === 0) return undefined
  const some = source.files.slice(0, MOST_FILES)
  const paths = await Promise.all(some.map(metadataPath))
  const share = source.files.length / some.length
  const rows = await connection.rows(
    `SELECT path_in_schema, sum(total_compressed_size), sum(stats_null_count), min(TRY_CAST(stats_min_value AS DOUBLE)), ` +
      `max(TRY_CAST(stats_max_value AS DOUBLE)), min(epoch_us(TRY_CAST(stats_min_value AS TIMESTAMP))), ` +
      `max(epoch_us(TRY_CAST(stats_max_value AS TIMESTAMP))), sum(num_values), count(*) = count(stats_null_count) FROM parquet_metadata(${fileList(paths)}) GROUP BY ALL`,
  )
  const kinds = new Map(source.columns.map(({ name, type }) => [name, type]))
  const columns = new Map<string, SourceColumnStatistics>()
  const [counted] = await connection.rows(`SELECT sum(num_rows) FROM parquet_file_metadata(${fileList(paths)})`)
  const inFiles = number(counted?.[0])
  let most = 0
  for (const [name, bytes, nulls, low, high, early, late, values, told] of rows) {
    const column = String(name).split(', ')[0] ?? ''
    const type = kinds.get(column)
    if (type === undefined) continue
    if (column === name) most = Math.max(most, number(values) ?? 0)
    const [min, max] = /^(DATE|TIMESTAMP)/.test(type) ? [number(early), number(late)] : [number(low), number(high)]
    const scale = type === 'DATE' ? 86_400_000_000 : 1
    const known = columns.get(column)
    columns.set(column, {
      min: min === undefined ? undefined : min / scale,
      max: max === undefined ? undefined : max / scale,
      nulls: number(nulls),
      neverNull: share === 1 && column === name && told === true && number(nulls) === 0 && number(values) === inFiles,
      bytes: ((number(bytes) ?? 0) + (known?.bytes ?? 0)) * share,
    })
  }
  const keyRanges = share === 1 ? await readKeyRanges(connection, source, paths) : undefined
  return {
    rows: Math.round((inFiles ?? most) * share),
    columns,
    ...(keyRanges === undefined ? {} : { keyRanges }),
  }
}

const number = (value: unknown): number | undefined =>
  typeof value === 'number' || typeof value === 'bigint'
    ? Number(value)
    : value === null || value === undefined
      ? undefined
      : Number.isFinite(Number(String(value)))
        ? Number(String(value))
        : undefined
