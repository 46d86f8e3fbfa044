import type { Connection } from '../duckdb/database.ts'
import { type FileSource, fileList } from './file-source.ts'
import type { KeyGroup, KeyRanges } from './key-ranges.ts'

/** How many groups of rows may hold the same key on average, for a source to count as lying in the order of it. */
const MOST_OVERLAP = 1.25

const WHOLE = new Set(['SMALLINT', 'INTEGER', 'BIGINT'])

/**
 * The first column of whole numbers in whose order a Parquet source lies, by what its footers say of each group of rows;
 * undefined: there is none. `paths` are the source's files in their order, where they can be read here.
 */
export const readKeyRanges = async (
  connection: Connection,
  source: FileSource,
  paths: readonly string[],
): Promise<KeyRanges | undefined> => {
  const columns = source.columns.filter(({ type }) => WHOLE.has(type)).map(({ name }) => name)
  if (columns.length === 0 || source.partTemplate === undefined || source.physicalNames !== undefined) return undefined
  const rows = await connection.rows(
    `WITH metadata AS MATERIALIZED (FROM parquet_metadata(${fileList(paths)})), ` +
      'groups AS (SELECT file_name, row_group_id, any_value(row_group_num_rows) AS rows, sum(total_compressed_size) AS bytes FROM metadata GROUP BY ALL), ' +
      'keys AS (SELECT file_name, row_group_id, path_in_schema AS name, TRY_CAST(stats_min_value AS BIGINT) AS low, TRY_CAST(stats_max_value AS BIGINT) AS high, stats_null_count AS nulls FROM metadata), ' +
      'ordered AS (SELECT name, any_value(number) AS number FROM keys JOIN (SELECT unnest([' +
      `${columns.map((name) => `'${name.replaceAll("'", "''")}'`).join(', ')}]) AS name, unnest(range(${columns.length})) AS number) USING (name) ` +
      'GROUP BY name HAVING count(*) > 1 AND count(*) = (SELECT count(*) FROM groups) AND count(low) = count(*) AND count(high) = count(*) AND count(nulls) = count(*) AND sum(nulls) = 0 ' +
      `AND max(high) > min(low) AND sum(high::DOUBLE - low) <= ${MOST_OVERLAP} * (max(high)::DOUBLE - min(low)) ORDER BY number LIMIT 1) ` +
      'SELECT name, file_name, row_group_id, rows, bytes, low, high FROM ordered JOIN keys USING (name) JOIN groups USING (file_name, row_group_id)',
  )
  return rangesOf(source, paths, rows)
}

const rangesOf = (
  source: FileSource,
  paths: readonly string[],
  rows: readonly (readonly unknown[])[],
): KeyRanges | undefined => {
  const groups: KeyGroup[] = []
  for (const [index, local] of paths.entries()) {
    const path = source.files[index]?.path
    if (path === undefined) continue
    let from = 0
    const own = rows.filter(([, file]) => file === local).toSorted((one, other) => Number(one[2]) - Number(other[2]))
    for (const [, , , count, bytes, low, high] of own) {
      const to = from + Number(count) - 1
      groups.push({
        path,
        rows: { from, to },
        min: BigInt(String(low)),
        max: BigInt(String(high)),
        bytes: Number(bytes),
      })
      from = to + 1
    }
  }
  const column = rows[0]?.[0]
  if (groups.length === 0 || groups.length !== rows.length || column === undefined) return undefined
  return { column: String(column), groups: groups.toSorted((one, other) => (one.min < other.min ? -1 : 1)) }
}
