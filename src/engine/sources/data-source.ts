import type { Conf } from '../conf.ts'
import type { Connection } from '../duckdb/database.ts'
import type { FileOptions } from './file-format.ts'
import type { FileSource } from './file-source.ts'
import type { SourceFile } from './list-files.ts'
import type { ReadSchema } from './read-options.ts'
import type { ObjectStore } from './s3/list-objects.ts'
import type { SourceFilter } from './source-filter.ts'

/** What a source asks of the driver while it is opened. */
export interface OpenContext {
  readonly connection: Connection
  readonly conf: Conf
  readonly s3: ObjectStore
  /** A local path to read metadata from: a Parquet file may hold no more than its footer. */
  readonly metadata: (file: SourceFile) => Promise<string>
  /** A local path with all of the file. */
  readonly whole: (file: SourceFile) => Promise<string>
}

export interface ReadRequest {
  readonly paths: readonly string[]
  /** Keys as the user wrote them. */
  readonly options: FileOptions
  readonly schema: ReadSchema | undefined
}

/** What a query needs of a source. */
export interface ScanRequest {
  /** The source's names of columns. */
  readonly columns: readonly string[]
  /** Rows for which one of them is not true are not needed; they are applied again above the scan. */
  readonly filters: readonly SourceFilter[]
  /** No more rows than these are needed, any of them; only given where `filters` say all that the query filters by. */
  readonly limit: number | undefined
}

/**
 * A kind of source besides plain files: `format('…')` and `USING …` find it by name. It runs in the driver and gives
 * descriptions: a `FileSource` whose files say by `input` how a task gets each of them. Source of the idea: Spark's
 * DataSource V2 (TableProvider, ScanBuilder, Batch).
 */
export interface DataSource {
  readonly name: string
  /** Looks the source up: columns, and files or partitions. Throws EngineError that names it and no secret. */
  open(context: OpenContext, request: ReadRequest): Promise<FileSource>
  /** The same rows, or fewer by what the request says is not needed. Pure. */
  narrow?(source: FileSource, request: ScanRequest): FileSource
}
