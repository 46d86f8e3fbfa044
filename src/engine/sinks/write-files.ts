import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { type Conf, parseBoolean } from '../conf.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import { quoteName, quoteText } from '../duckdb/quote.ts'
import type { Engine } from '../engine.ts'
import { EngineError, infrastructureError, userError } from '../errors.ts'
import type { Attribute } from '../plan/expression.ts'
import type { PreparedQuery } from '../query/prepare.ts'
import { runInto } from '../query/run-query.ts'
import type { FileFormat, FileOptions } from '../sources/file-format.ts'
import { isUrl, normalizePath } from '../sources/list-files.ts'
import { whyNotOverwrite } from './overwrite-guard.ts'

export type SaveMode = 'overwrite' | 'append' | 'errorifexists' | 'ignore'

export interface WriteTarget {
  readonly path: string
  readonly format: FileFormat
  readonly options: FileOptions
  readonly mode: SaveMode
  readonly partitionBy: readonly string[]
}

export interface Written {
  readonly files: number
  readonly rows: number
  /** Files of before that overwriting deleted. */
  readonly removed: number
}

interface FileStyle {
  readonly copy: readonly string[]
  readonly extension: string
}

const PARQUET_CODECS: Readonly<Record<string, string>> = {
  snappy: 'snappy',
  gzip: 'gzip',
  zstd: 'zstd',
  lz4: 'lz4_raw',
  lz4_raw: 'lz4_raw',
  none: 'uncompressed',
  uncompressed: 'uncompressed',
}
const TEXT_CODECS: Readonly<Record<string, string>> = { none: 'none', uncompressed: 'none', gzip: 'gzip', zstd: 'zstd' }

const codec = (codecs: Readonly<Record<string, string>>, wanted: string, format: FileFormat): string => {
  const found = codecs[wanted.toLowerCase()]
  if (found === undefined)
    throw userError(`compression ${wanted} is not supported for ${format}: ${Object.keys(codecs).join(', ')} are`)
  return found
}

/** COPY options for Spark's writer options. Throws EngineError for one that cannot be honoured. */
const fileStyle = (format: FileFormat, options: FileOptions): FileStyle => {
  const rest = new Map(Object.entries(options).map(([key, value]) => [key.toLowerCase(), value]))
  const take = (...keys: readonly string[]): string | undefined => {
    const found = keys.map((key) => rest.get(key)).find((value) => value !== undefined)
    for (const key of keys) rest.delete(key)
    return found
  }
  const compression = take('compression', 'codec')
  const style = ((): FileStyle => {
    switch (format) {
      case 'parquet': {
        const name = codec(PARQUET_CODECS, compression ?? 'snappy', format)
        return {
          copy: ['FORMAT parquet', `COMPRESSION ${name}`],
          extension: `${name === 'uncompressed' ? '' : `.${name}`}.parquet`,
        }
      }
      case 'csv': {
        const name = codec(TEXT_CODECS, compression ?? 'none', format)
        const header = parseBoolean(take('header') ?? 'false')
        if (header === undefined) throw userError('the option header wants true or false')
        return {
          copy: [
            'FORMAT csv',
            `HEADER ${header}`,
            `DELIMITER ${quoteText(take('sep', 'delimiter') ?? ',')}`,
            `QUOTE ${quoteText(take('quote') ?? '"')}`,
            `ESCAPE ${quoteText(take('escape') ?? '"')}`,
            `NULLSTR ${quoteText(take('nullvalue') ?? '')}`,
            `COMPRESSION ${name}`,
          ],
          extension: `.csv${suffix(name)}`,
        }
      }
      case 'json': {
        const name = codec(TEXT_CODECS, compression ?? 'none', format)
        return { copy: ['FORMAT json', `COMPRESSION ${name}`], extension: `.json${suffix(name)}` }
      }
      case 'text': {
        const name = codec(TEXT_CODECS, compression ?? 'none', format)
        return {
          copy: ['FORMAT csv', 'HEADER false', "QUOTE ''", "ESCAPE ''", "DELIMITER '\u0001'", `COMPRESSION ${name}`],
          extension: `.txt${suffix(name)}`,
        }
      }
    }
  })()
  const [unknown] = rest.keys()
  if (unknown !== undefined) throw userError(`the option "${unknown}" is not supported when writing ${format}`)
  return style
}

const suffix = (name: string): string => (name === 'gzip' ? '.gz' : name === 'zstd' ? '.zst' : '')

const checkColumns = (columns: readonly Attribute[], target: WriteTarget): void => {
  const names = columns.map(({ name }) => name.toLowerCase())
  const double = columns.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index)
  if (double)
    throw userError(`cannot write ${target.path}: two columns are called "${double.name}"; give one another alias`)
  if (target.partitionBy.length > 0 && target.format !== 'parquet' && target.format !== 'csv') {
    throw userError(`partitionBy is supported for parquet and csv, not for ${target.format}`)
  }
  const unknown = target.partitionBy.find((name) => !names.includes(name.toLowerCase()))
  if (unknown !== undefined)
    throw userError(`cannot partition by "${unknown}": the columns are ${columns.map(({ name }) => name).join(', ')}`)
  if (target.partitionBy.length === columns.length)
    throw userError('cannot use all columns to partition by: nothing would be left in the files')
  if (target.format === 'text' && (columns.length !== 1 || columns[0]?.type.kind !== 'string')) {
    throw userError('text files take exactly one column of type string')
  }
}

