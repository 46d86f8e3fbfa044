import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../duckdb/database.ts'
import { quoteText } from '../duckdb/quote.ts'
import { planQuery } from '../query.ts'
import { parseQueryText } from '../sql/parse-script.ts'
import type { Views } from '../sql/views.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { parquetView } from '../testing/same-answer.ts'
import { explainPlan } from './explain.ts'

describe('the plan of a query', () => {
  let fixture: EngineFixture
  let database: Database
  let plain: Connection
  let views: Views

  beforeAll(async () => {
    fixture = await startEngine(0, {
      'spark.sql.files.openCostInBytes': '1',
      'spark.sql.files.maxPartitionBytes': '8k',
    })
    database = await Database.open({
      threads: 1,
      memoryLimit: 2 ** 28,
      spillDirectory: join(fixture.directory, 'spill'),
    })
    plain = await database.connect()
    const write = async (name: string, sql: string) => {
      const path = join(fixture.directory, name)
      await plain.read(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
      return path
    }
    const big = await write(
      'big.parquet',
      "SELECT range AS id, range % 7 AS k, range / 3 AS x, 'name ' || range AS s FROM range(20000)",
    )
    const small = await write('small.parquet', "SELECT range AS k, 'label' AS label FROM range(7)")
    views = new Map([await parquetView(plain, 'big', [big]), await parquetView(plain, 'small', [small])])
  })

  afterAll(async () => {
    plain.close()
    database.close()
    await fixture.close()
  })

  const plan = (sql: string) =>
    planQuery(fixture.engine, parseQueryText(sql), views, { conf: fixture.engine.options.conf })

  it.each([
    ['SELECT k, count(*), avg(x) FROM big GROUP BY k', 'split'],
    ['SELECT * FROM big WHERE id > 5', 'split'],
    ['SELECT DISTINCT k FROM big ORDER BY k DESC LIMIT 3', 'split'],
    ['SELECT label, sum(x) FROM big JOIN small USING (k) GROUP BY label', 'split'],
    ['SELECT count(DISTINCT s) FROM big LEFT JOIN small ON big.k = small.k', 'split'],
    ['SELECT count(*) FROM big WHERE x > (SELECT avg(x) FROM big)', 'split split'],
    ['SELECT * FROM (SELECT k, count(*) AS n FROM big GROUP BY k) WHERE n > 1', 'split local'],
    ['WITH t AS (SELECT k, max(x) AS m FROM big GROUP BY k) SELECT * FROM t a JOIN t b USING (k)', 'split local'],
    ['SELECT id % 5 AS m, count(*) FROM big WHERE m > 2 GROUP BY m', 'split'],
    ['SELECT k + 1 AS k, sum(x) AS x FROM big WHERE k > 2 GROUP BY 1 ORDER BY k', 'split'],
    ['SELECT 1 AS one', 'local'],
  ])('%s runs as %s', async (sql, kinds) => {
    const { stages } = await plan(sql)
    expect(stages.map(({ kind }) => kind).join(' ')).toBe(kinds)
    for (const stage of stages) if (stage.kind === 'split') expect(stage.split?.parts.length).toBeGreaterThan(1)
  })

  it.each([
    ['SELECT median(x) FROM big', 'median(DOUBLE) needs all rows in one place'],
    ['SELECT stddev(x) FROM big', 'needs all rows in one place'],
    ['SELECT string_agg(s) FROM big', 'needs all rows in one place'],
    ['SELECT id, row_number() OVER (ORDER BY id) FROM big', 'a window function'],
    [
      'SELECT small.k FROM small LEFT JOIN (SELECT * FROM big) b ON small.k = b.k FULL JOIN big c ON c.id = b.id',
      'FULL',
    ],
    ['SELECT id FROM big UNION ALL SELECT k FROM small', 'a set operation reads several relations'],
    ['SELECT count(*), random() FROM big GROUP BY 2', 'random() must have one value for the whole query'],
    ['SELECT id FROM big WHERE x < current_timestamp::VARCHAR::INT', 'current_timestamp must have one value'],
    ['SELECT DISTINCT ON (k) k, x FROM big', 'DISTINCT ON'],
    ['SELECT * FROM big USING SAMPLE 10%', 'a sample'],
    ['SELECT count(DISTINCT k), count(DISTINCT s) FROM big', 'over different columns'],
    ['SELECT * FROM big LIMIT 10%', 'PERCENT'],
    [
      'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT count(*) FROM big JOIN r ON big.k = r.n',
      'WITH',
    ],
  ])('%s is one task, because: %s', async (sql, why) => {
    const { root } = await plan(sql)
    expect(root.kind).toBe('whole')
    expect(root.why).toContain(why)
  })

  it('does not read a large table whole in every task', async () => {
    const sql = 'SELECT count(*) FROM big a JOIN big b ON a.id = b.id'
    const conf = { ...fixture.engine.options.conf, 'spark.bellows.broadcast.maxBytes': '1k' }
    const { root } = await planQuery(fixture.engine, parseQueryText(sql), views, { conf })
    expect(root).toMatchObject({ kind: 'whole' })
    expect(root.why).toContain('more than spark.bellows.broadcast.maxBytes')
  })

  it('keeps the names and types of the query', async () => {
    const sql = 'SELECT k, sum(k), count(*), avg(k), min(s), sum(k)::DECIMAL(20,2) / 3 FROM big GROUP BY k'
    const { columns, root } = await plan(sql)
    expect(columns).toEqual(await plain.describe(sql))
    expect(root.kind).toBe('split')
  })

  it('explains itself', async () => {
    const text = explainPlan(await plan('SELECT label, count(*) AS n FROM big JOIN small USING (k) GROUP BY label'))
    expect(text).toMatch(/Stage 0: \d+ tasks, partial aggregation/)
    expect(text).toMatch(/split: parquet .*big\.parquet/)
    expect(text).toMatch(/read by each task: parquet .*small\.parquet/)
    expect(text).toContain('label VARCHAR, n BIGINT')
  })
})
