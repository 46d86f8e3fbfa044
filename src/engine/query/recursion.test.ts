import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PLACES, type SessionFixture, startSession } from '../testing/session-fixture.ts'

describe.each(PLACES)('WITH RECURSIVE $where', ({ instances, conf }) => {
  let fixture: SessionFixture

  beforeAll(async () => {
    fixture = await startSession(instances, conf)
  }, 60_000)

  afterAll(() => fixture.close())

  const rows = async (sql: string) => (await fixture.spark.sql(sql).collect()).map((row) => Object.values(row))

  it('computes level by level', async () => {
    expect(
      await rows('WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT sum(n) FROM t'),
    ).toEqual([[15]])
    expect(
      await rows(
        'WITH RECURSIVE t(n, f) AS (VALUES (1, 1L) UNION ALL SELECT n + 1, f * (n + 1) FROM t WHERE n < 12) SELECT max(f) FROM t',
      ),
    ).toEqual([[479_001_600]])
  })

  it('walks a tree with names of other queries, twice in one query', async () => {
    const sql = `
      WITH RECURSIVE edges(a, b) AS (VALUES (1, 2), (1, 3), (2, 4), (4, 5), (7, 8)),
      reached(node, depth) AS (SELECT 1, 0 UNION ALL SELECT b, depth + 1 FROM reached JOIN edges ON node = a)
      SELECT x.node, y.depth FROM reached x JOIN reached y ON x.node = y.node ORDER BY 1`
    expect(await rows(sql)).toEqual([
      [1, 0],
      [2, 1],
      [3, 1],
      [4, 2],
      [5, 3],
    ])
  })

  it('knows its columns without computing, and ends where a LIMIT has enough', async () => {
    const frame = fixture.spark.sql(
      'WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT n FROM t LIMIT 4',
    )
    expect((await frame.schema()).fields.map(({ name, type }) => [name, type.kind])).toEqual([['n', 'integer']])
    expect(await frame.collect()).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }, { n: 4 }])
  })

  it.each([
    ['SELECT 1 UNION ALL SELECT n + 1 FROM t', 'RECURSION_LEVEL_LIMIT_EXCEEDED'],
    ['SELECT 1 UNION SELECT n % 3 + 1 FROM t', 'UNION_NOT_SUPPORTED_IN_RECURSIVE_CTE'],
    ['SELECT 1 UNION ALL SELECT n + 1L FROM t', 'CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE'],
    ['SELECT count(*) FROM t', 'INVALID_RECURSIVE_CTE'],
    ['SELECT id FROM range(1000) UNION ALL SELECT n FROM t, range(2000)', 'RECURSION_ROW_LIMIT_EXCEEDED'],
  ])('refuses %s', async (query, condition) => {
    await expect(rows(`WITH RECURSIVE t(n) AS (${query}) SELECT count(*) FROM t`)).rejects.toThrow(condition)
  })

  it('has limits that a query can set', async () => {
    const query = 'AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 4) SELECT count(*) FROM t'
    expect(await rows(`WITH RECURSIVE t(n) MAX RECURSION LEVEL 4 ${query}`)).toEqual([[4]])
    await expect(rows(`WITH RECURSIVE t(n) MAX RECURSION LEVEL 3 ${query}`)).rejects.toThrow('level limit 3 reached')
  })
})
