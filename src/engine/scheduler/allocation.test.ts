import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AllocationInput, allocationSettings, decideAllocation, initialAllocation } from './allocation.ts'

const settingsOf = (conf: Readonly<Record<string, string>> = {}) => {
  const settings = allocationSettings(
    {
      'spark.dynamicAllocation.enabled': 'true',
      'spark.dynamicAllocation.maxExecutors': '20',
      'spark.dynamicAllocation.schedulerBacklogTimeout': '1s',
      ...conf,
    },
    0,
    1,
  )
  if (settings === undefined) throw new Error('off')
  return settings
}

const input = (now: number, more: Partial<AllocationInput> = {}): AllocationInput => ({
  now,
  pending: 0,
  running: 0,
  executors: [],
  ...more,
})

const idle = (id: number, idleSince: number, more = {}) => ({
  id,
  idleSince,
  holdsShuffle: false,
  holdsBlocks: false,
  ...more,
})

describe('dynamic allocation', () => {
  it('is off unless it is asked for, and refuses limits that contradict each other', () => {
    expect(allocationSettings({}, 2, 1)).toBeUndefined()
    expect(() => settingsOf({ 'spark.dynamicAllocation.minExecutors': '30' })).toThrow('maxExecutors (20)')
    expect(() => settingsOf({ 'spark.dynamicAllocation.executorAllocationRatio': '0' })).toThrow('above 0')
  })

  it('adds 1, 2, 4 … while tasks wait, up to what they can use', () => {
    const settings = settingsOf()
    let state = initialAllocation(settings)
    const targets: number[] = []
    for (let now = 0; now <= 6000; now += 500) {
      state = decideAllocation(state, settings, input(now, { pending: 11 })).state
      targets.push(state.target)
    }
    expect(targets).toEqual([0, 0, 1, 1, 3, 3, 7, 7, 11, 11, 11, 11, 11])
  })

  it('stops asking as soon as fewer are needed', () => {
    const settings = settingsOf()
    const state = { target: 10, step: 4, addAt: 100, fresh: false }
    const { state: next, reason } = decideAllocation(state, settings, input(50, { pending: 2, running: 1 }))
    expect([next.target, next.addAt, reason]).toEqual([3, undefined, '3 tasks are left'])
  })

  it('keeps the first executors until something has run', () => {
    const settings = settingsOf({ 'spark.dynamicAllocation.initialExecutors': '3' })
    const { state } = decideAllocation(initialAllocation(settings), settings, input(0))
    expect(state.target).toBe(3)
  })

  it('lets idle executors go, the longest idle first, but not those whose shuffle output is tracked', () => {
    const settings = settingsOf({ 'spark.dynamicAllocation.minExecutors': '1' })
    const executors = [
      idle(1, 0, { holdsShuffle: true }),
      idle(2, 5000),
      idle(3, 1000),
      idle(4, 65_000),
      idle(5, 0, { holdsBlocks: true }),
      { ...idle(6, 0), idleSince: undefined },
    ]
    const state = { target: 6, step: 1, addAt: undefined, fresh: false }
    const decision = decideAllocation(state, settings, input(70_000, { running: 1, executors }))
    expect(decision.remove).toEqual([3, 2])
    expect(decision.state.target).toBe(1)
    const untracked = settingsOf({ 'spark.dynamicAllocation.shuffleTracking.enabled': 'false' })
    expect(decideAllocation(state, untracked, input(70_000, { executors })).remove).toEqual([1, 3, 2])
  })

  it('never leaves the limits, never removes one that works', () => {
    const settings = settingsOf({ 'spark.dynamicAllocation.minExecutors': '2' })
    const step = fc.record({
      pending: fc.nat(60),
      running: fc.nat(20),
      wait: fc.nat(100_000),
      idle: fc.array(fc.boolean(), { maxLength: 20 }),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        let state = initialAllocation(settings)
        let now = 0
        for (const { pending, running, wait, idle: flags } of steps) {
          now += wait
          const executors = flags.map((isIdle, id) => ({
            ...idle(id, now - wait),
            ...(isIdle ? {} : { idleSince: undefined }),
          }))
          const decision = decideAllocation(state, settings, input(now, { pending, running, executors }))
          state = decision.state
          expect(state.target).toBeGreaterThanOrEqual(2)
          expect(state.target).toBeLessThanOrEqual(20)
          expect(decision.remove.every((id) => flags[id] === true)).toBe(true)
          if (decision.remove.length > 0) expect(executors.length - decision.remove.length).toBeGreaterThanOrEqual(2)
        }
      }),
      { numRuns: 200, seed: 3 },
    )
  })
})
