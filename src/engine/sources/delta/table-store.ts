import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { userError } from '../../errors.ts'
import { normalizePath, type SourceFile } from '../list-files.ts'
import type { ObjectStore } from '../s3/list-objects.ts'
import { isS3, objectPath, objectUrl } from '../s3/object-path.ts'

export interface LogFile {
  readonly name: string
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly modified: number
  readonly file: SourceFile
}

/** Where a table lies: a directory or a prefix of a bucket. Paths are relative to it. Throws EngineError. */
export interface TableStore {
  readonly shown: string
  /** Files of `_delta_log`, in the order of their names. */
  log(): Promise<readonly LogFile[]>
  text(path: string): Promise<string>
  bytes(path: string, from: number, length: number): Promise<Uint8Array>
  /** False: there is a file of that name, and it stays. */
  putIfAbsent(path: string, text: string): Promise<boolean>
  remove(path: string): Promise<void>
  /** A data file; `path` as the log has it: relative or absolute, percent-encoded. */
  file(path: string, bytes: number): SourceFile
}

const LOG = '_delta_log'

export const tableStore = (path: string, objects: ObjectStore): TableStore =>
  isS3(path) ? objectTable(path, objects) : localTable(path)

const scheme = (path: string): boolean => /^[a-z][a-z0-9+.-]*:/i.test(path)

const localTable = (shown: string): TableStore => {
  const root = normalizePath(shown)
  return {
    shown,
    log: async () => {
      const directory = join(root, LOG)
      const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return []
        throw userError(`cannot read ${directory}: ${error.message}`, error)
      })
      // What others are about to commit has a name with a dot in front.
      return Promise.all(
        names
          .filter((name) => !name.startsWith('.'))
          .toSorted()
          .map(async (name) => {
            const file = join(directory, name)
            const { size, mtimeMs } = await stat(file)
            return { name, bytes: size, modified: Math.floor(mtimeMs), file: { path: file, bytes: size } }
          }),
      )
    },
    text: (path) => readFile(join(root, path), 'utf8'),
    bytes: async (path, from, length) => {
      const handle = await open(join(root, path))
      try {
        const buffer = new Uint8Array(length)
        await handle.read(buffer, 0, length, from)
        return buffer
      } finally {
        await handle.close()
      }
    },
    putIfAbsent: async (path, text) => {
      const target = join(root, path)
      await mkdir(dirname(target), { recursive: true })
      const temporary = join(dirname(target), `.${randomUUID()}.tmp`)
      await writeFile(temporary, text, { flush: true })
      try {
        // A second name fails where the name is taken; a rename would replace.
        await link(temporary, target)
        return true
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
        throw error
      } finally {
        await rm(temporary, { force: true })
      }
    },
    remove: (path) => rm(join(root, path), { force: true }),
    file: (path, bytes) => ({
      path: scheme(path) ? normalizePath(path) : join(root, decodeURIComponent(path)),
      bytes,
    }),
  }
}

const objectTable = (shown: string, store: ObjectStore): TableStore => {
  const place = objectPath(shown)
  if (place === undefined) throw userError(`${shown} names no bucket: write s3a://bucket/path`)
  const { bucket } = place
  const root = place.key.replace(/\/+$/, '')
  const { client, conf } = store
  const keyOf = (path: string) => (root === '' ? path : `${root}/${path}`)
  const input = (key: string, bytes: number, etag: string): SourceFile => ({
    path: objectUrl({ bucket, key }),
    bytes,
    input: { kind: 's3', bucket, key, etag, bytes, ...(Object.keys(conf).length === 0 ? {} : { conf }) },
  })
  return {
    shown,
    log: async () => {
      const prefix = keyOf(`${LOG}/`)
      const found = await Array.fromAsync(client.list(bucket, prefix))
      return found.flatMap(({ key, bytes, etag, modified }) => {
        const name = key.slice(prefix.length)
        return name === '' || name.includes('/') ? [] : [{ name, bytes, modified, file: input(key, bytes, etag) }]
      })
    },
    text: async (path) => (await client.get({ bucket, key: keyOf(path) }, '')).text(),
    bytes: async (path, from, length) => {
      const answer = await client.get({ bucket, key: keyOf(path) }, '', { from, to: from + length })
      return new Uint8Array(await answer.arrayBuffer())
    },
    putIfAbsent: (path, text) => client.putIfAbsent({ bucket, key: keyOf(path) }, new TextEncoder().encode(text)),
    remove: (path) => client.delete({ bucket, key: keyOf(path) }),
    file: (path, bytes) => {
      if (!scheme(path)) return input(keyOf(decodeURIComponent(path)), bytes, '')
      const other = objectPath(path)
      if (other === undefined || other.bucket !== bucket)
        throw userError(`the table ${shown} names the file ${path}, which is not in its bucket`)
      return input(decodeURIComponent(other.key), bytes, '')
    },
  }
}
