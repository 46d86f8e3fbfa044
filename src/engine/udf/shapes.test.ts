import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { col, sum, udaf, udf, udtf, Window } from '../index.ts'
import { forkedBackend } from '../testing/forked-backend.ts'
import { PLACES, type SessionFixture, startSession } from '../testing/session-fixture.ts'

describe.each(PLACES)('functions over batches, groups and tables $where', ({ instances, conf }) => {
  let fixture: SessionFixture

  beforeAll(async () => {
    fixture = await startSession(instances, conf, forkedBackend)
    fixture.spark
      .range(0, 10_000, 1, 4)
      .selectExpr('id', 'id % 3 AS k', "concat('text number ', id) AS s", 'nullif(id % 5, 0) AS v')
      .createOrReplaceTempView('t')
  }, 60_000)

  afterAll(() => fixture.close())

  const t = () => fixture.spark.table('t')

  it('calls a vectorized function with lists', async () => {
    const by = 10
    const plus = udf((a: readonly number[], s: readonly string[]) => a.map((x, i) => x * by + s[i]!.length), 'bigint', {
      vectorized: true,
    })
    const rows = await t()
      .select(sum(plus('id', 's')).as('all'))
      .collect()
    expect(rows).toEqual([{ all: ((10_000 * 9_999) / 2) * 10 + 12 * 10_000 + 10 + 90 * 2 + 900 * 3 + 9000 * 4 }])
    const typed = udf((a: readonly number[]) => Float64Array.from(a, (x) => x / 2), 'double', { vectorized: true })
    expect(await t().filter('id < 3').select(typed('id').as('h')).orderBy('h').collect()).toEqual([
      { h: 0 },
      { h: 0.5 },
      { h: 1 },
    ])
    const short = udf(() => [1], 'int', { vectorized: true, name: 'short' })
    await expect(t().select(short('id')).collect()).rejects.toThrow(
      /UDF short failed on a batch of \d+ rows: it returned 1 values for \d+ rows at shapes\.test\.ts/,
    )
  })

  it('maps batches to other rows', async () => {
    const rows = t().mapBatches(
      ({ id, v }) => id!.flatMap((x, i) => (v![i] === null ? [] : [{ id: x, twice: Number(x) * 2 }])),
      'id BIGINT, twice BIGINT',
    )
    expect(await rows.agg(sum('twice').as('all')).collect()).toEqual([{ all: 80_000_000 }])
    const columns = t().mapBatches(({ id }) => ({ n: [id!.length] }), 'n INT')
    expect(await columns.agg(sum('n').as('n')).collect()).toEqual([{ n: 10_000 }])
    await expect(
      t()
        .mapBatches(() => ({ a: [1], b: [] }), 'a INT, b INT')
        .collect(),
    ).rejects.toThrow('the column a has 1 values, b has 0')
    await expect(
      t()
        .mapBatches(() => [{ a: 'x' }], 'a INT')
        .collect(),
    ).rejects.toThrow("it returned 'x', which is no int")
  })

  it('aggregates groups, with null as a value', async () => {
    const mean = udaf(
      {
        zero: () => ({ sum: 0, n: 0, nulls: 0 }),
        reduce: (b, v: number | null) =>
          v === null ? { ...b, nulls: b.nulls + 1 } : { sum: b.sum + v, n: b.n + 1, nulls: b.nulls },
        merge: (a, b) => ({ sum: a.sum + b.sum, n: a.n + b.n, nulls: a.nulls + b.nulls }),
        finish: ({ sum: all, n, nulls }) => (n === 0 ? null : all / n + nulls),
      },
      'double',
      { name: 'mean_and_nulls' },
    )
    const frame = t().groupBy().agg(mean('v'))
    expect(await frame.columns()).toEqual(['mean_and_nulls(v)'])
    expect(await frame.collect()).toEqual([{ 'mean_and_nulls(v)': 2.5 + 2000 }])
    fixture.spark.udf.register('mean_and_nulls', mean)
    const sql = await fixture.spark
      .sql(
        'SELECT k, mean_and_nulls(v) AS m, mean_and_nulls(v) FILTER (WHERE v IS NULL) AS none FROM t WHERE id < 15 GROUP BY k ORDER BY k',
      )
      .collect()
    expect(sql).toEqual([0, 1, 2].map((k) => ({ k, m: 3.5, none: null })))
    const empty = await t().filter('id < 0').agg(mean('v').as('m')).collect()
    expect(empty).toEqual([{ m: null }])
    const running = await t()
      .filter('id < 4')
      .select(col('id'), mean('id').over(Window.orderBy('id')).as('m'))
      .orderBy('id')
      .collect()
    expect(running.map(({ m }) => m)).toEqual([0, 0.5, 1, 1.5])
    expect(() => udaf({ zero: () => 0 } as never, 'int')).toThrow('reduce is missing')
  })

  it('makes rows of a call, in FROM, LATERAL and LATERAL VIEW', async () => {
    const { spark } = fixture
    spark.udtf.register(
      'words',
      udtf(function* words(text: string | null, n: number) {
        for (const word of (text ?? '').split(' ')) if (word.length >= n) yield { word, size: word.length }
      }, 'word STRING, size INT'),
    )
    expect(await spark.sql("SELECT * FROM words('a bc def', 2)").collect()).toEqual([
      { word: 'bc', size: 2 },
      { word: 'def', size: 3 },
    ])
    const expected = [0, 1].flatMap((id) => [
      { id, word: 'text' },
      { id, word: 'number' },
    ])
    expect(
      await spark.sql('SELECT id, word FROM t, LATERAL words(t.s, 2) WHERE id < 2 ORDER BY id, size').collect(),
    ).toEqual(expected)
    expect(
      await spark
        .sql('SELECT id, w.a AS word FROM t LATERAL VIEW words(s, 2) w AS a, b WHERE id < 2 ORDER BY id, b')
        .collect(),
    ).toEqual(expected)
    expect(() => spark.sql('SELECT * FROM mean_and_nulls(1)')).toThrow('gives a value, not rows')
  })
})
