import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { deltaRs } from './delta-rs.ts'
import { type S3Server, startS3 } from './s3-server.ts'

let directory: string
let s3: S3Server
const engines = new Map<number, EngineFixture>()

/** The first run on a machine compiles or installs the servers. */
const PREPARATION = 1_800_000

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'bellows-delta-'))
  s3 = await startS3()
  await s3.bucket('lake')
  for (const executors of [0, 2]) engines.set(executors, await startEngine(executors, s3.conf))
}, PREPARATION)

afterAll(async () => {
  for (const one of engines.values()) await one.close()
  await s3?.stop()
  await rm(directory, { recursive: true, force: true })
})

const session = (executors = 0) => new SqlSession(engines.get(executors)!.engine)

describe('reading what delta-rs wrote', () => {
  test.each([0, 2])('partitions, new columns, deletes, time travel, %i executors', async (executors) => {
    const table = join(directory, `read-${executors}`)
    await deltaRs(`
d = ${JSON.stringify(table)}
write_deltalake(d, pa.table({'id': pa.array([1, 2, 3], pa.int64()), 'p': ['a', 'b', 'a'], 'v': [1.5, None, 2.5]}), partition_by=['p'])
write_deltalake(d, pa.table({'id': pa.array([4], pa.int64()), 'p': ['b c'], 'v': [4.5]}), mode='append')
write_deltalake(d, pa.table({'id': pa.array([5], pa.int64()), 'p': pa.array([None], pa.string()), 'v': [5.5], 'w': ['x']}), mode='append', schema_mode='merge')
DeltaTable(d).delete('id = 2')
`)
    const sql = session(executors)
    const all = `SELECT id, p, v, w FROM delta.\`${table}\` ORDER BY id`
    expect(await sql.collect(all)).toEqual([
      { id: 1, p: 'a', v: 1.5, w: null },
      { id: 3, p: 'a', v: 2.5, w: null },
      { id: 4, p: 'b c', v: 4.5, w: null },
      { id: 5, p: null, v: 5.5, w: 'x' },
    ])
    expect(await sql.collect(`SELECT count(*) AS n FROM delta.\`${table}\` VERSION AS OF 0`)).toEqual([{ n: 3 }])
    expect(await sql.collect(`SELECT count(*) AS n FROM delta.\`${table}@v1\``)).toEqual([{ n: 4 }])
    expect(await sql.collect(`SELECT count(*) AS n FROM delta.\`${table}\` TIMESTAMP AS OF '2100-01-01'`)).toEqual([
      { n: 4 },
    ])
    await expect(sql.collect(`SELECT * FROM delta.\`${table}\` TIMESTAMP AS OF '2001-01-01'`)).rejects.toThrow(
      /no version as old as 2001-01-01/,
    )
    await expect(sql.collect(`SELECT * FROM delta.\`${table}\` VERSION AS OF 99`)).rejects.toThrow(
      /no version 99: the newest is 3/,
    )
    expect(() => sql.plan(`SELECT * FROM parquet.\`${table}\` VERSION AS OF 1`)).toThrow(/only Delta tables/)
    await expect(sql.collect(`SELECT * FROM delta.\`${directory}/none\``)).rejects.toThrow(/is not a Delta table/)
    const skipped = (text: string) =>
      sql.runner.explain(sql.plan(`SELECT v FROM delta.\`${table}\` WHERE ${text}`), 'formatted')
    expect(await skipped("p = 'a'")).toContain('1 of 3 files by the log')
    expect(await skipped('id > 4')).toContain('1 of 3 files by the log')
    expect(await skipped('p IS NULL')).toContain('1 of 3 files by the log')
    expect(await sql.collect(`SELECT id FROM delta.\`${table}\` WHERE p = 'b c'`)).toEqual([{ id: 4 }])
    expect(await sql.collect(`SELECT id FROM delta.\`${table}\` WHERE id > 100`)).toEqual([])
  })

  test('a checkpoint, and commits after it', async () => {
    const table = join(directory, 'checkpointed')
    await deltaRs(`
d = ${JSON.stringify(table)}
for i in range(12):
    write_deltalake(d, pa.table({'id': pa.array([i], pa.int64()), 'p': ['x%d' % (i % 2)]}), mode='append', partition_by=['p'])
t = DeltaTable(d)
t.create_checkpoint()
write_deltalake(d, pa.table({'id': pa.array([100], pa.int64()), 'p': ['x9']}), mode='append')
for i in range(5): os.remove(d + '/_delta_log/%020d.json' % i)
`)
    const sql = session(2)
    expect(
      await sql.collect(`SELECT p, count(*) AS n, sum(id) AS s FROM delta.\`${table}\` GROUP BY p ORDER BY p`),
    ).toEqual([
      { p: 'x0', n: 6, s: 30 },
      { p: 'x1', n: 6, s: 36 },
      { p: 'x9', n: 1, s: 100 },
    ])
    await expect(sql.collect(`SELECT * FROM delta.\`${table}\` VERSION AS OF 3`)).rejects.toThrow(
      /file of its log is missing/,
    )
  })

  test('every type, and timestamps of both forms in a session of another zone', async () => {
    const table = join(directory, 'types')
    await deltaRs(`
utc = datetime.timezone.utc
t = pa.table({
  'i': pa.array([1], pa.int32()), 's': pa.array([2], pa.int16()), 'b': pa.array([3], pa.int8()), 'f': pa.array([0.5], pa.float32()),
  'd': pa.array([decimal.Decimal('1.25')], pa.decimal128(10, 2)), 'bin': pa.array([b'\\x00\\xff']), 'day': [datetime.date(2026, 1, 1)],
  'ts': pa.array([datetime.datetime(2026, 1, 1, 10, tzinfo=utc)], pa.timestamp('us', tz='UTC')), 'yes': [True],
  'l': [[1, None]], 'st': [{'a': 1, 'b': 'x'}], 'tp': pa.array([datetime.datetime(2026, 1, 1, 10, tzinfo=utc)], pa.timestamp('us', tz='UTC'))})
write_deltalake(${JSON.stringify(table)}, t, partition_by=['tp'])
`)
    const fixture = await startEngine(0, { 'spark.sql.session.timeZone': 'Europe/Berlin' })
    try {
      const sql = new SqlSession(fixture.engine)
      const [row] = await sql.collect(
        `SELECT i, s, b, f, d, hex(bin) AS x, day, CAST(ts AS STRING) AS ts, yes, l, st, CAST(tp AS STRING) AS tp FROM delta.\`${table}\``,
      )
      expect(row).toEqual({
        i: 1,
        s: 2,
        b: 3,
        f: 0.5,
        d: '1.25',
        x: '00FF',
        day: '2026-01-01',
        ts: '2026-01-01 11:00:00',
        yes: true,
        l: [1, null],
        st: { a: 1, b: 'x' },
        tp: '2026-01-01 11:00:00',
      })
    } finally {
      await fixture.close()
    }
  })
})

