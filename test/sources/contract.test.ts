import { join } from 'node:path'
import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { S3Client } from '../../src/engine/sources/s3/s3-client.ts'
import type { PlanSyntax } from '../../src/engine/sql/syntax.ts'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { type PostgresServer, startPostgres } from './postgres-server.ts'
import { type S3Server, startS3 } from './s3-server.ts'

/** What every source must do, whichever it is. One that joins is added to SOURCES. */
interface Tried {
  readonly name: string
  /** The same 100 rows: id bigint, g int, name string; at least two partitions, the first with id < 50. */
  readonly source: () => PlanSyntax
  readonly missing: () => PlanSyntax
  /** What explain says when a filter on id let it read less. */
  readonly pruned: RegExp | undefined
}

type Files = PlanSyntax & { readonly kind: 'files' }

const files = (format: string, path: string): Files => ({ kind: 'files', format, paths: [path], options: {} })

let s3: S3Server
let postgres: PostgresServer
let engines: readonly EngineFixture[] = []

const ROWS = "SELECT id, CAST(id % 5 AS INT) AS g, concat('n', id) AS name FROM range(0, 100, 1, 2)"

/** The first run on a machine compiles or installs the servers. */
const PREPARATION = 1_800_000

beforeAll(async () => {
  s3 = await startS3()
  postgres = await startPostgres()
  await s3.bucket('data')
  engines = [await startEngine(0, s3.conf), await startEngine(2, s3.conf)]
  const sql = new SqlSession(engines[1]!.engine)
  const target = { options: {}, partitionBy: [], mode: 'errorifexists' } as const
  await sql.runner.write(sql.plan(ROWS), { ...target, format: 'parquet', path: 's3a://data/parquet' })
  await sql.runner.write(sql.plan(ROWS), { ...target, format: 'delta', path: 's3a://data/delta' })
  await sql.runner.write(sql.plan(ROWS), { ...target, format: 'delta', path: join(engines[0]!.directory, 'delta') })
  const options = { ...postgres.options, dbtable: 'rows' }
  await sql.runner.write(sql.plan(ROWS), { ...target, format: 'jdbc', path: '', options })
}, PREPARATION)

afterAll(async () => {
  for (const engine of engines) await engine.close()
  await postgres?.stop()
  await s3?.stop()
})

const table = (dbtable: string): Files => {
  const partition = { partitionColumn: 'id', lowerBound: '0', upperBound: '100', numPartitions: '2' }
  return { kind: 'files', format: 'jdbc', paths: [], options: { ...postgres.options, dbtable, ...partition } }
}

const SOURCES: readonly Tried[] = [
  {
    name: 'Parquet in an object store',
    source: () => files('parquet', 's3a://data/parquet'),
    missing: () => files('parquet', 's3a://data/nothing'),
    pruned: undefined,
  },
  {
    name: 'Delta in an object store',
    source: () => files('delta', 's3a://data/delta'),
    missing: () => files('delta', 's3a://data/nothing'),
    pruned: /1 of 2 files by the log/,
  },
  {
    name: 'Delta in a directory',
    source: () => files('delta', join(engines[0]!.directory, 'delta')),
    missing: () => files('delta', '/nothing/nothing'),
    pruned: /1 of 2 files by the log/,
  },
  {
    name: 'Postgres',
    source: () => table('rows'),
    missing: () => table('nothing'),
    pruned: /PushedQuery: SELECT "id", "name" FROM rows WHERE "id" >= 70/,
  },
]

describe.each(SOURCES)('$name', ({ source, missing, pruned }) => {
  test.each([0, 1])('schema, rows, columns, filters, joins and limits (engine %i)', async (index) => {
    const sql = new SqlSession(engines[index]!.engine)
    sql.view('t', source())
    const { fields } = await sql.runner.schema(sql.plan('SELECT * FROM t'))
    expect(fields.map(({ name, type }) => `${name} ${type.kind}`)).toEqual(['id long', 'g integer', 'name string'])
    expect(await sql.collect('SELECT count(*) AS n, sum(id) AS s, count(DISTINCT name) AS d FROM t')).toEqual([
      { n: 100, s: 4950, d: 100 },
    ])
    expect(await sql.collect("SELECT name FROM t WHERE id >= 70 AND g = 3 AND name <> 'n73' ORDER BY id DESC")).toEqual(
      ['n98', 'n93', 'n88', 'n83', 'n78'].map((name) => ({ name })),
    )
    expect(await sql.collect('SELECT id FROM t WHERE id IN (3, 99) OR name IS NULL ORDER BY 1')).toEqual([
      { id: 3 },
      { id: 99 },
    ])
    expect(await sql.collect('SELECT id FROM t WHERE id > 1000')).toEqual([])
    expect(await sql.collect('SELECT count(*) AS n FROM t a JOIN t b ON a.id = b.id + 50')).toEqual([{ n: 50 }])
    expect(await sql.collect('SELECT id FROM t WHERE g = 1 LIMIT 4 OFFSET 2')).toHaveLength(4)
    expect(await sql.collect('SELECT g, count(*) AS n FROM t GROUP BY g ORDER BY g')).toEqual(
      [0, 1, 2, 3, 4].map((g) => ({ g, n: 20 })),
    )
    if (pruned !== undefined)
      expect(await sql.runner.explain(sql.plan('SELECT name FROM t WHERE id >= 70'), 'formatted')).toMatch(pruned)
  })

  test('what is not there is named; no secret is shown anywhere', async () => {
    const { engine } = engines[1]!
    const sql = new SqlSession(engine)
    const error = await sql.runner.collect(missing()).then(
      () => new Error('no error'),
      (thrown: Error) => thrown,
    )
    expect(error.message).toContain('nothing')
    const plans = await Promise.all(
      (['simple', 'extended', 'cost', 'formatted'] as const).map((mode) => sql.runner.explain(source(), mode)),
    )
    const shown = [inspect(error, { depth: 20 }), ...plans, JSON.stringify(engine.events.all())].join('\n')
    for (const secret of [s3.secretKey, s3.accessKey, postgres.password, encodeURIComponent(postgres.password)])
      expect(shown).not.toContain(secret)
  })
})

test('requests of the client are what the server signs for: keys with odd letters', async () => {
  const client = new S3Client(s3.conf, {})
  for (const key of ['odd/a b+c.txt', 'odd/ü=1/x&y.txt', "odd/it's (1)!.txt", 'odd/100%.txt']) {
    await client.put({ bucket: 'data', key }, new TextEncoder().encode(key))
    expect(await (await client.get({ bucket: 'data', key }, '')).text()).toBe(key)
  }
  const keys = (await Array.fromAsync(client.list('data', 'odd/'))).map(({ key }) => key)
  expect(keys.toSorted()).toEqual(['odd/100%.txt', 'odd/a b+c.txt', "odd/it's (1)!.txt", 'odd/ü=1/x&y.txt'].toSorted())
  expect(await client.putIfAbsent({ bucket: 'data', key: 'odd/once' }, new Uint8Array([1]))).toBe(true)
  expect(await client.putIfAbsent({ bucket: 'data', key: 'odd/once' }, new Uint8Array([2]))).toBe(false)
})
