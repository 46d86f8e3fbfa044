import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { printPlan } from '../optimizer/print-plan.ts'
import { generatedPlan } from './testing/generated-plan.ts'
import { anyOrder, type PlanFixture, runPlan, startPlanFixture } from './testing/plan-fixture.ts'
import { randomConf } from './testing/random-conf.ts'

let fixture: PlanFixture

beforeAll(async () => {
  fixture = await startPlanFixture([1, 2, 3, 4])
  await fixture.table(
    't',
    "SELECT CAST(i AS INTEGER) AS k, CASE WHEN i % 11 > 0 THEN CAST(i % 97 AS BIGINT) END AS g, CASE WHEN i % 5 > 0 THEN concat('s', i % 13) END AS s FROM range(6000) r(i)",
  )
  await fixture.table(
    'u',
    'SELECT CASE WHEN i % 17 > 0 THEN CAST(i * 3 AS INTEGER) END AS k, CAST(i % 7 AS BIGINT) AS h FROM range(2500) r(i)',
  )
  await fixture.table('v', 'SELECT CAST(i * i % 50 AS BIGINT) AS g, CAST(i AS INTEGER) AS k FROM range(40) r(i)')
})
afterAll(() => fixture.close())

const check = async (seed: number): Promise<void> => {
  const plan = generatedPlan(seed, [...fixture.sources.values()], 1 + (seed % 5))
  const told = `seed ${seed}\n${printPlan(plan)}`
  const truth = await runPlan(fixture, plan, { executors: 0, optimized: false })
  if (truth.rows.length > 200_000) return
  const want = anyOrder(truth.rows)
  const local = await runPlan(fixture, plan, { executors: 0, optimized: true })
  expect(anyOrder(local.rows), `optimised, ${told}\nas\n${printPlan(local.optimized)}`).toEqual(want)
  const executors = 1 + (seed % 4)
  const conf = randomConf(seed)
  const got = await runPlan(fixture, plan, { executors, optimized: seed % 3 > 0, conf })
  expect(anyOrder(got.rows), `${executors} executors, ${JSON.stringify(conf)}, ${told}`).toEqual(want)
}

it('gives the same rows optimised or not, in one task or many', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(2 ** 31 - 1), (seed) => check(seed)),
    { numRuns: Number(process.env.BELLOWS_PLAN_RUNS ?? 25), endOnFailure: true },
  )
})
