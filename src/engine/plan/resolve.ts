import { basename } from 'node:path'
import { DatabaseError } from '../duckdb/database-error.ts'
import { userError } from '../errors.ts'
import { FILE_LIST, type FileSource } from '../sources/file-source.ts'
import { listFiles } from '../sources/list-files.ts'
import { openSource, openSparkSource, type SourceContext } from '../sources/open-source.ts'
import {
  baseTable,
  type Expression,
  isObject,
  isQueryNode,
  isTableRef,
  type Json,
  type JsonObject,
  type QueryNode,
  selectNode,
  subqueryRef,
  type TableRef,
  textOf,
} from '../sql/ast.ts'
import { parseQueryText } from '../sql/parse-script.ts'
import { contains } from '../sql/rewrite.ts'
import type { FileFormat, QueryText } from '../sql/statement.ts'
import type { ViewDefinition, Views } from '../sql/views.ts'
import type { Binder } from './binder.ts'
import type { Relation } from './stage.ts'

const READERS: Readonly<Record<string, FileFormat>> = {
  read_parquet: 'parquet',
  parquet_scan: 'parquet',
  read_csv: 'csv',
  read_csv_auto: 'csv',
  read_json: 'json',
  read_json_auto: 'json',
  read_ndjson: 'json',
  read_ndjson_auto: 'json',
}

const EXTENSIONS: readonly (readonly [RegExp, string])[] = [
  [/\.parquet$/i, 'read_parquet'],
  [/\.(csv|tsv)(\.gz|\.zst)?$/i, 'read_csv'],
  [/\.(json|jsonl|ndjson)(\.gz|\.zst)?$/i, 'read_json'],
]

interface Cte {
  readonly node: QueryNode
  readonly columns: readonly string[]
}

/** Names that WITH gives; null for a recursive one, which stays as it is. */
type Ctes = ReadonlyMap<string, Cte | null>

/**
 * Puts relations in place of names: views and WITH queries become subqueries, files become relations of the binder.
 * After it the tree names nothing but relations (and what DuckDB itself has).
 */
export class Resolver {
  private readonly binder: Binder
  private readonly context: SourceContext
  private readonly bySource = new Map<string, string>()
  private readonly byView = new Map<ViewDefinition, Promise<TableRef>>()
  private counter = 0

  constructor(binder: Binder, context: SourceContext) {
    this.binder = binder
    this.context = context
  }

  async query(query: QueryText, views: Views): Promise<QueryNode> {
    const direct = new Map(views)
    for (const { name, format, path } of query.files) {
      if (!direct.has(name.toLowerCase()))
        direct.set(name.toLowerCase(), { kind: 'files', format, paths: [path], options: {} })
    }
    return this.node(await this.binder.parse(query.text), direct, new Map())
  }

  /** Makes the names a query may use known to DuckDB itself, so that errors can point into the query's own text. */
  async nameViews(query: QueryText, views: Views): Promise<void> {
    const direct = query.files.map(
      ({ name, format, path }) => [name, { kind: 'files', format, paths: [path], options: {} }] as const,
    )
    for (const [name, view] of [...views, ...direct] as readonly (readonly [string, ViewDefinition])[]) {
      const table = await this.view(view, name).catch(() => undefined)
      if (table !== undefined) await this.binder.nameView(name, selectNode({ from_table: table }))
    }
  }

  private async node(node: QueryNode, views: Views, outer: Ctes): Promise<QueryNode> {
    const map = (node.cte_map as { readonly map: readonly { readonly key: string; readonly value: JsonObject }[] }).map
    const ctes = new Map(outer)
    const kept: Json[] = []
    for (const { key, value } of map) {
      const query = (value.query as JsonObject).node as QueryNode
      const recursive = contains(query, (part) => String(part.type).startsWith('RECURSIVE'))
      if (recursive) ctes.set(key.toLowerCase(), null)
      const resolved = await this.node(query, views, ctes)
      if (recursive) kept.push({ key, value: { ...value, query: { ...(value.query as JsonObject), node: resolved } } })
      else ctes.set(key.toLowerCase(), { node: resolved, columns: value.aliases as readonly string[] })
    }
    const entries: [string, Json][] = []
    for (const [name, child] of Object.entries(node)) {
      entries.push([name, name === 'cte_map' ? { map: kept } : await this.value(child, views, ctes)])
    }
    return Object.fromEntries(entries) as QueryNode
  }

  private async value(value: Json, views: Views, ctes: Ctes): Promise<Json> {
    if (Array.isArray(value)) {
      const list: Json[] = []
      for (const part of value as readonly Json[]) list.push(await this.value(part, views, ctes))
      return list
    }
    if (!isObject(value)) return value
    if (isQueryNode(value)) return this.node(value, views, ctes)
    if (isTableRef(value)) {
      const table = await this.table(value, views, ctes)
      if (table !== undefined) return table
    }
    const entries: [string, Json][] = []
    for (const [name, child] of Object.entries(value)) entries.push([name, await this.value(child, views, ctes)])
    return Object.fromEntries(entries)
  }

