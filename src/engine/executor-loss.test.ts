import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from './duckdb/database.ts'
import { quoteText } from './duckdb/quote.ts'
import { type EngineFixture, startEngine } from './testing/engine-fixture.ts'
import { type ForkedBackend, forkedBackend } from './testing/forked-backend.ts'
import { SqlSession } from './testing/sql-session.ts'

describe('executors as processes', () => {
  let fixture: EngineFixture
  let backend: ForkedBackend
  let database: Database
  let plain: Connection
  let session: SqlSession

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
      `COPY (SELECT range AS id, range % 97 AS k, (range * 7919) % 10007 AS h FROM range(200000)) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 8192)`,
    )
    session = new SqlSession(fixture.engine)
    session.parquet('big', path)
    await plain.createView('big', `SELECT * FROM read_parquet(${quoteText(path)})`)
  })

  afterAll(async () => {
    plain.close()
    database.close()
    await fixture.close()
  })

  it('a killed one costs its tasks another attempt, not the query, and is replaced', async () => {
    const { engine } = fixture
    const sql = 'SELECT k, count(*) AS n, max(h) AS m, sum(id) AS s FROM big GROUP BY k ORDER BY k'
    let killed = false
    engine.events.onEvent((event) => {
      if (event.event === 'task-start' && event.executor !== 0 && !killed) killed = backend.kill(event.executor)
    })
    const got = await session.collect(sql)
    const expected = await plain.rows(sql)
    expect(killed).toBe(true)
    expect(got.map(({ k, n, m, s }) => [k, n, m, s].map(String))).toEqual(expected.map((row) => row.map(String)))
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
