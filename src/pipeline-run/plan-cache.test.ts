import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pipelineSpecSchema } from '../api/pipeline.ts'
import type { TaskStatus } from '../api/pipeline-run.ts'
import type { Plan } from '../pipeline/plan.ts'
import { Progress } from '../pipeline/progress.ts'
import { TASK_STATES, type TaskState } from '../pipeline/task-state.ts'
import { PlanCache } from './plan-cache.ts'

const specOf = (dependencies: readonly (readonly number[])[]) =>
  pipelineSpecSchema.parse({
    tasks: dependencies.map((before, at) => ({
      name: `t${at}`,
      dependsOn: before.map((each) => `t${each}`),
      script: { interpreter: 'bash', source: 'true' },
    })),
  })

const planOf = (cache: PlanCache, dependencies: readonly (readonly number[])[]): Plan => {
  const planned = cache.plan('run', 'key', () => specOf(dependencies))
  if (!planned.ok) throw new Error(planned.problems.join())
  return planned.plan
}

const tasksOf = (states: readonly TaskState[]): readonly TaskStatus[] =>
  states.map((state, at) => ({ name: `t${at}`, state }))

const picture = (progress: Progress) => [
  progress.graph.names.map((_, position) => progress.state(position)),
  progress.open,
  progress.runState,
  progress.ready(),
]

describe('PlanCache', () => {
  it('makes a plan once a key', () => {
    const cache = new PlanCache()
    const plan = planOf(cache, [[]])
    expect(planOf(cache, [[], [0]])).toBe(plan)
    expect(cache.plan('run', 'other', () => specOf([[], [0]]))).not.toBe(plan)
  })

  it('works on what changed alone', () => {
    const cache = new PlanCache()
    const chain = Array.from({ length: 500 }, (_, at) => (at === 0 ? [] : [at - 1]))
    const plan = planOf(cache, chain)
    const states = (done: number): TaskState[] => chain.map((_, at) => (at < done ? 'success' : 'none'))
    const before = cache.progress('run', plan, tasksOf(states(200))).work
    expect(cache.progress('run', plan, tasksOf(states(201))).work - before).toBeLessThanOrEqual(2)
    expect(cache.progress('run', plan, tasksOf(states(201))).work - before).toBeLessThanOrEqual(2)
  })

  it('gives for any row of statuses what a walk of the graph gives', () => {
    const states = fc.array(fc.constantFrom(...TASK_STATES), { minLength: 6, maxLength: 6 })
    fc.assert(
      fc.property(fc.array(states, { minLength: 1, maxLength: 6 }), (rows) => {
        const cache = new PlanCache()
        const plan = planOf(cache, [[], [0], [0], [1, 2], [3], [0, 4]])
        for (const row of rows) {
          const cached = cache.progress('run', plan, tasksOf(row))
          const anew = Progress.restore(plan.graph, plan.rules, row)
          expect(picture(cached)).toEqual(picture(anew))
        }
      }),
      { numRuns: 300 },
    )
  })
})