describe('writing, read by delta-rs', () => {
  const target = { options: {}, partitionBy: [], mode: 'errorifexists', format: 'delta' } as const

  const places = [
    ['a directory, no executors', 0, () => join(directory, 'written-0')],
    ['a directory, two executors', 2, () => join(directory, 'written-2')],
    ['a bucket, two executors', 2, () => 's3a://lake/written'],
  ] as const

  test.each(places)('append, overwrite, schema and partitions in %s', async (_, executors, place) => {
    const path = place()
    const remote = path.startsWith('s3a:')
    const env = {
      AWS_ACCESS_KEY_ID: s3.accessKey,
      AWS_SECRET_ACCESS_KEY: s3.secretKey,
      AWS_ENDPOINT_URL: s3.endpoint,
      AWS_REGION: 'us-east-1',
      AWS_ALLOW_HTTP: 'true',
    }
    const uri = path.replace('s3a:', 's3:')
    const read = (more = '') =>
      deltaRs(`rows(DeltaTable(${JSON.stringify(uri)}${more}).to_pyarrow_table())`, remote ? env : {})
    const sql = session(executors)
    const rows = sql.plan(
      "SELECT id, concat('g ', id % 3) AS g, CAST(id AS DECIMAL(10,2)) AS d, TIMESTAMP '2026-01-01 10:00:00' AS t FROM range(0, 9, 1, 3)",
    )
    expect(await sql.runner.write(rows, { ...target, path, partitionBy: ['g'] })).toMatchObject({ rows: 9 })
    const first = (await read()) as readonly Record<string, unknown>[]
    expect(first).toHaveLength(9)
    expect(first[4]).toEqual({ id: 4, g: 'g 1', d: '4.00', t: '2026-01-01 10:00:00+00:00' })
    await expect(sql.runner.write(rows, { ...target, path })).rejects.toThrow('already exists')
    await sql.runner.write(
      sql.plan(
        "SELECT 100L AS id, CAST(null AS STRING) AS g, CAST(1 AS DECIMAL(10,2)) AS d, TIMESTAMP '2026-01-02 10:00:00' AS t",
      ),
      { ...target, path, mode: 'append' },
    )
    expect(await read()).toHaveLength(10)
    expect(await sql.collect(`SELECT id, g FROM delta.\`${path}\` WHERE id = 100`)).toEqual([{ id: 100, g: null }])
    const plan = await sql.runner.explain(sql.plan(`SELECT d FROM delta.\`${path}\` WHERE id >= 50`), 'formatted')
    expect(plan).toMatch(/1 of \d+ files by the log/)
    // Another schema is refused, named, and let in on demand.
    await expect(
      sql.runner.write(sql.plan('SELECT 1 AS id, 2 AS other'), { ...target, path, mode: 'append' }),
    ).rejects.toThrow(/id is int, in the table bigint; the table has no column other/)
    await sql.runner
      .write(sql.plan("SELECT 200L AS id, 'new' AS other"), {
        ...target,
        path,
        mode: 'append',
        options: { mergeSchema: 'true' },
      })
      .catch((error: Error) => {
        expect(error.message).toMatch(/cannot partition by "g"/)
      })
    await sql.runner.write(sql.plan("SELECT 200L AS id, 'g 1' AS g, 'new' AS other"), {
      ...target,
      path,
      mode: 'append',
      options: { mergeSchema: 'true' },
    })
    expect(await sql.collect(`SELECT id, other FROM delta.\`${path}\` WHERE other IS NOT NULL`)).toEqual([
      { id: 200, other: 'new' },
    ])
    await sql.runner
      .write(sql.plan('SELECT 7 AS seven'), {
        ...target,
        path,
        mode: 'overwrite',
        options: { overwriteSchema: 'true' },
      })
      .catch((error: Error) => {
        expect(error.message).toMatch(/partition/)
      })
    await sql.runner.write(sql.plan("SELECT 7L AS id, 'z' AS g"), {
      ...target,
      path,
      mode: 'overwrite',
      options: { overwriteSchema: 'true' },
    })
    expect(await read()).toEqual([{ id: 7, g: 'z' }])
    expect(await read(', version=0')).toHaveLength(9)
  })

  test('many appends at once are all there; files of a write that fails are gone', async () => {
    const path = join(directory, 'raced')
    const sql = session(0)
    await sql.runner.write(sql.plan('SELECT 0L AS id'), { ...target, path })
    await Promise.all(
      Array.from({ length: 6 }, (_, index) =>
        sql.runner.write(sql.plan(`SELECT ${index + 1}L AS id`), { ...target, path, mode: 'append' }),
      ),
    )
    expect(await sql.collect(`SELECT count(*) AS n, sum(id) AS s FROM delta.\`${path}\``)).toEqual([{ n: 7, s: 21 }])
    expect(await deltaRs(`print(DeltaTable(${JSON.stringify(path)}).version())`)).toBe(6)
    const before = (await readdir(path, { recursive: true })).toSorted()
    await expect(
      sql.runner.write(sql.plan('SELECT id % (id - 99) AS id FROM range(0, 100)'), { ...target, path, mode: 'append' }),
    ).rejects.toThrow('BY_ZERO')
    expect((await readdir(path, { recursive: true })).toSorted()).toEqual(before)
    const log = await readFile(join(path, '_delta_log', '00000000000000000001.json'), 'utf8')
    expect(log).toContain(String.raw`\"numRecords\":1`)
  })

  test('an overwrite that meets another commit is refused', async () => {
    const path = join(directory, 'conflict')
    const sql = session(0)
    await sql.runner.write(sql.plan('SELECT 0L AS id'), { ...target, path })
    const both = await Promise.allSettled(
      [1, 2, 3].map((id) =>
        sql.runner.write(sql.plan(`SELECT ${id}L AS id FROM range(0, 50000)`), { ...target, path, mode: 'overwrite' }),
      ),
    )
    const failed = both.flatMap((end) => (end.status === 'rejected' ? [String(end.reason.message)] : []))
    for (const message of failed) expect(message).toMatch(/another writer committed version \d/)
    expect(both.length - failed.length).toBeGreaterThan(0)
    const [row] = await sql.collect(`SELECT count(*) AS n, count(DISTINCT id) AS d FROM delta.\`${path}\``)
    expect(row).toEqual({ n: 50_000, d: 1 })
  })

  test('tables with rules that are not known are refused by the feature’s name', async () => {
    const path = join(directory, 'ruled')
    await deltaRs(`
d = ${JSON.stringify(path)}
write_deltalake(d, pa.table({'id': pa.array([1], pa.int64())}))
DeltaTable(d).alter.add_constraint({'positive': 'id > 0'})
`)
    const sql = session(0)
    await expect(sql.runner.write(sql.plan('SELECT 2L AS id'), { ...target, path, mode: 'append' })).rejects.toThrow(
      /checkConstraints/,
    )
    expect(await sql.collect(`SELECT id FROM delta.\`${path}\``)).toEqual([{ id: 1 }])
  })
})
