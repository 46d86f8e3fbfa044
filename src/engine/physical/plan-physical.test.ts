import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { join, limit, sort } from '../optimizer/build.ts'
import { call } from '../optimizer/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { anyOrder, type PlanFixture, runPlan, scanOf, startPlanFixture } from './testing/plan-fixture.ts'

let fixture: PlanFixture

beforeAll(async () => {
  fixture = await startPlanFixture()
  await fixture.table(
    't',
    "SELECT CAST(i AS INTEGER) AS k, CAST(i % 97 AS BIGINT) AS g, CASE WHEN i % 5 > 0 THEN concat('s', i % 13) END AS s FROM range(10000) r(i)",
  )
  await fixture.table('u', 'SELECT CAST(i * 3 AS INTEGER) AS k, CAST(i % 7 AS BIGINT) AS h FROM range(5000) r(i)')
})
afterAll(() => fixture.close())

const t = (id = 1) => scanOf(fixture.sources.get('t')!, id)
const u = (id = 101) => scanOf(fixture.sources.get('u')!, id)

const SHUFFLED = { 'spark.sql.autoBroadcastJoinThreshold': '-1', 'spark.bellows.broadcast.inlineMaxBytes': '0' }

const everywhere = async (plan: LogicalPlan, ordered = false) => {
  const truth = await runPlan(fixture, plan, { executors: 0, optimized: false })
  const sorted = ordered ? (rows: readonly string[]) => rows : anyOrder
  for (const executors of [0, 1, 2, 4])
    for (const conf of [{}, SHUFFLED]) {
      const got = await runPlan(fixture, plan, { executors, optimized: true, conf })
      expect(sorted(got.rows)).toEqual(sorted(truth.rows))
    }
  return truth.rows
}

describe('planPhysical', () => {
  it.each(['inner', 'left', 'right', 'full', 'semi', 'anti'] as const)('%s join by key', async (how) => {
    const [left, right] = [t(), u()]
    const rows = await everywhere(join(left, right, how, call('=', [left.output[0]!, right.output[0]!])))
    expect(rows.length).toBeGreaterThan(0)
  })

  it('sorts and limits', async () => {
    const scan = t()
    const orders = [
      { expression: scan.output[2]!, descending: true, nullsFirst: false },
      { expression: scan.output[0]!, descending: false, nullsFirst: true },
    ]
    expect(await everywhere(limit(sort(scan, orders, true), 17, 3), true)).toHaveLength(17)
    expect(await everywhere(sort(scan, orders, true), true)).toHaveLength(10_000)
  })
})
