import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Connection, Database } from '../../src/engine/duckdb/database.ts'
import { quoteText } from '../../src/engine/duckdb/quote.ts'
import { applyYaml, kubectl, type TemporaryNamespace, tmpNamespace, waitFor } from '../cluster/client.ts'
import { TPCH_TABLES, writeTpchTables } from '../engine/tpch-data.ts'
import { TPCH_FRAMES } from '../engine/tpch-frames.ts'
import { ORDERED, QUERIES, rowsDiffer, textsOf } from '../engine/tpch-rows.ts'
import { installOperator, untilState } from './operator.ts'

const SCALE = 0.005
/** A ConfigMap holds a mebibyte, and base64 costs a third of it in the request. */
const MOST_BYTES = 700_000
const FILES: Readonly<Record<string, number>> = { lineitem: 4, orders: 2, partsupp: 2 }

interface Setting {
  readonly name: string
  readonly instances: number
  /** One executor after the other is killed, and each query runs until it has survived one. */
  readonly deadly: boolean
}

const SETTINGS: readonly Setting[] = [
  { name: 'two', instances: 2, deadly: false },
  { name: 'four', instances: 4, deadly: false },
  { name: 'deadly', instances: 2, deadly: true },
]

const frames = (): Promise<string> => readFile(join(import.meta.dirname, '../engine/tpch-frames.ts'), 'utf8')

/** Prints a line for each answer: `ANSWER ["1", [[…], …], lost]`, with how many executors were lost meanwhile. */
const programOf = (framesText: string, files: readonly string[], deadly: boolean): string => `
${framesText.replace('../../src/engine/index.ts', 'bellows').replace('type SparkSession', 'SparkSession')}
const spark = await SparkSession.builder().getOrCreate()
const files = ${JSON.stringify(files)}
for (const table of ${JSON.stringify(TPCH_TABLES)})
  spark.read.parquet(...files.filter((file) => file.startsWith('/data/' + table + '-'))).createOrReplaceTempView(table)
const api = 'http://localhost:4040/api/v1/applications'
const [{ id }] = await (await fetch(api)).json()
const lost = async () =>
  (await (await fetch(api + '/' + id + '/allexecutors')).json()).filter((each) => !each.isActive).length
const answer = async (label, frame) => {
  for (;;) {
    const before = await lost()
    const rows = (await frame.collect()).map((row) => Object.values(row).map(String))
    const during = (await lost()) - before
    console.log('ANSWER ' + JSON.stringify([label, rows, during]))
    if (during > 0 || !${deadly}) return
  }
}
for (const [index, sql] of ${JSON.stringify(QUERIES)}.entries()) await answer('query ' + (index + 1), spark.sql(sql))
for (const [number, frame] of TPCH_FRAMES) await answer('frame ' + number, frame(spark))
await spark.stop()
`

const application = ({ name, instances }: Setting, program: string, files: readonly string[]): string => {
  const configMaps = files.map((file) => ({ name: nameOf(file), path: file.slice(0, file.lastIndexOf('/')) }))
  return JSON.stringify({
    apiVersion: 'sparkoperator.k8s.io/v1beta2',
    kind: 'SparkApplication',
    metadata: { name },
    spec: {
      type: 'TypeScript',
      program,
      sparkConf: {
        'spark.ui.port': '4040',
        'spark.bellows.local.maxBytes': '0',
        'spark.sql.files.openCostInBytes': '1',
        'spark.sql.files.maxPartitionBytes': '256k',
        'spark.executor.maxNumFailures': '1000',
      },
      driver: { coreRequest: '100m', memory: '768m', configMaps },
      executor: { instances, coreRequest: '100m', memory: '512m', configMaps },
    },
  })
}

/** `/data/orders-1/part.parquet` lies in ConfigMap `tpch-orders-1`. */
const nameOf = (file: string): string => `tpch-${file.split('/')[2]}`

interface Answer {
  readonly label: string
  readonly rows: readonly (readonly string[])[]
  readonly lost: number
}

const answersIn = (log: string): readonly Answer[] =>
  log
    .split('\n')
    .filter((line) => line.startsWith('ANSWER '))
    .map((line) => {
      const [label, rows, lost] = JSON.parse(line.slice('ANSWER '.length)) as [string, string[][], number]
      return { label, rows, lost }
    })

