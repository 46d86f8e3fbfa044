import { type Conf, confChoice, confInteger } from '../conf.ts'
import type { Engine } from '../engine.ts'
import { functionNames, lookupFunction } from '../functions/registry.ts'
import { StorageLevel } from '../rdd/storage-level.ts'
import { redact, redactionPattern } from '../rest/environment-info.ts'
import type { ShownRows, WrittenFiles } from '../result-summary.ts'
import { tableText } from '../sinks/table-text.ts'
import { fileFormat } from '../sources/file-format.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { StatementOf, StatementSyntax } from '../sql/statement-syntax.ts'
import type { PlanSyntax } from '../sql/syntax.ts'
import type { StructType } from '../types/data-type.ts'
import { simpleString } from '../types/type-name.ts'
import { jsonLines, showText } from './first-rows.ts'
import { QueryRunner } from './query-runner.ts'
import type { SessionRows } from './session-rows.ts'
import { createTable, createView, dropTable, findTable, insertInto } from './table-commands.ts'
import { plainName, tableName } from './table-record.ts'
import { bindViews, type Views, withoutView, withView } from './views.ts'
import { currentDatabase, usingDatabase, Warehouse } from './warehouse.ts'

const MAX_ROWS = 20

/** What a script changes as it runs. */
export interface ScriptState {
  readonly views: Views
  readonly conf: Conf
}

/** Where results of statements go. */
export interface ScriptOutput {
  readonly print: (text: string) => void
  /** Told of what was printed, as values, and of files that were written. */
  readonly shown: (rows: ShownRows) => void
  readonly wrote: (files: WrittenFiles) => void
}

/** Carries out one statement. The state after it is `changedState`'s. Throws SqlError, EngineError. */
export const runStatement = async (
  engine: Engine,
  statement: StatementSyntax,
  before: ScriptState,
  rows: SessionRows,
  output: ScriptOutput,
): Promise<void> => {
  const runner = new QueryRunner(engine, before.conf, rows)
  try {
    await carryOut(runner, statement, before, rows, output)
  } finally {
    await runner.release()
  }
}

const carryOut = async (
  runner: QueryRunner,
  statement: StatementSyntax,
  before: ScriptState,
  rows: SessionRows,
  output: ScriptOutput,
): Promise<void> => {
  const { views, conf } = before
  const bound = (plan: PlanSyntax): PlanSyntax => bindViews(plan, views)
  const table = (names: readonly string[], cells: readonly (readonly (string | null)[])[]): void =>
    output.print(tableText(names, cells, { truncate: 0, more: false }))
  switch (statement.kind) {
    case 'query':
      return showQuery(runner, bound(statement.query), conf, output)
    case 'explain':
      output.print(await runner.explain(bound(explained(statement)), mode(statement)))
      return
    case 'create-view':
    case 'create-view-using':
      if (statement.kind === 'create-view' && !statement.temporary)
        return createView(runner, conf, statement, (name) => views.has(name))
      // Bound at once, so that its errors come where it is made and not where it is first used.
      await runner.schema(bound(viewPlan(statement)))
      return
    case 'insert-directory': {
      const { path = statement.options.path, format, query } = statement
      const { path: _, ...options } = statement.options
      const known = format.toLowerCase() === 'delta' ? 'delta' : fileFormat(format)
      if (path === undefined) throw refused('INSERT OVERWRITE DIRECTORY needs a path')
      if (known === undefined)
        throw refused(`files of the format ${format} cannot be written: parquet, csv, json, text and delta can`)
      const target = { path, format: known, options, mode: 'overwrite', partitionBy: [] } as const
      const { files, rows: count } = await runner.write(bound(query), target)
      output.wrote({ location: path, files, rows: count })
      return
    }
    case 'show-settings': {
      const { key } = statement
      const shown = Object.fromEntries(Object.entries(conf).filter(([name]) => key === undefined || name === key))
      const entries = redact(shown, redactionPattern(conf))
      output.print(
        entries.length === 0 ? `${key}: not set\n` : entries.map(([name, value]) => `${name}=${value}\n`).join(''),
      )
      return
    }
    case 'cache': {
      const plan = views.get(lastName(statement.name)) ?? statement.query
      if (plan === undefined) throw notFound(statement.name, views)
      const kept = statement.query === undefined ? plan : bound(statement.query)
      rows.persist(kept, StorageLevel.MEMORY_AND_DISK)
      if (!statement.lazy) await runner.keep(kept)
      return
    }
    case 'show':
      return show(runner, statement, before, table)
    case 'describe-table':
      return describeTable(runner, statement, before, table)
    case 'describe-query':
      return describe(await runner.schema(bound(statement.query)), undefined, table)
    case 'describe-function': {
      const name = statement.name.join('.')
      const found = lookupFunction(name.toLowerCase())
      if (found === undefined)
        throw new SqlError(
          'UNRESOLVED_ROUTINE',
          `there is no function ${name}: SHOW FUNCTIONS lists them`,
          statement.at,
        )
      table(['function_desc'], [[`Function: ${found.name}`], [`Kind: ${found.kind}`]])
      return
    }
    case 'describe-database':
      table(['info_name', 'info_value'], [['Namespace Name', statement.name.join('.')]])
      return
    case 'drop-view':
      if (!views.has(lastName(statement.name))) dropTable(conf, statement.name, statement.ifExists, 'view')
      return
    case 'create-database':
      return new Warehouse(conf).createDatabase(databaseOf(statement.name), statement.ifNotExists)
    case 'drop-database':
      return new Warehouse(conf).dropDatabase(databaseOf(statement.name), statement.ifExists, statement.cascade)
    case 'use': {
      const warehouse = new Warehouse(conf)
      const database = databaseOf(statement.name)
      if (!warehouse.hasDatabase(database)) throw warehouse.noDatabase(database)
      return
    }
    case 'set':
    case 'reset':
    case 'uncache':
    case 'clear-cache':
    case 'refresh':
    case 'refresh-path':
      return
    case 'create-table': {
      const query = statement.query === undefined ? undefined : bound(statement.query)
      const written = await createTable(runner, conf, statement, query)
      if (written !== undefined)
        output.wrote({ location: statement.name.join('.'), files: written.files, rows: written.rows })
      return
    }
    case 'drop-table':
      return dropTable(conf, statement.name, statement.ifExists, 'table')
    case 'insert': {
      if (statement.ifNotExists) throw refused('INSERT … IF NOT EXISTS: look with SELECT whether rows are there')
      const { table: into, overwrite, byName, columns, partition } = statement
      const fixed = new Map(partition.flatMap(({ column, value }) => (value === undefined ? [] : [[column, value]])))
      const target = { table: into, overwrite, byName, columns, fixed }
      const { files, rows: count, location } = await insertInto(runner, conf, target, bound(statement.query))
      output.wrote({ location, files, rows: count })
      return
    }
  }
}

