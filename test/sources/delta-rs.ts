import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { withLock } from '../cluster/lock.ts'
import { ensurePackages, pythonPackages } from '../cluster/packages.ts'
import { cache } from '../cluster/paths.ts'

const run = promisify(execFile)

const PACKAGES = ['deltalake==1.6.6', 'pyarrow==26.0.1']
const place = join(cache, 'python', 'deltalake-1.6.6')

/** The reference implementation of Delta outside the JVM, in a Python environment in the cache of the tests. */
const python = async (): Promise<string> => {
  const program = join(place, 'bin', 'python')
  if (existsSync(program)) return program
  await mkdir(dirname(place), { recursive: true })
  await withLock(`${place}.lock`, async () => {
    if (existsSync(program)) return
    await rm(place, { recursive: true, force: true })
    const partial = `${place}.partial`
    await rm(partial, { recursive: true, force: true })
    await run('python3', ['-m', 'venv', partial]).catch(async () => {
      await ensurePackages(pythonPackages)
      await run('python3', ['-m', 'venv', '--clear', partial])
    })
    await run(join(partial, 'bin', 'python'), ['-m', 'pip', '-q', 'install', ...PACKAGES])
    await rename(partial, place)
  })
  return program
}

const PRELUDE = `
import datetime, decimal, json, os, sys
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
def rows(table):
    print(json.dumps(sorted(table.to_pylist(), key=lambda row: str(list(row.items())[0])), default=str))
`

// Threads of pyarrow abort now and then while Python takes itself down: that is none of the answer.
const EPILOGUE = '\nsys.stdout.flush()\nos._exit(0)\n'

/** Runs a program with delta-rs; what it prints, as JSON, last line. */
export const deltaRs = async (program: string, env: Readonly<Record<string, string>> = {}): Promise<unknown> => {
  const { stdout } = await run(await python(), ['-c', PRELUDE + program + EPILOGUE], {
    env: { ...process.env, ...env },
  })
  const last = stdout.trim().split('\n').at(-1)
  return last === undefined || last === '' ? undefined : JSON.parse(last)
}
