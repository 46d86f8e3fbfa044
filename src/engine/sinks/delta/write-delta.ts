import { randomUUID } from 'node:crypto'
import type { Conf } from '../../conf.ts'
import type { Engine } from '../../engine.ts'
import { userError } from '../../errors.ts'
import { withDriver } from '../../query/driver-connection.ts'
import type { PreparedQuery } from '../../query/prepare.ts'
import { deltaColumns, schemaString } from '../../sources/delta/delta-schema.ts'
import { commitName, loadSnapshot } from '../../sources/delta/load-snapshot.ts'
import type { Snapshot, TableMetadata } from '../../sources/delta/log-actions.ts'
import { checkReadable, checkWritable } from '../../sources/delta/table-features.ts'
import { type TableStore, tableStore } from '../../sources/delta/table-store.ts'
import { type StructType, struct } from '../../types/data-type.ts'
import type { SaveTarget } from '../save.ts'
import { checkColumns, counted, type Written } from '../write-files.ts'
import { fileStats } from './collect-stats.ts'
import { type DataFile, type DataFiles, produceDataFiles } from './data-files.ts'
import { type DeltaOptions, deltaOptions, mergedSchema } from './delta-target.ts'

/** Commits of others that an append makes way for. */
const MOST_TRIES = 50

const PARTITION_KINDS = new Set(['string', 'byte', 'short', 'integer', 'long', 'date', 'boolean', 'decimal'])

/** What a commit changes besides files. */
interface Change {
  /** Undefined: as it is. */
  readonly metadata: TableMetadata | undefined
  readonly partitionBy: readonly string[]
}

/**
 * Writes the rows of a plan into a Delta table. Files come first, invisible; the commit, one new file of the log that no
 * other writer can have made, makes them the table's. An append makes way for commits of others that leave the schema as
 * it is; an overwrite that meets one is refused. Throws EngineError; then the table is as it was.
 */
export const writeDelta = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: SaveTarget,
): Promise<Written> => {
  const options = deltaOptions(target.options)
  const store = tableStore(target.path, engine.sources.store(conf))
  const load = () =>
    withDriver(engine, conf, (connection) =>
      loadSnapshot({ connection, whole: (file) => engine.wholePath(file) }, store, undefined),
    )
  const before = await load()
  const { log } = engine.options
  if (before !== undefined && target.mode === 'ignore') {
    log.info(`wrote nothing to ${target.path}: the table is there already (mode ignore)`)
    return { files: 0, rows: 0, removed: 0 }
  }
  if (before !== undefined && target.mode === 'errorifexists')
    throw userError(`the Delta table ${target.path} already exists: choose mode overwrite, append or ignore`)
  const schema = struct(query.physical.output.map(({ name, type }) => ({ name, type, nullable: true })))
  const change = plannedChange(target, options, schema, before)
  const files = { ...target, format: 'parquet', options: options.parquet, partitionBy: change.partitionBy } as const
  checkColumns(query.physical.output, files)
  const data = await produceDataFiles(engine, conf, query, files)
  try {
    const adds = await addActions(engine, conf, data, schema, change.partitionBy)
    const removed = target.mode === 'overwrite' ? (before?.files ?? []) : []
    const removes = removed.map(removeAction)
    const version = await commit(store, load, before, target, change, [...removes, ...adds])
    const gone = target.mode === 'overwrite' ? `, removed ${counted(removed.length, 'old file')}` : ''
    log.info(
      `wrote ${counted(data.rows, 'row')} in ${counted(data.files.length, 'file')} to ${target.path} as version ${version}${gone}`,
    )
    return { files: data.files.length, rows: data.rows, removed: removed.length }
  } catch (error) {
    await data.drop().catch(() => {})
    throw error
  }
}

const plannedChange = (
  target: SaveTarget,
  { mergeSchema, overwriteSchema }: DeltaOptions,
  schema: StructType,
  before: Snapshot | undefined,
): Change => {
  const wanted = target.partitionBy.map(
    (name) => schema.fields.find((field) => field.name.toLowerCase() === name.toLowerCase())?.name ?? name,
  )
  const odd = schema.fields.find(({ name, type }) => wanted.includes(name) && !PARTITION_KINDS.has(type.kind))
  if (odd !== undefined)
    throw userError(`a Delta table cannot be partitioned by ${odd.name}, a column of type ${odd.type.kind}, here`)
  const created = (id: string, partitionColumns: readonly string[], text: string): TableMetadata => ({
    id,
    format: { provider: 'parquet', options: {} },
    schemaString: text,
    partitionColumns,
    configuration: before?.metadata.configuration ?? {},
    createdTime: before?.metadata.createdTime ?? Date.now(),
  })
  if (before === undefined)
    return { metadata: created(randomUUID(), wanted, schemaString(schema)), partitionBy: wanted }
  const columns = deltaColumns(before.metadata.schemaString, target.path)
  checkReadable(target.path, before.protocol)
  checkWritable(target.path, before.protocol, before.metadata, columns, target.mode === 'overwrite')
  const { partitionColumns, id } = before.metadata
  if (target.mode === 'overwrite' && overwriteSchema) {
    const by = wanted.length > 0 ? wanted : partitionColumns
    return { metadata: created(id, by, schemaString(schema)), partitionBy: by }
  }
  if (wanted.length > 0 && JSON.stringify(wanted) !== JSON.stringify(partitionColumns))
    throw userError(
      `the Delta table ${target.path} is partitioned by (${partitionColumns.join(', ')}), not by (${wanted.join(', ')}): leave partitionBy out, or overwrite with overwriteSchema=true`,
    )
  const merged = mergedSchema(target.path, columns, schema, mergeSchema)
  if (merged.fields.length === columns.length) return { metadata: undefined, partitionBy: partitionColumns }
  const old = JSON.parse(before.metadata.schemaString) as { readonly fields: readonly unknown[] }
  const all = JSON.parse(schemaString(merged)) as { readonly fields: readonly unknown[] }
  const text = JSON.stringify({ ...all, fields: [...old.fields, ...all.fields.slice(old.fields.length)] })
  return { metadata: { ...before.metadata, schemaString: text }, partitionBy: partitionColumns }
}