const dataFiles = async (directory: string): Promise<readonly string[]> => {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return []
      throw error
    },
  )
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
}

const isVisible = (root: string, path: string): boolean =>
  !relative(root, path)
    .split('/')
    .some((segment) => segment.startsWith('_') || segment.startsWith('.'))

/**
 * Writes the rows of a plan into a directory. Attempts write below `_temporary`; only files of the attempts that
 * counted are moved into place, one rename each, and `_SUCCESS` comes last. One line in the log says what went where.
 * Throws EngineError.
 */
export const writeFiles = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: WriteTarget,
): Promise<Written> => {
  if (isUrl(target.path)) throw userError(`${target.path}: files can be read from http(s), not written to it`)
  const root = normalizePath(target.path)
  if (target.mode === 'overwrite') await refusePrecious(root, target.path)
  checkColumns(query.physical.output, target)
  const style = fileStyle(target.format, target.options)
  if ((await stat(root).catch(() => undefined))?.isFile()) throw userError(`${target.path} is a file, not a directory`)
  const before = await dataFiles(root)
  const visible = before.filter((path) => isVisible(root, path))
  const { log } = engine.options
  if (target.mode === 'ignore' && before.length > 0) {
    log.info(`wrote nothing to ${root}: it holds files already (mode ignore)`)
    return { files: 0, rows: 0, removed: 0 }
  }
  if (target.mode === 'errorifexists' && (await stat(root).catch(() => undefined)) !== undefined) {
    throw userError(`path ${target.path} already exists: choose mode overwrite, append or ignore`)
  }
  const job = randomUUID()
  const temporary = join(root, '_temporary', job)
  try {
    await mkdir(temporary, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw userError(`cannot write ${target.path}: ${error.message}`, error)
    })
    const rows = await produce(engine, conf, query, target, style, { temporary, job })
    const made = await dataFiles(temporary)
    const old = target.mode === 'overwrite' ? visible : []
    for (const path of old) await rm(path, { force: true })
    await rm(join(root, '_SUCCESS'), { force: true })
    let files = 0
    for (const path of made) {
      const [, ...inside] = relative(temporary, path).split('/')
      const place = join(root, ...inside)
      await mkdir(dirname(place), { recursive: true })
      await rename(path, place)
      files++
    }
    await (await open(join(root, '_SUCCESS'), 'w')).close()
    const removed = target.mode === 'overwrite' ? `, removed ${counted(old.length, 'old file')}` : ''
    log.info(`wrote ${counted(rows, 'row')} in ${counted(files, 'file')} to ${root}${removed}`)
    return { files, rows, removed: old.length }
  } catch (error) {
    if (error instanceof DatabaseError)
      throw new EngineError('user', `cannot write ${target.path}: ${error.message}`, { cause: error })
    throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
    await removeIfEmpty(join(root, '_temporary'))
  }
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

const refusePrecious = async (root: string, path: string): Promise<void> => {
  const real = (directory: string) => realpath(directory).catch(() => directory)
  const precious = { home: await real(homedir()), working: await real(process.cwd()) }
  const why = whyNotOverwrite(await real(root), precious)
  if (why !== undefined)
    throw userError(
      `will not overwrite ${path}: ${why}, and all files in it would be deleted; write to a directory of its own`,
    )
}

const removeIfEmpty = async (directory: string): Promise<void> => {
  const left = await readdir(directory).catch(() => ['?'])
  if (left.length === 0) await rm(directory, { recursive: true, force: true })
}

const produce = async (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: WriteTarget,
  style: FileStyle,
  place: { readonly temporary: string; readonly job: string },
): Promise<number> => {
  const partitioned = target.partitionBy.length > 0
  const names = query.physical.output.map(({ name }) => name)
  const by = target.partitionBy.map((name) => names.find((known) => known.toLowerCase() === name.toLowerCase()) ?? name)
  const copy = [...style.copy, ...(partitioned ? [`PARTITION_BY (${by.map(quoteName).join(', ')})`] : [])]
  const fileName = (partition: number) => `part-${String(partition).padStart(5, '0')}-${place.job}`
  const options = (partition: number) =>
    (partitioned ? [...copy, `FILENAME_PATTERN ${quoteText(`${fileName(partition)}-{i}`)}`] : copy).join(', ')
  const attempts = (partition: number, attempt: number) => join(place.temporary, `${partition}.${attempt}`)
  const { results } = await runInto(engine, conf, query, `save ${target.format}`, {
    sql: (sql) => `SELECT * FROM (${sql}) AS __out(${names.map(quoteName).join(', ')})`,
    output: (partition, attempt) => ({
      kind: 'files',
      directory: attempts(partition, attempt),
      fileName: `${fileName(partition)}${style.extension}`,
      copyOptions: options(partition),
      partitioned,
    }),
  })
  await keepOnly(
    place.temporary,
    results.map(({ partition, attempt }) => `${partition}.${attempt}`),
  )
  return results.reduce((sum, { rows }) => sum + rows, 0)
}

/** Drops what attempts left that did not count. A counted attempt that the driver cannot see means no shared volume. */
const keepOnly = async (temporary: string, counted: readonly string[]): Promise<void> => {
  const present = await readdir(temporary)
  const missing = counted.find((name) => !present.includes(name))
  if (missing !== undefined) {
    throw infrastructureError(
      `the driver does not see what its executors wrote to ${temporary}: mount the same volume in driver and executors`,
    )
  }
  for (const name of present)
    if (!counted.includes(name)) await rm(join(temporary, name), { recursive: true, force: true })
}
