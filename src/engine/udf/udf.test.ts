import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { provideHost } from '../dataframe/spark-session.ts'
import { col, expr, lit, SparkSession, sum, udf } from '../index.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { forkedBackend } from '../testing/forked-backend.ts'

/** What a promise rejects with, as text. */
const failure = async (action: Promise<unknown>): Promise<string> => {
  try {
    await action
  } catch (error) {
    return String(error)
  }
  throw new Error('it did not fail')
}

describe.each([
  { where: 'in the driver', instances: 0 },
  { where: 'on forked executors', instances: 2 },
])('functions of the program $where', ({ instances }) => {
  let fixture: EngineFixture
  let spark: SparkSession

  beforeAll(async () => {
    fixture = await startEngine(instances, { 'spark.sql.autoBroadcastJoinThreshold': '-1' }, forkedBackend)
    provideHost({
      engine: Promise.resolve(fixture.engine),
      appName: 'test',
      conf: {},
      own: false,
      directory: join(fixture.directory, 'session'),
      log: fixture.engine.options.log,
    })
    spark = SparkSession.builder().getOrCreate()
    spark
      .createDataFrame(
        [
          { a: 1, s: 'żółw 🐢' },
          { a: 17, s: '' },
          { a: null, s: null },
        ],
        'a INT, s STRING',
      )
      .createOrReplaceTempView('t')
  }, 60_000)

  afterAll(async () => {
    await spark.stop()
    await fixture.close()
  })

  it('computes columns, with captured values and null as an argument', async () => {
    const offset = { by: 10, of: new Map([['x', 5n]]) }
    const plus = udf(
      (a: number | null, b: number) => (a === null ? null : a + b + offset.by + Number(offset.of.get('x'))),
      'int',
    )
    const frame = spark.table('t').select(plus(col('a'), 1), plus('a', lit(2)).as('two'))
    expect(await frame.columns()).toEqual(['UDF(a, 1)', 'two'])
    expect(await frame.collect()).toEqual([
      { 'UDF(a, 1)': 17, two: 18 },
      { 'UDF(a, 1)': 33, two: 34 },
      { 'UDF(a, 1)': null, two: null },
    ])
    offset.by = 100
    expect((await frame.first())?.two).toBe(108)
  })

  it.each([
    ['boolean', 'true', true],
    ['tinyint', '-128Y', -128],
    ['smallint', '32767S', 32_767],
    ['int', '-2147483648', -2_147_483_648],
    ['bigint', '9007199254740993L', 9_007_199_254_740_993n],
    ['bigint', '-9223372036854775808L', -9_223_372_036_854_775_808n],
    ['float', '1.5F', 1.5],
    ['double', "double('NaN')", Number.NaN],
    ['decimal(10,2)', '-1.50BD', '-1.50'],
    ['decimal(38,4)', '1234567890123456789012345678901234.5678BD', '1234567890123456789012345678901234.5678'],
    ['string', "concat('a\\u0000żółw 🐢 and more', repeat('ü', 5000))", `a\0żółw 🐢 and more${'ü'.repeat(5000)}`],
    ['binary', "X'00FFAA'", new Uint8Array([0, 255, 170])],
    ['date', "DATE'1600-02-29'", '1600-02-29'],
    ['timestamp', "TIMESTAMP'1969-12-31 23:59:59.999Z'", new Date(-1)],
    ['timestamp_ntz', "TIMESTAMP_NTZ'2026-11-21 01:02:03.004'", new Date('2026-11-21T01:02:03.004Z')],
    ['array<bigint>', 'array(1L, null, 9007199254740993L)', [1, null, 9_007_199_254_740_993n]],
    [
      'map<string,decimal(3,1)>',
      "map('k', 1.5BD, 'l', null)",
      new Map([
        ['k', '1.5'],
        ['l', null],
      ]),
    ],
    [
      'struct<b:int,a:array<struct<x:string>>>',
      "named_struct('b', 1, 'a', array(named_struct('x', 'y'), null))",
      { b: 1, a: [{ x: 'y' }, null] },
    ],
  ])('gives and takes values of type %s: %s', async (type, sql, value) => {
    const seen = udf((given: unknown) => (given === null ? 'null' : (given as object).constructor.name), 'string')
    const same = udf((given: unknown) => given, type)
    const rows = await spark
      .sql(`SELECT ${sql} AS v, id FROM range(3)`)
      .withColumn('v', expr('if(id = 1, null, v)'))
      .orderBy('id')
      .select(same('v').as('same'), seen('v').as('seen'))
      .collect()
    const kind = value.constructor.name
    expect(rows).toEqual([
      { same: value, seen: kind },
      { same: null, seen: 'null' },
      { same: value, seen: kind },
    ])
  })

  it('says what failed on which row, and where', async () => {
    const check = udf(function check(a: number, s: string) {
      if (a === 17) throw new RangeError(`no ${s}!`)
      return a
    }, 'int')
    const message = await failure(
      spark
        .table('t')
        .where('a IS NOT NULL')
        .select(check(col('a'), lit('x')))
        .collect(),
    )
    expect(message).toMatch(
      /^EngineError: \[FAILED_EXECUTE_UDF\] UDF check failed on row \{a: 17, s: 'x'\}: no x! at udf\.test\.ts:\d+$/,
    )
  })

  it.each([
    ['int', () => 1.5, 'it returned 1.5, which is no int (not whole)'],
    ['tinyint', () => 128, 'it returned 128, which is no tinyint (out of range)'],
    ['string', () => 7, 'it returned 7, which is no string'],
    ['bigint', () => 2 ** 60, 'too large for a number to be exact: return a bigint'],
    ['decimal(4,2)', () => 0.1 + 0.2, 'more than 2 digits after the point: round it'],
    ['decimal(4,2)', () => '100', "it returned '100', which is no decimal(4,2) (out of range)"],
    ['date', () => '2026-02-30', "it returned '2026-02-30', which is no date"],
    ['struct<a:int>', () => ({ a: 1, b: 2 }), 'it has no field b'],
    ['int', () => Promise.resolve(1), 'it returned a promise'],
  ])('refuses a result that is no %s', async (type, fn, sentence) => {
    const message = await failure(
      spark
        .range(1)
        .select(udf(fn, type, { name: 'wrong' })())
        .collect(),
    )
    expect(message).toContain('UDF wrong failed on row {}: ')
    expect(message).toContain(sentence)
    expect(message).toMatch(/at udf\.test\.ts:\d+/)
  })

  it('filters, joins, groups, sorts and is summed', async () => {
    const third = udf((id: number) => id % 3, 'int')
    const odd = udf((id: number) => id % 2 === 1, 'boolean')
    const ids = spark.range(0, 1000, 1, 4)
    const groups = ids
      .where(odd('id'))
      .groupBy(third('id').as('k'))
      .agg(sum(third(col('id').plus(1))).as('s'))
      .orderBy(third('k'))
    expect(await groups.collect()).toEqual([
      { k: 0, s: 167 },
      { k: 1, s: 334 },
      { k: 2, s: 0 },
    ])
    const [left, right] = [spark.range(9).alias('l'), spark.range(3).alias('r')]
    const joined = left
      .join(right, third('l.id').eq(col('r.id')).and(odd('l.id')))
      .select('l.id', col('r.id').as('rid'))
    expect(await joined.orderBy('id').collect()).toEqual([
      { id: 1, rid: 1 },
      { id: 3, rid: 0 },
      { id: 5, rid: 2 },
      { id: 7, rid: 1 },
    ])
  })

  it('is called by name in SQL, before a built-in of the name, until another takes the name', async () => {
    const registered = spark.udf.register('Upper', (s: string | null) => `<${s}>`, 'string')
    const before = spark.sql("SELECT UPPER('a') AS u, lower('A') AS l")
    spark.udf.register('upper', registered.withName('other').asNondeterministic())
    spark.udf.register('upper', (s: string) => `(${s})`, 'string')
    expect(await before.collect()).toEqual([{ u: '<a>', l: 'a' }])
    expect(await spark.sql("SELECT a FROM t WHERE upper(s) = '()'").collect()).toEqual([{ a: 17 }])
    expect(await spark.range(1).selectExpr("upper('x') AS e").collect()).toEqual([{ e: '(x)' }])
    spark.sql("CREATE TEMPORARY VIEW u AS SELECT upper('v') AS c")
    spark.udf.register('upper', () => 'newest', 'string')
    expect(await spark.table('u').collect()).toEqual([{ c: '(v)' }])
    expect(() => spark.udf.register('Like', () => true, 'boolean')).toThrow('Like is an operator of SQL')
    expect(() => spark.udf.register('a b', () => true, 'boolean')).toThrow('"a b" cannot be the name of a function')
    expect(() => spark.udf.register('f', () => true)).toThrow('wants the type of what f returns')
    const distinct = () => spark.sql('SELECT upper(DISTINCT s) FROM t')
    expect(distinct).toThrow('does not support DISTINCT')
  })

  it('casts arguments to the types that are given, and counts them', async () => {
    const kind = udf((n: number | string) => typeof n, 'string', { arguments: ['string'], name: 'kind' })
    expect(await spark.range(1).select(kind('id').as('k')).collect()).toEqual([{ k: 'string' }])
    const message = await failure(spark.range(1).select(kind('id', 1)).collect())
    expect(message).toContain('kind takes 1 arguments, but 2 are given')
  })

  it('reads texts of any length as they are, among nulls', async () => {
    const text = (id: number): string | null =>
      id % 7 === 0 ? null : `${id % 3 === 0 ? '\uFEFF' : ''}ż${'🐢b'.repeat(id % 50)}`
    const wrong = udf(
      (id: number, given: string | null, other: string | null) => (given === text(id) && other === text(id) ? 0 : 1),
      'int',
    )
    const texts = udf(text, 'string')
    const ids = spark.range(0, 5000, 1, 2).withColumn('t', texts('id'))
    const counted = ids.agg(
      sum(wrong('id', 't', expr("concat(t, '')"))).as('wrong'),
      sum(expr('length(t)')).as('length'),
    )
    const length = Array.from({ length: 5000 }, (_, id) => [...(text(id) ?? '')].length).reduce((sum, n) => sum + n, 0)
    expect(await counted.collect()).toEqual([{ wrong: 0, length }])
  })

  it('captures a table that is too large to go with each task', async () => {
    const table = new Map(Array.from({ length: 20_000 }, (_, id) => [id, `value ${id}`]))
    const look = udf((id: number) => table.get(id) ?? null, 'string')
    const found = spark.range(0, 40_000, 20_000, 2).union(spark.range(5, 6)).select(look('id').as('v')).orderBy('v')
    expect(await found.collect()).toEqual([{ v: null }, { v: 'value 0' }, { v: 'value 5' }])
    expect((await readdir(join(fixture.directory, 'driver'))).filter((name) => name.includes('bellows_udf'))).toEqual(
      [],
    )
  })

  it('is called within a lambda, CASE and a window', async () => {
    spark.udf.register(
      'half',
      (x: number) => {
        if (x % 2 === 1) throw new Error('odd')
        return x / 2
      },
      'int',
    )
    const rows = await spark
      .sql(
        `SELECT transform(array(2, 4, null), x -> CASE WHEN x IS NOT NULL THEN half(x) END) AS t,
                CASE WHEN id % 2 = 0 THEN half(id) END AS c,
                sum(half(id * 2)) OVER (ORDER BY id) AS w
         FROM range(3) ORDER BY id`,
      )
      .collect()
    const t = [1, 2, null]
    expect(rows).toEqual([
      { t, c: 0, w: 0 },
      { t, c: null, w: 1 },
      { t, c: 1, w: 3 },
    ])
  })

  it('computes one call a row where it is not deterministic', async () => {
    let n = 0
    const next = udf(() => (n += 1), 'int').asNondeterministic()
    const rows = await spark.range(0, 5, 1, 1).select(next().as('n')).collect()
    expect(rows.map((row) => row.n)).toEqual([1, 2, 3, 4, 5])
    expect(n).toBe(0)
  })
})

describe('udf', () => {
  it('refuses at the call what cannot be sent, by its name', () => {
    const timer = setTimeout(() => {}, 0)
    clearTimeout(timer)
    expect(() => udf((x: number) => [x, timer].length, 'int', { name: 'late' })).toThrow(
      /udf late: its function uses `timer`/,
    )
    expect(() => udf(async (x: number) => x, 'int')).toThrow('an async function or generator cannot compute a column')
    expect(() => udf((x: number) => x, 'nosuch')).toThrow('udf UDF: "nosuch" is no type')
  })
})
