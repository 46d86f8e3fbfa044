import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Conf } from '../conf.ts'
import { userError } from '../errors.ts'
import type { SaveMode, Written } from '../sinks/write-files.ts'
import { fileFormat } from '../sources/file-format.ts'
import { parseQuery } from '../sql/parse.ts'
import { select } from '../sql/select-syntax.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { StatementOf } from '../sql/statement-syntax.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { type StructType, struct } from '../types/data-type.ts'
import type { QueryRunner } from './query-runner.ts'
import { timeZone } from './query-settings.ts'
import {
  checkTable,
  type FileTable,
  type InsertTarget,
  rowsForTable,
  type TableName,
  type TableRecord,
  tableName,
  tablePlan,
} from './table-record.ts'
import { currentDatabase, Warehouse } from './warehouse.ts'

/** What a name in the warehouse stands for; `database`: where the names within it are looked up. */
export const findTable = (
  conf: Conf,
  parts: readonly string[],
): { readonly plan: PlanSyntax; readonly record: TableRecord; readonly database: string } | undefined => {
  const current = currentDatabase(conf)
  if (parts.length > 3 || parts.some((part) => !/^\w+$/.test(part))) return undefined
  const name = tableName(parts, current)
  const warehouse = new Warehouse(conf)
  const record = warehouse.find(name)
  if (record === undefined) return undefined
  if (record.kind === 'table') {
    const directory = warehouse.dataOf(name, record)
    return { record, database: name.database, plan: tablePlan(record, directory, !holdsData(directory)) }
  }
  const query = parseQuery(record.query, { timeZone: timeZone(conf) })
  const plan: PlanSyntax =
    record.columns === undefined ? query : { kind: 'rename-all', input: query, names: record.columns }
  return { record, database: record.database, plan }
}

const holdsData = (directory: string): boolean =>
  existsSync(directory) &&
  readdirSync(directory, { withFileTypes: true }).some(
    (entry) =>
      !/^[_.]/.test(entry.name) && (entry.isFile() || (entry.isDirectory() && holdsData(join(directory, entry.name)))),
  )

const text = ({ database, table }: TableName): string => `${database}.${table}`

/** `query`: what the statement selects, with views bound. */
export const createTable = async (
  runner: QueryRunner,
  conf: Conf,
  statement: Omit<StatementOf<'create-table'>, 'at' | 'kind'>,
  query: PlanSyntax | undefined,
): Promise<Written | undefined> => {
  const name = tableName(statement.name, currentDatabase(conf))
  const warehouse = new Warehouse(conf)
  if (!warehouse.hasDatabase(name.database)) throw warehouse.noDatabase(name.database)
  const before = warehouse.find(name)
  if (before !== undefined && statement.ifNotExists) return undefined
  if (before !== undefined && (!statement.replace || before.kind === 'view'))
    throw new SqlError(
      'TABLE_OR_VIEW_ALREADY_EXISTS',
      `${text(name)} exists already${before.kind === 'view' ? ' as a view' : ''}: drop it, or write IF NOT EXISTS`,
    )
  const wanted = statement.format ?? conf['spark.sql.sources.default'] ?? 'parquet'
  const format = fileFormat(wanted)
  if (format === undefined) throw userError(`a table is USING parquet, csv or json, not ${wanted}`)
  if (query !== undefined && statement.schema !== undefined)
    throw userError(`${text(name)}: CREATE TABLE … AS SELECT has its columns from the query: leave out the list`)
  const { path, ...options } = statement.options
  const location = statement.location ?? path
  const files: PlanSyntax | undefined =
    location === undefined ? undefined : { kind: 'files', format, paths: [location], options }
  const source = query ?? (statement.schema === undefined ? files : undefined)
  const given = statement.schema ?? (source === undefined ? undefined : await runner.schema(source))
  if (given === undefined)
    throw userError(`${text(name)}: CREATE TABLE wants columns, AS SELECT, or LOCATION with files`)
  const record: FileTable = {
    kind: 'table',
    format,
    schema: partitionsLast(given, statement.partitionedBy),
    partitionedBy: statement.partitionedBy,
    options,
    ...(location === undefined ? {} : { location }),
    ...(statement.comment === undefined ? {} : { comment: statement.comment }),
    properties: statement.properties,
  }
  checkTable(text(name), record)
  const directory = warehouse.dataOf(name, record)
  if (location === undefined && before === undefined && holdsData(directory))
    throw new SqlError('LOCATION_ALREADY_EXISTS', `${directory} holds files already: it cannot become ${text(name)}`)
  const written =
    query === undefined
      ? undefined
      : await runner.write(
          select(
            query,
            record.schema.fields.map((field) => column(field.name)),
          ),
          {
            path: directory,
            format,
            options,
            mode: statement.replace ? 'overwrite' : 'append',
            partitionBy: record.partitionedBy,
          },
        )
  warehouse.put(name, record, statement.replace)
  return written
}

const column = (name: string): ExpressionSyntax => ({ kind: 'name', parts: [name] })

const partitionsLast = ({ fields }: StructType, partitionedBy: readonly string[]): StructType => {
  const last = new Set(partitionedBy.map((name) => name.toLowerCase()))
  const isLast = ({ name }: { readonly name: string }): boolean => last.has(name.toLowerCase())
  const all = [...fields.filter((field) => !isLast(field)), ...fields.filter(isLast)]
  return struct(all.map((field) => ({ ...field, nullable: true })))
}

export interface Insert extends InsertTarget {
  readonly table: readonly string[]
  readonly overwrite: boolean
}

