import type { BigIntStats } from 'node:fs'
import { glob, readdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { userError } from '../errors.ts'
import { mountedPath, pathTable } from './mounted-path.ts'
import { isS3 } from './s3/object-path.ts'
import type { SourceInput } from './source-input.ts'

/** A fact of the process's surroundings, like its working directory. */
const mounts = pathTable(process.env.BELLOWS_PATH_MAP)

/**
 * One file of a source. `path` is absolute, or an http(s) URL, whose size is not known before it is fetched, or, with
 * `input`, a name: `input` says how a task gets the file.
 */
export interface SourceFile {
  readonly path: string
  readonly bytes: number
  /** Another one after each change; absent where the file is no local one, or so young that a change might not show. */
  readonly version?: string
  readonly input?: SourceInput
  /** In place of the source's template, for this file. */
  readonly template?: string
}

const GLOB = /[*?[{]/
const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i

export const isUrl = (path: string): boolean => /^https?:\/\//i.test(path)

/** file:// URLs and relative paths become absolute paths. Throws EngineError for schemes that cannot be read. */
export const normalizePath = (path: string): string => {
  if (isUrl(path) || isS3(path)) return path
  if (/^file:/i.test(path))
    return mountedPath(path.startsWith('file://') ? fileURLToPath(path) : resolve(path.slice('file:'.length)), mounts)
  const scheme = SCHEME.exec(path)?.[1]
  if (scheme !== undefined) {
    throw userError(
      `${path}: the bundled engine has no file system for ${scheme}:// ` +
        '(it reads paths of mounted volumes, file://, s3a:// and http(s)://)',
    )
  }
  // A relative path means the working directory, wherever that is.
  return isAbsolute(path) ? mountedPath(path, mounts) : resolve(path)
}

const isHidden = (name: string): boolean => name.startsWith('_') || name.startsWith('.')

/** File systems count time in steps of up to 2 s: a change within one of them leaves no trace. */
const YOUNG = 2_000

/** `now`: as Date.now() gives it. */
const fileOf = (path: string, info: BigIntStats, now: number): SourceFile => {
  const { size, mtimeNs, ctimeNs, ino } = info
  const bytes = Number(size)
  const changed = Math.max(Number(info.mtimeMs), Number(info.ctimeMs))
  return now - changed < YOUNG ? { path, bytes } : { path, bytes, version: `${mtimeNs}.${ctimeNs}.${ino}` }
}

const look = async (path: string): Promise<SourceFile> => fileOf(path, await stat(path, { bigint: true }), Date.now())

/** All data files below a directory, in the order of their paths; names with _ or . in front are not data. */
const filesBelow = async (directory: string): Promise<readonly SourceFile[]> => {
  const found: SourceFile[] = []
  const entries = await readdir(directory, { withFileTypes: true })
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name)
    if (isHidden(entry.name)) continue
    const info = entry.isSymbolicLink() ? await stat(path) : entry
    if (info.isDirectory()) found.push(...(await filesBelow(path)))
    else if (info.isFile()) found.push(await look(path))
  }
  return found
}

const filesAt = async (path: string): Promise<readonly SourceFile[]> => {
  const info = await stat(path, { bigint: true })
  return info.isDirectory() ? await filesBelow(path) : [fileOf(path, info, Date.now())]
}

/**
 * The files a path stands for: a file, a directory (with all below it), a glob, or a URL.
 * Throws EngineError where there is nothing, naming the path and the host that looked.
 */
export const listFiles = async (path: string): Promise<readonly SourceFile[]> => {
  const normal = normalizePath(path)
  if (isUrl(normal)) return [{ path: normal, bytes: 0 }]
  const missing = (cause?: unknown) =>
    userError(`Path does not exist: ${path} (the driver looked for it on ${hostname()})`, cause)
  try {
    if (!GLOB.test(normal) || (await exists(normal))) return emptyMeansError(path, await filesAt(normal))
    const matches = await Array.fromAsync(glob(normal))
    if (matches.length === 0) throw missing()
    const files = await Promise.all(matches.toSorted().map(filesAt))
    return emptyMeansError(path, files.flat())
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOENT' || code === 'ENOTDIR') throw missing(error)
    if (code === 'EACCES' || code === 'EPERM') throw userError(`Permission denied: ${path} (on ${hostname()})`, error)
    throw error
  }
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  )

const emptyMeansError = (path: string, files: readonly SourceFile[]): readonly SourceFile[] => {
  if (files.length === 0) throw userError(`${path} holds no data files (names that begin with _ or . do not count)`)
  return files
}