const removeAction = (file: Snapshot['files'][number]) => ({
  remove: {
    path: file.path,
    deletionTimestamp: Date.now(),
    dataChange: true,
    extendedFileMetadata: true,
    partitionValues: file.partitionValues,
    size: file.size,
    ...(file.deletionVector ? { deletionVector: file.deletionVector } : {}),
  },
})

/** A path in the log is a URI: its segments are percent-encoded. */
const encodedPath = (path: string): string =>
  path
    .split('/')
    .map((part) => encodeURIComponent(part).replaceAll('%3D', '='))
    .join('/')

const NO_VALUE = '__HIVE_DEFAULT_PARTITION__'

const partitionValues = ({ path }: DataFile, by: readonly string[]): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    by.map((name, index) => {
      const segment = path.split('/')[index] ?? ''
      const text = decodeURIComponent(segment.slice(segment.indexOf('=') + 1))
      return [name, text === NO_VALUE || text === '' ? null : text]
    }),
  )

const addActions = (
  engine: Engine,
  conf: Conf,
  data: DataFiles,
  schema: StructType,
  by: readonly string[],
): Promise<readonly object[]> =>
  withDriver(engine, conf, async (connection) => {
    const adds: object[] = []
    for (const file of data.files) {
      const stats = await fileStats(connection, await engine.metadataPath(file.file), schema)
      adds.push({
        add: {
          path: encodedPath(file.path),
          partitionValues: partitionValues(file, by),
          size: file.bytes,
          modificationTime: Date.now(),
          dataChange: true,
          stats,
        },
      })
    }
    return adds
  })

const commit = async (
  store: TableStore,
  load: () => Promise<Snapshot | undefined>,
  before: Snapshot | undefined,
  target: SaveTarget,
  { metadata, partitionBy }: Change,
  actions: readonly object[],
): Promise<number> => {
  const txnId = randomUUID()
  const info = {
    commitInfo: {
      timestamp: Date.now(),
      operation: 'WRITE',
      operationParameters: {
        mode: target.mode === 'overwrite' ? 'Overwrite' : target.mode === 'append' ? 'Append' : 'ErrorIfExists',
        partitionBy: JSON.stringify(partitionBy),
      },
      ...(before === undefined ? {} : { readVersion: before.version }),
      isBlindAppend: target.mode === 'append',
      engineInfo: 'Bellows',
      txnId,
    },
  }
  const ntz = metadata?.schemaString.includes('"timestamp_ntz"') ?? false
  const features = { readerFeatures: ['timestampNtz'], writerFeatures: ['timestampNtz', 'appendOnly', 'invariants'] }
  if (before !== undefined && ntz && !before.protocol.readerFeatures?.includes('timestampNtz'))
    throw userError(
      `a column of type timestamp_ntz cannot be added to the Delta table ${store.shown}: it lacks the table feature timestampNtz`,
    )
  const fresh = ntz
    ? { minReaderVersion: 3, minWriterVersion: 7, ...features }
    : { minReaderVersion: 1, minWriterVersion: 2 }
  const lines = [
    info,
    ...(before === undefined ? [{ protocol: fresh }] : []),
    ...(metadata === undefined ? [] : [{ metaData: metadata }]),
    ...actions,
  ]
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`
  let version = (before?.version ?? -1) + 1
  for (let attempt = 0; attempt < MOST_TRIES; attempt++) {
    const path = `_delta_log/${commitName(version)}`
    if (await store.putIfAbsent(path, text)) return version
    // An answer that got lost may have been a yes.
    if ((await store.text(path)).includes(txnId)) return version
    const now = await load()
    const same =
      now !== undefined &&
      before !== undefined &&
      JSON.stringify([now.metadata, now.protocol]) === JSON.stringify([before.metadata, before.protocol])
    if (target.mode !== 'append' || metadata !== undefined || !same)
      throw userError(
        `another writer committed version ${version} of the Delta table ${store.shown} meanwhile, and this ${target.mode === 'append' ? 'append does not fit the table any more' : `${target.mode} would undo it`}: nothing was written, run it again`,
      )
    version = now.version + 1
  }
  throw userError(
    `the Delta table ${store.shown} is written to by others all the time: ${MOST_TRIES} tries to commit an append failed, nothing was written`,
  )
}
