/**
 * What the loss of an executor costs the query that runs: TPC-H with a driver and two one-core executors, each query
 * undisturbed and with one of the two killed (SIGKILL) in the middle, in turn.
 *
 *   npm run bench:executor-loss          scale factor 1, 3 rounds
 *   SCALE=0.1 ROUNDS=1 QUERIES=9 npm run bench:executor-loss
 *
 * A ratio is the median of a query's disturbed rounds by that of the undisturbed ones. Rows must be the same.
 */
import { join } from 'node:path'
import { startEngine } from '../src/engine/testing/engine-fixture.ts'
import { type ForkedBackend, forkedBackend } from '../src/engine/testing/forked-backend.ts'
import { SqlSession } from '../src/engine/testing/sql-session.ts'
import { TPCH_TABLES, tpch } from './engine/peers.ts'
import { type Figure, median, report } from './lib/figure.ts'

const SCALE = Number(process.env.SCALE ?? 1)
const ROUNDS = Number(process.env.ROUNDS ?? 3)
/** Those that take longest. */
const QUERIES = (process.env.QUERIES ?? '9,18,21').split(',').map(Number)
const INSTANCES = 2

/** Tasks of a size that several of them make a stage: what is lost is one task, not half of the query. */
const CONF = { 'spark.sql.files.maxPartitionBytes': '32m', 'spark.executor.maxNumFailures': '1000' }

const data = await tpch(SCALE)
const started: { backend?: ForkedBackend } = {}
const fixture = await startEngine(INSTANCES, CONF, (directory, token) => {
  started.backend = forkedBackend(directory, token, { memoryMiB: 3072 })
  return started.backend
})
const { engine } = fixture
const session = new SqlSession(engine)
for (const table of TPCH_TABLES) session.parquet(table, join(data.directory, `${table}.parquet`))

const complete = (): Promise<void> =>
  new Promise((resolve) => {
    const look = () => {
      if (engine.pool.workers().length === INSTANCES) resolve()
    }
    engine.pool.onChange(look)
    look()
  })

interface Taken {
  readonly seconds: number
  readonly rows: string
}

const run = async (sql: string): Promise<Taken> => {
  const at = performance.now()
  const rows = await session.collect(sql)
  const text = JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  return { seconds: (performance.now() - at) / 1000, rows: text }
}

/** The query with an executor killed after so many seconds; undefined: it was over before. */
const disturbed = async (sql: string, after: number): Promise<Taken | undefined> => {
  let killed = false
  const timer = setTimeout(() => {
    const busy = engine.pool
      .workers()
      .toSorted((one, other) => engine.runtime.busy(other.id) - engine.runtime.busy(one.id))
    killed = busy[0] !== undefined && started.backend?.kill(busy[0].id) === true
  }, after * 1000)
  const taken = await run(sql)
  clearTimeout(timer)
  return killed ? taken : undefined
}

const figures: Figure[] = []
try {
  for (const number of QUERIES) {
    const sql = data.queries[number - 1]
    if (sql === undefined) throw new Error(`TPC-H has no query ${number}`)
    await complete()
    const { rows } = await run(sql)
    const whole: number[] = []
    const broken: number[] = []
    while (broken.length < ROUNDS) {
      await complete()
      // The first after a start reads footers anew.
      await run(sql)
      whole.push((await run(sql)).seconds)
      const taken = await disturbed(sql, median(whole) / 2)
      if (taken === undefined) continue
      if (taken.rows !== rows) throw new Error(`query ${number} gave other rows after an executor was killed`)
      broken.push(taken.seconds)
      console.error(`q${number}: ${whole.at(-1)?.toFixed(2)} s undisturbed, ${taken.seconds.toFixed(2)} s with a loss`)
    }
    const ratios = broken.map((seconds) => seconds / median(whole))
    figures.push(
      { name: `q${number}_undisturbed`, value: median(whole), unit: 's', samples: whole },
      { name: `q${number}_one_of_two_executors_killed`, value: median(broken), unit: 's', samples: broken },
      {
        name: `q${number}_killed_by_undisturbed`,
        value: median(ratios),
        unit: 'x',
        bar: { kind: 'atMost', value: 2 },
        samples: ratios,
      },
    )
  }
} finally {
  await fixture.close()
}
report('executor-loss', figures, [
  `TPC-H scale factor ${SCALE}, ${ROUNDS} rounds; two executors of one core and 3 GiB, one killed with SIGKILL at half of the query's time`,
])
