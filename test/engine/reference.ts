import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { ExecutorBackend } from '../../src/engine/backend.ts'
import { Engine } from '../../src/engine/engine.ts'
import { messageOf } from '../../src/engine/errors.ts'
import { silentLog } from '../../src/engine/log.ts'
import { forkedBackend } from '../../src/engine/testing/forked-backend.ts'
import { SqlSession } from '../../src/engine/testing/sql-session.ts'
import { rowsDiffer, singleQuery, textsOf } from './tpch-rows.ts'

/**
 * TPC-H with its own parameters against its reference answers:
 * `node reference.ts --data DIR --scale 0.01 --queries queries.json --answers answers.json [--executors 2] [--only 1,6]`.
 * DIR has one Parquet file a table; queries.json is a list of 22 texts; answers.json has entries [query, scale, text], the
 * text with a line of names and `|` between cells. Texts are compared as they are, numbers as TPC-H's 2.1.3.5 rounds them.
 */
const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    scale: { type: 'string' },
    queries: { type: 'string' },
    answers: { type: 'string' },
    executors: { type: 'string', default: '0' },
    only: { type: 'string' },
  },
})

const { data, scale, queries, answers } = values
if (data === undefined || scale === undefined || queries === undefined || answers === undefined)
  throw new Error('reference.ts wants --data, --scale, --queries and --answers')

const executors = Number(values.executors)
const TABLES = ['customer', 'lineitem', 'nation', 'orders', 'part', 'partsupp', 'region', 'supplier']

/** Answers print dates in full; a NULL is an empty cell. */
const cells = (line: string): readonly string[] => line.split('|').map((cell) => cell.replace(/^$/, 'null'))

const texts: readonly string[] = JSON.parse(await readFile(queries, 'utf8'))
const known: readonly (readonly [number, number, string])[] = JSON.parse(await readFile(answers, 'utf8'))
const directory = await mkdtemp(join(tmpdir(), 'bellows-tpch-'))
const token = randomUUID()
const backend: ExecutorBackend | undefined = executors === 0 ? undefined : forkedBackend(directory, token)
const engine = await Engine.start({
  conf: { 'spark.bellows.local.maxBytes': '0' },
  token,
  host: '127.0.0.1',
  backend,
  instances: executors,
  executorCores: 1,
  cores: 2,
  memoryLimit: 2 ** 31,
  directory: join(directory, 'driver'),
  log: silentLog,
})
const session = new SqlSession(engine)
for (const table of TABLES) session.parquet(table, join(data, `${table}.parquet`))

let wrong = 0
let total = 0
const only = values.only?.split(',').map(Number)
for (const [index, text] of texts.entries()) {
  const number = index + 1
  if (only !== undefined && !only.includes(number)) continue
  const answer = known.find(([query, at]) => query === number && at === Number(scale))?.[2]
  if (answer === undefined) throw new Error(`answers.json has none for query ${number} at scale ${scale}`)
  const begin = performance.now()
  const said = await session
    .collect(singleQuery(text.trim().replace(/;$/, '')))
    .then((rows) => {
      const expected = answer.replace(/\n$/, '').split('\n').slice(1).map(cells)
      return (
        rowsDiffer(
          expected,
          rows.map((row) => textsOf(Object.values(row))),
          false,
        ) ?? 'right'
      )
    })
    .catch((error: unknown) => `fails: ${messageOf(error)}`)
  const milliseconds = performance.now() - begin
  total += milliseconds
  if (said !== 'right') wrong++
  console.log(`q${number} ${milliseconds.toFixed(0)} ms ${said}`)
}
console.log(`${wrong} wrong, ${(total / 1000).toFixed(1)} s, ${executors} executors, scale ${scale}`)
await engine.close()
await rm(directory, { recursive: true, force: true })
process.exitCode = wrong === 0 ? 0 : 1
