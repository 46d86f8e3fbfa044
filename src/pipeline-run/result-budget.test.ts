import { describe, expect, it } from 'vitest'
import { pipelineSpecSchema } from '../api/pipeline.ts'
import type { TaskStatus } from '../api/pipeline-run.ts'
import { makePlan } from '../pipeline/plan.ts'
import { withinBudget, withShortMessages } from './result-budget.ts'

const script = (source: string) => ({ interpreter: 'bash' as const, source })
const planned = makePlan(
  pipelineSpecSchema.parse({
    tasks: [
      { name: 'a', script: script('true') },
      { name: 'b', script: script('true') },
      { name: 'c', dependsOn: ['a', 'b'], script: script('{{ tasks.a.result }}') },
    ],
  }),
)

const kept = (last: TaskStatus['state'], budget: number): readonly string[] => {
  if (!planned.ok) throw new Error('not planned')
  const tasks: TaskStatus[] = [
    { name: 'a', state: 'success', result: '"1234567"' },
    { name: 'b', state: 'success', result: '"12"' },
    { name: 'c', state: last },
  ]
  return withinBudget(tasks, planned.plan, budget)
    .filter(({ result }) => result !== undefined)
    .map(({ name }) => name)
}

describe('withinBudget', () => {
  it('keeps what fits', () => {
    expect(kept('none', 13)).toEqual(['a', 'b'])
  })

  it('lets go first what nobody is going to read', () => {
    expect(kept('none', 12)).toEqual(['a'])
    expect(kept('success', 12)).toEqual(['b'])
  })

  it('lets go everything rather than grow', () => {
    expect(kept('none', 1)).toEqual([])
  })
})

describe('withShortMessages', () => {
  const told = (count: number): readonly TaskStatus[] =>
    Array.from({ length: count }, (_, at) => ({ name: `t${at}`, state: 'failed', message: 'x'.repeat(1000) }))

  it('cuts where there are many tasks, and what is cut stays as it is', () => {
    expect(withShortMessages(told(100))[0]?.message).toHaveLength(1000)
    const short = withShortMessages(told(101))
    expect(short[0]?.message).toHaveLength(256)
    expect(withShortMessages(short)).toEqual(short)
  })
})
