import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { avg, col, count, countDistinct, desc, expr, lit, max, min, SparkSession, sum, when } from '../index.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import type { DataFrame } from './dataframe.ts'
import { provideHost } from './spark-session.ts'

describe('DataFrame', () => {
  let fixture: EngineFixture
  let spark: SparkSession
  let people: DataFrame
  let cities: DataFrame

  beforeAll(async () => {
    fixture = await startEngine(2)
    provideHost({
      engine: Promise.resolve(fixture.engine),
      appName: 'test',
      conf: {},
      directory: join(fixture.directory, 'session'),
      log: fixture.engine.options.log,
      own: false,
    })
    spark = SparkSession.builder().appName('test').config('a.b', 1).getOrCreate()
    people = spark.createDataFrame([
      { name: 'Ann', city: 'Oslo', age: 30 },
      { name: 'Bob', city: 'Rome', age: 40 },
      { name: 'Cid', city: 'Oslo', age: null },
      { name: 'Dee', city: null, age: 20 },
    ])
    cities = spark.createDataFrame([
      { city: 'Oslo', name: 'no' },
      { city: 'Bern', name: 'ch' },
    ])
  })

  afterAll(async () => {
    await spark.stop()
    await fixture.close()
  })

  it('selects, filters, adds, renames and drops columns', async () => {
    const frame = people
      .filter(col('age').isNotNull())
      .where('age > 20')
      .withColumn('older', col('age').plus(1))
      .withColumn('age', col('age').multiply(lit(2)))
      .withColumnRenamed('name', 'who')
      .drop('city', 'nosuch')
      .orderBy('who')
    expect(await frame.columns()).toEqual(['who', 'age', 'older'])
    expect(await frame.collect()).toEqual([
      { who: 'Ann', age: 60, older: 31 },
      { who: 'Bob', age: 80, older: 41 },
    ])
    expect(await people.selectExpr('upper(name) AS `the name`', 'age % 7').first()).toEqual({
      'the name': 'ANN',
      '(age % 7)': 2,
    })
  })

  it('groups and aggregates under the names Spark gives', async () => {
    const frame = people
      .groupBy('city')
      .agg(count('*'), sum('age'), avg('age').as('mean'), min(col('name')), countDistinct('age'), { age: 'max' })
      .orderBy(col('city').desc())
    expect(await frame.collect()).toEqual([
      {
        city: 'Rome',
        'count(1)': 1,
        'sum(age)': 40,
        mean: 40,
        'min(name)': 'Bob',
        'count(DISTINCT age)': 1,
        'max(age)': 40,
      },
      {
        city: 'Oslo',
        'count(1)': 2,
        'sum(age)': 30,
        mean: 30,
        'min(name)': 'Ann',
        'count(DISTINCT age)': 1,
        'max(age)': 30,
      },
      {
        city: null,
        'count(1)': 1,
        'sum(age)': 20,
        mean: 20,
        'min(name)': 'Dee',
        'count(DISTINCT age)': 1,
        'max(age)': 20,
      },
    ])
    expect(await people.groupBy().count().first()).toEqual({ count: 4 })
    expect(await people.count()).toBe(4)
  })

  it('sorts nulls as Spark does: first ascending, last descending', async () => {
    const names = async (frame: DataFrame) => (await frame.collect()).map(({ name }) => name)
    expect(await names(people.orderBy('age'))).toEqual(['Cid', 'Dee', 'Ann', 'Bob'])
    expect(await names(people.orderBy(desc('age')).limit(3))).toEqual(['Bob', 'Ann', 'Dee'])
  })

  it('joins by names and by conditions', async () => {
    const using = people
      .join(cities, 'city', 'left')
      .select('city', people.col('name'), cities.col('name').as('code'))
      .orderBy(people.col('name'))
    expect((await using.collect()).map(({ city, code }) => [city, code])).toEqual([
      ['Oslo', 'no'],
      ['Rome', null],
      ['Oslo', 'no'],
      [null, null],
    ])
    const on = people.join(cities, people.col('city').eq(cities.col('city')).and(col('age').gt(10)))
    expect(await on.select(people.col('name'), cities.col('name').as('code')).collect()).toEqual([
      { name: 'Ann', code: 'no' },
    ])
    expect(await people.join(cities, 'city', 'left_anti').count()).toBe(2)
    expect(await people.join(cities, 'city', 'semi').count()).toBe(2)
    expect(await people.join(cities, 'city', 'full').count()).toBe(5)
    expect(await people.crossJoin(cities).count()).toBe(8)
  })

  it('refuses what is ambiguous or unknown, with suggestions', async () => {
    await expect(people.join(cities, 'city').select('name').collect()).rejects.toThrow(
      '[AMBIGUOUS_REFERENCE] Reference `name` is ambiguous',
    )
    await expect(people.select('nam').collect()).rejects.toThrow('[UNRESOLVED_COLUMN.WITH_SUGGESTION]')
    await expect(people.crossJoin(cities).collect()).rejects.toThrow('two columns are called "city"')
    expect(() => people.join(cities, 'city', 'sideways')).toThrow('"sideways" is not a kind of join')
    expect(() => spark.sql('SELECT 1; SELECT 2')).toThrow('one statement, this text has 2')
    await expect(spark.sql('SELECT 1,\n  nope').collect()).rejects.toThrow('line 2, column 3')
    await expect(spark.table('nosuch').collect()).rejects.toThrow('The table or view `nosuch` cannot be found')
  })

  it('has set operations, distinct and range', async () => {
    const ids = spark.range(3).union(spark.range(1, 5)).distinct().orderBy('id')
    expect((await ids.collect()).map(({ id }) => Number(id))).toEqual([0, 1, 2, 3, 4])
    await expect(spark.range(3).union(people).collect()).rejects.toThrow('[NUM_COLUMNS_MISMATCH]')
  })

  it('is immutable, and views keep what they were made of', async () => {
    spark.range(3).createOrReplaceTempView('numbers')
    const before = spark.sql('SELECT count(*) AS n FROM numbers')
    spark.range(5).filter('id > 0').createOrReplaceTempView('numbers')
    const after = spark.sql('SELECT count(*) AS n FROM numbers')
    expect([await before.first(), await after.first()]).toEqual([{ n: 3 }, { n: 4 }])
    expect(await spark.table('numbers').select(max('id').as('m')).first()).toEqual({ m: 4 })
    expect(Object.isFrozen(before)).toBe(true)
  })

  it('gives each type its JavaScript value', async () => {
    const row = await spark
      .sql(
        "SELECT 1 AS i, 2L AS l, 1.50BD AS d, DATE '2024-02-29' AS day, TIMESTAMP '2024-01-01 00:00:00.5' AS t, array(1, NULL) AS a, named_struct('x', 1.5D) AS s, map('k', 1) AS m, NULL AS n, double('NaN') AS nan, X'FF' AS b",
      )
      .first()
    expect(row).toEqual({
      i: 1,
      l: 2,
      d: '1.50',
      day: '2024-02-29',
      t: new Date('2024-01-01T00:00:00.500Z'),
      a: [1, null],
      s: { x: 1.5 },
      m: new Map([['k', 1]]),
      n: null,
      nan: Number.NaN,
      b: new Uint8Array([255]),
    })
  })

  it('gives integers as numbers where those are exact, as bigint beyond, and both to JSON', async () => {
    const [row] = await spark
      .sql(
        'SELECT count(*) AS n, sum(id) AS total, 9007199254740991 AS safe, -9007199254740992 AS low, ' +
          "9007199254740993 AS id, array(9007199254740993) AS list, named_struct('i', 9007199254740993, 'n', 1) AS struct, map(1L, 2) AS m " +
          'FROM range(4)',
      )
      .collect()
    expect(row).toEqual({
      n: 4,
      total: 6,
      safe: 9007199254740991,
      low: -9007199254740992n,
      id: 9007199254740993n,
      list: [9007199254740993n],
      struct: { i: 9007199254740993n, n: 1 },
      m: new Map([[1, 2]]),
    })
    expect(JSON.stringify([row])).toBe(
      '[{"n":4,"total":6,"safe":9007199254740991,"low":-9007199254740992,"id":9007199254740993,' +
        '"list":[9007199254740993],"struct":{"i":9007199254740993,"n":1},"m":{}}]',
    )
    expect(Object.keys(row ?? {})).not.toContain('toJSON')
  })

  it('takes rows of any shape and gives them back', async () => {
    const rows = [
      { a: 1.5, b: true, c: new Date(5), d: 9007199254740993n, e: ['x'], f: { g: 'h' }, n: null },
      { a: Number.NaN, b: false, c: new Date(6), d: 1, e: [], f: { g: null }, n: null },
    ]
    expect(await spark.createDataFrame(rows).collect()).toEqual(rows)
    expect(() => spark.createDataFrame([{ a: 1 }, { a: 'x' }])).toThrow('the values of "a" have different types')
  })

  it('runs commands in order and writes files', async () => {
    const path = join(fixture.directory, 'out')
    people.createOrReplaceTempView('people')
    spark.sql(
      `INSERT OVERWRITE DIRECTORY '${path}' USING csv OPTIONS (header true) SELECT name FROM people WHERE age > 25`,
    )
    expect(await spark.read.option('header', true).csv(path).orderBy('name').collect()).toEqual([
      { name: 'Ann' },
      { name: 'Bob' },
    ])
    await people.write.mode('overwrite').json(`${path}-json`)
    expect(await spark.read.json(`${path}-json`).count()).toBe(4)
    await expect(people.write.partitionBy('city').json(`${path}-x`)).rejects.toThrow(
      'partitionBy is supported for parquet and csv',
    )
    await expect(people.write.parquet(path)).rejects.toThrow('already exists')
  })

  it('shows rows and schema as text', async () => {
    const written: string[] = []
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(String(text)) > 0)
    try {
      await people
        .select('name', when(col('age').gt(35), 'old').when(expr('age > 25'), 'mid').otherwise('young').as('group'))
        .orderBy('name')
        .show(2)
      await people.select('name', 'age').printSchema()
    } finally {
      write.mockRestore()
    }
    expect(written.join('')).toBe(
      [
        '+----+-----+',
        '|name|group|',
        '+----+-----+',
        '| Ann|  mid|',
        '| Bob|  old|',
        '+----+-----+',
        'only showing top 2 rows',
        '',
        'root',
        ' |-- name: string (nullable = true)',
        ' |-- age: long (nullable = true)',
        '',
        '',
      ].join('\n'),
    )
  })

  it("prints a schema with Spark's names", async () => {
    const text: string[] = []
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((part) => text.push(String(part)) > 0)
    try {
      await spark
        .sql(
          "SELECT 1 AS i, 1L AS l, 1S AS sh, 1Y AS by, 1D AS d, 1F AS f, 'x' AS s, TIMESTAMP '2024-01-01' AS t, " +
            "TIMESTAMP_NTZ '2024-01-01' AS n, DATE '2024-01-01' AS day, CAST(1 AS DECIMAL(10, 2)) AS c, true AS b, " +
            "X'00' AS raw, array(CAST(1 AS DECIMAL(4,1))) AS a, array(array(1)) AS aa, " +
            "named_struct('x', 1L, 'y, \"z\"', array(true)) AS st, map('k', named_struct('v', 1)) AS m, NULL AS v",
        )
        .printSchema()
    } finally {
      write.mockRestore()
    }
    expect(text.join('').split('\n')).toEqual([
      'root',
      ' |-- i: integer (nullable = false)',
      ' |-- l: long (nullable = false)',
      ' |-- sh: short (nullable = false)',
      ' |-- by: byte (nullable = false)',
      ' |-- d: double (nullable = false)',
      ' |-- f: float (nullable = false)',
      ' |-- s: string (nullable = false)',
      ' |-- t: timestamp (nullable = false)',
      ' |-- n: timestamp_ntz (nullable = false)',
      ' |-- day: date (nullable = false)',
      ' |-- c: decimal(10,2) (nullable = false)',
      ' |-- b: boolean (nullable = false)',
      ' |-- raw: binary (nullable = false)',
      ' |-- a: array (nullable = false)',
      ' |    |-- element: decimal(4,1) (containsNull = false)',
      ' |-- aa: array (nullable = false)',
      ' |    |-- element: array (containsNull = false)',
      ' |    |    |-- element: integer (containsNull = false)',
      ' |-- st: struct (nullable = false)',
      ' |    |-- x: long (nullable = false)',
      ' |    |-- y, "z": array (nullable = false)',
      ' |    |    |-- element: boolean (containsNull = false)',
      ' |-- m: map (nullable = false)',
      ' |    |-- key: string',
      ' |    |-- value: struct (valueContainsNull = false)',
      ' |    |    |-- v: integer (nullable = false)',
      ' |-- v: void (nullable = true)',
      '',
      '',
    ])
  })

  it('has RDDs of the same engine', async () => {
    const words = spark.sparkContext.parallelize(['a', 'b', 'a'], 2).map((word): [string, number] => [word, 1])
    const counts = await words.reduceByKey((one, other) => one + other).collect()
    expect(counts.toSorted()).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  it('has settings', () => {
    expect(spark.conf.get('a.b')).toBe('1')
    spark.conf.set('x', true)
    expect(spark.conf.get('x')).toBe('true')
    expect(SparkSession.builder().getOrCreate()).toBe(spark)
  })
})
