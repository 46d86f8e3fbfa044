import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { col, expr } from '../index.ts'
import { PLACES, type SessionFixture, startSession } from '../testing/session-fixture.ts'

describe.each(PLACES)('as-of joins $where', ({ instances, conf }) => {
  let fixture: SessionFixture

  beforeAll(async () => {
    fixture = await startSession(instances, conf)
  }, 60_000)

  afterAll(() => fixture.close())

  const trades = () =>
    fixture.spark
      .createDataFrame([
        { id: 1, sym: 'a', t: 5 },
        { id: 2, sym: 'a', t: 10 },
        { id: 3, sym: 'b', t: 7 },
        { id: 4, sym: 'c', t: 1 },
        { id: 5, sym: 'a', t: null },
      ])
      .repartition(3)
  const quotes = () =>
    fixture.spark
      .createDataFrame([
        { sym: 'a', at: 1, price: 10 },
        { sym: 'a', at: 5, price: 11 },
        { sym: 'a', at: 9, price: 12 },
        { sym: 'b', at: 1, price: 20 },
        { sym: 'b', at: 8, price: 21 },
      ])
      .repartition(2)
  const prices = (frame: { collect(): Promise<readonly { id: number; price: number | null }[]> }) =>
    frame.collect().then((rows) => rows.map(({ id, price }) => [id, price]).toSorted((a, b) => a[0]! - b[0]!))

  it('finds the last row that is not later, by equal keys', async () => {
    const frame = trades().joinAsOf(quotes(), 't', 'at', { on: 'sym' })
    expect(await frame.columns()).toEqual(['sym', 'id', 't', 'at', 'price'])
    expect(await prices(frame)).toEqual([
      [1, 11],
      [2, 12],
      [3, 20],
    ])
    const left = trades().joinAsOf(quotes(), col('t'), col('at'), { on: ['sym'], how: 'left' })
    expect(await prices(left)).toEqual([
      [1, 11],
      [2, 12],
      [3, 20],
      [4, null],
      [5, null],
    ])
  })

  it('goes forward, without exact matches, within a tolerance', async () => {
    const forward = trades().joinAsOf(quotes(), 't', 'at', { on: 'sym', direction: 'forward' })
    expect(await prices(forward)).toEqual([
      [1, 11],
      [3, 21],
    ])
    const later = trades().joinAsOf(quotes(), 't', 'at', {
      on: 'sym',
      direction: 'forward',
      allowExactMatches: false,
    })
    expect(await prices(later)).toEqual([
      [1, 12],
      [3, 21],
    ])
    const near = trades().joinAsOf(quotes(), 't', 'at', { on: 'sym', how: 'left', tolerance: 3 })
    expect(await prices(near)).toEqual([
      [1, 11],
      [2, 12],
      [3, null],
      [4, null],
      [5, null],
    ])
    const inner = trades().joinAsOf(quotes(), 't', 'at', { on: 'sym', tolerance: 3 })
    expect(await prices(inner.filter(col('price').gt(11)))).toEqual([[2, 12]])
  })

  it('needs no keys, and takes times with intervals', async () => {
    const { spark } = fixture
    const a = spark.sql(
      "SELECT id, TIMESTAMP'2026-01-01 00:00:00' + make_dt_interval(0, CAST(id AS INT)) AS t FROM range(5)",
    )
    const b = spark.sql(
      "SELECT id AS other, TIMESTAMP'2026-01-01 00:30:00' + make_dt_interval(0, CAST(id * 2 AS INT)) AS u FROM range(2)",
    )
    const rows = await a
      .joinAsOf(b, 't', 'u', { how: 'left', tolerance: expr('INTERVAL 1 HOUR') })
      .orderBy('id')
      .select('id', 'other')
      .collect()
    expect(rows.map(({ other }) => other)).toEqual([null, 0, null, 1, null])
  })

  it('agrees with a plain join that looks at every pair', async () => {
    const { spark } = fixture
    spark.range(0, 400, 1, 4).selectExpr('id', 'id % 7 AS k', '(id * 7919) % 1000 AS t').createOrReplaceTempView('l')
    spark
      .range(0, 300, 1, 3)
      .selectExpr('id AS rid', 'id % 8 AS k', '(id * 104729) % 1000 AS u')
      .createOrReplaceTempView('r')
    const expected = await spark
      .sql('SELECT l.id, max(r.u) AS u FROM l JOIN r ON l.k = r.k AND r.u <= l.t GROUP BY l.id ORDER BY l.id')
      .collect()
    const frame = spark.table('l').joinAsOf(spark.table('r'), 't', 'u', { on: 'k' })
    expect(await frame.select('id', 'u').orderBy('id').collect()).toEqual(expected)
    expect(expected.length).toBeGreaterThan(300)
  })

  it('refuses what has no order, by name', async () => {
    await expect(trades().joinAsOf(quotes(), 'sym', 'at').collect()).rejects.toThrow('an as-of join are "STRING" and')
    expect(() => trades().joinAsOf(quotes(), 't', 'at', { direction: 'nearest' as 'forward' })).toThrow(
      'the direction of an as-of join is backward or forward, not nearest',
    )
  })
})
