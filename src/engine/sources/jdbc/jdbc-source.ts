import { createHash } from 'node:crypto'
import { quoteName, quoteText } from '../../duckdb/quote.ts'
import { userError } from '../../errors.ts'
import type { DataSource, ReadRequest, ScanRequest } from '../data-source.ts'
import { FILE_LIST, type FileSource } from '../file-source.ts'
import type { FilterValue, SourceFilter } from '../source-filter.ts'
import type { JdbcConnection } from '../source-input.ts'
import { type JdbcOptions, jdbcOptions, placeOf } from './jdbc-options.ts'
import { partitionClauses } from './partition-clauses.ts'
import { type PostgresType, postgresType } from './postgres-type.ts'
import { type TableFacts, tableFacts } from './table-facts.ts'

/** Everything the SQL for Postgres is made of. */
interface Detail {
  readonly connection: JdbcConnection
  readonly from: string
  readonly columns: readonly { readonly name: string; readonly type: PostgresType }[]
  readonly partitions: readonly string[]
  readonly bytes: number
  readonly options: JdbcOptions
}

/** Bytes of the longest row as text; the reader's buffer is twice as large. */
const LONGEST_LINE = 8 * 2 ** 20

const isDetail = (source: FileSource): Detail => source.provider?.detail as Detail

/** The literal, or undefined where Postgres would compare in another way. */
const literal = (value: FilterValue, type: PostgresType): string | undefined => {
  switch (value.kind) {
    case 'number':
      return type.compares === 'number' ? value.text : undefined
    case 'string':
      return type.compares === 'string' ? quoteText(value.text) : undefined
    case 'boolean':
      return type.compares === 'boolean' ? String(value.value) : undefined
    case 'date':
      return type.compares === 'date' ? `DATE '${value.text}'` : undefined
    case 'timestamp':
      if (value.instant) return type.compares === 'instant' ? `TIMESTAMPTZ '${value.text}+00'` : undefined
      return type.compares === 'timestamp' ? `TIMESTAMP '${value.text}'` : undefined
  }
}

const condition = (filter: SourceFilter, columns: Detail['columns']): string | undefined => {
  const type = columns.find(({ name }) => name === filter.column)?.type
  if (type === undefined) return undefined
  const column = quoteName(filter.column)
  switch (filter.kind) {
    case 'null':
      return `${column} IS ${filter.not ? 'NOT ' : ''}NULL`
    case 'in': {
      const values = filter.values.map((value) => literal(value, type))
      return values.length === 0 || values.includes(undefined) ? undefined : `${column} IN (${values.join(', ')})`
    }
    case 'compare': {
      const value = literal(filter.value, type)
      if (value === undefined) return undefined
      // Texts compare by their bytes here, in Postgres by the collation.
      const collated = type.compares === 'string' && filter.how !== '=' ? `${column} COLLATE "C"` : column
      return `${collated} ${filter.how} ${value}`
    }
  }
}

const build = (detail: Detail, request: ScanRequest | undefined): FileSource => {
  const { connection, from, partitions, bytes, options } = detail
  const columns =
    request === undefined ? detail.columns : detail.columns.filter(({ name }) => request.columns.includes(name))
  const wanted = options.pushFilters ? (request?.filters ?? []).map((filter) => condition(filter, detail.columns)) : []
  const conditions = wanted.filter((text) => text !== undefined)
  const all = request !== undefined && conditions.length === request.filters.length
  const limit = all && options.pushLimit && request.limit !== undefined ? ` LIMIT ${request.limit}` : ''
  // A row of one null would be an empty line, which is no row.
  const sent = [...columns.map(({ name, type }) => type.send(quoteName(name))), '1'].join(', ')
  const sql = partitions.map((partition) => {
    const where = [partition, ...conditions].filter((text) => text !== '').map((text) => `(${text})`)
    return `SELECT ${sent} FROM ${from}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`}${limit}`
  })
  const read = columns.map(({ name, type }, index) => `${type.read(`c${index}`)} AS ${quoteName(name)}`)
  const texts = [...columns.map((_, index) => `'c${index}': 'VARCHAR'`), `'last': 'VARCHAR'`].join(', ')
  const template =
    `SELECT ${read.length === 0 ? 'last' : read.join(', ')} FROM read_csv(${FILE_LIST}, columns = {${texts}}, auto_detect = false, ` +
    `header = false, delim = ',', quote = '"', escape = '"', nullstr = '', allow_quoted_nulls = false, new_line = '\\n', ` +
    `max_line_size = ${LONGEST_LINE}, buffer_size = ${2 * LONGEST_LINE}, parallel = false)`
  const place = placeOf(connection)
  const shown = `SELECT ${columns.map(({ name }) => quoteName(name)).join(', ') || '1'} FROM ${from}${
    conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`
  }${limit}`
  const { password: _, ...visible } = connection
  const digest = createHash('sha256')
    .update(JSON.stringify([visible, sql, template]))
    .digest('hex')
    .slice(0, 16)
  return {
    key: `jdbc ${place} ${digest}`,
    label: request === undefined ? `${place} ${from}` : `${place} PushedQuery: ${shown}`,
    format: 'csv',
    files: sql.map((text, index) => ({
      path: `${place}#${digest}/${index}`,
      bytes: Math.ceil(bytes / sql.length),
      input: { kind: 'jdbc', connection, sql: text },
    })),
    template,
    partTemplate: template,
    whyWhole: sql.length > 1 ? undefined : 'no partitionColumn says how to cut the table',
    columns: columns.map(({ name, type }) => ({ name, type: type.type })),
    provider: { name: 'jdbc', detail },
    fixedParts: true,
  }
}

/** Tables and queries of a Postgres server, read by COPY, a connection a partition. */
export const jdbcSource: DataSource = {
  name: 'jdbc',
  open: async (_, { options, schema, paths }: ReadRequest) => {
    if (schema !== undefined)
      throw userError('format jdbc takes no schema: the table has one; cast columns in the query')
    if (paths.length > 0) throw userError('format jdbc takes no path: give the options url and dbtable')
    const parsed = jdbcOptions(options)
    const facts: TableFacts = await tableFacts(parsed)
    const columns = facts.columns.map((column) => ({
      name: column.name,
      type: postgresType(column, parsed.preferNtz),
    }))
    const { partition, connection, from } = parsed
    const cut = partition && facts.columns.find(({ name }) => name.toLowerCase() === partition.column.toLowerCase())
    const partitions =
      partition === undefined
        ? ['']
        : partitionClauses(partition, cut?.typeName, quoteName(cut?.name ?? partition.column))
    return build({ connection, from, columns, partitions, bytes: facts.bytes, options: parsed }, undefined)
  },
  narrow: (source, request) => build(isDetail(source), request),
}
