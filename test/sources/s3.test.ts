import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { S3Client } from '../../src/engine/sources/s3/s3-client.ts'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { type S3Server, startS3 } from './s3-server.ts'

let s3: S3Server
let client: S3Client
const engines: EngineFixture[] = []

const engine = async (executors: number, conf: Readonly<Record<string, string>> = {}): Promise<EngineFixture> => {
  const made = await startEngine(executors, { ...s3.conf, ...conf })
  engines.push(made)
  return made
}

/** The first run on a machine compiles or installs the servers. */
const PREPARATION = 1_800_000

beforeAll(async () => {
  s3 = await startS3()
  await s3.bucket('data')
  client = new S3Client(s3.conf, {})
}, PREPARATION)

afterAll(async () => {
  for (const one of engines) await one.close()
  await s3.stop()
})

const upload = (key: string, bytes: Buffer) => client.put({ bucket: 'data', key }, new Uint8Array(bytes))

const parquet = async (fixture: EngineFixture, key: string, sql: string, options = ''): Promise<number> => {
  const { readFile } = await import('node:fs/promises')
  const connection = await fixture.engine.database.connect()
  const path = join(fixture.directory, 'made.parquet')
  await connection.rows(`COPY (${sql}) TO '${path}' (FORMAT parquet${options})`)
  connection.close()
  const bytes = await readFile(path)
  await upload(key, bytes)
  return bytes.length
}

describe('reading', () => {
  test.each([0, 2])(
    'parquet, csv, json and text of prefixes, globs and partitions with %i executors',
    async (executors) => {
      const fixture = await engine(executors)
      const sql = new SqlSession(fixture.engine)
      await parquet(fixture, 'few/a.parquet', "SELECT 1 AS a, 'x' AS b")
      await parquet(fixture, 'few/sub/b.parquet', "SELECT 2 AS a, 'y' AS b")
      await upload('few/_SUCCESS', Buffer.from(''))
      await upload('csv/x.csv', Buffer.from('1,a\n2,"b,c"\n'))
      await upload('lines/one line.txt', Buffer.from('über\nzwei\n'))
      await upload('json/x.json', Buffer.from('{"k":1}\n{"k":2}\n'))
      await parquet(fixture, 'parts/d=2026-01-01/p.parquet', 'SELECT 1 AS v')
      await parquet(fixture, 'parts/d=2026-01-02/p.parquet', 'SELECT 2 AS v')
      expect(await sql.collect('SELECT sum(a) AS s, count(b) AS n FROM parquet.`s3a://data/few`')).toEqual([
        { s: 3, n: 2 },
      ])
      expect(await sql.collect('SELECT a FROM parquet.`s3://data/few/*.parquet`')).toEqual([{ a: 1 }])
      expect(await sql.collect('SELECT a FROM parquet.`s3a://data/few/{sub,none}/*`')).toEqual([{ a: 2 }])
      expect(await sql.collect('SELECT _c1 FROM csv.`s3a://data/csv` ORDER BY 1')).toEqual([
        { _c1: 'a' },
        { _c1: 'b,c' },
      ])
      expect(await sql.collect('SELECT value FROM text.`s3a://data/lines` ORDER BY 1')).toEqual([
        { value: 'zwei' },
        { value: 'über' },
      ])
      expect(await sql.collect('SELECT sum(k) AS s FROM json.`s3a://data/json/x.json`')).toEqual([{ s: 3 }])
      expect(await sql.collect("SELECT v, d FROM parquet.`s3a://data/parts` WHERE d = DATE '2026-01-02'")).toEqual([
        { v: 2, d: '2026-01-02' },
      ])
      const plan = await sql.runner.explain(
        sql.plan("SELECT v FROM parquet.`s3a://data/parts` WHERE d = DATE '2026-01-02'"),
        'formatted',
      )
      expect(plan).toContain('1 of 2 files by partition')
    },
  )

  test.each([0, 2])(
    'only the column chunks and row groups that are needed come, with %i executors',
    async (executors) => {
      const fixture = await engine(executors)
      const bytes = await parquet(
        fixture,
        'wide/t.parquet',
        'SELECT i AS id, hash(i) AS h, repeat(md5(i::VARCHAR), 4) AS pad, i % 7 AS g FROM range(200000) r(i)',
        ', ROW_GROUP_SIZE 20000, COMPRESSION zstd',
      )
      const sql = new SqlSession(fixture.engine)
      const [row] = await sql.collect('SELECT count(*) AS n, sum(id) AS s, max(g) AS m FROM parquet.`s3a://data/wide`')
      expect(row).toEqual({ n: 200_000, s: 19_999_900_000, m: 6 })
      expect(await sql.collect('SELECT count(*) AS n FROM parquet.`s3a://data/wide`')).toEqual([{ n: 200_000 }])
      if (executors === 0) expect(fixture.engine.sources.objects.fetchedBytes).toBeLessThan(bytes / 3)
      // The rest of the same file is fetched when another query wants it.
      const [pad] = await sql.collect(
        'SELECT min(length(pad)) AS l, count(DISTINCT pad) AS n, sum(id) AS s FROM parquet.`s3a://data/wide`',
      )
      expect(pad).toEqual({ l: 128, n: 200_000, s: 19_999_900_000 })
    },
  )

  test('a file that was replaced is read anew', async () => {
    const fixture = await engine(0)
    const sql = new SqlSession(fixture.engine)
    await parquet(fixture, 'moving/a.parquet', 'SELECT 1 AS a')
    expect(await sql.collect('SELECT a FROM parquet.`s3a://data/moving`')).toEqual([{ a: 1 }])
    await parquet(fixture, 'moving/a.parquet', 'SELECT 2 AS a')
    expect(await sql.collect('SELECT a FROM parquet.`s3a://data/moving`')).toEqual([{ a: 2 }])
  })
})

