import type { TaskView } from '../protocol.ts'
import type { SinkOutput, SinkValue } from '../sinks/sink-output.ts'
import type { SourceInput } from '../sources/source-input.ts'
import type { ShippedFunction } from '../udf/shipped-function.ts'

/** Data that a process must hold as local files before a task runs. In SQL, `token` stands for the path or list of paths. */
export type BodyInput = { readonly token: string } & (
  | { readonly kind: 'url'; readonly url: string }
  /** An object of a store, rows of a database: got by the description alone. */
  | { readonly kind: 'source'; readonly source: SourceInput }
  /** A file of the driver (broadcast rows, rows of the program). */
  | { readonly kind: 'block'; readonly block: string; readonly path: string }
  /**
   * The blocks of reduce partitions `from` (included) to `to` (excluded) of a shuffle, of all map partitions or of
   * [mapFrom, mapTo) (a part of a skewed partition). The token becomes a list: 'a', 'b'. Which executor holds what is
   * filled in when the task is sent. `kind` of blocks: Parquet for rows of DataFrames, binary for RDDs.
   */
  | {
      readonly kind: 'shuffle'
      readonly shuffle: number
      readonly from: number
      readonly to: number
      readonly maps?: { readonly from: number; readonly to: number }
    }
)

/** What one task does. Plain JSON, self-contained: any executor can run it. */
export type TaskBody =
  /** Views first, then `sql`, on a DuckDB connection of its own. */
  | {
      readonly kind: 'sql'
      readonly inputs: readonly BodyInput[]
      readonly views: readonly TaskView[]
      readonly sql: string
      /** SET key = value on the connection. */
      readonly settings: Readonly<Record<string, string>>
      /** Functions of the program that views and `sql` call. */
      readonly functions?: readonly ShippedFunction[]
    }
  /** A chain of RDD operators over one partition, in JavaScript; `payload` is rdd/'s own matter. */
  | { readonly kind: 'rdd'; readonly inputs: readonly BodyInput[]; readonly payload: unknown }

export type TaskOutput =
  /** To the driver, as one Parquet file (sql) or one binary block (rdd). */
  | { readonly kind: 'result' }
  /**
   * Kept by the executor, cut into `partitions`. For sql: the rows of `body.sql` have, as their last column
   * `__partition`, the number of the partition (0 … partitions − 1), which is not written; blocks are Parquet lz4_raw.
   */
  | { readonly kind: 'shuffle'; readonly shuffle: number; readonly map: number; readonly partitions: number }
  /** Into a directory that driver and executors share; the committer moves it into place. */
  | {
      readonly kind: 'files'
      /** The attempt's own: what it leaves there is deleted when it fails. */
      readonly directory: string
      readonly fileName: string
      /** The text in brackets after COPY … TO, without the brackets. */
      readonly copyOptions: string
      readonly partitioned: boolean
    }
  /** Files of the executor's own, brought by it to where `sink` says: `value` is a SinkValue. */
  | {
      readonly kind: 'sink'
      readonly sink: SinkOutput
      readonly fileName: string
      readonly copyOptions: string
      readonly partitioned: boolean
    }
  /** Nothing but `value`. */
  | { readonly kind: 'none' }

/** What an executor offers to a body while it runs. */
export interface BodyContext {
  readonly executor: number
  readonly partition: number
  readonly attempt: number
  readonly stage: number
  /** Local paths of an input, fetched and checked. */
  readonly paths: (token: string) => readonly string[]
  /** Where a block of a shuffle output is to be written, and the note that it is there. */
  readonly shuffleWriter: (partition: number) => ShuffleBlockWriter
  /** Where output `result` is to be written. */
  readonly resultPath: string
  /** Brings all files below a directory where a sink says. */
  readonly deliver: (sink: SinkOutput, directory: string) => Promise<SinkValue>
  /** Blocks of persisted RDDs and broadcast values of this process. */
  readonly storage: BlockStorage
  readonly signal: AbortSignal
}

export interface ShuffleBlockWriter {
  readonly path: string
  /** After the file is complete. */
  readonly done: (rows: number) => Promise<void>
}

/** Persisted partitions and broadcast values of one process, under the storage memory budget; source: Spark's BlockManager. */
export interface BlockStorage {
  /** The block here, or on another executor that holds it (the driver knows); undefined: nobody has it. */
  get(id: string): Promise<StoredBlock | undefined>
  /** `values` stays as it is at memory levels while the budget allows; `bytes` serialises it for the others. */
  put(id: string, level: StorageLevel, values: unknown, bytes: () => Uint8Array): Promise<void>
  remove(prefix: string): Promise<void>
}

export type StoredBlock =
  | { readonly kind: 'values'; readonly values: unknown }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }

/** Source: Spark's StorageLevel. */
export interface StorageLevel {
  readonly memory: boolean
  readonly disk: boolean
  readonly deserialized: boolean
  readonly replication: number
}

/** What runs bodies of one kind on an executor (or in the driver). */
export interface BodyHandler {
  run(body: TaskBody, output: TaskOutput, context: BodyContext): Promise<BodyResult>
  /** What it keeps of persisted blocks and broadcasts whose ids begin so is not wanted any more. */
  forget?(prefix: string): void
}

export interface BodyResult {
  readonly rows: number
  /** See TaskResult.value. */
  readonly value?: unknown
}
