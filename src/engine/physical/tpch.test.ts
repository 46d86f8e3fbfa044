import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TPCH_QUERIES } from '../sql/testing/tpch-queries.ts'
import { type PlanFixture, runPlan, startPlanFixture } from './testing/plan-fixture.ts'
import { planOfSql } from './testing/sql-plan.ts'
import { TPCH_TABLES } from './testing/tpch-tables.ts'

let fixture: PlanFixture

beforeAll(async () => {
  fixture = await startPlanFixture([2, 3])
  for (const [name, sql] of Object.entries(TPCH_TABLES)) {
    await fixture.table(name, sql)
    await fixture.connection.createView(name, `SELECT * FROM read_parquet('${fixture.directory}/${name}.parquet')`)
  }
})
afterAll(() => fixture.close())

/** q15 is a view, a query and its end; a WITH says the same in one. */
const oneStatement = (text: string): string => {
  const view = /create view (\w+ \([^)]*\)) as ([^;]*);([^;]*);/i.exec(text)
  return view === null ? text : `with ${view[1]} as (${view[2]}) ${view[3]}`
}

/** Averages and quotients of decimals have other scales in Spark: numbers may differ in their sixth digit. */
const sameCell = (one: string | null, other: string | null): boolean => {
  if (one === other) return true
  if (one === null || other === null || one === '' || other === '') return false
  const [a, b] = [Number(one), Number(other)]
  return Math.abs(a - b) <= 1e-5 * Math.max(1, Math.abs(a), Math.abs(b))
}

const firstDifference = (got: readonly string[], want: readonly string[]): string | undefined => {
  if (got.length !== want.length) return `${got.length} rows instead of ${want.length}`
  for (const [index, row] of got.entries()) {
    const [one, other] = [JSON.parse(row), JSON.parse(want[index]!)] as [(string | null)[], (string | null)[]]
    if (!one.every((cell, at) => sameCell(cell, other[at] ?? null)))
      return `row ${index}: ${row} instead of ${want[index]}`
  }
  return undefined
}

const SHUFFLED = {
  'spark.sql.autoBroadcastJoinThreshold': '-1',
  'spark.bellows.broadcast.inlineMaxBytes': '0',
  'spark.bellows.scan.keyRanges': 'false',
  'spark.sql.shuffle.partitions': '3',
  'spark.sql.adaptive.coalescePartitions.minPartitionSize': '1',
}

const WAYS = [
  { executors: 0, optimized: true },
  { executors: 2, optimized: true },
  { executors: 3, optimized: true, conf: SHUFFLED },
] as const

/** Queries whose conditions no row of the small tables meets would prove nothing: they are counted. */
const answered = new Set<number>()
const distributed = new Set<number>()

describe('TPC-H', () => {
  it.each(TPCH_QUERIES.map((text, index) => [index + 1, oneStatement(text)] as const))(
    'q%i: in one task, by broadcasts and by shuffles, as DuckDB has it',
    async (number, sql) => {
      const columns = (await fixture.connection.describe(sql)).map(({ name }) => `CAST("${name}" AS VARCHAR)`)
      const rows = await fixture.connection.rows(`SELECT ${columns.join(', ')} FROM (${sql})`)
      const want = rows.map((row) => JSON.stringify(row))
      if (want.length > 0) answered.add(number)
      const plan = await planOfSql(fixture, sql)
      for (const way of WAYS) {
        const { rows: got, physical } = await runPlan(fixture, plan, way)
        expect(firstDifference(got, want), `q${number} with ${JSON.stringify(way)}`).toBeUndefined()
        if (way.executors === 0) expect(physical.stages).toHaveLength(1)
        else if (physical.stages.length > 1) distributed.add(number)
      }
    },
  )

  it('has rows to compare', () => {
    expect(answered.size).toBeGreaterThanOrEqual(19)
    expect(distributed.size).toBeGreaterThanOrEqual(15)
  })
})
