import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'

let postgres: PostgresServer
const engines = new Map<number, EngineFixture>()

/** The first run on a machine compiles or installs the servers. */
const PREPARATION = 1_800_000

beforeAll(async () => {
  postgres = await startPostgres()
  for (const executors of [0, 2]) engines.set(executors, await startEngine(executors))
  await postgres.query(
    "CREATE TABLE numbers AS SELECT i AS id, i % 10 AS g, 'n' || i AS name FROM generate_series(1, 10000) i",
  )
}, PREPARATION)

afterAll(async () => {
  for (const one of engines.values()) await one.close()
  await postgres?.stop()
})

const session = (executors: number, views: Readonly<Record<string, Readonly<Record<string, string>>>>): SqlSession => {
  const sql = new SqlSession(engines.get(executors)!.engine)
  for (const [name, options] of Object.entries(views))
    sql.view(name, { kind: 'files', format: 'jdbc', paths: [], options: { ...postgres.options, ...options } })
  return sql
}

describe('reading', () => {
  test.each([0, 2])(
    'a table in partitions, with columns, filters and limits pushed down, %i executors',
    async (executors) => {
      const sql = session(executors, {
        t: { dbtable: 'numbers', partitionColumn: 'id', lowerBound: '1', upperBound: '10000', numPartitions: '4' },
        q: { query: 'SELECT id, g FROM numbers WHERE id <= 20' },
      })
      expect(await sql.collect('SELECT count(*) AS n, sum(id) AS s FROM t')).toEqual([{ n: 10_000, s: 50_005_000 }])
      expect(await sql.collect("SELECT id FROM t WHERE g = 3 AND name > 'n99' ORDER BY id LIMIT 2")).toEqual([
        { id: 993 },
        { id: 9903 },
      ])
      expect(await sql.collect('SELECT count(*) AS n FROM q WHERE g IN (1, 2)')).toEqual([{ n: 4 }])
      expect(await sql.collect('SELECT id FROM t WHERE g = 3 LIMIT 3')).toHaveLength(3)
      const plan = await sql.runner.explain(
        sql.plan("SELECT id FROM t WHERE g = 3 AND name > 'n99' LIMIT 5"),
        'formatted',
      )
      expect(plan).toContain(`SELECT "id", "g", "name" FROM numbers WHERE`)
      expect(plan).toContain('"g" = 3')
      expect(plan).toContain(`"name" COLLATE "C" > 'n99'`)
      expect(plan).toContain('LIMIT 5')
      expect(plan).toContain(executors === 0 ? 'Files: 4' : '4 parts')
      for (const mode of ['simple', 'extended', 'cost', 'formatted'] as const)
        expect(await sql.runner.explain(sql.plan('SELECT * FROM t'), mode)).not.toContain(postgres.password)
      expect(JSON.stringify(engines.get(executors)!.engine.events.all())).not.toContain(postgres.password)
    },
  )

  test('every type, exactly', async () => {
    await postgres.query(`CREATE TYPE mood AS ENUM ('sad', 'glad')`)
    await postgres.query(`CREATE DOMAIN money4 AS numeric(12,4)`)
    await postgres.query(`CREATE TABLE kinds (
      b bool, i2 smallint, i4 int, i8 bigint, f4 real, f8 float8, n numeric, n2 numeric(20,3), m money4, t text, v varchar(5), c char(3),
      by bytea, d date, ts timestamp, tz timestamptz, j json, jb jsonb, u uuid, e mood, ai int[], at text[], an numeric(10,2)[], atz timestamptz[], ab bytea[])`)
    await postgres.query(`INSERT INTO kinds VALUES
      (true, -32768, 2147483647, 9223372036854775807, 0.1, 1e-300, 1.5, 12345678901234567.125, 1.2345, E'a,"b"\\nc', '', 'x',
       '\\x00ff', '0001-01-01', '2026-11-21 10:00:00.123456', '2026-11-21 10:00:00.123456+02', '{"a": 1}', '{"a": 1}',
       '00000000-0000-0000-0000-000000000001', 'glad', '{1,NULL,3}', '{"a,b","",NULL}', '{1.10,2.25}', '{"2026-01-01 00:00:00+00"}', '{"\\\\x0102"}')`)
    await postgres.query("INSERT INTO kinds (f4, f8) VALUES ('NaN', 'Infinity')")
    const sql = session(2, { k: { dbtable: 'kinds' } })
    const schema = await sql.runner.schema(sql.plan('SELECT * FROM k'))
    expect(Object.fromEntries(schema.fields.map(({ name, type }) => [name, type.kind]))).toEqual({
      b: 'boolean',
      i2: 'short',
      i4: 'integer',
      i8: 'long',
      f4: 'float',
      f8: 'double',
      n: 'decimal',
      n2: 'decimal',
      m: 'decimal',
      t: 'string',
      v: 'string',
      c: 'string',
      by: 'binary',
      d: 'date',
      ts: 'timestamp',
      tz: 'timestamp',
      j: 'string',
      jb: 'string',
      u: 'string',
      e: 'string',
      ai: 'array',
      at: 'array',
      an: 'array',
      atz: 'array',
      ab: 'array',
    })
    const [row] = await sql.collect(
      'SELECT b, i2, i4, i8, f4, f8, n, n2, m, t, v, c, hex(`by`) AS `by`, d, CAST(ts AS STRING) AS ts, CAST(tz AS STRING) AS tz, j, jb, u, e, ai, at, an, ' +
        'CAST(atz[0] AS STRING) AS atz, hex(ab[0]) AS ab FROM k WHERE b',
    )
    expect(row).toEqual({
      b: true,
      i2: -32768,
      i4: 2147483647,
      i8: 9223372036854775807n,
      f4: Math.fround(0.1),
      f8: 1e-300,
      n: '1.500000000000000000',
      n2: '12345678901234567.125',
      m: '1.2345',
      t: 'a,"b"\nc',
      v: '',
      c: 'x  ',
      by: '00FF',
      d: '0001-01-01',
      ts: '2026-11-21 10:00:00.123456',
      tz: '2026-11-21 08:00:00.123456',
      j: '{"a": 1}',
      jb: '{"a": 1}',
      u: '00000000-0000-0000-0000-000000000001',
      e: 'glad',
      ai: [1, null, 3],
      at: ['a,b', '', null],
      an: ['1.10', '2.25'],
      atz: '2026-01-01 00:00:00',
      ab: '0102',
    })
    const [nulls] = await sql.collect('SELECT t, v, `by`, ai, isnan(f4) AS nan, f8 FROM k WHERE b IS NULL')
    expect(nulls).toEqual({ t: null, v: null, by: null, ai: null, nan: true, f8: Number.POSITIVE_INFINITY })
    expect(await sql.collect('SELECT ab FROM k WHERE b IS NULL')).toEqual([{ ab: null }])
  })

  test.each([
    ["SELECT interval '1 day' AS a", /column a has the type interval/],
    ['SELECT 1::numeric(50,2) AS a', /numeric\(50,2\)/],
    ['SELECT 0.1234567890123456789::numeric AS a', /numeric column a does not fit decimal\(38,18\)/],
    ["SELECT 'infinity'::date AS a", /infinity.*no meaning/],
    ['SELECT ARRAY[[1,2]] AS a', /several dimensions/],
    ['SELECT 1 AS a, 2 AS "A"', /two columns/],
    ['SELECT nothing', /column "nothing" does not exist/],
    ['SELECT 1/0 AS a', /division by zero/],
  ])('%s is refused', async (query, said) => {
    const sql = session(0, { t: { query } })
    await expect(sql.collect('SELECT * FROM t')).rejects.toThrow(said)
  })
})

