import { mkdir } from 'node:fs/promises'
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBResultReader,
  type DuckDBScalarFunction,
} from '@duckdb/node-api'
import { type KnownScripts, registerScripts } from '../functions/script/register-scripts.ts'
import { DatabaseError, databaseError } from './database-error.ts'
import { quoteName } from './quote.ts'

export interface DatabaseOptions {
  readonly threads: number
  /** Bytes DuckDB may hold before it spills. */
  readonly memoryLimit: number
  readonly spillDirectory: string
}

export interface ColumnType {
  readonly name: string
  /** DuckDB's SQL text of the type; fit for CAST. */
  readonly type: string
}

const DESCRIBE = 'DESCRIBE '

/** A connection with temporary views of its own. Statements on one connection run one after the other. */
export class Connection {
  private readonly connection: DuckDBConnection
  private readonly scripts: KnownScripts

  constructor(connection: DuckDBConnection, scripts: KnownScripts) {
    this.connection = connection
    this.scripts = scripts
  }

  /** Runs one statement and reads all its rows. Throws DatabaseError. */
  async read(sql: string): Promise<DuckDBResultReader> {
    try {
      await registerScripts(this.connection, sql, this.scripts)
      return await this.connection.runAndReadAll(sql)
    } catch (error) {
      throw databaseError(error)
    }
  }

  async rows(sql: string): Promise<readonly (readonly unknown[])[]> {
    return (await this.read(sql)).getRows()
  }

  /** Rows in blocks, never all in memory at once. */
  async *stream(sql: string): AsyncGenerator<readonly (readonly unknown[])[]> {
    try {
      await registerScripts(this.connection, sql, this.scripts)
      const result = await this.connection.stream(sql)
      for (;;) {
        const chunk = await result.fetchChunk()
        if (chunk === null || chunk.rowCount === 0) return
        yield chunk.getRows()
      }
    } catch (error) {
      throw databaseError(error)
    }
  }

  /** The first column of the first row; undefined where there is none. */
  async value(sql: string, ...parameters: readonly string[]): Promise<unknown> {
    try {
      await registerScripts(this.connection, sql, this.scripts)
      const reader = await this.connection.runAndReadAll(sql, [...parameters])
      return reader.getRows()[0]?.[0]
    } catch (error) {
      throw databaseError(error)
    }
  }

  /** Names and types of a query's columns; binds it, reads no rows. */
  async describe(query: string): Promise<readonly ColumnType[]> {
    try {
      const rows = await this.rows(`${DESCRIBE}${query}`)
      return rows.map((row) => ({ name: String(row[0]), type: String(row[1]) }))
    } catch (error) {
      throw error instanceof DatabaseError ? error.movedBy(-DESCRIBE.length) : error
    }
  }

  async createView(name: string, sql: string): Promise<void> {
    await this.read(`CREATE OR REPLACE TEMP VIEW ${quoteName(name)} AS ${sql}`)
  }

  async dropView(name: string): Promise<void> {
    await this.read(`DROP VIEW IF EXISTS ${quoteName(name)}`)
  }

  /** Of all connections of the database, and for good. */
  registerScalarFunction(made: DuckDBScalarFunction): void {
    this.connection.registerScalarFunction(made)
  }

  interrupt(): void {
    this.connection.interrupt()
  }

  close(): void {
    this.connection.closeSync()
  }
}

const memoryText = (bytes: number): string => `${Math.max(64, Math.floor(bytes / 2 ** 20))}MiB`

/** One DuckDB in memory: threads, memory and the spill directory are bounded from the start. */
export class Database {
  private readonly instance: DuckDBInstance
  private readonly scripts: KnownScripts = new Map()

  private constructor(instance: DuckDBInstance) {
    this.instance = instance
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    await mkdir(options.spillDirectory, { recursive: true })
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(Math.max(1, options.threads)),
      memory_limit: memoryText(options.memoryLimit),
      temp_directory: options.spillDirectory,
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      errors_as_json: 'true',
      // It takes a file of the same second for the same file.
      enable_external_file_cache: 'false',
    })
    const database = new Database(instance)
    const connection = await database.connect()
    await connection.read("SET GLOBAL TimeZone = 'UTC'")
    connection.close()
    return database
  }

  async connect(): Promise<Connection> {
    return new Connection(await this.instance.connect(), this.scripts)
  }

  /** Bytes DuckDB may hold from now on. Throws DatabaseError where it holds more and can not spill it. */
  async setMemoryLimit(bytes: number): Promise<void> {
    const connection = await this.connect()
    try {
      await connection.read(`SET GLOBAL memory_limit = '${memoryText(bytes)}'`)
    } finally {
      connection.close()
    }
  }

  close(): void {
    this.instance.closeSync()
  }
}
