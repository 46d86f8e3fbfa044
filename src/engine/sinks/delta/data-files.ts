import { randomUUID } from 'node:crypto'
import { mkdir, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import type { Conf } from '../../conf.ts'
import type { Engine } from '../../engine.ts'
import { userError } from '../../errors.ts'
import type { PreparedQuery } from '../../query/prepare.ts'
import { normalizePath, type SourceFile } from '../../sources/list-files.ts'
import { isS3, objectPath, objectUrl } from '../../sources/s3/object-path.ts'
import { fileStyle } from '../file-style.ts'
import { fileOutput, produceFiles } from '../produce-files.ts'
import { produceObjects } from '../s3/write-objects.ts'
import { keepOnly, type WriteTarget } from '../write-files.ts'

/** A file in its place, which no log names yet. */
export interface DataFile {
  /** Relative to the table, not encoded. */
  readonly path: string
  readonly bytes: number
  readonly file: SourceFile
}

export interface DataFiles {
  readonly files: readonly DataFile[]
  readonly rows: number
  /** Deletes them again. */
  drop(): Promise<void>
}

/** Runs the query and puts the files of the attempts that counted into the table's directory. Throws EngineError. */
export const produceDataFiles = (
  engine: Engine,
  conf: Conf,
  query: PreparedQuery,
  target: WriteTarget,
): Promise<DataFiles> => (isS3(target.path) ? objects : local)(engine, conf, query, target)

const objects = async (engine: Engine, conf: Conf, query: PreparedQuery, target: WriteTarget): Promise<DataFiles> => {
  const place = objectPath(target.path)
  const root = place?.key.replace(/\/+$/, '') ?? ''
  if (place === undefined || root === '')
    throw userError(`${target.path}: a Delta table needs a bucket and a path in it`)
  const { bucket } = place
  const prefix = `${root}/`
  const store = engine.sources.store(conf)
  const job = await produceObjects(engine, conf, query, target, store, { bucket, key: prefix })
  try {
    await job.complete()
  } finally {
    await job.abandon().catch(() => {})
  }
  const files = job.objects.map(
    ({ key, bytes }): DataFile => ({
      path: key.slice(prefix.length),
      bytes,
      file: {
        path: objectUrl({ bucket, key }),
        bytes,
        input: { kind: 's3', bucket, key, etag: '', bytes, conf: store.conf },
      },
    }),
  )
  return {
    files,
    rows: job.rows,
    drop: async () => {
      for (const { key } of job.objects) await store.client.delete({ bucket, key })
    },
  }
}

const local = async (engine: Engine, conf: Conf, query: PreparedQuery, target: WriteTarget): Promise<DataFiles> => {
  const root = normalizePath(target.path)
  const job = randomUUID()
  const temporary = join(root, '_temporary', job)
  const style = fileStyle('parquet', target.options)
  const placed: string[] = []
  const drop = async () => {
    for (const path of placed) await rm(path, { force: true })
  }
  try {
    await mkdir(temporary, { recursive: true }).catch((error: NodeJS.ErrnoException) => {
      throw userError(`cannot write ${target.path}: ${error.message}`, error)
    })
    const results = await produceFiles(engine, conf, query, target, (partition, attempt) => ({
      kind: 'files',
      directory: join(temporary, `${partition}.${attempt}`),
      ...fileOutput(query, target, style, job, partition),
    }))
    await keepOnly(
      temporary,
      results.map(({ partition, attempt }) => `${partition}.${attempt}`),
    )
    const entries = await readdir(temporary, { recursive: true, withFileTypes: true })
    const files: DataFile[] = []
    for (const entry of entries.filter((one) => one.isFile())) {
      const from = join(entry.parentPath, entry.name)
      const [, ...inside] = relative(temporary, from).split('/')
      const to = join(root, ...inside)
      await mkdir(dirname(to), { recursive: true })
      await rename(from, to)
      placed.push(to)
      const bytes = (await stat(to)).size
      files.push({ path: inside.join('/'), bytes, file: { path: to, bytes } })
    }
    return { files, rows: results.reduce((sum, { rows }) => sum + rows, 0), drop }
  } catch (error) {
    await drop()
    throw error
  } finally {
    await rm(temporary, { recursive: true, force: true })
    await rmdir(join(root, '_temporary')).catch(() => {})
  }
}