describe('errors hold no secret', () => {
  test.each([
    [{ password: 'wrong-secret' }, /postgresql:\/\/127\.0\.0\.1:\d+\/postgres: the server refuses the user tester/],
    [{ url: 'jdbc:postgresql://127.0.0.1:1/x' }, /nothing listens at 127\.0\.0\.1:1/],
    [{ url: 'jdbc:mysql://host/x' }, /jdbc:mysql is not supported/],
    [{ dbtable: 'nothing' }, /relation "nothing" does not exist/],
    [{ driver: 'com.mysql.Driver' }, /driver/],
    [{ frobnicate: '1' }, /option "frobnicate"/],
    [{ partitionColumn: 'id' }, /go together/],
    [{ partitionColumn: 'name', lowerBound: '1', upperBound: '2', numPartitions: '2' }, /type text/],
  ])('%o', async (options, said) => {
    const sql = session(0, { t: { dbtable: 'numbers', ...options } })
    const error = await sql.collect('SELECT * FROM t').then(
      () => new Error('no error'),
      (thrown: Error) => thrown,
    )
    expect(error.message).toMatch(said)
    const { inspect } = await import('node:util')
    expect(inspect(error, { depth: 20 })).not.toContain(postgres.password)
    expect(inspect(error, { depth: 20 })).not.toContain('wrong-secret')
  })
})