  private async table(ref: TableRef, views: Views, ctes: Ctes): Promise<TableRef | undefined> {
    if (ref.type === 'TABLE_FUNCTION') return this.reader(ref)
    if (ref.type !== 'BASE_TABLE' || ref.schema_name !== '' || ref.catalog_name !== '') return undefined
    const name = String(ref.table_name)
    const given = ref.column_name_alias as readonly string[]
    const renamed = (found: TableRef): TableRef => ({
      ...found,
      alias: ref.alias || name,
      sample: ref.sample ?? null,
      column_name_alias: [...given, ...(found.column_name_alias as readonly string[]).slice(given.length)],
    })
    const cte = ctes.get(name.toLowerCase())
    if (cte === null) return ref
    if (cte !== undefined) return renamed(subqueryRef(cte.node, name, cte.columns))
    const view = views.get(name.toLowerCase())
    if (view !== undefined) return renamed(await this.view(view, name))
    const reader = EXTENSIONS.find(([pattern]) => pattern.test(name))?.[1]
    if (reader === undefined) throw unknownTable(ref, name, views)
    const source = await this.open(reader, [name], `SELECT * FROM ${reader}(${FILE_LIST})`)
    return { ...renamed(await this.relation(source)), alias: ref.alias || basename(name).replace(/\..*$/, '') }
  }

  private view(view: ViewDefinition, name: string): Promise<TableRef> {
    const known = this.byView.get(view)
    if (known !== undefined) return known
    const made = this.openView(view, name)
    this.byView.set(view, made)
    return made
  }

  private async openView(view: ViewDefinition, name: string): Promise<TableRef> {
    switch (view.kind) {
      case 'query':
        return subqueryRef(await this.query(view.query, view.views), name, view.columns)
      case 'files':
        return this.relation(await openSparkSource(this.context, view.format, view.paths, view.options))
      case 'frame': {
        const { sql, views } = await view.compile((text, over) => this.names(text, over))
        return subqueryRef(await this.query(parseQueryText(sql), views), name)
      }
      case 'rows':
        return this.add(await view.path, { kind: 'rows', path: await view.path, columns: view.columns })
    }
  }

  /** The columns of a query, by name. */
  async names(sql: string, views: Views): Promise<readonly string[]> {
    const columns = await this.binder.describe(await this.query(parseQueryText(sql), views))
    return columns.map(({ name }) => name)
  }

  private relation(source: FileSource): Promise<TableRef> {
    return this.add(source.key, { kind: 'source', source, columns: source.columns })
  }

  private async add(key: string, relation: Relation): Promise<TableRef> {
    const known = this.bySource.get(key)
    if (known !== undefined) return baseTable(known, '')
    const name = `bellows_relation_${this.counter++}`
    this.bySource.set(key, name)
    await this.binder.add(name, relation)
    return baseTable(name, '')
  }

  /** read_parquet('…'), read_csv([…], …) and their kin: the files are listed here, once for all tasks. */
  private async reader(ref: TableRef): Promise<TableRef | undefined> {
    const call = ref.function as Expression
    const name = String(call.function_name).toLowerCase()
    if (READERS[name] === undefined) return undefined
    const [first, ...named] = call.children as readonly Expression[]
    const paths = pathsOf(first)
    if (paths === undefined) throw userError(`${name}(…): the paths must be written out as texts`)
    const marked = {
      ...ref,
      alias: '',
      column_name_alias: [],
      function: { ...call, children: [{ ...textConstant(FILE_LIST) }, ...named] },
    }
    const template = (await this.binder.render(selectNode({ from_table: marked }))).replace(`'${FILE_LIST}'`, FILE_LIST)
    const relation = await this.relation(await this.open(name, paths, template))
    return { ...relation, alias: ref.alias || name, column_name_alias: ref.column_name_alias as readonly string[] }
  }

  private async open(reader: string, paths: readonly string[], template: string): Promise<FileSource> {
    const files = (await Promise.all(paths.map(listFiles))).flat()
    return openSource(this.context, READERS[reader] ?? 'parquet', paths.join(', '), files, template)
  }
}

/** The position counts in the text that names the table: the query itself, or a view's. */
const unknownTable = (ref: TableRef, name: string, views: Views): DatabaseError => {
  const known = [...views.keys()].filter((view) => !view.startsWith('__frame'))
  const there = known.length === 0 ? 'no views have been created' : `the views are ${known.join(', ')}`
  return new DatabaseError(
    'Catalog',
    `there is no table or view "${name}": ${there}`,
    Number(ref.query_location),
    undefined,
  )
}

const textConstant = (value: string): Expression => ({
  class: 'CONSTANT',
  type: 'VALUE_CONSTANT',
  alias: '',
  query_location: 0,
  value: { type: { id: 'VARCHAR', type_info: null }, is_null: false, value },
})

const pathsOf = (argument: Expression | undefined): readonly string[] | undefined => {
  const one = textOf(argument)
  if (one !== undefined) return [one]
  const name = String(argument?.function_name ?? '')
  const children =
    argument?.type === 'ARRAY_CONSTRUCTOR' || name === 'list_value'
      ? (argument?.children as readonly Expression[])
      : undefined
  const texts = children?.map((child) => textOf(child))
  return texts?.every((text) => text !== undefined) ? (texts as readonly string[]) : undefined
}

export const isSyntaxError = (error: unknown): error is DatabaseError =>
  error instanceof DatabaseError && error.type.toLowerCase() === 'parser'
