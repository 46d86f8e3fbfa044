import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from './duckdb/database.ts'
import { quoteText } from './duckdb/quote.ts'
import type { Views } from './sql/views.ts'
import { type EngineFixture, startEngine } from './testing/engine-fixture.ts'
import { queryArbitrary } from './testing/query-arbitrary.ts'
import { difference, parquetView } from './testing/same-answer.ts'

const FACTS = `SELECT range AS id,
  CASE WHEN range % 11 <> 0 THEN (range * 7919 % 97)::INTEGER END AS i,
  (range * 104729 % 1000003) AS b,
  CASE WHEN range % 13 <> 0 THEN ((range * 31 % 10007) / 100)::DECIMAL(12,2) END AS d,
  CASE WHEN range % 17 = 0 THEN 'NaN'::DOUBLE WHEN range % 19 = 0 THEN NULL WHEN range % 23 = 0 THEN -0.0 ELSE (range % 64) / 4.0 - 5 END AS f,
  CASE WHEN range % 7 = 0 THEN NULL ELSE ['a', 'ab', 'é', '', 'zz', 'Ω1'][range % 6 + 1] END AS s,
  TIMESTAMP '2024-01-01' + to_seconds((range * 7001 % 31536000)::BIGINT) AS ts,
  DATE '2024-01-01' + (range % 366)::INTEGER AS day,
  CASE WHEN range % 5 <> 0 THEN range % 2 = 0 END AS flag,
  CASE WHEN range % 29 <> 0 THEN (range % 9)::INTEGER END AS k`

const DIMS = `SELECT * FROM (VALUES (1, 'a', 1.5), (2, 'ab', 2.5), (3, NULL, -1.0), (3, 'é', 4.0), (7, 'zz', 0.5), (99, 'far', 9.0), (NULL, 'nil', 3.0)) AS v(k, label, weight)`

/** More than a thousand were run when this was written; set it to run more again. */
const RUNS = Number(process.env.BELLOWS_PROPERTY_RUNS ?? 120)

describe('a distributed query', () => {
  let fixture: EngineFixture
  let database: Database
  let plain: Connection
  let views: Views

  beforeAll(async () => {
    fixture = await startEngine(3, { 'spark.sql.files.openCostInBytes': '1' })
    database = await Database.open({
      threads: 1,
      memoryLimit: 2 ** 29,
      spillDirectory: join(fixture.directory, 'spill'),
    })
    plain = await database.connect()
    const write = async (name: string, sql: string): Promise<string> => {
      const path = join(fixture.directory, name)
      await plain.read(`COPY (${sql}) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 2048)`)
      return path
    }
    const facts = [
      await write('facts-0.parquet', `${FACTS} FROM range(0, 9000)`),
      await write('facts-1.parquet', `${FACTS} FROM range(9000, 9500)`),
      await write('facts-2.parquet', `${FACTS} FROM range(9500, 9500)`),
    ]
    views = new Map([
      await parquetView(plain, 'facts', facts),
      await parquetView(plain, 'dims', [await write('dims.parquet', DIMS)]),
    ])
  })

  afterAll(async () => {
    plain.close()
    database.close()
    await fixture.close()
  })

  it('has the schema and the rows that DuckDB alone gives', async () => {
    const kinds = { split: 0, whole: 0, local: 0 }
    await fc.assert(
      fc.asyncProperty(queryArbitrary, async ({ sql, ordered }) => {
        const { plan, difference: found } = await difference(fixture.engine, plain, sql, views, ordered)
        kinds[plan.stages.some(({ kind }) => kind === 'split') ? 'split' : plan.root.kind]++
        expect(found, sql).toBeUndefined()
      }),
      { numRuns: RUNS, endOnFailure: true },
    )
    expect(kinds.split).toBeGreaterThan(kinds.whole)
  }, 600_000)
})
