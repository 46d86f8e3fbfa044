import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Connection, Database } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { SqlSession } from '../testing/sql-session.ts'
import type { WriteTarget } from './write-files.ts'

describe('writing files', () => {
  let fixture: EngineFixture
  let database: Database
  let plain: Connection
  let session: SqlSession

  beforeAll(async () => {
    fixture = await startEngine(2, { 'spark.sql.files.openCostInBytes': '1' })
    database = await Database.open({
      threads: 1,
      memoryLimit: 2 ** 28,
      spillDirectory: join(fixture.directory, 'spill'),
    })
    plain = await database.connect()
    const path = join(fixture.directory, 'big.parquet')
    await plain.read(
      `COPY (SELECT range AS id, range % 3 AS k, 'n' || range AS s FROM range(10000)) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`,
    )
    session = new SqlSession(fixture.engine)
    session.parquet('big', path)
  })

  afterAll(async () => {
    plain.close()
    database.close()
    await fixture.close()
  })

  const write = async (sql: string, name: string, more: Partial<WriteTarget> = {}) => {
    const path = join(fixture.directory, name)
    const written = await session.runner.write(session.plan(sql), {
      path,
      format: 'parquet',
      options: {},
      mode: 'overwrite',
      partitionBy: [],
      ...more,
    })
    return { path, written, files: await filesBelow(path) }
  }

  const filesBelow = async (path: string) => {
    const entries = await readdir(path, { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(path, join(entry.parentPath, entry.name)))
      .toSorted()
  }

  const count = async (path: string, pattern: string) =>
    (await plain.rows(`SELECT count(*) FROM ${quoteText(join(path, pattern))}`))[0]?.[0]

  it('lets each task write its own file, and puts _SUCCESS last', async () => {
    const { path, written, files } = await write('SELECT id, s FROM big WHERE id % 2 = 0', 'many')
    expect(written).toMatchObject({ rows: 5000, files: 2 })
    expect(files.filter((name) => /^part-0000[01]-[0-9a-f-]+\.snappy\.parquet$/.test(name))).toHaveLength(2)
    expect(files).toContain('_SUCCESS')
    expect(files).toHaveLength(3)
    expect(await count(path, '*.parquet')).toBe(5000n)
  })

  it('replaces what was there, adds to it, leaves it, or refuses', async () => {
    await write('SELECT 1 AS x', 'modes')
    expect((await write('SELECT 2 AS x', 'modes')).files).toHaveLength(2)
    expect((await write('SELECT 3 AS x', 'modes', { mode: 'append' })).files).toHaveLength(3)
    expect((await write('SELECT 4 AS x', 'modes', { mode: 'ignore' })).written.files).toBe(0)
    await expect(write('SELECT 5 AS x', 'modes', { mode: 'errorifexists' })).rejects.toThrow('already exists')
    expect(
      await plain.rows(`SELECT x FROM ${quoteText(join(fixture.directory, 'modes', '*.parquet'))} ORDER BY x`),
    ).toEqual([[2], [3]])
  })

  it('tells in one line what it wrote and what it removed', async () => {
    const info = vi.spyOn(fixture.engine.options.log, 'info')
    const told = () => info.mock.calls.map(([line]) => line).filter((line) => line.startsWith('wrote '))
    try {
      const { path } = await write('SELECT 1 AS x', 'told')
      await write('SELECT id FROM big', 'told')
      expect((await write('SELECT 1 AS x', 'told')).written.removed).toBe(2)
      await write('SELECT 1 AS x', 'told', { mode: 'append' })
      await write('SELECT 1 AS x', 'told', { mode: 'ignore' })
      expect(told()).toEqual([
        `wrote 1 row in 1 file to ${path}, removed 0 old files`,
        `wrote 10000 rows in 2 files to ${path}, removed 1 old file`,
        `wrote 1 row in 1 file to ${path}, removed 2 old files`,
        `wrote 1 row in 1 file to ${path}`,
        `wrote nothing to ${path}: it holds files already (mode ignore)`,
      ])
    } finally {
      info.mockRestore()
    }
  })

  it('does not overwrite a directory with the home or the working directory in it', async () => {
    const home = join(fixture.directory, 'home')
    await mkdir(home)
    await writeFile(join(home, 'letter'), 'dear')
    await symlink(home, join(fixture.directory, 'link'))
    vi.stubEnv('HOME', home)
    try {
      for (const name of ['home', 'link'])
        await expect(write('SELECT 1 AS x', name)).rejects.toThrow(`${name}: it is the home directory, and all files`)
      // Were these not refused, the job would fail before it removed anything.
      const never = 'SELECT CASE WHEN id = 9999 THEN CAST(s AS INT) END AS x FROM big'
      await expect(write(never, '', { path: process.cwd() })).rejects.toThrow('it is the working directory')
      await expect(write(never, '', { path: '/' })).rejects.toThrow('will not overwrite /: it is the root')
      expect(await readdir(home)).toEqual(['letter'])
      expect((await write('SELECT 1 AS x', 'home/out')).written.files).toBe(1)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('writes partitions as directories', async () => {
    const { path, files } = await write('SELECT s, k FROM big', 'partitions', { partitionBy: ['k'] })
    expect(new Set(files.map((name) => name.split('/')[0]))).toEqual(new Set(['_SUCCESS', 'k=0', 'k=1', 'k=2']))
    expect(await count(path, '*/*.parquet')).toBe(10000n)
  })

  it('leaves nothing of a failed job, and what was there before', async () => {
    const { path, files } = await write('SELECT 1 AS x', 'failed')
    await expect(write('SELECT CASE WHEN id = 9999 THEN CAST(s AS INT) END AS x FROM big', 'failed')).rejects.toThrow(
      '[CAST_INVALID_INPUT]',
    )
    expect(await filesBelow(path)).toEqual(files)
    await expect(readdir(join(path, '_temporary'))).rejects.toThrow('ENOENT')
  })

  it("writes CSV and JSON the way Spark's options say", async () => {
    const csv = await write("SELECT 1 AS a, 'x,\"y' AS b, NULL AS c", 'csv', {
      format: 'csv',
      options: { header: 'true', sep: ';' },
    })
    expect(await readFile(join(csv.path, csv.files.find((name) => name.endsWith('.csv'))!), 'utf8')).toBe(
      'a;b;c\n1;"x,""y";\n',
    )
    const json = await write('SELECT 1 AS a, array(2) AS b', 'json', { format: 'json' })
    expect(await readFile(join(json.path, json.files.find((name) => name.endsWith('.json'))!), 'utf8')).toBe(
      '{"a":1,"b":[2]}\n',
    )
    const text = await write("SELECT 'a,\"b' AS value", 'text', { format: 'text' })
    expect(await readFile(join(text.path, text.files.find((name) => name.endsWith('.txt'))!), 'utf8')).toBe('a,"b\n')
  })

  it('keeps 128-bit sums exact', async () => {
    const { path } = await write('SELECT sum(CAST(id AS DECIMAL(20, 0))) * 1000000000000 AS total FROM big', 'sums')
    expect(await plain.rows(`SELECT CAST(total AS VARCHAR) FROM ${quoteText(join(path, '*.parquet'))}`)).toEqual([
      ['49995000000000000000'],
    ])
  })

  it('names what is wrong', async () => {
    await expect(write('SELECT 1 AS a, 2 AS a', 'x')).rejects.toThrow('two columns are called "a"')
    await expect(write('SELECT 1 AS a', 'x', { partitionBy: ['b'] })).rejects.toThrow(
      'cannot partition by "b": the columns are a',
    )
    await expect(write('SELECT 1 AS a', 'x', { options: { maxRecordsPerFile: '1' } })).rejects.toThrow(
      'the option "maxrecordsperfile" is not supported',
    )
    await mkdir(join(fixture.directory, 'taken'))
    await writeFile(join(fixture.directory, 'taken', 'file'), '')
    await expect(write('SELECT 1 AS a', 'taken/file')).rejects.toThrow('is a file, not a directory')
    await expect(
      write('SELECT 1 AS a', 'http').then(() => write('SELECT 1', 'x', { path: 'http://h/x' })),
    ).rejects.toThrow('not written to it')
  })
})
