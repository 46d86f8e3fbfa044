import { open } from 'node:fs/promises'
import type { ColumnType, Connection } from '../duckdb/database.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { EngineError, userError } from '../errors.ts'
import { type CsvRead, csvTemplate } from './csv-read.ts'
import type { FileFormat, FileOptions } from './file-format.ts'
import { FILE_LIST, type FileSource, fileList, readFiles } from './file-source.ts'
import { isUrl, listFiles, type SourceFile } from './list-files.ts'
import { type ReadSchema, type SparkRead, sparkRead } from './read-options.ts'
import { isS3 } from './s3/object-path.ts'
import type { SourceCache } from './source-cache.ts'

/** What opening a source needs from its surroundings. */
export interface SourceContext {
  readonly connection: Connection
  /** A local path with the content of a URL or an object, or with as much as reading its metadata takes. */
  readonly fetch: (file: SourceFile, what: 'metadata' | 'whole') => Promise<string>
  /** The objects that a path of an object store stands for. */
  readonly objects: (path: string) => Promise<readonly SourceFile[]>
  /** Absent: files are looked into each time. */
  readonly cache?: SourceCache
}

/** Files as Spark's reader sees them: its option names and its defaults. */
export const openSparkSource = async (
  context: SourceContext,
  format: FileFormat,
  paths: readonly string[],
  options: FileOptions,
  schema?: ReadSchema,
): Promise<FileSource> => {
  const read = sparkRead(format, options, schema)
  const files = (await Promise.all(paths.map((path) => (isS3(path) ? context.objects(path) : listFiles(path))))).flat()
  const label = `${format} ${paths.join(', ')}`
  const describeFiles = () => describeSource(context, format, label, files, read)
  if (context.cache === undefined) return describeFiles()
  return context.cache.get(JSON.stringify(['source', label, options, schema]), files, describeFiles)
}

const describeSource = async (
  context: SourceContext,
  format: FileFormat,
  label: string,
  files: readonly SourceFile[],
  read: SparkRead,
): Promise<FileSource> => {
  if (read.kind === 'csv') return openCsv(context, label, files, read.read)
  const first = await openSource(context, format, label, files, read.template)
  if (read.schema === undefined) return first
  const casts = read.schema.map(({ name, type }) => `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`)
  return openSource(context, format, label, files, first.template.replace('SELECT *', `SELECT ${casts.join(', ')}`))
}

const openCsv = async (
  context: SourceContext,
  label: string,
  files: readonly SourceFile[],
  read: CsvRead,
): Promise<FileSource> => {
  const local = await localFiles(context, files, 'whole')
  const named = files.map(({ path }, index) => ({ path, local: local[index]?.path ?? path }))
  try {
    const template = await readable(label, () => csvTemplate(context.connection, read, named))
    return await openSource(context, 'csv', label, files, template, true)
  } catch (error) {
    if (!(error instanceof EngineError) || error.message.startsWith('cannot read ')) throw error
    throw userError(`cannot read ${label}: ${error.message}`, error)
  }
}

/**
 * Files with a template; binds it once to learn the columns. `alike`: the template says names and types, and each file
 * was found to have them. Throws EngineError that names the files.
 */
export const openSource = async (
  context: SourceContext,
  format: FileFormat,
  label: string,
  files: readonly SourceFile[],
  template: string,
  alike = false,
): Promise<FileSource> => {
  const local = await localFiles(context, files, format === 'parquet' ? 'metadata' : 'whole')
  const columns = await describe(
    context,
    label,
    readFiles(
      template,
      local.map(({ path }) => path),
    ),
  )
  const sized = files.map((file, index) => ({ ...file, bytes: local[index]?.bytes ?? file.bytes }))
  const key = JSON.stringify([template, sized])
  const parts = await partTemplate(context, format, template, local, columns, alike)
  return { key, label, format, files: sized, template, columns, ...parts }
}

const localFiles = (
  context: SourceContext,
  files: readonly SourceFile[],
  what: 'metadata' | 'whole',
): Promise<readonly SourceFile[]> =>
  Promise.all(
    files.map(async (file) => {
      if (file.input !== undefined) return { ...file, path: await context.fetch(file, what) }
      if (!isUrl(file.path)) return file
      const path = await context.fetch(file, what)
      const handle = await open(path)
      try {
        return { path, bytes: (await handle.stat()).size }
      } finally {
        await handle.close()
      }
    }),
  )

