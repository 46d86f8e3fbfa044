import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Versions of the peers; a change of one makes a new environment. */
const PACKAGES = [
  'pyspark==4.1.1',
  'pysail==0.7.2',
  'duckdb==1.5.5',
  'duckdb-extension-tpch==1.5.5',
  'tpchgen-cli==4.0.0',
  'pandas==3.1.1',
  'pyarrow==26.0.1',
  'grpcio==1.85.1',
  'grpcio-status==1.85.1',
  'googleapis-common-protos==1.76.0',
  'zstandard==0.25.0',
]

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'bellows', 'bench')

/** A Python with the peers in it, made once: about 700 MB below the user's cache. */
export const peers = async (): Promise<{ readonly python: string; readonly bin: string }> => {
  const bin = join(cache, 'venv', 'bin')
  const python = join(bin, 'python')
  const stamp = join(cache, 'venv', 'packages.txt')
  const wanted = PACKAGES.join('\n')
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === wanted) return { python, bin }
  console.error('installing the peers (Apache Spark, Sail, DuckDB): about two minutes, once')
  await mkdir(cache, { recursive: true })
  await run('python3', ['-m', 'venv', '--clear', join(cache, 'venv')])
  await run(join(bin, 'pip'), ['install', '-q', '--no-input', ...PACKAGES], { maxBuffer: 1 << 24 })
  await writeFile(stamp, wanted)
  return { python, bin }
}

export interface Tpch {
  /** A directory with `<table>.parquet`. */
  readonly directory: string
  /** The 22 queries, in order. */
  readonly queries: readonly string[]
  /** Reference answers as `|`-separated text with a header, where the scale factor has them. */
  readonly answers: readonly string[] | undefined
}

export const TPCH_TABLES = [
  'customer',
  'lineitem',
  'nation',
  'orders',
  'part',
  'partsupp',
  'region',
  'supplier',
] as const

/** Data of the generator and queries and answers of DuckDB's extension; all from PyPI. */
export const tpch = async (scale: number): Promise<Tpch> => {
  const { python, bin } = await peers()
  const directory = join(cache, `tpch-sf${scale}`)
  if (!existsSync(directory)) {
    console.error(`making TPC-H data, scale factor ${scale}`)
    const made = `${directory}.partial`
    await mkdir(made, { recursive: true })
    await run(join(bin, 'tpchgen-cli'), ['parquet', '-s', String(scale), '--output-dir', made], { maxBuffer: 1 << 24 })
    await rename(made, directory)
  }
  const missing = TPCH_TABLES.filter((table) => !existsSync(join(directory, `${table}.parquet`)))
  if (missing.length > 0) throw new Error(`${directory} has no ${missing.join(', ')}: delete it and run again`)
  const { stdout } = await run(python, [join(import.meta.dirname, 'tpch_texts.py'), String(scale)], {
    maxBuffer: 1 << 26,
  })
  return { directory, ...(JSON.parse(stdout) as { queries: string[]; answers: string[] | undefined }) }
}