/** The part of a statement that only changes names and settings; pure but for the rows that are let go. */
export const changedState = (statement: StatementSyntax, state: ScriptState, rows: SessionRows): ScriptState => {
  const { views, conf } = state
  switch (statement.kind) {
    case 'set':
      return { views, conf: { ...conf, [statement.key]: statement.value } }
    case 'reset': {
      const kept = Object.entries(conf).filter(([key]) => statement.key !== undefined && key !== statement.key)
      return { views, conf: Object.fromEntries(kept) }
    }
    case 'create-view':
    case 'create-view-using': {
      const name = lastName(statement.name)
      if (statement.kind === 'create-view') {
        if (!statement.temporary) return state
        if (statement.ifNotExists && views.has(name)) return state
      }
      return { conf, views: withView(views, name, bindViews(viewPlan(statement), views), statement.replace) }
    }
    case 'drop-view': {
      const name = lastName(statement.name)
      return { conf, views: withoutView(views, name) }
    }
    case 'use':
      return { views, conf: usingDatabase(conf, databaseOf(statement.name)) }
    case 'cache': {
      if (statement.query === undefined) return state
      const name = lastName(statement.name)
      const plan = bindViews(statement.query, views)
      return { conf, views: withView(views, name, plan, false) }
    }
    case 'uncache': {
      const plan = views.get(lastName(statement.name))
      if (plan !== undefined) rows.unpersist(plan)
      else if (!statement.ifExists) throw notFound(statement.name, views)
      return state
    }
    case 'clear-cache':
      rows.clear()
      return state
    default:
      return state
  }
}

const showQuery = async (runner: QueryRunner, plan: PlanSyntax, conf: Conf, output: ScriptOutput): Promise<void> => {
  const most = confInteger(conf, 'spark.bellows.sql.maxRows', MAX_ROWS)
  const form = confChoice(conf, 'spark.bellows.sql.output', 'table', ['table', 'json'])
  const rows = await runner.first(plan, most)
  output.print(form === 'json' ? jsonLines(rows) : showText(rows))
  output.shown(rows)
}

const viewPlan = (statement: StatementOf<'create-view'> | StatementOf<'create-view-using'>): PlanSyntax => {
  if (statement.kind === 'create-view') {
    const { query, columns } = statement
    return columns === undefined ? query : { kind: 'rename-all', input: query, names: columns }
  }
  const { format, options, schema, name } = statement
  const { path, ...rest } = options
  if (path === undefined && format.toLowerCase() !== 'jdbc')
    throw refused(`the view ${name.join('.')} needs OPTIONS (path '…')`)
  return {
    kind: 'files',
    format,
    paths: path === undefined ? [] : [path],
    options: rest,
    ...(schema === undefined ? {} : { schema }),
  }
}

const explained = (statement: StatementOf<'explain'>): PlanSyntax => {
  const { statement: inner } = statement
  if (inner.kind === 'query' || inner.kind === 'insert-directory') return inner.query
  if (inner.kind === 'create-view' || inner.kind === 'create-view-using') return viewPlan(inner)
  throw refused('EXPLAIN tells of queries: this statement has no plan')
}