describe('errors name bucket and key and hold no secret', () => {
  const failing = async (conf: Readonly<Record<string, string>>, path: string): Promise<string> => {
    const fixture = await engine(0, conf)
    const sql = new SqlSession(fixture.engine)
    return sql.collect(`SELECT * FROM parquet.\`${path}\``).then(
      () => 'no error',
      (error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
    )
  }
  const A = 'spark.hadoop.fs.s3a.'

  test.each([
    [{}, 's3a://data/nothing', /Path does not exist: s3a:\/\/data\/nothing/],
    [{}, 's3a://nobucket/x', /s3a:\/\/nobucket\/x.*(no bucket nobucket|NoSuchBucket)/],
    [{ [`${A}secret.key`]: 'wrong-secret' }, 's3a://data/few', /s3a:\/\/data\/few.*403/],
    [{ [`${A}access.key`]: 'WRONGKEY' }, 's3a://data/few', /s3a:\/\/data\/few.*does not know the access key/],
    [{ [`${A}endpoint`]: 'http://127.0.0.1:1' }, 's3a://data/few', /127\.0\.0\.1:1 does not answer/],
    [{ [`${A}endpoint.region`]: 'eu-central-9' }, 's3a://data/few', /s3a:\/\/data\/few.*region/],
  ])('%o %s', async (conf, path, said) => {
    const message = await failing(conf, path)
    expect(message).toMatch(said)
    expect(message).not.toContain(s3.secretKey)
    expect(message).not.toContain('wrong-secret')
  })

  test('a file that is no Parquet file', async () => {
    await upload('bad/x.parquet', Buffer.alloc(400_000, 1))
    expect(await failing({}, 's3a://data/bad')).toMatch(/s3a:\/\/data\/bad\/x\.parquet: it is no Parquet file/)
  })
})

test('settings of the session reach executors, and are shown nowhere', async () => {
  const fixture = await startEngine(2)
  engines.push(fixture)
  const { QueryRunner } = await import('../../src/engine/query/query-runner.ts')
  const { SessionRows } = await import('../../src/engine/query/session-rows.ts')
  const runner = new QueryRunner(fixture.engine, { ...fixture.engine.options.conf, ...s3.conf }, new SessionRows())
  await parquet(fixture, 'session/a.parquet', 'SELECT 42 AS a')
  const plan = { kind: 'files', format: 'parquet', paths: ['s3a://data/session'], options: {} } as const
  expect(await runner.collect(plan)).toEqual([{ a: 42 }])
  const shown = (await runner.explain(plan, 'extended')) + JSON.stringify(fixture.engine.events.all())
  expect(shown).not.toContain(s3.secretKey)
  expect(shown).not.toContain(s3.accessKey)
})

describe('writing', () => {
  const keys = async (prefix: string): Promise<readonly string[]> =>
    (await Array.fromAsync(client.list('data', prefix))).map(({ key }) => key.slice(prefix.length))

  test.each([0, 2])('formats, modes and partitions, %i executors', async (executors) => {
    const fixture = await engine(executors)
    const sql = new SqlSession(fixture.engine)
    const root = `s3a://data/out-${executors}`
    const target = { options: {}, partitionBy: [], mode: 'errorifexists', format: 'parquet' } as const
    const rows = sql.plan('SELECT id, id % 3 AS g, CAST(id AS STRING) AS s FROM range(0, 1000, 1, 4)')
    expect(await sql.runner.write(rows, { ...target, path: `${root}/p` })).toMatchObject({ rows: 1000, removed: 0 })
    expect(await sql.collect(`SELECT count(*) AS n, sum(id) AS s FROM parquet.\`${root}/p\``)).toEqual([
      { n: 1000, s: 499_500 },
    ])
    expect(await keys(`out-${executors}/p/`)).toContain('_SUCCESS')
    await expect(sql.runner.write(rows, { ...target, path: `${root}/p` })).rejects.toThrow('already exists')
    expect(await sql.runner.write(rows, { ...target, mode: 'ignore', path: `${root}/p` })).toMatchObject({ files: 0 })
    await sql.runner.write(rows, { ...target, mode: 'append', path: `${root}/p` })
    expect(await sql.collect(`SELECT count(*) AS n FROM parquet.\`${root}/p\``)).toEqual([{ n: 2000 }])
    const few = sql.plan('SELECT 1 AS id')
    await sql.runner.write(few, { ...target, mode: 'overwrite', path: `${root}/p` })
    expect(await sql.collect(`SELECT * FROM parquet.\`${root}/p\``)).toEqual([{ id: 1 }])
    await sql.runner.write(rows, { ...target, partitionBy: ['g'], path: `${root}/g` })
    expect(await sql.collect(`SELECT g, count(*) AS n FROM parquet.\`${root}/g\` GROUP BY g ORDER BY g`)).toEqual([
      { g: 0, n: 334 },
      { g: 1, n: 333 },
      { g: 2, n: 333 },
    ])
    for (const format of ['csv', 'json'] as const)
      await sql.runner.write(rows, { ...target, format, path: `${root}/${format}` })
    expect(await sql.collect(`SELECT count(*) AS n FROM csv.\`${root}/csv\``)).toEqual([{ n: 1000 }])
    expect(await sql.collect(`SELECT sum(id) AS s FROM json.\`${root}/json\``)).toEqual([{ s: 499_500 }])
    expect(await client.uploads('data', 'out-')).toEqual([])
  })

  test('a job that fails leaves what was there and nothing else', async () => {
    const fixture = await engine(2)
    const sql = new SqlSession(fixture.engine)
    const target = {
      options: {},
      partitionBy: [],
      mode: 'overwrite',
      format: 'parquet',
      path: 's3a://data/failing',
    } as const
    await sql.runner.write(sql.plan('SELECT 7 AS id'), target)
    const before = await keys('failing/')
    const bad = sql.plan('SELECT id % (id - 999) AS id FROM range(0, 1000, 1, 4)')
    await expect(sql.runner.write(bad, target)).rejects.toThrow('BY_ZERO')
    expect(await keys('failing/')).toEqual(before)
    expect(await client.uploads('data', 'failing')).toEqual([])
    expect(await sql.collect('SELECT id FROM parquet.`s3a://data/failing`')).toEqual([{ id: 7 }])
  })
})