const describe = (context: SourceContext, label: string, sql: string): Promise<readonly ColumnType[]> =>
  readable(label, () => context.connection.describe(sql))

const readable = async <T>(label: string, read: () => Promise<T>): Promise<T> => {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof DatabaseError)) throw error
    throw userError(`cannot read ${label}: ${error.message}`, error)
  }
}

type Parts = Pick<FileSource, 'partTemplate' | 'whyWhole'>

const whole = (whyWhole: string): Parts => ({ partTemplate: undefined, whyWhole })

/** A template whose columns do not depend on which of the files are read together. */
const partTemplate = async (
  context: SourceContext,
  format: FileFormat,
  template: string,
  files: readonly SourceFile[],
  columns: readonly ColumnType[],
  alike: boolean,
): Promise<Parts> => {
  if (files.length === 1 && format !== 'parquet') {
    return { partTemplate: template, whyWhole: `one ${format} file is read by one task` }
  }
  const paths = files.map(({ path }) => path)
  const fixed = fixHivePartitions(template, paths, columns)
  if (fixed === undefined) return whole('the partition columns in its paths cannot be read part by part')
  if (columns.some(({ name }) => name.toLowerCase() === 'file_row_number'))
    return whole('it has a column named file_row_number')
  switch (format) {
    case 'text':
      return { partTemplate: fixed, whyWhole: undefined }
    case 'parquet':
      return (await sameParquetSchema(context, paths))
        ? { partTemplate: fixed, whyWhole: undefined }
        : whole('its Parquet files have different schemas')
    case 'csv':
      return alike ? { partTemplate: fixed, whyWhole: undefined } : csvParts(context, template, files, columns)
    case 'json':
      return jsonParts(context, template, paths, columns)
  }
}

const sameParquetSchema = async (context: SourceContext, paths: readonly string[]): Promise<boolean> => {
  if (paths.length === 1) return true
  const [row] = await context.connection.rows(
    'SELECT count(DISTINCT fields) FROM (SELECT file_name, list(struct_pack(a := name, b := type, c := converted_type, ' +
      `d := logical_type, e := num_children, f := scale, g := "precision")) AS fields FROM parquet_schema(${fileList(paths)}) GROUP BY file_name)`,
  )
  return row?.[0] === 1n
}

/** Partition columns in paths (k=v): their types are found over all files, so parts read them as text and cast. */
const fixHivePartitions = (
  template: string,
  paths: readonly string[],
  columns: readonly ColumnType[],
): string | undefined => {
  const keys = new Set(
    (paths[0] ?? '').split('/').flatMap((segment) => /^([^=]+)=[^=]*$/.exec(segment)?.[1]?.toLowerCase() ?? []),
  )
  const partitioned = columns.filter(({ name }) => keys.has(name.toLowerCase()))
  if (partitioned.length === 0) return template
  if (template.includes('hive_types_autocast = false'))
    return template.replace(FILE_LIST, `${FILE_LIST}, hive_partitioning = true`)
  if (!template.startsWith('SELECT *') || /hive_/i.test(template)) return undefined
  const list = columns.map(({ name, type }) =>
    partitioned.some((column) => column.name === name)
      ? `CAST(${quoteName(name)} AS ${type}) AS ${quoteName(name)}`
      : quoteName(name),
  )
  return template
    .replace('SELECT *', `SELECT ${list.join(', ')}`)
    .replace(FILE_LIST, `${FILE_LIST}, hive_partitioning = true, hive_types_autocast = false`)
}

const columnsArgument = (columns: readonly ColumnType[]): string =>
  `columns = {${columns.map(({ name, type }) => `${quoteName(name)}: ${quoteText(type)}`).join(', ')}}`

