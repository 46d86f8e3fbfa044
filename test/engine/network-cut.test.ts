import { execFileSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { Connection } from '../../src/engine/duckdb/database.ts'
import { quoteText } from '../../src/engine/duckdb/quote.ts'
import { EngineError } from '../../src/engine/errors.ts'
import type { EngineEvent } from '../../src/engine/events.ts'
import { type EngineFixture, startEngine } from '../../src/engine/testing/engine-fixture.ts'
import { forkedBackend } from '../../src/engine/testing/forked-backend.ts'
import { next } from '../../src/engine/testing/runtime-helpers.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { leftovers } from './leftovers.ts'
import { SHUFFLING } from './sql-suite.ts'

/** Wants root and bridges, for networks of the executors' own; elsewhere the test is skipped and its name says why. */
const canCut = (): boolean => {
  if (process.getuid?.() !== 0) return false
  try {
    ip('link', 'add', 'bellowsprobe', 'type', 'bridge')
    ip('link', 'del', 'bellowsprobe')
    return true
  } catch {
    return false
  }
}

const ip = (...args: readonly string[]): void => {
  execFileSync('ip', args, { stdio: 'pipe' })
}

const NAME = `bl${process.pid % 100_000}`
const DRIVER = '10.77.213.1'

/** A bridge of the driver's with a namespace a executor on it. */
const network = () => {
  const ports: string[] = []
  const namespaces: string[] = []
  ip('link', 'add', NAME, 'type', 'bridge')
  ip('addr', 'add', `${DRIVER}/24`, 'dev', NAME)
  ip('link', 'set', NAME, 'up')
  return {
    host: (id: number) => `10.77.213.${id + 1}`,
    /** Its files lie where nobody else sees them: what others want of them has to come through the network. */
    prefix: (id: number, directory: string): readonly string[] => {
      const [namespace, port] = [`${NAME}-${id}`, `${NAME}v${id}`]
      ip('netns', 'add', namespace)
      namespaces.push(namespace)
      ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace)
      ports.push(port)
      ip('link', 'set', port, 'master', NAME)
      ip('link', 'set', port, 'up')
      ip('-n', namespace, 'addr', 'add', `10.77.213.${id + 1}/24`, 'dev', 'eth0')
      ip('-n', namespace, 'link', 'set', 'eth0', 'up')
      ip('-n', namespace, 'link', 'set', 'lo', 'up')
      mkdirSync(directory, { recursive: true })
      return ['ip', 'netns', 'exec', namespace, 'sh', '-c', 'mount -t tmpfs none "$0" && exec "$@"', directory]
    },
    /** Drops all that executors send to each other; each still reaches the driver. */
    cut: (state: 'on' | 'off') => {
      for (const port of ports) ip('link', 'set', port, 'type', 'bridge_slave', 'isolated', state)
    },
    remove: () => {
      for (const namespace of namespaces) ip('netns', 'del', namespace)
      ip('link', 'del', NAME)
    },
  }
}

const QUERY =
  'SELECT a.k, count(*) AS n, sum(a.id) AS s, max(b.h) AS m FROM big a JOIN big b ON a.id = b.id GROUP BY a.k ORDER BY a.k'
const BOUND = 40_000

const undo: (() => void | Promise<void>)[] = []
afterEach(async () => {
  for (const each of undo.splice(0).toReversed()) await each()
})

const start = async () => {
  const net = network()
  undo.push(net.remove)
  const fixture = await startEngine(
    2,
    {
      ...SHUFFLING,
      'spark.sql.files.maxPartitionBytes': '64k',
      'spark.network.timeout': '1s',
      'spark.shuffle.io.maxRetries': '1',
      'spark.shuffle.io.retryWait': '1ms',
      'spark.sql.adaptive.coalescePartitions.minPartitionSize': '1',
    },
    (directory, token) => {
      const local = (id: number) => join(directory, `local-${id}`)
      return forkedBackend(directory, token, {
        localDirectory: local,
        prefix: (id) => net.prefix(id, local(id)),
        host: net.host,
      })
    },
    false,
    DRIVER,
  )
  undo.push(() => fixture.close())
  await expect.poll(() => fixture.engine.pool.workers().length, { timeout: BOUND }).toBe(2)
  return { net, fixture }
}

/** Bytes that tasks have read from other executors so far. */
const readByNetwork = ({ engine }: EngineFixture): (() => number) => {
  let bytes = 0
  const end = engine.events.onEvent((event: EngineEvent) => {
    if (event.event === 'task-end') bytes += event.metrics?.remoteBytesRead ?? 0
  })
  undo.push(end)
  return () => bytes
}

const tableOf = async (fixture: EngineFixture, session: SqlSession): Promise<{ plain: Connection; data: string }> => {
  const data = join(fixture.directory, 'data')
  await mkdir(data)
  const plain = await fixture.engine.database.connect()
  undo.push(() => plain.close())
  const path = join(data, 'big.parquet')
  await plain.read(
    `COPY (SELECT range AS id, range % 97 AS k, (range * 7919) % 10007 AS h FROM range(40000)) TO ${quoteText(path)} (FORMAT parquet, ROW_GROUP_SIZE 8192)`,
  )
  await plain.createView('big', `SELECT * FROM read_parquet(${quoteText(path)})`)
  session.parquet('big', path)
  return { plain, data }
}

describe('two executors between which nothing passes any more', () => {
  it.runIf(canCut())(
    'cost the query a clear error or some time, never a wrong row, and leave nothing behind (needs root, for networks of their own)',
    async () => {
      const { net, fixture } = await start()
      const session = new SqlSession(fixture.engine)
      const { plain, data } = await tableOf(fixture, session)
      const want = (await plain.rows(QUERY)).map((row) => row.map(String))
      const ask = async () => (await session.collect(QUERY)).map((row) => Object.values(row).map(String))
      const bytes = readByNetwork(fixture)
      expect(await ask()).toEqual(want)
      expect(bytes()).toBeGreaterThan(0)

      const begun = next(fixture, 'task-end', ({ status }) => status === 'SUCCESS').then(() => net.cut('on'))
      const at = performance.now()
      const got = await ask().catch((error: unknown) => error)
      await begun
      expect(performance.now() - at).toBeLessThan(BOUND)
      if (got instanceof Error) {
        expect(got).toBeInstanceOf(EngineError)
        expect(got.message).toMatch(/could not be fetched from executor \d/)
      } else expect(got).toEqual(want)
      await expect.poll(() => fixture.engine.runtime.load, { timeout: BOUND }).toEqual({ pending: 0, running: 0 })
      await expect.poll(() => leftovers(fixture, [data]), { timeout: BOUND }).toEqual([])

      net.cut('off')
      await expect.poll(() => fixture.engine.pool.workers().length, { timeout: BOUND }).toBe(2)
      expect(await ask()).toEqual(want)
      await expect.poll(() => leftovers(fixture, [data]), { timeout: BOUND }).toEqual([])
    },
    180_000,
  )
})
