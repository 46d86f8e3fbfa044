import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildGraph, type GraphTask } from './graph.ts'

const messages = (tasks: readonly GraphTask[]): readonly string[] => {
  const result = buildGraph(tasks)
  return result.ok ? [] : result.problems.map(({ message }) => message)
}

describe('buildGraph', () => {
  it('refuses an empty pipeline', () => {
    expect(messages([])).toEqual(['A pipeline needs at least one task.'])
  })

  it('names both places of a duplicate', () => {
    expect(messages([{ name: 'a' }, { name: 'b' }, { name: 'a' }])).toEqual([
      "Tasks 1 and 3 are both named 'a'; rename one.",
    ])
  })

  it('tells a dependency on nothing and one on itself, both at once', () => {
    expect(messages([{ name: 'a', dependsOn: ['ghost', 'a'] }])).toEqual([
      "Task 'a' depends on 'ghost', and there is no task of that name.",
      "Task 'a' depends on itself: a → a.",
    ])
  })

  it('shows the way round a circle', () => {
    const tasks = [
      { name: 'start' },
      { name: 'a', dependsOn: ['c', 'start'] },
      { name: 'b', dependsOn: ['a'] },
      { name: 'c', dependsOn: ['b'] },
    ]
    expect(messages(tasks)[0]).toContain(': a → b → c → a;')
  })

  it('shortens the way round a circle of 200', () => {
    const tasks = Array.from({ length: 200 }, (_, at) => ({ name: `t${at}`, dependsOn: [`t${(at + 199) % 200}`] }))
    expect(messages(tasks)[0]).toMatch(/→ … \(190 more\) → t0;/)
    expect(messages(tasks)[0]!.length).toBeLessThan(300)
  })

  it('takes names that objects have by nature', () => {
    const result = buildGraph([{ name: 'constructor' }, { name: '__proto__', dependsOn: ['constructor'] }])
    expect(result.ok && result.graph.order).toEqual([0, 1])
  })

  it('takes a dependency that is named twice once', () => {
    const result = buildGraph([{ name: 'a' }, { name: 'b', dependsOn: ['a', 'a'] }])
    expect(result.ok && result.graph.upstream[1]).toEqual([0])
  })

  it('orders any acyclic graph so that every task follows all it depends on', () => {
    const acyclic = fc
      .array(fc.array(fc.nat(), { maxLength: 4 }), { minLength: 1, maxLength: 30 })
      .map((before) =>
        before.map((picks, at) => ({
          name: `t${at}`,
          dependsOn: at === 0 ? [] : picks.map((pick) => `t${pick % at}`),
        })),
      )
      .chain((tasks) => fc.shuffledSubarray(tasks, { minLength: tasks.length }))
    fc.assert(
      fc.property(acyclic, (tasks) => {
        const result = buildGraph(tasks)
        if (!result.ok) throw new Error(result.problems[0]?.message)
        const { graph } = result
        expect([...graph.order].sort((a, b) => a - b)).toEqual(tasks.map((_, at) => at))
        for (const [position, upstream] of graph.upstream.entries()) {
          for (const before of upstream) expect(graph.rank[before]!).toBeLessThan(graph.rank[position]!)
        }
      }),
    )
  })
})
