import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, realpath, rename, rm, stat } from 'node:fs/promises'
import { homedir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import type { Conf } from '../conf.ts'
import { DatabaseError } from '../duckdb/database-error.ts'
import type { Engine } from '../engine.ts'
import { EngineError, infrastructureError, userError } from '../errors.ts'
import type { Attribute } from '../plan/expression.ts'
import type { PreparedQuery } from '../query/prepare.ts'
import type { FileFormat, FileOptions } from '../sources/file-format.ts'
import { isUrl, normalizePath } from '../sources/list-files.ts'
import { type FileStyle, fileStyle } from './file-style.ts'
import { whyNotOverwrite } from './overwrite-guard.ts'
import { fileOutput, produceFiles } from './produce-files.ts'

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

/** Throws EngineError for columns that the target cannot take. */
export const checkColumns = (columns: readonly Attribute[], target: WriteTarget): void => {
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

/** `3 files` */
export const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

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
  const results = await produceFiles(engine, conf, query, target, (partition, attempt) => ({
    kind: 'files',
    directory: join(place.temporary, `${partition}.${attempt}`),
    ...fileOutput(query, target, style, place.job, partition),
  }))
  await keepOnly(
    place.temporary,
    results.map(({ partition, attempt }) => `${partition}.${attempt}`),
  )
  return results.reduce((sum, { rows }) => sum + rows, 0)
}

/** Drops what attempts left that did not count. A counted attempt that the driver cannot see means no shared volume. */
export const keepOnly = async (temporary: string, counted: readonly string[]): Promise<void> => {
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
