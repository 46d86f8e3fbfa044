import { parseBoolean } from '../conf.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { userError } from '../errors.ts'
import { parseTableSchema } from '../sql/parse.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import type { CsvRead } from './csv-read.ts'
import type { FileFormat, FileOptions } from './file-format.ts'
import { FILE_LIST } from './file-source.ts'

/**
 * A read the way Spark's reader options ask for it.
 * Source of names and defaults: Spark SQL guide, "CSV Files", "JSON Files", "Parquet Files", "Text Files".
 */
export type SparkRead =
  | { readonly kind: 'template'; readonly template: string; readonly schema: CsvRead['schema'] }
  | { readonly kind: 'csv'; readonly read: CsvRead }

/** Names and DuckDB's types of the columns that the user says the files have. */
export type ReadSchema = NonNullable<CsvRead['schema']>

const schemaOf = (ddl: string): ReadSchema =>
  parseTableSchema(ddl).fields.map(({ name, type }) => ({ name, type: duckdbTypeOf(type) }))

type Handler = (value: string, key: string) => readonly string[]

const text =
  (name: string): Handler =>
  (value) => [`${name} = ${quoteText(value)}`]

const flag = (value: string, key: string): boolean => {
  const parsed = parseBoolean(value)
  if (parsed === undefined) throw userError(`the option ${key} is "${value}"; it wants true or false`)
  return parsed
}

const ignored: Handler = () => []

const COMPRESSION: Handler = (value) => [`compression = ${quoteText(value)}`]

const CSV: Readonly<Record<string, Handler>> = {
  header: ignored,
  inferschema: ignored,
  sep: ignored,
  delimiter: ignored,
  quote: ignored,
  escape: ignored,
  nullvalue: text('nullstr'),
  comment: ignored,
  encoding: text('encoding'),
  charset: text('encoding'),
  multiline: ignored,
  compression: COMPRESSION,
  mode: (value) => {
    const mode = value.toUpperCase()
    if (mode === 'FAILFAST') return []
    if (mode === 'DROPMALFORMED') return ['ignore_errors = true']
    throw userError(
      `mode ${value} is not supported for CSV: use FAILFAST (the default here: a malformed row is an error) or DROPMALFORMED (it is dropped)`,
    )
  },
}

const JSON_OPTIONS: Readonly<Record<string, Handler>> = {
  multiline: ignored,
  compression: COMPRESSION,
  mode: (value) => {
    const mode = value.toUpperCase()
    if (mode === 'FAILFAST') return []
    if (mode === 'DROPMALFORMED') return ['ignore_errors = true']
    throw userError(
      `mode ${value} is not supported for JSON: a malformed record is an error (FAILFAST), or DROPMALFORMED drops it`,
    )
  },
}

const PARQUET: Readonly<Record<string, Handler>> = {
  mergeschema: (value, key) => (flag(value, key) ? ['union_by_name = true'] : []),
  // As texts: a table of the warehouse says the types.
  partitioncolumntypeinference: (value, key) => (flag(value, key) ? [] : ['hive_types_autocast = false']),
}

const TEXT: Readonly<Record<string, Handler>> = { compression: COMPRESSION }

const HANDLERS: Readonly<Record<FileFormat, Readonly<Record<string, Handler>>>> = {
  parquet: PARQUET,
  csv: CSV,
  json: JSON_OPTIONS,
  text: TEXT,
}

/** Throws EngineError for an option that cannot be honoured: none is passed over in silence. */
export const sparkRead = (format: FileFormat, options: FileOptions, wanted?: ReadSchema): SparkRead => {
  const lower: Record<string, string> = {}
  for (const [key, value] of Object.entries(options)) lower[key.toLowerCase()] = value
  const { schema: ddl, ...rest } = lower
  const schema = wanted ?? (ddl === undefined ? undefined : schemaOf(ddl))
  const given: string[] = []
  for (const [key, value] of Object.entries(rest)) {
    const handler = HANDLERS[format][key]
    if (handler === undefined)
      throw userError(`the option "${key}" of ${format} files is not supported by the bundled engine`)
    given.push(...handler(value, key))
  }
  switch (format) {
    case 'parquet':
      return { kind: 'template', template: select('read_parquet', given), schema }
    case 'json':
      return {
        kind: 'template',
        template: select('read_json', [...given, ...fixedColumns(schema)]),
        schema: undefined,
      }
    case 'text':
      return {
        kind: 'template',
        template: select('read_csv', [
          ...given,
          `columns = {'value': 'VARCHAR'}`,
          'auto_detect = false, header = false',
          `delim = '', quote = '', escape = '', null_padding = true`,
        ]),
        schema: undefined,
      }
    case 'csv':
      refuseNested(schema)
      return csvRead(lower, given, schema)
  }
}

const refuseNested = (schema: CsvRead['schema']): void => {
  const nested = schema?.find(({ type }) => /[[\]()]/.test(type) && !type.startsWith('DECIMAL'))
  if (nested !== undefined)
    throw userError(
      `[UNSUPPORTED_DATA_TYPE_FOR_DATASOURCE] CSV cannot hold the column ${nested.name}: arrays, maps and structs go into Parquet or JSON`,
    )
}

const csvRead = (options: FileOptions, given: readonly string[], schema: CsvRead['schema']): SparkRead => {
  const delimiter = options.sep ?? options.delimiter ?? ','
  return {
    kind: 'csv',
    read: {
      header: flag(options.header ?? 'false', 'header'),
      infer: flag(options.inferschema ?? 'false', 'inferSchema'),
      dialect: {
        delimiter: delimiter === '\\t' ? '\t' : delimiter,
        quote: options.quote ?? '"',
        escape: options.escape ?? '"',
        comment: options.comment ?? '',
      },
      dropMalformed: options.mode?.toUpperCase() === 'DROPMALFORMED',
      args: given,
      lineArgs: given.filter((argument) => /^(compression|encoding) = /.test(argument)),
      schema,
    },
  }
}

const fixedColumns = (schema: CsvRead['schema']): readonly string[] =>
  schema === undefined
    ? []
    : [`columns = {${schema.map(({ name, type }) => `${quoteName(name)}: ${quoteText(type)}`).join(', ')}}`]

const select = (reader: string, args: readonly string[]): string =>
  `SELECT * FROM ${reader}(${[FILE_LIST, ...args].join(', ')})`
