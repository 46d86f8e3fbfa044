import type { Conf } from '../conf.ts'
import type { Connection } from '../duckdb/database.ts'
import type { Engine } from '../engine.ts'
import { userError } from '../errors.ts'
import type { DataSource, OpenContext, ScanRequest } from '../sources/data-source.ts'
import { deltaSource } from '../sources/delta/delta-source.ts'
import { fileFormat } from '../sources/file-format.ts'
import type { FileSource } from '../sources/file-source.ts'
import { jdbcSource } from '../sources/jdbc/jdbc-source.ts'
import type { SourceFile } from '../sources/list-files.ts'
import { openSparkSource } from '../sources/open-source.ts'
import { prunePartitions } from '../sources/prune-partitions.ts'
import { listObjects } from '../sources/s3/list-objects.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'

type FilesSyntax = PlanSyntax & { readonly kind: 'files' }

/** Sources besides plain files. A new one implements DataSource and is named here. */
export const DATA_SOURCES: readonly DataSource[] = [jdbcSource, deltaSource]

/** Opens what a query reads. Throws EngineError. */
export const openFiles = (
  engine: Engine,
  connection: Connection,
  files: FilesSyntax,
  conf: Conf,
): Promise<FileSource> => {
  const schema = files.schema?.fields.map(({ name, type }) => ({ name, type: duckdbTypeOf(type) }))
  const source = DATA_SOURCES.find(({ name }) => name === files.format.toLowerCase())
  if (source !== undefined)
    return source.open(openContext(engine, connection, conf), { paths: files.paths, options: files.options, schema })
  const format = fileFormat(files.format)
  if (format === undefined) {
    const known = ['parquet', 'csv', 'json', 'text', ...DATA_SOURCES.map(({ name }) => name)]
    throw userError(`data of the format ${files.format} cannot be read: the formats are ${known.join(', ')}`)
  }
  const context = {
    connection,
    fetch: (file: SourceFile, what: 'metadata' | 'whole') =>
      what === 'metadata' ? engine.metadataPath(file) : engine.wholePath(file),
    objects: (path: string) => listObjects(engine.sources.store(conf), path),
    cache: engine.sourceCache,
  }
  return openSparkSource(context, format, files.paths, files.options, schema)
}

const openContext = (engine: Engine, connection: Connection, conf: Conf): OpenContext => ({
  connection,
  conf,
  s3: engine.sources.store(conf),
  metadata: (file) => engine.metadataPath(file),
  whole: (file) => engine.wholePath(file),
})

export const narrowSource = (source: FileSource, request: ScanRequest): FileSource => {
  const provider = DATA_SOURCES.find(({ name }) => name === source.provider?.name)
  if (provider !== undefined) return provider.narrow?.(source, request) ?? source
  return source.files.some(({ input }) => input !== undefined) ? prunePartitions(source, request) : source
}
