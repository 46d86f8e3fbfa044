import { parseBoolean } from '../conf.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { userError } from '../errors.ts'
import type { FileFormat, FileOptions } from '../sql/statement.ts'
import { parseSchema } from './data-type.ts'
import { FILE_LIST } from './file-source.ts'

/**
 * A read the way Spark's reader options ask for it. `names`: the columns are to be called _c0, _c1 … .
 * Source of names and defaults: Spark SQL guide, "CSV Files", "JSON Files", "Parquet Files", "Text Files".
 */
export interface SparkRead {
  readonly template: string
  readonly positionalNames: boolean
  readonly schema: readonly { readonly name: string; readonly type: string }[] | undefined
}

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
  sep: text('delim'),
  delimiter: text('delim'),
  quote: text('quote'),
  escape: text('escape'),
  nullvalue: text('nullstr'),
  comment: text('comment'),
  encoding: text('encoding'),
  charset: text('encoding'),
  multiline: ignored,
  compression: COMPRESSION,
  mode: (value) => {
    const mode = value.toUpperCase()
    if (mode === 'FAILFAST') return []
    if (mode === 'DROPMALFORMED') return ['ignore_errors = true']
    throw userError(
      `mode ${value} is not supported for CSV: a malformed row is an error (FAILFAST), or DROPMALFORMED drops it`,
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
}

const TEXT: Readonly<Record<string, Handler>> = { compression: COMPRESSION }

const HANDLERS: Readonly<Record<FileFormat, Readonly<Record<string, Handler>>>> = {
  parquet: PARQUET,
  csv: CSV,
  json: JSON_OPTIONS,
  text: TEXT,
}

/** Throws EngineError for an option that cannot be honoured: none is passed over in silence. */
export const sparkRead = (format: FileFormat, options: FileOptions): SparkRead => {
  const lower: Record<string, string> = {}
  for (const [key, value] of Object.entries(options)) lower[key.toLowerCase()] = value
  const { schema: ddl, ...rest } = lower
  const schema = ddl === undefined ? undefined : parseSchema(ddl)
  const given: string[] = []
  for (const [key, value] of Object.entries(rest)) {
    const handler = HANDLERS[format][key]
    if (handler === undefined)
      throw userError(`the option "${key}" of ${format} files is not supported by the bundled engine`)
    given.push(...handler(value, key))
  }
  switch (format) {
    case 'parquet':
      return { template: select('read_parquet', given), positionalNames: false, schema }
    case 'json':
      return {
        template: select('read_json', [...given, ...fixedColumns(schema)]),
        positionalNames: false,
        schema: undefined,
      }
    case 'text':
      return {
        template: select('read_csv', [
          ...given,
          `columns = {'value': 'VARCHAR'}`,
          'auto_detect = false, header = false',
          `delim = '', quote = '', escape = '', null_padding = true`,
        ]),
        positionalNames: false,
        schema: undefined,
      }
    case 'csv':
      return csvRead(lower, given, schema)
  }
}

const csvRead = (options: FileOptions, given: readonly string[], schema: SparkRead['schema']): SparkRead => {
  const header = flag(options.header ?? 'false', 'header')
  const infer = flag(options.inferschema ?? 'false', 'inferSchema')
  const args = [...given, `header = ${header}`, ...fixedColumns(schema)]
  if (options.sep === undefined && options.delimiter === undefined) args.push(`delim = ','`)
  if (options.quote === undefined) args.push(`quote = '"'`)
  if (options.escape === undefined) args.push(`escape = '"'`)
  if (!infer && schema === undefined) args.push('all_varchar = true')
  return { template: select('read_csv', args), positionalNames: !header && schema === undefined, schema: undefined }
}

const fixedColumns = (schema: SparkRead['schema']): readonly string[] =>
  schema === undefined
    ? []
    : [`columns = {${schema.map(({ name, type }) => `${quoteName(name)}: ${quoteText(type)}`).join(', ')}}`]

const select = (reader: string, args: readonly string[]): string =>
  `SELECT * FROM ${reader}(${[FILE_LIST, ...args].join(', ')})`
