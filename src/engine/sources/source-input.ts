import type { Conf } from '../conf.ts'

/** How a task gets one file of a source, wherever it runs. Plain JSON. */
export type SourceInput =
  | S3Input
  /** The rows of a query of a Postgres server, as CSV. */
  | JdbcInput

export interface S3Input {
  readonly kind: 's3'
  readonly bucket: string
  readonly key: string
  /** The version that was listed: another one is refused. */
  readonly etag: string
  readonly bytes: number
  /** Properties of the session that the application's do not have. They hold secrets: never to be logged. */
  readonly conf?: Conf
  /** Of a Parquet file: these columns (all below a top-level name) and rows are enough; absent: all. */
  readonly need?: ParquetNeed
}

export interface ParquetNeed {
  readonly columns: readonly string[]
  readonly rows: { readonly from: number; readonly to: number } | undefined
}

export interface JdbcInput {
  readonly kind: 'jdbc'
  readonly connection: JdbcConnection
  readonly sql: string
}

/** Holds a password: goes to executors over the application's own connections, never into a log or a plan. */
export interface JdbcConnection {
  readonly host: string
  readonly port: number
  readonly database: string
  readonly user: string
  readonly password: string | undefined
  readonly ssl: 'disable' | 'require' | 'verify-full'
  /** PEM text of the certificates that are trusted. */
  readonly rootCertificate: string | undefined
  readonly applicationName: string
  /** Seconds. */
  readonly connectTimeout: number
  readonly queryTimeout: number
}