/** Writes rows into a table. Throws SqlError, EngineError. */
export const insertInto = async (
  runner: QueryRunner,
  conf: Conf,
  insert: Insert,
  query: PlanSyntax,
): Promise<Written & { readonly location: string }> => {
  const name = tableName(insert.table, currentDatabase(conf))
  const warehouse = new Warehouse(conf)
  const record = warehouse.find(name)
  if (record === undefined)
    throw new SqlError('TABLE_OR_VIEW_NOT_FOUND', `there is no table ${text(name)}: CREATE TABLE makes one`)
  if (record.kind === 'view')
    throw new SqlError('UNSUPPORTED_INSERT.NOT_ALLOWED', `${text(name)} is a view: nothing is written to it`)
  const { fixed, overwrite } = insert
  const partition = [...fixed.keys()].find(
    (key) => !record.partitionedBy.some((known) => known.toLowerCase() === key.toLowerCase()),
  )
  if (partition !== undefined)
    throw new SqlError('NON_PARTITION_COLUMN', `${text(name)} is not partitioned by ${partition}`)
  const rows = rowsForTable(text(name), record, query, await runner.schema(query), insert)
  const root = warehouse.dataOf(name, record)
  const base = { format: record.format, options: record.options, mode: overwrite ? 'overwrite' : 'append' } as const
  if (fixed.size === 0 || !overwrite) {
    const written = await runner.write(rows, { ...base, path: root, partitionBy: record.partitionedBy })
    return { ...written, location: root }
  }
  // Only the named partition is overwritten: its own directory.
  const inside = record.partitionedBy.map((key) => partitionDirectory(text(name), key, fixed))
  const kept = record.schema.fields.filter(({ name: field }) => !record.partitionedBy.includes(field))
  const path = join(root, ...inside)
  const written = await runner.write(
    select(
      rows,
      kept.map((field) => column(field.name)),
    ),
    { ...base, path, partitionBy: [] },
  )
  return { ...written, location: path }
}

const partitionDirectory = (table: string, key: string, fixed: InsertTarget['fixed']): string => {
  const value = [...fixed].find(([name]) => name.toLowerCase() === key.toLowerCase())?.[1]
  if (value === undefined)
    throw userError(`INSERT OVERWRITE ${table}: name a value for every partition column, or for none`)
  const written = value.kind === 'literal' ? String(value.value) : ''
  if (value.kind !== 'literal' || typeof value.value === 'object' || !/^[\w-]+$/.test(written))
    throw userError(
      `INSERT OVERWRITE ${table}: the value of ${key} must be a plain number or text of letters, digits, _ and -`,
    )
  return `${key}=${written}`
}

/** df.write.saveAsTable. */
export const saveAsTable = async (
  runner: QueryRunner,
  conf: Conf,
  plan: PlanSyntax,
  parts: readonly string[],
  settings: {
    readonly format: string
    readonly mode: SaveMode
    readonly options: Readonly<Record<string, string>>
    readonly partitionBy: readonly string[]
  },
): Promise<void> => {
  const there = findTable(conf, parts) !== undefined
  if (there && settings.mode === 'ignore') return
  if (there && settings.mode === 'append') {
    const target = { table: parts, overwrite: false, byName: true, columns: undefined, fixed: new Map() }
    await insertInto(runner, conf, target, plan)
    return
  }
  const statement = {
    name: parts,
    ifNotExists: false,
    replace: settings.mode === 'overwrite',
    format: settings.format,
    options: settings.options,
    partitionedBy: settings.partitionBy,
    properties: {},
  }
  await createTable(runner, conf, statement, plan)
}

export const dropTable = (conf: Conf, parts: readonly string[], ifExists: boolean, kind: 'table' | 'view'): void => {
  const name = tableName(parts, currentDatabase(conf))
  const warehouse = new Warehouse(conf)
  const known = warehouse.find(name)
  if (known === undefined) {
    if (ifExists) return
    throw new SqlError('TABLE_OR_VIEW_NOT_FOUND', `there is no ${kind} ${text(name)}`)
  }
  if (known.kind !== kind)
    throw new SqlError(
      'WRONG_COMMAND_FOR_OBJECT_TYPE',
      `${text(name)} is a ${known.kind}: write DROP ${known.kind.toUpperCase()}`,
    )
  warehouse.drop(name)
}

/** Keeps a view's text; its names are looked up again whenever it is used. Throws what is wrong with the query. */
export const createView = async (
  runner: QueryRunner,
  conf: Conf,
  statement: StatementOf<'create-view'>,
  temporary: (name: string) => boolean,
): Promise<void> => {
  const name = tableName(statement.name, currentDatabase(conf))
  const warehouse = new Warehouse(conf)
  const known = warehouse.find(name)
  if (known !== undefined && statement.ifNotExists) return
  if (known?.kind === 'table') throw new SqlError('EXPECT_VIEW_NOT_TABLE', `${text(name)} is a table: drop it first`)
  const { queryText, columns } = statement
  const view = relationNames(statement.query).find((one) => one.length === 1 && temporary(one[0]!.toLowerCase()))
  if (view !== undefined)
    throw new SqlError(
      'INVALID_TEMP_OBJ_REFERENCE',
      `${text(name)} cannot be kept: it names the temporary view ${view[0]}; write CREATE TEMPORARY VIEW`,
    )
  const query = parseQuery(queryText, { timeZone: timeZone(conf) })
  await runner.schema(columns === undefined ? query : { kind: 'rename-all', input: query, names: columns })
  const record: TableRecord = {
    kind: 'view',
    query: queryText,
    database: currentDatabase(conf),
    ...(columns === undefined ? {} : { columns }),
  }
  warehouse.put(name, record, statement.replace)
}

const relationNames = (node: unknown): readonly (readonly string[])[] => {
  if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return []
  const plan = node as PlanSyntax
  const own = plan.kind === 'relation' ? [plan.name] : []
  return [...own, ...Object.values(node).flatMap(relationNames)]
}
