import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from './duckdb/database.ts'
import { quoteText } from './duckdb/quote.ts'
import { fetchRows, planQuery } from './query.ts'
import { parseQueryText } from './sql/parse-script.ts'
import type { Views } from './sql/views.ts'
import { type EngineFixture, startEngine } from './testing/engine-fixture.ts'
import { type ForkedBackend, forkedBackend } from './testing/forked-backend.ts'
import { parquetView } from './testing/same-answer.ts'

describe('executors as processes', () => {
  let fixture: EngineFixture
  let backend: ForkedBackend
  let database: Database
  let plain: Connection
  let views: Views

  beforeAll(async () => {
    fixture = await startEngine(
      2,
      { 'spark.sql.files.openCostInBytes': '1', 'spark.sql.files.maxPartitionBytes': '64k' },
      (directory, token) => {
        backend = forkedBackend(directory, token)
        return backend
      },
    )
    database = await Database.open({
      threads: 1,
      memoryLimit: 2 ** 28,
      spillDirectory: join(fixture.directory, 'spill'),
    })
    plain = await database.connect()
    const path = join(fixture.directory, 'big.parquet')
    await plain.read(
      `COPY (SELECT range AS id, range % 97 AS k, hash(range) AS h FROM range(200000)) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 8192)`,
    )
    views = new Map([await parquetView(plain, 'big', [path])])
  })

  afterAll(async () => {
    plain.close()
    database.close()
    await fixture.close()
  })

  it('a killed one costs its tasks another attempt, not the query, and is replaced', async () => {
    const { engine } = fixture
    const sql = 'SELECT k, count(*) AS n, max(h) AS m, sum(id) AS s FROM big GROUP BY k ORDER BY k'
    const plan = await planQuery(engine, parseQueryText(sql), views, { conf: engine.options.conf })
    expect(plan.root.split?.parts.length).toBeGreaterThan(8)
    const text = (column: string) => `CAST(${column} AS VARCHAR)`
    let killed = false
    engine.events.onEvent((event) => {
      if (event.event === 'task-start' && event.executor !== 0 && !killed) killed = backend.kill(event.executor)
    })
    const got = await fetchRows(engine, plan, engine.options.conf, text)
    const expected = await plain.rows(
      sql
        .replace(
          'SELECT k, count(*) AS n, max(h) AS m, sum(id) AS s',
          'SELECT k::VARCHAR, count(*)::VARCHAR, max(h)::VARCHAR, sum(id)::VARCHAR',
        )
        .replace('ORDER BY k', 'ORDER BY big.k'),
    )
    expect(killed).toBe(true)
    expect(got.rows).toEqual(expected)
    expect(engine.metrics.get('bellows_executors_lost_total')).toBe(1)
    expect(engine.metrics.get('bellows_tasks_failed_total')).toBeGreaterThan(0)
    await expect
      .poll(
        () =>
          engine.pool
            .workers()
            .map(({ id }) => id)
            .toSorted(),
        { timeout: 20_000 },
      )
      .toHaveLength(2)
  })
})
