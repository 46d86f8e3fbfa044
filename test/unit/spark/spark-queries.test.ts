import { readFileSync } from 'node:fs'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { analyze, schemaOf } from '../../../src/engine/analysis/analyze.ts'
import { type AnalysisContext, DEFAULT_SETTINGS } from '../../../src/engine/analysis/context.ts'
import { emitPlan } from '../../../src/engine/emit/emit-plan.ts'
import { runtimeError } from '../../../src/engine/emit/runtime-error.ts'
import { type KnownScripts, registerScripts } from '../../../src/engine/functions/script/register-scripts.ts'
import { parseQuery } from '../../../src/engine/sql/parse.ts'
import { SqlError } from '../../../src/engine/sql/sql-error.ts'
import { simpleString } from '../../../src/engine/types/type-name.ts'
import { plain, sameValue } from './values.ts'

interface Answer {
  readonly query: string
  readonly error?: string
  readonly types?: readonly string[]
  readonly rows?: readonly (readonly unknown[])[]
}

const HERE = new URL('.', import.meta.url)
const read = (name: string): string => readFileSync(new URL(name, HERE), 'utf8')

const ANSWERS: readonly Answer[] = read('expected.jsonl')
  .split('\n')
  .filter((line) => line !== '')
  .map((line) => JSON.parse(line))

/** Where we know to differ: the query, and why. A query that agrees after all fails the test, so that this list stays true. */
const DIFFERENT = new Map<string, string>(
  read('different.txt')
    .split('\n')
    .filter((line) => line.includes(' ## '))
    .map((line) => line.split(' ## ') as [string, string]),
)

const TIME_ZONE = 'America/Los_Angeles'
const settings = { ...DEFAULT_SETTINGS, timeZone: TIME_ZONE }

const contextOf = (): AnalysisContext => {
  let ids = 0
  return {
    find: async () => undefined,
    openFiles: () => Promise.reject(new Error('no files here')),
    held: () => undefined,
    udf: () => undefined,
    settings,
    newId: () => ++ids,
    warn: () => {},
  }
}

describe('queries as Apache Spark answers them', () => {
  let instance: DuckDBInstance
  let connection: DuckDBConnection
  const scripts: KnownScripts = new Map()
  beforeAll(async () => {
    instance = await DuckDBInstance.create(':memory:', { threads: '1' })
    connection = await instance.connect()
    await connection.run(`SET TimeZone = '${TIME_ZONE}'`)
  })
  afterAll(() => {
    connection.closeSync()
    instance.closeSync()
  })

  const answer = async (query: string): Promise<Answer> => {
    let sql = ''
    try {
      const plan = await analyze(parseQuery(query, { timeZone: TIME_ZONE }), contextOf())
      const types = schemaOf(plan).fields.map((field) => field.type)
      sql = emitPlan(plan, settings, {
        view: () => {
          throw new Error('no views here')
        },
      }).sql
      await registerScripts(connection, sql, scripts)
      const result = await connection.runAndReadAll(sql)
      const rows = result.getRows().map((row) => row.map((value, index) => plain(value, types[index]!)))
      return { query, types: types.map(simpleString), rows }
    } catch (error) {
      const known = error instanceof SqlError ? error : runtimeError((error as Error).message)
      return { query, error: known ? known.condition : `${(error as Error).message}\n${sql}` }
    }
  }

  const agrees = (spark: Answer, ours: Answer): boolean => {
    if (spark.error !== undefined || ours.error !== undefined) return spark.error === ours.error
    return sameValue(spark.types, ours.types) && sameValue(spark.rows, ours.rows)
  }

  it('has an answer for every query', () => {
    const queries = read('queries.sql')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('--'))
    expect(ANSWERS.map(({ query }) => query)).toEqual(queries)
  })

  it.each(ANSWERS.map((one) => [one.query, one] as const))('%s', async (query, spark) => {
    const ours = await answer(query)
    if (DIFFERENT.has(query)) {
      expect(agrees(spark, ours), 'it is in different.txt, but agrees').toBe(false)
      return
    }
    if (!agrees(spark, ours)) expect(ours).toEqual(spark)
  })
})
