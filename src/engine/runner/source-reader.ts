import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import type { Conf } from '../conf.ts'
import type { Database } from '../duckdb/database.ts'
import { uploadFiles } from '../sinks/s3/upload-files.ts'
import type { SinkOutput, SinkValue } from '../sinks/sink-output.ts'
import { fileList } from '../sources/file-source.ts'
import type { SourceFile } from '../sources/list-files.ts'
import type { ObjectStore } from '../sources/s3/list-objects.ts'
import { ObjectCache } from '../sources/s3/object-cache.ts'
import type { ColumnChunk } from '../sources/s3/parquet-ranges.ts'
import { S3Client } from '../sources/s3/s3-client.ts'
import { s3Conf } from '../sources/s3/s3-settings.ts'
import type { SourceInput } from '../sources/source-input.ts'

export interface SourceReaderOptions {
  /** spark.hadoop.fs.s3a.…: holds secrets. */
  readonly conf: Conf
  readonly directory: string
  readonly database: Database
  readonly maxObjectBytes: number
  readonly maxCacheBytes: number
}

/** Gets files of sources into this process, by their descriptions. Throws EngineError. */
export class SourceReader {
  private readonly conf: Conf
  private readonly clients = new Map<string, S3Client>()
  readonly objects: ObjectCache

  constructor(options: SourceReaderOptions) {
    this.conf = options.conf
    this.objects = new ObjectCache({
      client: (input) => this.client(input.conf ?? {}),
      directory: join(options.directory, 'objects'),
      maxObjectBytes: options.maxObjectBytes,
      maxBytes: options.maxCacheBytes,
      chunks: (path) => columnChunks(options.database, path),
    })
  }

  /** A client for the application's object stores, with settings of the session above them. */
  client(conf: Conf): S3Client {
    const key = JSON.stringify(conf)
    const known = this.clients.get(key) ?? new S3Client({ ...this.conf, ...conf })
    this.clients.set(key, known)
    return known
  }

  /** The object stores as a session sees them. */
  store(session: Conf): ObjectStore {
    const own = Object.entries(s3Conf(session)).filter(([key, value]) => this.conf[key] !== value)
    const conf = Object.fromEntries(own)
    return { client: this.client(conf), conf }
  }

  /** A local path for a task; in use until `release`. What is for one task alone goes into `scratch`. */
  async acquire(input: SourceInput, scratch: string): Promise<string> {
    switch (input.kind) {
      case 's3':
        return this.objects.acquire(input)
      case 'jdbc': {
        // A process without databases never loads the client.
        const { copyRows } = await import('../sources/jdbc/copy-rows.ts')
        return copyRows(input, join(scratch, `${randomUUID()}.csv`))
      }
    }
  }

  async deliver(sink: SinkOutput, directory: string): Promise<SinkValue> {
    switch (sink.kind) {
      case 's3':
        return {
          kind: 's3',
          objects: await uploadFiles(this.client(sink.conf), sink.bucket, sink.prefix, directory),
        }
      case 'jdbc': {
        const { copyInto } = await import('../sinks/jdbc/copy-into.ts')
        return { kind: 'jdbc', rows: await copyInto(sink.connection, sink.sql, directory) }
      }
    }
  }

  release(input: SourceInput): void {
    if (input.kind === 's3') this.objects.release(input)
  }

  /** A local path to read metadata from; undefined: the file is not of a source. */
  async metadata({ input }: SourceFile): Promise<string | undefined> {
    return input?.kind === 's3' ? this.objects.footer(input) : undefined
  }

  async whole({ input }: SourceFile): Promise<string | undefined> {
    return input?.kind === 's3' ? this.objects.whole(input) : undefined
  }
}

const columnChunks = async (database: Database, path: string): Promise<readonly ColumnChunk[]> => {
  const connection = await database.connect()
  try {
    const rows = await connection.rows(
      'SELECT row_group_id, row_group_num_rows, path_in_schema, dictionary_page_offset, data_page_offset, ' +
        `total_compressed_size, bloom_filter_offset, bloom_filter_length FROM parquet_metadata(${fileList([path])}) ` +
        'ORDER BY row_group_id',
    )
    return rows.map(([rowGroup, count, name, dictionary, data, bytes, bloom, bloomBytes]) => ({
      rowGroup: Number(rowGroup),
      rows: Number(count),
      path: String(name),
      dictionaryOffset: dictionary === null ? undefined : Number(dictionary),
      dataOffset: Number(data),
      bytes: Number(bytes),
      bloomOffset: bloom === null ? undefined : Number(bloom),
      bloomBytes: bloomBytes === null ? undefined : Number(bloomBytes),
    }))
  } finally {
    connection.close()
  }
}
