import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Conf } from '../../src/engine/conf.ts'
import type { Connection } from '../../src/engine/duckdb/database.ts'
import { quoteText } from '../../src/engine/duckdb/quote.ts'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { type ForkedBackend, type ForkedOptions, forkedBackend } from '../../src/engine/testing/forked-backend.ts'
import { blocks, filesBelow, next } from '../../src/engine/testing/runtime-helpers.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { leftovers } from './leftovers.ts'
import { SHUFFLING } from './sql-suite.ts'

const QUERY =
  'SELECT a.k, count(*) AS n, sum(a.id) AS s, max(b.h) AS m FROM big a JOIN big b ON a.id = b.id GROUP BY a.k ORDER BY a.k'
const ROWS = 40_000
const BOUND = 30_000

const CONF: Conf = {
  ...SHUFFLING,
  'spark.sql.files.maxPartitionBytes': '64k',
  'spark.shuffle.io.retryWait': '1ms',
  'spark.executor.maxNumFailures': '20',
  // A partition is what the limits say, so that no stage is put together and left out.
  'spark.sql.adaptive.coalescePartitions.minPartitionSize': '1',
}

let fixture: EngineFixture
let backend: ForkedBackend | undefined
let session: SqlSession
let plain: Connection
let data: string

const start = async (instances: number, conf: Conf = {}, options: ForkedOptions = {}): Promise<void> => {
  fixture = await startEngine(
    instances,
    { ...CONF, ...conf },
    instances === 0
      ? undefined
      : (directory, token) => {
          backend = forkedBackend(directory, token, options)
          return backend
        },
  )
  const { engine, directory } = fixture
  await expect.poll(() => engine.pool.workers().length, { timeout: BOUND }).toBe(instances)
  data = join(directory, 'data')
  await mkdir(data)
  plain = await engine.database.connect()
  const path = join(data, 'big.parquet')
  await plain.read(
    `COPY (SELECT range AS id, range % 97 AS k, (range * 7919) % 10007 AS h FROM range(${ROWS})) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 8192)`,
  )
  await plain.createView('big', `SELECT * FROM read_parquet(${quoteText(path)})`)
  session = new SqlSession(engine)
  session.parquet('big', path)
}

const right = async (): Promise<void> => {
  const rows = (await session.collect(QUERY)).map((row) => Object.values(row).map(String))
  expect(rows).toEqual((await plain.rows(QUERY)).map((row) => row.map(String)))
}

const nothingLeft = async (): Promise<void> => {
  await expect.poll(() => leftovers(fixture, [data]), { timeout: BOUND }).toEqual([])
}

afterEach(async () => {
  plain.close()
  await fixture.close()
})

