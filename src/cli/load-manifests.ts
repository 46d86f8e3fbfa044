import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
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

/** A name that the API server accepts, made of a file's: 'Top 10.sql' → 'top-10'. */
export const nameFromFile = (file: string): string =>
  basename(file, extname(file))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+|-+$/g, '')
    .slice(0, 40)
    .replace(/-+$/, '') || 'program'

const programManifest = (file: string, type: string, executors: number): Manifest => ({
  source: file,
  object: {
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name: nameFromFile(file) },
    spec: { type, program: readFileSync(file, 'utf8'), driver: {}, executor: { instances: executors } },
  },
})

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const documents = (file: string): readonly Manifest[] => {
  let parsed: unknown[]
  try {
    parsed = loadAll(readFileSync(file, 'utf8'), { filename: file })
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

/**
 * The objects of the files, folders (their *.yaml, *.yml and *.json, by name) and programs (*.sql, *.ts, *.js) that the
 * user named, in order. Throws UsageError that names the file and what is wrong with it.
 */
export const loadManifests = (paths: readonly string[], options: { readonly executors: number }): readonly Manifest[] =>
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
      const files = readdirSync(path)
        .filter((file) => MANIFEST_EXTENSIONS.includes(extname(file)))
        .sort()
      if (files.length === 0) throw new UsageError(`${path}: no *.yaml, *.yml or *.json in this folder`)
      return files.flatMap((file) => documents(join(path, file)))
    }
    const type = PROGRAM_TYPES[extname(path)]
    return type === undefined ? documents(path) : [programManifest(path, type, options.executors)]
  })