const mode = ({ mode: wanted }: StatementOf<'explain'>): 'simple' | 'extended' | 'cost' | 'formatted' => {
  if (wanted === 'codegen')
    throw refused('EXPLAIN CODEGEN: no code is generated here; EXPLAIN FORMATTED shows the SQL of each stage')
  return wanted
}

type Table = (names: readonly string[], cells: readonly (readonly (string | null)[])[]) => void

const show = async (
  runner: QueryRunner,
  statement: StatementOf<'show'>,
  { views, conf }: ScriptState,
  table: Table,
): Promise<void> => {
  const like = statement.like === undefined ? undefined : patternOf(statement.like)
  const matching = (names: readonly string[]) => names.filter((name) => like === undefined || like.test(name))
  switch (statement.what) {
    case 'tables':
    case 'views': {
      const warehouse = new Warehouse(conf)
      const database = statement.in === undefined ? currentDatabase(conf) : databaseOf(statement.in)
      if (!warehouse.hasDatabase(database)) throw warehouse.noDatabase(database)
      const kept = matching(warehouse.names(database)).filter(
        (name) => statement.what === 'tables' || warehouse.find({ database, table: name })?.kind === 'view',
      )
      return table(
        ['namespace', statement.what === 'tables' ? 'tableName' : 'viewName', 'isTemporary'],
        [
          ...kept.map((name) => [database, name, 'false']),
          ...matching([...views.keys()]).map((name) => ['', name, 'true']),
        ],
      )
    }
    case 'functions':
      return table(
        ['function'],
        statement.scope === 'user' ? [] : matching([...functionNames()].toSorted()).map((name) => [name]),
      )
    case 'databases':
      return table(
        ['namespace'],
        matching(new Warehouse(conf).databases()).map((name) => [name]),
      )
    case 'columns': {
      const { fields } = await runner.schema(bindViews(relation(statement.in ?? []), views))
      return table(
        ['col_name'],
        fields.map(({ name }) => [name]),
      )
    }
  }
}

/** SHOW … LIKE: `*` is any text, `|` parts alternatives. */
const patternOf = (text: string): RegExp =>
  new RegExp(`^(?:${text.replace(/[.+?^${}()[\]\\]/g, '\\$&').replaceAll('*', '.*')})$`, 'i')

const describe = (
  { fields }: StructType,
  column: readonly string[] | undefined,
  table: Table,
  more: readonly (readonly (string | null)[])[] = [],
): void => {
  const wanted = column?.join('.').toLowerCase()
  const rows = fields.filter(({ name }) => wanted === undefined || name.toLowerCase() === wanted)
  table(
    ['col_name', 'data_type', 'comment'],
    [...rows.map(({ name, type }) => [name, simpleString(type), null]), ...more],
  )
}

/** EXTENDED adds what the warehouse knows. */
const describeTable = async (
  runner: QueryRunner,
  { name, column, extended }: StatementOf<'describe-table'>,
  { views, conf }: ScriptState,
  table: Table,
): Promise<void> => {
  const schema = await runner.schema(bindViews(relation(name), views))
  const known = views.has(lastName(name)) ? undefined : findTable(conf, name)
  const record = known?.record
  const partitions = record?.kind === 'table' ? record.partitionedBy : []
  const more: (readonly (string | null)[])[] = []
  if (partitions.length > 0) {
    more.push(['# Partition Information', '', ''], ['# col_name', 'data_type', 'comment'])
    for (const { name: field, type } of schema.fields)
      if (partitions.includes(field)) more.push([field, simpleString(type), null])
  }
  if (extended && record !== undefined) {
    const { database, table: last } = tableName(name, currentDatabase(conf))
    more.push(['', '', ''], ['# Detailed Table Information', '', ''], ['Database', database, ''], ['Table', last, ''])
    if (record.kind === 'table') {
      more.push(['Type', record.location === undefined ? 'MANAGED' : 'EXTERNAL', ''], ['Provider', record.format, ''])
      more.push(['Location', new Warehouse(conf).dataOf({ database, table: last }, record), ''])
    } else more.push(['Type', 'VIEW', ''], ['View Text', record.query, ''])
    if (record.comment !== undefined) more.push(['Comment', record.comment, ''])
  }
  describe(schema, column, table, column === undefined ? more : [])
}

const relation = (name: readonly string[]): PlanSyntax => ({ kind: 'relation', name })

const databaseOf = (name: readonly string[]): string => {
  const rest = name.length > 1 && name[0]?.toLowerCase() === 'spark_catalog' ? name.slice(1) : name
  if (rest.length !== 1) throw refused(`${name.join('.')} is no name of a database: it is one word`)
  return plainName(rest[0]!)
}

const lastName = (name: readonly string[]): string => (name.at(-1) ?? '').toLowerCase()

const notFound = (name: readonly string[], views: Views): SqlError => {
  const known = [...views.keys()]
  const there = known.length === 0 ? 'no views have been created' : `the views are ${known.join(', ')}`
  return new SqlError('TABLE_OR_VIEW_NOT_FOUND', `there is no view ${name.join('.')}: ${there}`)
}

const refused = (message: string): SqlError => new SqlError('UNSUPPORTED_FEATURE', message)
