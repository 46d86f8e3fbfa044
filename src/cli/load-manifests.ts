import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join, resolve } from 'node:path'
import { loadAll } from 'js-yaml'
import type { KubeObject } from '../kube/object.ts'
import { UsageError } from './usage.ts'

/** One object of a file that the user named. `source` is the file and, in a file of several, the document's number. */
export interface Manifest {
  readonly source: string
  readonly object: KubeObject
}

const PROGRAM_TYPES: Readonly<Record<string, string>> = {
  '.sql': 'SQL',
  '.ts': 'TypeScript',
  '.mts': 'TypeScript',
  '.js': 'JavaScript',
  '.mjs': 'JavaScript',
}
const MANIFEST_EXTENSIONS = ['.yaml', '.yml', '.json']
const SUPPORTED = `manifests (${MANIFEST_EXTENSIONS.join(', ')}) and programs (${Object.keys(PROGRAM_TYPES).join(', ')})`

const extensionOf = (file: string): string => extname(file).toLowerCase()

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw new UsageError(`${file} cannot be read: ${cause instanceof Error ? cause.message : cause}`, undefined, cause)
  }
}

/** A name that the API server accepts, made of a file's: 'Top 10.sql' → 'top-10'. */
export const nameFromFile = (file: string): string =>
  basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '') || 'program'

/** A program that can import runs where it lies, so that its neighbours are found; a script of SQL is handed over. */
const programOf = (file: string, type: string): object => {
  const program = textOf(file)
  return type === 'SQL' ? { program } : { mainApplicationFile: resolve(file) }
}

const programManifest = (file: string, type: string, executors: number): Manifest => ({
  source: file,
  object: {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: nameFromFile(file) },
    spec: { type, ...programOf(file, type), driver: {}, executor: { instances: executors } },
  },
})

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const documents = (file: string): readonly Manifest[] => {
  const text = textOf(file)
  let parsed: unknown[]
  try {
    parsed = loadAll(text, { filename: file })
  } catch (cause) {
    throw new UsageError(
      `${file} is not valid YAML: ${cause instanceof Error ? cause.message : cause}`,
      undefined,
      cause,
    )
  }
  const present = parsed.filter((document) => document !== null && document !== undefined)
  return present.flatMap((document, index): readonly Manifest[] => {
    const source = present.length > 1 ? `${file} (document ${index + 1})` : file
    if (!isObject(document)) throw new UsageError(`${source}: a manifest must be a mapping with apiVersion and kind`)
    if (document.kind === 'List' && Array.isArray(document.items)) {
      return document.items.map((item, at) => ({ source: `${source} item ${at + 1}`, object: checked(source, item) }))
    }
    return [{ source, object: checked(source, document) }]
  })
}

const checked = (source: string, document: unknown): KubeObject => {
  if (!isObject(document)) throw new UsageError(`${source}: a manifest must be a mapping with apiVersion and kind`)
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof document[field] !== 'string') throw new UsageError(`${source}: ${field} is missing`)
  }
  const metadata = document.metadata
  if (!isObject(metadata) || (typeof metadata.name !== 'string' && typeof metadata.generateName !== 'string')) {
    throw new UsageError(`${source}: metadata.name is missing`)
  }
  return document as unknown as KubeObject
}

const manifestFiles = (folder: string, recursive: boolean): readonly string[] =>
  readdirSync(folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry): readonly string[] => {
      const path = join(folder, entry.name)
      if (!entry.isDirectory()) return MANIFEST_EXTENSIONS.includes(extensionOf(entry.name)) ? [path] : []
      const isData = entry.name.startsWith('.') || entry.name === 'node_modules'
      return recursive && !isData ? manifestFiles(path, recursive) : []
    })

export interface LoadOptions {
  /** Executors of programs. */
  readonly executors: number
  /** Whether folders mean their subfolders too. */
  readonly recursive: boolean
}

/**
 * The objects of the files, folders (their *.yaml, *.yml and *.json, by name) and programs (*.sql, *.ts, *.js) that the
 * user named, in order. Throws UsageError that names the file and what is wrong with it.
 */
export const loadManifests = (paths: readonly string[], options: LoadOptions): readonly Manifest[] =>
  paths.flatMap((path): readonly Manifest[] => {
    let isFolder: boolean
    try {
      isFolder = statSync(path).isDirectory()
    } catch (cause) {
      throw new UsageError(
        `${path}: no such file or folder`,
        'Check the path; it is relative to the current folder.',
        cause,
      )
    }
    if (isFolder) {
      const files = manifestFiles(path, options.recursive)
      if (files.length === 0) {
        const where = options.recursive ? 'in this folder or below' : 'in this folder (its subfolders are not run)'
        throw new UsageError(`${path}: no *.yaml, *.yml or *.json ${where}`)
      }
      return files.flatMap(documents)
    }
    const type = PROGRAM_TYPES[extensionOf(path)]
    if (type !== undefined) return [programManifest(path, type, options.executors)]
    // Without an extension it may be /dev/stdin.
    if (extensionOf(path) !== '' && !MANIFEST_EXTENSIONS.includes(extensionOf(path)))
      throw new UsageError(`${path}: Bellows does not know files *${extname(path)}; it takes ${SUPPORTED}`)
    return documents(path)
  })

/** Whether the path is one of a program, not of manifests. */
export const isProgram = (path: string): boolean => PROGRAM_TYPES[extensionOf(path)] !== undefined
