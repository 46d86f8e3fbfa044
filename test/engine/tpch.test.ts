import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Conf } from '../../src/engine/conf.ts'
import { provideHost } from '../../src/engine/dataframe/spark-session.ts'
import type { Connection } from '../../src/engine/duckdb/database.ts'
import { type DataFrame, SparkSession } from '../../src/engine/index.ts'
import { silentLog } from '../../src/engine/log.ts'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { type ForkedBackend, forkedBackend } from '../../src/engine/testing/forked-backend.ts'
import { next } from '../../src/engine/testing/runtime-helpers.ts'
import { leftovers } from './leftovers.ts'
import { SHUFFLING } from './sql-suite.ts'
import { TPCH_TABLES, writeTpchTables } from './tpch-data.ts'
import { TPCH_FRAMES } from './tpch-frames.ts'
import { ORDERED, QUERIES, rowsDiffer, textsOf } from './tpch-rows.ts'

const SCALE = 0.01

/** Queries whose tables are of one part each at this scale: there is nothing to shuffle. */
const SMALL: ReadonlySet<number> = new Set([2, 11, 16])

interface Setting {
  readonly name: string
  readonly instances: number
  readonly conf: Conf
  /** Executors are processes, and one of them is killed in the middle of each query. */
  readonly deadly?: true
}

const PARTS: Conf = { 'spark.sql.files.openCostInBytes': '1', 'spark.sql.files.maxPartitionBytes': '256k' }
const SHUFFLES: Conf = { ...SHUFFLING, ...PARTS }

const SETTINGS: readonly Setting[] = [
  { name: 'one machine', instances: 0, conf: {} },
  { name: '2 executors', instances: 2, conf: PARTS },
  { name: '4 executors, everything shuffled', instances: 4, conf: SHUFFLES },
  {
    name: '2 executors, one of them killed in each query',
    instances: 2,
    conf: { ...SHUFFLES, 'spark.executor.maxNumFailures': '1000', 'spark.shuffle.io.retryWait': '1ms' },
    deadly: true,
  },
]

describe.each(SETTINGS)('TPC-H: $name', ({ instances, conf, deadly }) => {
  let fixture: EngineFixture
  let backend: ForkedBackend | undefined
  let plain: Connection
  let spark: SparkSession
  let data: string

  beforeAll(async () => {
    fixture = await startEngine(
      instances,
      conf,
      deadly &&
        ((directory, token) => {
          backend = forkedBackend(directory, token)
          return backend
        }),
    )
    data = join(fixture.directory, 'data')
    await mkdir(data)
    plain = await fixture.engine.database.connect()
    await writeTpchTables(plain, data, SCALE)
    provideHost({
      engine: Promise.resolve(fixture.engine),
      appName: 'tpch',
      conf,
      own: false,
      directory: fixture.directory,
      log: silentLog,
    })
    spark = SparkSession.builder().getOrCreate()
    for (const table of TPCH_TABLES) spark.read.parquet(join(data, `${table}.parquet`)).createOrReplaceTempView(table)
  })

  afterAll(async () => {
    plain.close()
    await spark.stop()
    await fixture.close()
  })

  const check = async (number: number, frame: DataFrame): Promise<void> => {
    const { engine } = fixture
    let killed: Promise<number> | undefined
    if (deadly) {
      await expect.poll(() => engine.pool.workers().length, { timeout: 30_000 }).toBe(instances)
      killed = next(fixture, 'task-start', ({ executor }) => executor !== 0 && backend!.kill(executor)).then(
        ({ executor }) => executor,
      )
    }
    let shuffles = 0
    const end = engine.events.onEvent((event) => {
      if (event.event === 'stage-submitted' && event.shuffle !== undefined) shuffles++
    })
    const rows = (await frame.collect()).map((row) => textsOf(Object.values(row)))
    end()
    const expected = (await plain.rows(QUERIES[number - 1]!)).map((row) => textsOf(row))
    expect(expected.length).toBeGreaterThan(0)
    expect(rowsDiffer(expected, rows, ORDERED.has(number))).toBeUndefined()
    if (instances > 0 && conf !== PARTS && !SMALL.has(number)) expect(shuffles).toBeGreaterThan(0)
    if (killed !== undefined) expect(await killed).toBeGreaterThan(0)
  }

  it.each(QUERIES.map((sql, index) => [index + 1, sql] as const))(
    'query %i',
    { timeout: 120_000 },
    async (number, sql) => {
      await check(number, spark.sql(sql))
    },
  )

  it.each([...TPCH_FRAMES.keys()])('query %i as a DataFrame', { timeout: 120_000 }, async (number) => {
    await check(number, TPCH_FRAMES.get(number)!(spark))
  })

  it('leaves no result, shuffle or broadcast behind', async () => {
    await expect.poll(() => leftovers(fixture, [data]), { timeout: 20_000 }).toEqual([])
    if (deadly) expect(fixture.engine.metrics.get('bellows_executors_lost_total')).toBeGreaterThan(QUERIES.length)
  })
})
