import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { buildGraph, type Graph } from './graph.ts'
import { Progress } from './progress.ts'
import type { FinalTaskState, TaskState } from './task-state.ts'
import { evaluate, TRIGGER_RULES, type TriggerRule } from './trigger-rule.ts'

const graphOf = (dependencies: readonly (readonly number[])[]): Graph => {
  const result = buildGraph(
    dependencies.map((before, at) => ({ name: `t${at}`, dependsOn: before.map((each) => `t${each}`) })),
  )
  if (!result.ok) throw new Error(result.problems[0]?.message)
  return result.graph
}

const begin = (graph: Graph, rule: TriggerRule = 'all_success'): Progress =>
  Progress.restore(
    graph,
    graph.names.map(() => rule),
  )

/** Runs everything that gets ready, all with success. Returns the number of steps. */
const runAll = (progress: Progress): number => {
  let steps = 0
  for (let ready = progress.ready(); ready.length > 0; ready = progress.ready()) {
    for (const position of ready) {
      progress.settle(position, 'success')
      steps++
    }
    progress.propagate()
  }
  return steps
}

const edges = (graph: Graph): number => graph.upstream.reduce((sum, before) => sum + before.length, 0)

const chain = (size: number) => Array.from({ length: size }, (_, at) => (at === 0 ? [] : [at - 1]))
const fanOut = (size: number) => [
  [],
  ...Array.from({ length: size - 2 }, () => [0]),
  Array.from({ length: size - 2 }, (_, at) => at + 1),
]
/** 2^levels paths. */
const diamonds = (levels: number) => [
  [],
  ...Array.from({ length: levels }, (_, level) => [[3 * level], [3 * level], [3 * level + 1, 3 * level + 2]]).flat(),
]

describe('Progress', () => {
  it.each([
    ['a chain of 10,000', chain(10_000)],
    ['a fan-out of 10,000 with its join', fanOut(10_000)],
    ['20 levels of diamonds', diamonds(20)],
    [
      'a mesh of 100 × 100',
      Array.from({ length: 10_000 }, (_, at) => (at < 100 ? [] : [at - 100, at - 100 + ((at + 1) % 100) - (at % 100)])),
    ],
  ])('works on each task and each edge a bounded number of times: %s', (_, dependencies) => {
    const graph = graphOf(dependencies)
    const progress = begin(graph)
    expect(runAll(progress)).toBe(graph.names.length)
    expect(progress.runState).toBe('success')
    expect(progress.work).toBeLessThanOrEqual(graph.names.length + 2 * edges(graph))
  })

  it('costs one event only what lies right below it', () => {
    const graph = graphOf(fanOut(10_000))
    const progress = begin(graph)
    progress.settle(0, 'success')
    progress.propagate()
    const before = progress.work
    progress.settle(1, 'success')
    progress.propagate()
    expect(progress.work - before).toBe(2)
  })

  it('settles 10,000 tasks below a failure, each once', () => {
    const graph = graphOf(chain(10_000))
    const progress = begin(graph)
    progress.settle(0, 'failed')
    expect(progress.propagate()).toHaveLength(9_999)
    expect(progress.runState).toBe('failed')
    expect(progress.count('upstream_failed')).toBe(9_999)
  })

  it('takes what happens between two calls of propagate as one moment', () => {
    const graph = graphOf([[], [], [0, 1]])
    for (const order of [
      [0, 1],
      [1, 0],
    ]) {
      const progress = begin(graph)
      for (const position of order) progress.settle(position, position === 0 ? 'skipped' : 'failed')
      progress.propagate()
      expect(progress.state(2)).toBe('upstream_failed')
    }
  })

  it('lets a failed task that a later one took up not fail the run', () => {
    const graph = graphOf([[], [0]])
    const progress = Progress.restore(graph, ['all_success', 'all_done'])
    progress.settle(0, 'failed')
    progress.propagate()
    expect(progress.ready()).toEqual([1])
    progress.settle(1, 'success')
    expect(progress.runState).toBe('success')
  })

  it('keeps a settled task as it is', () => {
    const progress = begin(graphOf([[]]))
    progress.settle(0, 'success')
    progress.settle(0, 'failed')
    progress.mark(0, 'running')
    expect([progress.state(0), progress.open, progress.runState]).toEqual(['success', 0, 'success'])
  })

  it('has forks that do not touch each other', () => {
    const progress = begin(graphOf([[], [0]]))
    const fork = progress.fork()
    fork.settle(0, 'failed')
    fork.propagate()
    expect([progress.state(0), progress.state(1)]).toEqual(['scheduled', 'none'])
    expect(fork.state(1)).toBe('upstream_failed')
    expect(progress.ready()).toEqual([0])
  })

  const world = fc
    .array(fc.record({ before: fc.array(fc.nat(), { maxLength: 3 }), rule: fc.constantFrom(...TRIGGER_RULES) }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((tasks) => ({
      graph: graphOf(tasks.map(({ before }, at) => (at === 0 ? [] : [...new Set(before.map((pick) => pick % at))]))),
      rules: tasks.map(({ rule }) => rule),
    }))
  const ends = fc.infiniteStream(fc.constantFrom<FinalTaskState>('success', 'failed', 'skipped'))

  it('counts as a walk of the whole graph would, and ends every run', () => {
    fc.assert(
      fc.property(world, ends, fc.infiniteStream(fc.nat()), ({ graph, rules }, end, pick) => {
        const progress = Progress.restore(graph, rules)
        for (let ready = progress.ready(); ready.length > 0; ready = progress.ready()) {
          progress.settle(ready[pick.next().value! % ready.length]!, end.next().value!)
          progress.propagate()
          for (const position of graph.names.keys()) expect(isJudged(progress, position)).toBe(true)
        }
        expect(progress.open).toBe(0)
      }),
    )
  })

  it('comes back from states as it was', () => {
    fc.assert(
      fc.property(world, ends, fc.nat(12), ({ graph, rules }, end, steps) => {
        const progress = Progress.restore(graph, rules)
        for (let step = 0; step < steps; step++) {
          const [first] = progress.ready()
          if (first === undefined) break
          progress.settle(first, end.next().value!)
          progress.propagate()
        }
        const states = graph.names.map((_, position) => progress.state(position))
        const back = Progress.restore(graph, rules, states)
        expect(graph.names.map((_, position) => back.state(position))).toEqual(states)
        expect([back.open, back.runState, back.ready()]).toEqual([progress.open, progress.runState, progress.ready()])
      }),
    )
  })
})

/** Whether the task stands as its rule says, counted anew from the states of its upstream tasks. */
const isJudged = (progress: Progress, position: number): boolean => {
  const states = progress.graph.upstream[position]!.map((before) => progress.state(before))
  const count = (state: TaskState) => states.filter((each) => each === state).length
  const verdict = evaluate(progress.rules[position]!, {
    total: states.length,
    success: count('success'),
    skipped: count('skipped'),
    failed: count('failed'),
    upstreamFailed: count('upstream_failed'),
    setups: 0,
    setupSuccess: 0,
    setupSkipped: 0,
  })
  const state = progress.state(position)
  // A rule that is met early may be judged otherwise later; what was started or settled then stays.
  return state === 'none' ? verdict === 'wait' : true
}