describe('writing', () => {
  test.each([0, 2])('append, overwrite, truncate and every type, %i executors', async (executors) => {
    const sql = session(executors, { back: { dbtable: `out_${executors}` } })
    const options = { ...postgres.options, dbtable: `out_${executors}` }
    const target = { options, partitionBy: [], mode: 'errorifexists', format: 'jdbc', path: '' } as const
    const rows =
      sql.plan(`SELECT id, CAST(id AS STRING) AS s, '' AS empty, CAST(NULL AS STRING) AS nothing, CAST(1.5 AS DECIMAL(10,2)) AS d,
      CAST(X'00ff' AS BINARY) AS b, TIMESTAMP '2026-01-01 10:00:00.123456' AS tz, DATE '2026-01-01' AS day, array('a,b', '"q\\\\', null, '') AS l,
      array(1, null) AS n, id % 2 = 0 AS even, CAST('NaN' AS DOUBLE) AS nan FROM range(0, 100, 1, 4)`)
    expect(await sql.runner.write(rows, target)).toMatchObject({ rows: 100 })
    const [row] = await postgres.query(
      `SELECT *, tz::text AS tzt, encode(b, 'hex') AS hex, day::text AS dt FROM out_${executors} WHERE id = 1`,
    )
    expect(row).toMatchObject({
      id: '1',
      s: '1',
      empty: '',
      nothing: null,
      d: '1.50',
      hex: '00ff',
      dt: '2026-01-01',
      l: ['a,b', '"q\\', null, ''],
      n: [1, null],
      even: false,
      nan: Number.NaN,
    })
    expect(await sql.collect('SELECT CAST(tz AS STRING) AS t, l, empty, nothing FROM back WHERE id = 1')).toEqual([
      { t: '2026-01-01 10:00:00.123456', l: ['a,b', '"q\\', null, ''], empty: '', nothing: null },
    ])
    await expect(sql.runner.write(rows, target)).rejects.toThrow('already exists')
    await sql.runner.write(rows, { ...target, mode: 'append' })
    expect(await sql.collect('SELECT count(*) AS n FROM back')).toEqual([{ n: 200 }])
    await sql.runner.write(rows, { ...target, mode: 'overwrite', options: { ...options, truncate: 'true' } })
    expect(await sql.collect('SELECT count(*) AS n FROM back')).toEqual([{ n: 100 }])
    await sql.runner.write(sql.plan('SELECT 1 AS one'), { ...target, mode: 'overwrite' })
    expect(await sql.collect('SELECT * FROM back')).toEqual([{ one: 1 }])
  })

  test('a task that fails leaves no row of its own, and the server’s sentence', async () => {
    await postgres.query('CREATE TABLE strict (id bigint CHECK (id < 50))')
    const sql = session(2, {})
    const options = { ...postgres.options, dbtable: 'strict' }
    const target = { options, partitionBy: [], mode: 'append', format: 'jdbc', path: '' } as const
    const error = await sql.runner.write(sql.plan('SELECT id FROM range(0, 100, 1, 1)'), target).then(
      () => new Error('none'),
      (thrown: Error) => thrown,
    )
    expect(error.message).toMatch(/violates check constraint/)
    expect(error.message).not.toContain(postgres.password)
    expect(await postgres.query('SELECT count(*)::int AS n FROM strict')).toEqual([{ n: 0 }])
    await expect(
      sql.runner.write(sql.plan("SELECT named_struct('a', 1) AS s"), { ...target, mode: 'overwrite' }),
    ).rejects.toThrow(/column s of type struct/)
  })
})
