import type { Connection } from '../duckdb/database.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import { userError } from '../errors.ts'
import { type CsvDialect, type CsvHead, firstRecord, headerNames } from './csv-head.ts'
import { FILE_LIST, fileList, readFiles } from './file-source.ts'

/** CSV as Spark's reader options ask for it. */
export interface CsvRead {
  readonly dialect: CsvDialect
  readonly header: boolean
  readonly infer: boolean
  readonly schema: readonly { readonly name: string; readonly type: string }[] | undefined
  readonly dropMalformed: boolean
  /** Further arguments of read_csv. */
  readonly args: readonly string[]
  /** Those of them that say how bytes become lines. */
  readonly lineArgs: readonly string[]
}

interface FileHead {
  readonly file: CsvFile
  readonly head: CsvHead
}

export interface CsvFile {
  /** As the user named it. */
  readonly path: string
  readonly local: string
}

/**
 * A template in which nothing is left to DuckDB's sniffer, which skips lines that do not fit: columns come from the
 * schema or from the first record, all other rows must have as many. Types alone are sniffed, with inferSchema.
 * Throws EngineError that names the file whose first record does not fit, and DatabaseError.
 */
export const csvTemplate = async (
  connection: Connection,
  read: CsvRead,
  files: readonly CsvFile[],
): Promise<string> => {
  const heads: FileHead[] = []
  for (const file of files) {
    const head = await headOf(connection, read, file)
    if (head !== undefined) heads.push({ file, head })
  }
  checkAlike(read, heads)
  const [first] = heads
  const columns = columnsOf(read, first?.head)
  if (columns === undefined)
    throw userError(`${files[0]?.path}: the file is empty, so its columns are not known: give a schema`)
  const args = [
    ...read.args,
    `delim = ${quoteText(read.dialect.delimiter)}`,
    `quote = ${quoteText(read.dialect.quote)}`,
    `escape = ${quoteText(read.dialect.escape)}`,
    `comment = ${quoteText(read.dialect.comment)}`,
    // DuckDB does not count comments among the lines it skips.
    `skip = ${read.header ? (first?.head.blank ?? 0) : 0}`,
    `header = ${read.header}`,
  ]
  const text = select([...args, 'auto_detect = false', columnsArgument(columns)])
  if (!read.infer || read.schema !== undefined || first === undefined) return text
  const names = columns.map(({ name }) => name)
  const paths = heads.map(({ file }) => file.local)
  try {
    return select([...args, 'auto_detect = false', ...(await inferred(connection, args, names, paths))])
  } catch (error) {
    // The sniffer names no row: reading all of them as text does.
    await connection.rows(`SELECT count(*) FROM (${readFiles(text, paths)})`)
    throw error
  }
}

/** Columns with the types the sniffer finds, and the formats of dates it found them by. */
const inferred = async (
  connection: Connection,
  args: readonly string[],
  names: readonly string[],
  paths: readonly string[],
): Promise<readonly string[]> => {
  const sniffing = [...args, `names = [${names.map(quoteText).join(', ')}]`]
  const types = await connection.describe(readFiles(select([...sniffing, 'hive_partitioning = false']), paths))
  if (types.length !== names.length)
    throw userError('the types of its columns cannot be found out: give a schema, or leave inferSchema away')
  const [row] = await connection.rows(
    `SELECT DateFormat, TimestampFormat FROM sniff_csv(${[quoteText(paths[0]!), ...sniffing].join(', ')})`,
  )
  const formats = ['dateformat', 'timestampformat'].flatMap((key, index) => {
    const format = row?.[index]
    return typeof format === 'string' && format !== '' && format !== '(empty)' ? [`${key} = ${quoteText(format)}`] : []
  })
  return [columnsArgument(types.map(({ type }, index) => ({ name: names[index]!, type }))), ...formats]
}

const select = (args: readonly string[]): string => `SELECT * FROM read_csv(${[FILE_LIST, ...args].join(', ')})`

const columnsArgument = (columns: readonly { readonly name: string; readonly type: string }[]): string =>
  `columns = {${columns.map(({ name, type }) => `${quoteName(name)}: ${quoteText(type)}`).join(', ')}}`

const columnsOf = (read: CsvRead, head: CsvHead | undefined) => {
  if (read.schema !== undefined || head === undefined) return read.schema
  const names = read.header ? headerNames(head.fields) : head.fields.map((_, index) => `_c${index}`)
  return names.map((name) => ({ name, type: 'VARCHAR' }))
}

/** More than a record of any file should span. */
const HEAD_LINES = 1000

const headOf = async (
  connection: Connection,
  read: CsvRead,
  { path, local }: CsvFile,
): Promise<CsvHead | undefined> => {
  const args = [
    ...read.lineArgs,
    `auto_detect = false, header = false, columns = {'line': 'VARCHAR'}`,
    `delim = '', quote = '', escape = ''`,
  ]
  const rows = await connection.rows(
    `SELECT line FROM read_csv(${[fileList([local]), ...args].join(', ')}) LIMIT ${HEAD_LINES}`,
  )
  const lines = rows.map(([line]) => line as string | null)
  const head = firstRecord(lines, read.dialect)
  if (head === undefined && lines.some((line) => line !== null))
    throw userError(`${path}, line 1: its first row does not end: a quote is opened and never closed`)
  return head
}

const APART = 'read files with different columns one by one'

const checkAlike = (read: CsvRead, heads: readonly FileHead[]): void => {
  const [first] = heads
  if (first === undefined) return
  for (const { file, head } of heads) {
    const place = `${file.path}, line ${head.line}`
    const count = head.fields.length
    const wanted = (read.schema ?? first.head.fields).length
    const owner = read.schema === undefined ? first.file.path : 'the schema'
    if (!read.header) {
      if (count !== wanted && !read.dropMalformed)
        throw userError(
          `${place}: ${count} ${count === 1 ? 'column' : 'columns'} where ${owner} has ${wanted}: ${APART}, or use mode DROPMALFORMED to drop such rows`,
        )
    } else if (read.schema !== undefined && count !== wanted) {
      throw userError(`${place}: the header has ${count} columns, the schema ${wanted}: give a schema with all columns`)
    } else if (head.fields.join('\n') !== first.head.fields.join('\n')) {
      throw userError(
        `${place}: its header (${head.fields.join(', ')}) is not that of ${first.file.path} ` +
          `(${first.head.fields.join(', ')}): ${APART}`,
      )
    } else if (head.blank !== first.head.blank) {
      throw userError(
        `${place}: ${head.blank} blank lines before its header, ${first.head.blank} in ${first.file.path}: ` +
          'make them alike or read such files one by one',
      )
    }
  }
}
