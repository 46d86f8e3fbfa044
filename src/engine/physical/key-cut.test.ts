import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyOrder, type PlanFixture, runPlan, startPlanFixture } from './testing/plan-fixture.ts'
import { planOfSql } from './testing/sql-plan.ts'

let fixture: PlanFixture

/** Keys that a border of groups of rows cuts in two, and two tables whose groups lie otherwise. */
beforeAll(async () => {
  fixture = await startPlanFixture([2, 4])
  await fixture.table(
    'lines',
    'SELECT CAST(i // 7 AS BIGINT) AS k, CAST(i % 11 AS INTEGER) AS n FROM range(20000) r(i)',
  )
  await fixture.table('heads', "SELECT CAST(i AS BIGINT) AS k, concat('h', i % 5) AS h FROM range(500, 6000) r(i)")
  await fixture.table('mixed', 'SELECT CAST(i * 7919 % 6000 AS BIGINT) AS k, i AS n FROM range(6000) r(i)')
  await fixture.table('gaps', 'SELECT CASE WHEN i % 9 > 0 THEN CAST(i AS BIGINT) END AS k FROM range(6000) r(i)')
})
afterAll(() => fixture.close())

const check = async (sql: string) => {
  const plan = await planOfSql(fixture, sql)
  const truth = await runPlan(fixture, plan, { executors: 0, optimized: false })
  expect(truth.rows.length).toBeGreaterThan(0)
  for (const executors of [2, 4]) {
    const got = await runPlan(fixture, plan, { executors, optimized: true })
    expect(anyOrder(got.rows)).toEqual(anyOrder(truth.rows))
  }
  const { physical } = await runPlan(fixture, plan, { executors: 4, optimized: true })
  return { exchanges: physical.stages.length - 1, tasks: physical.root.tasks, notes: physical.root.notes.join('\n') }
}

describe('tables in the order of a key', () => {
  it.each([
    'SELECT l.k, n, h FROM lines l JOIN heads h ON l.k = h.k',
    'SELECT l.k, n, h FROM lines l LEFT JOIN heads h ON l.k = h.k AND n > 5',
    'SELECT l.k, h.k, h FROM lines l FULL JOIN heads h ON l.k = h.k',
    'SELECT k, n FROM lines WHERE k IN (SELECT k FROM heads)',
    'SELECT k, n FROM lines l WHERE NOT EXISTS (SELECT 1 FROM lines o WHERE o.k = l.k AND o.n > l.n)',
    'SELECT l.k, sum(n), max(h) FROM lines l JOIN heads h ON l.k = h.k GROUP BY l.k HAVING sum(n) > 40',
  ])('are joined where they lie: %s', async (sql) => {
    const { exchanges, tasks, notes } = await check(sql)
    expect(exchanges).toBe(0)
    expect(tasks).toBeGreaterThan(1)
    expect(notes).toContain('both sides lie in the order of the key')
  })

  it.each([
    'SELECT k, count(*), sum(n) FROM lines GROUP BY k',
    'SELECT k, n, row_number() OVER (PARTITION BY k ORDER BY n) FROM lines',
  ])('are put together where they lie: %s', async (sql) => {
    const { exchanges, tasks } = await check(sql)
    expect(exchanges).toBe(0)
    expect(tasks).toBeGreaterThan(1)
  })

  it.each(['mixed', 'gaps'])('not where rows lie anyhow or keys may be NULL: %s', async (table) => {
    const { notes } = await check(`SELECT l.k, n FROM lines l LEFT SEMI JOIN ${table} m ON l.k = m.k`)
    expect(notes).not.toContain('order of the key')
  })
})