const PLAIN_CSV = /^SELECT \* FROM (?:main\.)?read_csv(?:_auto)?\(/i

const csvParts = async (
  context: SourceContext,
  template: string,
  files: readonly SourceFile[],
  columns: readonly ColumnType[],
): Promise<Parts> => {
  const refuse = whole('its CSV files do not share one header and one dialect')
  if (
    !PLAIN_CSV.test(template) ||
    /union_by_name|columns|names|filename|hive_|\bskip\s*:?=\s*[^0\s]|sample_size/i.test(template)
  )
    return refuse
  const heads = await Promise.all(files.map(({ path }) => firstLine(path)))
  if (heads.some((head) => head === undefined)) return refuse
  const sniff = template.replace(
    PLAIN_CSV,
    'SELECT Delimiter, Quote, Escape, NewLineDelimiter, SkipRows, HasHeader, DateFormat, TimestampFormat FROM sniff_csv(',
  )
  const found: (readonly unknown[])[] = []
  for (const { path } of files) {
    try {
      const rows = await context.connection.rows(sniff.replaceAll(FILE_LIST, () => quoteText(path)))
      if (rows[0] === undefined) return refuse
      found.push(rows[0])
    } catch {
      return refuse
    }
  }
  const [dialect] = found
  if (dialect === undefined || found.some((other) => other.some((value, index) => value !== dialect[index])))
    return refuse
  const [delimiter, quote, escaping, , skip, header, dateFormat, timestampFormat] = dialect
  if (header === true && heads.some((head) => head !== heads[0])) return refuse
  if (skip !== 0n && skip !== 0) return refuse
  const known = (value: unknown) => (value === '(empty)' || value === null ? '' : String(value))
  const extra = [
    'auto_detect = false',
    `delim = ${quoteText(known(delimiter))}`,
    `quote = ${quoteText(known(quote))}`,
    `escape = ${quoteText(known(escaping))}`,
    `header = ${header === true}`,
    columnsArgument(columns),
    ...(known(dateFormat) === '' ? [] : [`dateformat = ${quoteText(known(dateFormat))}`]),
    ...(known(timestampFormat) === '' ? [] : [`timestampformat = ${quoteText(known(timestampFormat))}`]),
  ]
  const kept =
    template.match(/\b(?:(?:nullstr|encoding|comment)\s*:?=\s*'(?:[^']|'')*'|ignore_errors\s*:?=\s*true)/gi) ?? []
  const fixed = `SELECT * FROM read_csv(${[FILE_LIST, ...extra, ...kept].join(', ')})`
  const again = await context.connection
    .describe(
      readFiles(
        fixed,
        files.map(({ path }) => path),
      ),
    )
    .catch(() => [])
  return sameColumns(again, columns) ? { partTemplate: fixed, whyWhole: undefined } : refuse
}

const jsonParts = async (
  context: SourceContext,
  template: string,
  paths: readonly string[],
  columns: readonly ColumnType[],
): Promise<Parts> => {
  const reader = /^SELECT \* FROM (?:main\.)?read_(?:nd)?json(?:_auto)?\(/i
  if (!reader.test(template)) return whole('its JSON is read in a way that cannot be cut')
  if (columns.some(({ type }) => /DATE|TIME/.test(type)))
    return whole('dates in its JSON are recognised over all files together')
  const fixed = /columns\s*:?=/i.test(template) ? template : template.replace(/\)$/, `, ${columnsArgument(columns)})`)
  const again = await context.connection.describe(readFiles(fixed, paths)).catch(() => [])
  return sameColumns(again, columns)
    ? { partTemplate: fixed, whyWhole: undefined }
    : whole('its JSON files have different fields')
}

const sameColumns = (one: readonly ColumnType[], other: readonly ColumnType[]): boolean =>
  one.length === other.length && one.every(({ name, type }, i) => name === other[i]?.name && type === other[i]?.type)

const FIRST_BYTES = 64 * 1024

/** Undefined for compressed files and lines longer than what is read. */
const firstLine = async (path: string): Promise<string | undefined> => {
  const handle = await open(path)
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(FIRST_BYTES), 0, FIRST_BYTES, 0)
    const text = buffer.toString('utf8', 0, bytesRead)
    const end = text.indexOf('\n')
    if (text.startsWith('\u001f') || text.includes('\u0000')) return undefined
    return end < 0 ? (bytesRead < FIRST_BYTES ? text : undefined) : text.slice(0, end)
  } finally {
    await handle.close()
  }
}
