import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import { listFiles, type SourceFile } from './list-files.ts'
import { openSparkSource } from './open-source.ts'
import { SourceCache } from './source-cache.ts'

const file = (path: string, version?: string): SourceFile => ({
  path,
  bytes: 1,
  ...(version === undefined ? {} : { version }),
})

const counter = () => {
  let calls = 0
  return async () => {
    calls += 1
    return calls
  }
}

describe('what is known of files', () => {
  it('is kept while all files have the versions they had', async () => {
    const [cache, make] = [new SourceCache(), counter()]
    expect(await cache.get('a', [file('/x', '1'), file('/y', '1')], make)).toBe(1)
    expect(await cache.get('a', [file('/x', '1'), file('/y', '1')], make)).toBe(1)
    expect(await cache.get('a', [file('/x', '1'), file('/y', '2')], make)).toBe(2)
    expect(await cache.get('b', [file('/x', '1'), file('/y', '1')], make)).toBe(3)
  })

  it('is not kept of files without a version, nor is a failure', async () => {
    const [cache, make] = [new SourceCache(), counter()]
    expect(await cache.get('a', [file('/x')], make)).toBe(1)
    expect(await cache.get('a', [file('/x')], make)).toBe(2)
    await expect(cache.get('b', [file('/x', '1')], () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(await cache.get('b', [file('/x', '1')], make)).toBe(3)
  })

  it('is bounded by the number of files: what was not asked for longest goes', async () => {
    const [cache, make] = [new SourceCache(3), counter()]
    await cache.get('a', [file('/x', '1')], make)
    await cache.get('b', [file('/x', '1'), file('/y', '1')], make)
    expect(await cache.get('a', [file('/x', '1')], make)).toBe(1)
    await cache.get('c', [file('/z', '1')], make)
    expect(await cache.get('a', [file('/x', '1')], make)).toBe(1)
    expect(await cache.get('b', [file('/x', '1'), file('/y', '1')], make)).toBe(4)
  })
})

describe('files that change', () => {
  let directory: string
  let database: Database
  let connection: Connection

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bellows-cache-'))
    database = await Database.open({ threads: 1, memoryLimit: 2 ** 28, spillDirectory: join(directory, 'spill') })
    connection = await database.connect()
  })

  afterAll(async () => {
    connection.close()
    database.close()
    await rm(directory, { recursive: true })
  })

  it('have no version while they are young, and another one after each change, whatever their mtime says', async () => {
    const path = join(directory, 'young')
    await writeFile(path, 'a')
    expect(await listFiles(path)).toEqual([{ path, bytes: 1 }])
    const [old] = await listFiles('/etc/hostname')
    expect(old?.version).toMatch(/^\d+\.\d+\.\d+$/)
    await utimes(path, 1000, 1000)
    // The change of its times is itself a change.
    expect(await listFiles(path)).toEqual([{ path, bytes: 1 }])
  })

  it('are read as they are now, also within one second and with the same size', async () => {
    const path = join(directory, 'data.parquet')
    const fetch = () => Promise.reject(new Error('no network here'))
    const context = { connection, fetch, objects: fetch, cache: new SourceCache() }
    for (const columns of ['1000 AS a, 2000 AS b', '2000 AS a, 1000 AS b', '1000 AS b, 2000 AS c']) {
      await connection.read(`COPY (SELECT ${columns}) TO ${quoteText(path)} (FORMAT parquet)`)
      const source = await openSparkSource(context, 'parquet', [path], {})
      const expected = columns.split(', ').map((column) => column.split(' AS '))
      expect(source.columns.map(({ name }) => name)).toEqual(expected.map(([, name]) => name))
      expect(await connection.rows(`SELECT * FROM read_parquet(${quoteText(path)})`)).toEqual([
        expected.map(([value]) => Number(value)),
      ])
    }
  })
})
