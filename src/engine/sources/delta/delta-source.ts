import { userError } from '../../errors.ts'
import { duckdbTypeOf } from '../../types/duckdb-type.ts'
import type { DataSource, OpenContext, ScanRequest } from '../data-source.ts'
import type { FileSource } from '../file-source.ts'
import { deletedRows } from './deletion-vector.ts'
import { deltaRead } from './delta-options.ts'
import { type DeltaColumn, deltaColumns } from './delta-schema.ts'
import { fileMightMatch } from './file-statistics.ts'
import { fileTemplate } from './file-template.ts'
import { loadSnapshot } from './load-snapshot.ts'
import type { AddFile, Snapshot } from './log-actions.ts'
import { checkReadable } from './table-features.ts'
import { type TableStore, tableStore } from './table-store.ts'

/** A deletion vector of more rows is refused: it travels in the text of the query. */
const MOST_DELETED = 1_000_000

interface TableFile {
  readonly add: AddFile
  readonly path: string
}

interface Detail {
  readonly columns: readonly DeltaColumn[]
  readonly partitioned: ReadonlySet<string>
  readonly files: readonly TableFile[]
}

/** Delta tables, by their own log: JSON commits and Parquet checkpoints. Source: PROTOCOL.md of delta-io/delta. */
export const deltaSource: DataSource = {
  name: 'delta',
  open: async (context, { paths, options, schema }) => {
    if (schema !== undefined) throw userError('format delta takes no schema: the table has one')
    const { path, travel } = deltaRead(paths, options)
    const store = tableStore(path, context.s3)
    const snapshot = await loadSnapshot(context, store, travel)
    if (snapshot === undefined) throw userError(`${path} is not a Delta table: it has no _delta_log with commits`)
    checkReadable(path, snapshot.protocol)
    return tableSource(context, store, snapshot)
  },
  narrow: (source, request) => narrow(source, request),
}

/** A snapshot as files to be read. Throws EngineError. */
const tableSource = async (context: OpenContext, store: TableStore, snapshot: Snapshot): Promise<FileSource> => {
  const { metadata, version } = snapshot
  const columns = deltaColumns(metadata.schemaString, store.shown)
  const partitioned = new Set(metadata.partitionColumns)
  const zone = context.conf['spark.sql.session.timeZone'] ?? 'UTC'
  const shape = {
    shown: store.shown,
    columns,
    partitionColumns: partitioned,
    apart: !/^(UTC|Z|Etc\/UTC|\+00:00)$/.test(zone),
  }
  const files = await Promise.all(
    snapshot.files.map(async (add, number) => {
      const { deletionVector } = add
      if (deletionVector && deletionVector.cardinality > MOST_DELETED)
        throw userError(
          `a file of the Delta table ${store.shown} has ${deletionVector.cardinality} deleted rows (deletionVectors), more than ${MOST_DELETED}: OPTIMIZE or purge the table`,
        )
      const deleted = deletionVector ? await deletedRows(store, deletionVector) : []
      const file = store.file(add.path, add.size)
      return { add, file: { ...file, template: fileTemplate(shape, add, deleted, number) } }
    }),
  )
  const none = fileTemplate(shape, { path: '', partitionValues: {}, size: 0, modificationTime: 0 }, [], 0)
  const empty = `SELECT ${columns.map(({ name, type }) => `CAST(NULL AS ${duckdbTypeOf(type)}) AS "${name.replaceAll('"', '""')}"`).join(', ')} WHERE false`
  const template = files[0]?.file.template ?? (snapshot.files.length === 0 ? empty : none)
  const detail: Detail = { columns, partitioned, files: files.map(({ add, file }) => ({ add, path: file.path })) }
  return {
    key: `delta ${store.shown}@v${version} ${metadata.id} ${zone}`,
    label: `${store.shown} (version ${version})`,
    format: 'parquet',
    files: files.map(({ file }) => file),
    template,
    partTemplate: template,
    whyWhole: undefined,
    columns: columns.map(({ name, type }) => ({ name, type: duckdbTypeOf(type) })),
    provider: { name: 'delta', detail },
    physicalNames: new Map(columns.map(({ name, physical }) => [name, physical])),
  }
}

const narrow = (source: FileSource, request: ScanRequest): FileSource => {
  const detail = source.provider?.detail as Detail | undefined
  if (detail === undefined) return source
  const { columns, partitioned, files } = detail
  const kept = new Set(
    files.flatMap(({ add, path }) => (fileMightMatch(add, columns, partitioned, request) ? [path] : [])),
  )
  if (kept.size === files.length) return source
  // One stays, for the columns.
  const some = source.files.filter(({ path }) => kept.has(path))
  const left = some.length === 0 ? source.files.slice(0, 1) : some
  return {
    ...source,
    files: left,
    key: `${source.key} ${JSON.stringify(left.map(({ path }) => path))}`,
    label: `${source.label} (${left.length} of ${files.length} files by the log)`,
  }
}