describe('TPC-H as driver and executor pods', () => {
  let namespace: TemporaryNamespace
  let directory: string
  let database: Database
  let plain: Connection
  const files: string[] = []
  const inNamespace = () => ({ namespace: namespace.name })

  beforeAll(async () => {
    await installOperator()
    namespace = await tmpNamespace()
    directory = await mkdtemp(join(tmpdir(), 'bellows-tpch-'))
    database = await Database.open({ threads: 1, memoryLimit: 1 << 30, spillDirectory: join(directory, 'spill') })
    plain = await database.connect()
    await writeTpchTables(plain, directory, SCALE)
    for (const table of TPCH_TABLES) files.push(...(await intoConfigMaps(table)))
  })
  afterAll(async () => {
    plain?.close()
    database?.close()
    await namespace?.remove()
    await rm(directory, { recursive: true, force: true })
  })

  /** The table as some files, each in a ConfigMap; the paths that pods will see. */
  const intoConfigMaps = async (table: string): Promise<readonly string[]> => {
    const parts = FILES[table] ?? 1
    return Promise.all(
      Array.from({ length: parts }, async (_, part) => {
        const file = join(directory, `${table}-${part}.out.parquet`)
        await plain.read(
          `COPY (SELECT * EXCLUDE (n) FROM (SELECT *, row_number() OVER () AS n FROM ${table}) WHERE n % ${parts} = ${part})
           TO ${quoteText(file)} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 2048)`,
        )
        expect((await stat(file)).size).toBeLessThan(MOST_BYTES)
        await kubectl(
          ['create', 'configmap', `tpch-${table}-${part}`, `--from-file=part.parquet=${file}`],
          inNamespace(),
        )
        return `/data/${table}-${part}/part.parquet`
      }),
    )
  }

  /** Kills an executor whenever as many as were asked for have registered, until the application is over. */
  const killExecutors = async (name: string, instances: number, over: () => boolean): Promise<number> => {
    const killed = new Set<string>()
    for (;;) {
      let alive: readonly string[] = []
      await waitFor(
        async () => {
          const log = await kubectl(['logs', `${name}-driver`], inNamespace()).catch(() => '')
          alive = [...log.matchAll(/executor (\d+) registered/g)].map(([, id]) => id!).filter((id) => !killed.has(id))
          return over() || alive.length >= instances
        },
        { timeoutMs: 540_000, what: `${instances} registered executors` },
      )
      if (over()) return killed.size
      killed.add(alive[0]!)
      const pod = `${name}-1-exec-${alive[0]}`
      await kubectl(['delete', 'pod', pod, '--grace-period=0', '--force', '--ignore-not-found'], inNamespace())
    }
  }

  it.each(SETTINGS)('$name executors: the answers of DuckDB alone', { timeout: 600_000 }, async (setting) => {
    const program = programOf(await frames(), files, setting.deadly)
    await applyYaml(application(setting, program, files), inNamespace())
    let over = false
    const killer = setting.deadly ? killExecutors(setting.name, setting.instances, () => over) : Promise.resolve(0)
    try {
      await untilState(namespace.name, setting.name, ['COMPLETED'], 540_000)
    } catch (cause) {
      throw new Error(await kubectl(['logs', `${setting.name}-driver`, '--tail=60'], inNamespace()), { cause })
    } finally {
      over = true
    }
    const killed = await killer
    const answers = answersIn(await kubectl(['logs', `${setting.name}-driver`], inNamespace()))
    const expected = await Promise.all(QUERIES.map(async (sql) => (await plain.rows(sql)).map((row) => textsOf(row))))
    const labels = [
      ...QUERIES.map((_, index) => `query ${index + 1}`),
      ...[...TPCH_FRAMES.keys()].map((number) => `frame ${number}`),
    ]
    for (const label of labels) {
      const number = Number(label.split(' ')[1])
      const mine = answers.filter((answer) => answer.label === label)
      expect(mine.length, label).toBeGreaterThan(0)
      for (const { rows } of mine)
        expect(rowsDiffer(expected[number - 1]!, rows, ORDERED.has(number)), label).toBeUndefined()
      if (setting.deadly) expect(mine.at(-1)!.lost, label).toBeGreaterThan(0)
    }
    if (setting.deadly) expect(killed).toBeGreaterThanOrEqual(labels.length)
  })

  it('leaves no executor behind', async () => {
    let left = ''
    await waitFor(
      async () => {
        left = await kubectl(['get', 'pods', '-l', 'spark-role=executor', '-o', 'name'], inNamespace())
        return left.trim() === ''
      },
      { timeoutMs: 60_000, what: 'the executors to be gone', seen: () => left },
    )
  })
})
