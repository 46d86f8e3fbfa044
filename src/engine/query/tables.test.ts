import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PLACES, type SessionFixture, startSession } from '../testing/session-fixture.ts'
import { runScript } from './run-script.ts'
import { SessionRows } from './session-rows.ts'

describe.each(PLACES)('tables of the warehouse $where', ({ instances, conf }) => {
  let fixture: SessionFixture
  let warehouse: string

  beforeAll(async () => {
    fixture = await startSession(instances, conf)
    warehouse = join(fixture.directory, 'warehouse')
    fixture.spark.conf.set('spark.sql.warehouse.dir', warehouse)
  }, 60_000)

  afterAll(() => fixture.close())

  /** One statement after the other, each waited for. */
  const run = async (...statements: readonly string[]): Promise<void> => {
    for (const statement of statements) {
      fixture.spark.sql(statement)
      await fixture.spark.settle()
    }
  }
  const rows = (sql: string) => fixture.spark.sql(sql).collect()
  const failure = (sql: string): Promise<string> => elsewhere(sql).then(() => 'nothing', String)
  /** What another application prints that has only the directory. */
  const elsewhere = async (script: string): Promise<string> => {
    let printed = ''
    const state = { views: new Map(), conf: { 'spark.sql.warehouse.dir': warehouse } }
    await runScript(fixture.engine, script, state, new SessionRows(), {
      print: (text) => {
        printed += text
      },
      shown: () => {},
      wrote: () => {},
    })
    return printed
  }

  it('makes, fills and overwrites a table', async () => {
    await run(
      'CREATE TABLE t (a INT, b STRING, d DECIMAL(10,2)) COMMENT "words"',
      "INSERT INTO t VALUES (1, 'one', 1.5), (2, NULL, 2)",
    )
    expect(await rows('SELECT * FROM t ORDER BY a')).toEqual([
      { a: 1, b: 'one', d: '1.50' },
      { a: 2, b: null, d: '2.00' },
    ])
    await run("INSERT INTO t (b, a) VALUES ('three', 3)", "INSERT INTO t BY NAME SELECT 'four' AS b, 4 AS a")
    expect(await rows('SELECT a, b, d FROM default.t WHERE a > 2 ORDER BY a')).toEqual([
      { a: 3, b: 'three', d: null },
      { a: 4, b: 'four', d: null },
    ])
    await run('INSERT OVERWRITE t SELECT a + 10, b, d FROM t WHERE a = 1')
    expect(await rows('SELECT * FROM t')).toEqual([{ a: 11, b: 'one', d: '1.50' }])
    expect(await elsewhere('SELECT a FROM t; SHOW TABLES; DESCRIBE EXTENDED t')).toMatch(
      /11[\s\S]*\|default {2}\|t {8}\|false {6}\|[\s\S]*\|d +\|decimal\(10,2\)[\s\S]*MANAGED[\s\S]*parquet[\s\S]*words/,
    )
    await run('DROP TABLE t')
    await expect(rows('SELECT * FROM t')).rejects.toThrow('TABLE_OR_VIEW_NOT_FOUND')
    await expect(stat(join(warehouse, 't'))).rejects.toThrow('ENOENT')
  })

  it('is empty at first, with its types', async () => {
    await run('CREATE TABLE empty_one (a INT, s STRUCT<x: ARRAY<BIGINT>>) USING json')
    expect(await fixture.spark.table('empty_one').count()).toBe(0)
    await run("INSERT INTO empty_one SELECT 1, named_struct('x', array(1L, 2L))")
    expect(await rows('SELECT a, s.x[1] AS x FROM empty_one')).toEqual([{ a: 1, x: 2 }])
    await run('CREATE TABLE texts (a INT, b DATE) USING csv', "INSERT INTO texts VALUES (1, DATE'2026-11-21')")
    expect(await rows('SELECT * FROM texts')).toEqual([{ a: 1, b: '2026-11-21' }])
  })

  it('keeps partitions with their declared types, and overwrites one of them', async () => {
    await run(
      "CREATE TABLE p USING parquet PARTITIONED BY (k) AS SELECT '01' AS k, id, id * 2 AS v FROM range(3)",
      "INSERT INTO p PARTITION (k = '02') VALUES (7, 8)",
      "INSERT INTO p PARTITION (k) VALUES (9, 10, '03')",
    )
    expect(await rows('SELECT * FROM p ORDER BY id')).toEqual([
      { id: 0, v: 0, k: '01' },
      { id: 1, v: 2, k: '01' },
      { id: 2, v: 4, k: '01' },
      { id: 7, v: 8, k: '02' },
      { id: 9, v: 10, k: '03' },
    ])
    await run("INSERT OVERWRITE p PARTITION (k = '01') SELECT 100, 200")
    expect(await rows('SELECT k, count(*) AS n, sum(v) AS v FROM p GROUP BY k ORDER BY k')).toEqual([
      { k: '01', n: 1, v: 200 },
      { k: '02', n: 1, v: 8 },
      { k: '03', n: 1, v: 10 },
    ])
    expect((await readdir(join(warehouse, 'p'))).filter((name) => name.startsWith('k=')).toSorted()).toEqual([
      'k=01',
      'k=02',
      'k=03',
    ])
  })

  it('leaves the files of an external table', async () => {
    const path = join(fixture.directory, 'outside')
    await fixture.spark.range(5).write.parquet(path)
    await run(`CREATE TABLE outside LOCATION '${path}'`)
    expect(await fixture.spark.table('outside').count()).toBe(5)
    await run('DROP TABLE outside')
    expect((await readdir(path)).length).toBeGreaterThan(0)
  })

  it('has databases, and views that last', async () => {
    await run(
      'CREATE DATABASE sales',
      'USE sales',
      'CREATE TABLE t AS SELECT 1 AS a',
      'CREATE VIEW doubled (b) AS SELECT a * 2 FROM t',
    )
    await run('USE default')
    expect(await rows('SELECT * FROM sales.doubled')).toEqual([{ b: 2 }])
    await run('INSERT INTO sales.t VALUES (5)')
    expect(await elsewhere('SELECT sum(b) AS s FROM sales.doubled; SHOW DATABASES; SHOW VIEWS IN sales')).toMatch(
      /\|12[\s\S]*\|default[\s\S]*\|sales[\s\S]*\|sales +\|doubled/,
    )
    expect(await failure('DROP DATABASE sales')).toContain('SCHEMA_NOT_EMPTY')
    expect(await failure('DROP TABLE sales.doubled')).toContain('sales.doubled is a view: write DROP VIEW')
    await run('DROP VIEW sales.doubled', 'DROP DATABASE sales CASCADE')
    expect(await fixture.spark.catalog.databaseExists('sales')).toBe(false)
  })

  it('saves DataFrames as tables', async () => {
    const { spark } = fixture
    const frame = spark.range(4).selectExpr('id', 'id % 2 AS k')
    await frame.write.partitionBy('k').saveAsTable('saved')
    await expect(frame.write.saveAsTable('saved')).rejects.toThrow('TABLE_OR_VIEW_ALREADY_EXISTS')
    await frame.select('k', 'id').write.mode('append').saveAsTable('saved')
    await frame.select('id', 'k').write.insertInto('saved')
    expect(await spark.table('saved').groupBy('k').count().orderBy('k').collect()).toEqual([
      { k: 0, count: 6 },
      { k: 1, count: 6 },
    ])
    await spark.range(1).write.mode('overwrite').saveAsTable('saved')
    expect(await spark.table('saved').columns()).toEqual(['id'])
    expect((await spark.catalog.listTables()).find(({ name }) => name === 'saved')).toEqual({
      name: 'saved',
      database: 'default',
      tableType: 'MANAGED',
      isTemporary: false,
    })
    expect(await spark.catalog.tableExists('saved')).toBe(true)
    expect(() => frame.write.bucketBy(4, 'k')).toThrow('bucketBy is not there')
  })

  it('makes a table once where two want it, and leaves no drafts', async () => {
    const made = await Promise.allSettled(
      [1, 2, 3].map((n) => elsewhere(`CREATE TABLE once (n INT) COMMENT 'of ${n}'`)),
    )
    expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const files = await readdir(join(warehouse, '_catalog', 'default'))
    expect(files.filter((name) => !name.endsWith('.json'))).toEqual([])
    expect(JSON.parse(await readFile(join(warehouse, '_catalog', 'default', 'once.json'), 'utf8'))).toMatchObject({
      kind: 'table',
      format: 'parquet',
    })
  })

  it.each([
    ["INSERT INTO strict VALUES ('x', 1)", 'the column a is "INT", the query gives "STRING"; cast it'],
    ['INSERT INTO strict VALUES (1)', 'it takes 2 columns (a, b), the query gives 1'],
    ['INSERT INTO strict BY NAME SELECT 1 AS a, 2 AS c', 'has no column c to write'],
    ['INSERT INTO strict VALUES (3000000000, 1)', 'CAST_OVERFLOW'],
    ['INSERT INTO nowhere VALUES (1)', 'there is no table default.nowhere'],
    ['INSERT INTO strict PARTITION (a = 1) VALUES (2)', 'is not partitioned by a'],
    ['CREATE TABLE strict (a INT)', 'TABLE_OR_VIEW_ALREADY_EXISTS'],
    ['CREATE TABLE x.y (a INT)', 'there is no database x: the databases are default'],
    ['CREATE TABLE n (a INT) USING orc', 'a table is USING parquet, csv or json, not orc'],
    ['CREATE TABLE n (a INT) USING csv PARTITIONED BY (a)', 'PARTITIONED BY is for parquet tables'],
    ['CREATE VIEW w AS SELECT * FROM temp', 'it names the temporary view temp'],
    ['CREATE VIEW w AS SELECT * FROM nowhere', 'TABLE_OR_VIEW_NOT_FOUND'],
    ['DROP TABLE nowhere', 'there is no table default.nowhere'],
    ['USE nowhere', 'there is no database nowhere'],
  ])('refuses %s', async (sql, sentence) => {
    await run('CREATE TABLE IF NOT EXISTS strict (a INT, b INT)')
    expect(await failure(`CREATE TEMPORARY VIEW temp AS SELECT 1 AS id; ${sql}`)).toContain(sentence)
  })
})