describe('a query of the engine', () => {
  it('survives an executor that is killed while it maps', async () => {
    await start(2)
    const killed = next(fixture, 'task-start', ({ executor }) => executor !== 0 && backend!.kill(executor))
    await right()
    await killed
    expect(fixture.engine.metrics.get('bellows_executors_lost_total')).toBe(1)
    await nothingLeft()
  })

  it('survives an executor that is killed between two stages', async () => {
    await start(2)
    const killed = next(fixture, 'stage-completed', ({ stage }) => stage === 0 && backend!.kill(1))
    await right()
    await killed
    expect(fixture.engine.metrics.get('bellows_executors_lost_total')).toBe(1)
    await nothingLeft()
  })

  it('does not wait for a paused executor: its tasks are started elsewhere', async () => {
    await start(2, { 'spark.speculation': 'true', 'spark.speculation.quantile': '0.3', 'spark.locality.wait': '0' })
    const paused = next(fixture, 'task-start', ({ executor }) => executor !== 0 && backend!.signal(executor, 'SIGSTOP'))
    const begin = performance.now()
    await right()
    expect(performance.now() - begin).toBeLessThan(BOUND)
    backend!.signal((await paused).executor, 'SIGCONT')
    await nothingLeft()
  })

  it('does not wait for a silent executor: it counts as lost when its heartbeats stay away', async () => {
    await start(2, { 'spark.bellows.executor.heartbeatTimeout': '3s' })
    const paused = next(fixture, 'task-start', ({ executor }) => executor !== 0 && backend!.signal(executor, 'SIGSTOP'))
    await right()
    await paused
    expect(fixture.engine.metrics.get('bellows_executors_lost_total')).toBeGreaterThan(0)
    await nothingLeft()
  })

  it('takes the results of a slow executor, and loses none', async () => {
    await start(2)
    const { events, metrics } = fixture.engine
    let stopped = 0
    const end = events.onEvent((event) => {
      if (event.event === 'task-start' && event.executor === 1) {
        if (backend!.signal(1, 'SIGSTOP')) stopped++
      } else if (event.event === 'task-end' && event.executor !== 1) backend!.signal(1, 'SIGCONT')
      // Nobody else is at work: it must go on by itself.
      if (events.all().filter(({ event: name }) => name === 'task-start').length % 3 === 0)
        backend!.signal(1, 'SIGCONT')
    })
    const going = setInterval(() => backend!.signal(1, 'SIGCONT'), 200)
    await right()
    clearInterval(going)
    end()
    expect(stopped).toBeGreaterThan(0)
    expect(metrics.get('bellows_executors_lost_total')).toBe(0)
    await nothingLeft()
  })

  it('computes a shuffle block again that is corrupt', async () => {
    await start(2)
    let spoilt: Promise<number> | undefined
    const { events } = fixture.engine
    const end = events.onEvent((event) => {
      if (event.event !== 'stage-completed' || spoilt !== undefined) return
      spoilt = blocks(fixture.directory).then(async (paths) => {
        for (const path of paths.slice(0, 1)) await writeFile(path, 'this is no block')
        return paths.length
      })
    })
    await right()
    end()
    expect(await spoilt).toBeGreaterThan(0)
    await nothingLeft()
  })

  it.runIf(process.getuid?.() === 0)(
    'tells of a full disk, and leaves nothing on it (needs root, for a small tmpfs)',
    async () => {
      const small: string[] = []
      try {
        await start(
          1,
          { 'spark.task.maxFailures': '2' },
          {
            localDirectory: () => {
              const path = mkdtempSync(join(tmpdir(), 'bellows-small-'))
              execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', path])
              small.push(path)
              return path
            },
          },
        )
        const wide =
          'SELECT count(*) AS n FROM (SELECT DISTINCT md5(CAST(a.id * 100 + b.id AS STRING)) AS t FROM big a JOIN range(20) b)'
        await expect(session.collect(wide)).rejects.toThrow(/the local disk of .* is full/)
        await expect.poll(() => filesBelow(small[0]!), { timeout: BOUND }).toEqual([])
        await right()
      } finally {
        await fixture.engine.pool.close()
        for (const path of small) {
          execFileSync('umount', ['-l', path])
          rmSync(path, { recursive: true })
        }
      }
    },
  )

  it('refuses a result above spark.driver.maxResultSize before it is fetched', async () => {
    await start(2, { 'spark.driver.maxResultSize': '20k' })
    await expect(session.collect('SELECT id, md5(CAST(id AS STRING)) AS t FROM big')).rejects.toThrow(
      /more than spark\.driver\.maxResultSize \(20480\)/,
    )
    await right()
    await nothingLeft()
  })
})

describe.each([0, 2])('bad input through SQL, %i executors', (instances) => {
  const refuses = async (sql: string, message: RegExp): Promise<void> => {
    await expect(session.collect(sql), sql).rejects.toThrow(message)
  }

  it('is an exact error, and leaves nothing behind', async () => {
    await start(instances)
    const file = async (name: string, text: string | Buffer): Promise<string> => {
      await mkdir(join(data, name, '..'), { recursive: true })
      await writeFile(join(data, name), text)
      return join(data, name)
    }
    const ragged = await file('ragged.csv', '1,2\n3,4\n5\n6,7,8\n')
    await refuses(`SELECT * FROM csv.\`${ragged}\``, /ragged\.csv.*line 3/s)
    const broken = join(data, 'broken.parquet')
    await plain.read(`COPY (FROM range(1000)) TO ${quoteText(broken)} (FORMAT parquet)`)
    await truncate(broken, 300)
    await refuses(`SELECT * FROM parquet.\`${broken}\``, /broken\.parquet/)
    await refuses(`SELECT * FROM parquet.\`${await file('empty.parquet', '')}\``, /empty\.parquet/)
    await refuses(`SELECT * FROM parquet.\`${join(data, 'nowhere')}\``, /nowhere/)
    await mkdir(join(data, 'mixed'))
    for (const [name, sql] of [
      ['a', 'SELECT 1 AS x, 2 AS y'],
      ['b', "SELECT 'text' AS x"],
    ])
      await plain.read(`COPY (${sql}) TO ${quoteText(join(data, 'mixed', `${name}.parquet`))} (FORMAT parquet)`)
    await refuses(
      `SELECT sum(x) FROM parquet.\`${join(data, 'mixed')}\``,
      /\[FAILED_READ_FILE\.PARQUET_COLUMN_DATA_TYPE_MISMATCH\].*mixed.*x is VARCHAR/,
    )
    await refuses('SELECT nope FROM big', /nope/)
    await refuses('SELECT * FROM nowhere', /nowhere/)
    await refuses('SELECT k, id / (k - 96) AS q FROM big', /\[DIVIDE_BY_ZERO\]/)
    await refuses('SELECT sum(CAST(9223372036854775807 AS BIGINT) - k) FROM big', /\[ARITHMETIC_OVERFLOW\]/)
    await refuses('SELECT CAST(id AS TINYINT) AS t FROM big', /\[CAST_OVERFLOW\]/)
    await refuses("SELECT CAST(concat('a', id) AS INT) AS t FROM big", /\[CAST_INVALID_INPUT\]/)
    await right()
    await nothingLeft()
  })
})
