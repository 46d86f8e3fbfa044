import type { Connection } from '../duckdb/database.ts'
import { type FileSource, fileList, readFiles, sourceBytes } from './file-source.ts'
import type { SourceFile } from './list-files.ts'

/** What one task reads of a source: whole files, or a range of rows of one Parquet file. */
export interface SourcePart {
  readonly paths: readonly string[]
  /** First and last row, both included. */
  readonly rows: { readonly from: number; readonly to: number } | undefined
  readonly bytes: number
}

export interface SplitOptions {
  /** Tasks that can run at once. */
  readonly slots: number
  /** spark.sql.files.maxPartitionBytes */
  readonly maxPartBytes: number
  /** spark.sql.files.openCostInBytes */
  readonly openCost: number
}

/** Source: Spark's FilePartition.maxSplitBytes. */
export const partTarget = (source: FileSource, options: SplitOptions): number => {
  const total = source.files.reduce((sum, file) => sum + file.bytes + options.openCost, 0)
  return Math.max(
    1,
    Math.min(options.maxPartBytes, Math.max(options.openCost, Math.ceil(total / Math.max(1, options.slots)))),
  )
}

interface RowGroup {
  readonly rows: number
  readonly bytes: number
}

/** Cuts a source into parts of about the target size, in the order of its files and rows; never fewer than one part. */
export const splitSource = async (
  connection: Connection,
  source: FileSource,
  options: SplitOptions,
  metadataPath: (file: SourceFile) => Promise<string>,
): Promise<readonly SourcePart[]> => {
  if (source.fixedParts) return source.files.map(({ path, bytes }) => ({ paths: [path], rows: undefined, bytes }))
  if (source.partTemplate === undefined) {
    return [{ paths: source.files.map(({ path }) => path), rows: undefined, bytes: sourceBytes(source) }]
  }
  const target = partTarget(source, options)
  const parts: SourcePart[] = []
  let open: { paths: string[]; bytes: number } | undefined
  const close = () => {
    if (open) parts.push({ ...open, rows: undefined })
    open = undefined
  }
  for (const file of source.files) {
    if (source.format === 'parquet' && file.bytes > target) {
      close()
      const groups = await rowGroups(connection, await metadataPath(file))
      parts.push(...cutRows(file.path, groups, target))
      continue
    }
    if (open && open.bytes + file.bytes > target) close()
    open ??= { paths: [], bytes: 0 }
    open.paths.push(file.path)
    open.bytes += file.bytes + options.openCost
  }
  close()
  return parts
}

const rowGroups = async (connection: Connection, path: string): Promise<readonly RowGroup[]> => {
  const rows = await connection.rows(
    `SELECT row_group_id, any_value(row_group_num_rows), sum(total_compressed_size) FROM parquet_metadata(${fileList([path])}) GROUP BY row_group_id ORDER BY row_group_id`,
  )
  return rows.map(([, count, bytes]) => ({ rows: Number(count), bytes: Number(bytes) }))
}

/** Ranges of whole row groups, evenly filled. A file without rows gives one empty range. */
export const cutRows = (path: string, groups: readonly RowGroup[], target: number): readonly SourcePart[] => {
  const total = groups.reduce((sum, group) => sum + group.bytes, 0)
  const count = Math.max(1, Math.min(groups.length, Math.round(total / target)))
  const parts: SourcePart[] = []
  let from = 0
  let row = 0
  let bytes = 0
  let seen = 0
  for (const [index, group] of groups.entries()) {
    row += group.rows
    bytes += group.bytes
    seen += group.bytes
    const last = index === groups.length - 1
    if (!last && seen < ((parts.length + 1) * total) / count) continue
    parts.push({ paths: [path], rows: { from, to: row - 1 }, bytes })
    from = row
    bytes = 0
  }
  return parts.length > 0 ? parts : [{ paths: [path], rows: { from: 0, to: -1 }, bytes: 0 }]
}

/** The SELECT that reads a part. */
export const readPart = (
  source: FileSource,
  part: SourcePart,
  paths: readonly string[],
  templates: readonly (string | undefined)[] = [],
): string => {
  const { rows } = part
  const where = rows === undefined ? '' : ` WHERE file_row_number BETWEEN ${rows.from} AND ${rows.to}`
  return readFiles(source.partTemplate ?? source.template, paths, templates, where)
}
