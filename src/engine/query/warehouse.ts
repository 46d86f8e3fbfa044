import { randomUUID } from 'node:crypto'
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join, resolve } from 'node:path'
import type { Conf } from '../conf.ts'
import { messageOf, userError } from '../errors.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { TableName, TableRecord } from './table-record.ts'

export const DEFAULT_DATABASE = 'default'
const CURRENT = 'spark.sql.catalog.spark_catalog.defaultDatabase'

export const currentDatabase = (conf: Conf): string => conf[CURRENT] ?? DEFAULT_DATABASE

/** The conf in which names without a database are of this one. */
export const usingDatabase = (conf: Conf, database: string): Conf => ({ ...conf, [CURRENT]: database })

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST'

/**
 * Tables and views that outlive the application: a JSON file each below `_catalog` in the warehouse's directory
 * (`spark.sql.warehouse.dir`), and the data of tables beside it, as Spark lays it out. A file comes and goes at once,
 * so that applications that share the directory see a table whole or not at all. Small files, so read at once.
 */
export class Warehouse {
  readonly directory: string

  constructor(conf: Conf) {
    const path = conf['spark.sql.warehouse.dir'] ?? 'spark-warehouse'
    if (/^[a-z][a-z0-9+.-]*:/i.test(path) && !path.startsWith('file:'))
      throw userError(`spark.sql.warehouse.dir is ${path}: the warehouse must be a directory, for instance of a volume`)
    this.directory = resolve(path.replace(/^file:(\/\/)?/, ''))
  }

  databases(): readonly string[] {
    const made = entries(join(this.directory, '_catalog')).filter((name) => !name.startsWith('.'))
    return [...new Set([DEFAULT_DATABASE, ...made])].toSorted()
  }

  hasDatabase(database: string): boolean {
    return database === DEFAULT_DATABASE || existsSync(this.databaseDirectory(database))
  }

  createDatabase(database: string, ifNotExists: boolean): void {
    if (!this.hasDatabase(database)) {
      this.making(() => mkdirSync(this.databaseDirectory(database), { recursive: true }))
      return
    }
    if (!ifNotExists) throw new SqlError('SCHEMA_ALREADY_EXISTS', `the database ${database} exists already`)
  }

  /** With `cascade` its tables go too. */
  dropDatabase(database: string, ifExists: boolean, cascade: boolean): void {
    if (database === DEFAULT_DATABASE)
      throw new SqlError('UNSUPPORTED_FEATURE.DROP_DATABASE', 'the database default cannot be dropped')
    if (!this.hasDatabase(database)) {
      if (ifExists) return
      throw this.noDatabase(database)
    }
    const tables = this.names(database)
    if (tables.length > 0 && !cascade)
      throw new SqlError(
        'SCHEMA_NOT_EMPTY',
        `the database ${database} holds ${tables.join(', ')}: drop them, or write CASCADE`,
      )
    for (const table of tables) this.drop({ database, table })
    rmdirSync(this.databaseDirectory(database))
    rmSync(join(this.directory, `${database}.db`), { recursive: true, force: true })
  }

  /** Tables and views of a database, in order. */
  names(database: string): readonly string[] {
    return entries(this.databaseDirectory(database))
      .flatMap((file) => /^(\w+)\.json$/.exec(file)?.[1] ?? [])
      .toSorted()
  }

  find(name: TableName): TableRecord | undefined {
    try {
      return JSON.parse(readFileSync(this.file(name), 'utf8')) as TableRecord
    } catch (error) {
      if (isMissing(error)) return undefined
      throw userError(
        `the warehouse's file of ${name.database}.${name.table} cannot be read: ${messageOf(error)}`,
        error,
      )
    }
  }

  /** Where the table's files are. */
  dataOf(name: TableName, record: TableRecord & { readonly kind: 'table' }): string {
    const base = name.database === DEFAULT_DATABASE ? this.directory : join(this.directory, `${name.database}.db`)
    return record.location ?? join(base, name.table)
  }

  /** Throws SqlError where the name is taken and may not be replaced. */
  put(name: TableName, record: TableRecord, replace: boolean): void {
    if (!this.hasDatabase(name.database)) throw this.noDatabase(name.database)
    const file = this.file(name)
    const draft = join(this.databaseDirectory(name.database), `.${name.table}-${randomUUID()}`)
    this.making(() => {
      mkdirSync(this.databaseDirectory(name.database), { recursive: true })
      writeFileSync(draft, `${JSON.stringify(record, undefined, 2)}\n`)
    })
    try {
      if (replace) renameSync(draft, file)
      else linkSync(draft, file)
    } catch (error) {
      if (!isThere(error)) throw error
      throw new SqlError('TABLE_OR_VIEW_ALREADY_EXISTS', `${name.database}.${name.table} exists already`)
    } finally {
      rmSync(draft, { force: true })
    }
  }

  /** The name first, then the files that the table owns. */
  drop(name: TableName): void {
    const record = this.find(name)
    try {
      unlinkSync(this.file(name))
    } catch (error) {
      if (!isMissing(error)) throw error
    }
    if (record?.kind === 'table' && record.location === undefined)
      rmSync(this.dataOf(name, record), { recursive: true, force: true })
  }

  noDatabase(database: string): SqlError {
    return new SqlError(
      'SCHEMA_NOT_FOUND',
      `there is no database ${database}: the databases are ${this.databases().join(', ')}`,
    )
  }

  private file({ database, table }: TableName): string {
    return join(this.databaseDirectory(database), `${table}.json`)
  }

  private databaseDirectory(database: string): string {
    return join(this.directory, '_catalog', database)
  }

  private making(make: () => void): void {
    try {
      make()
    } catch (error) {
      throw userError(
        `cannot write the warehouse ${this.directory}: ${messageOf(error)}; spark.sql.warehouse.dir names its directory`,
        error,
      )
    }
  }
}

const entries = (directory: string): readonly string[] => {
  try {
    return readdirSync(directory)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}
