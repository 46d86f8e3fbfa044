import { describe, expect, it } from 'vitest'
import { join } from '../optimizer/build.ts'
import { call } from '../optimizer/expression-tree.ts'
import type { Attribute } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { LONG } from '../types/data-type.ts'
import { heldBack, switchToBroadcast } from './adapt-plan.ts'
import type { AdaptiveSettings } from './adaptive-settings.ts'
import type { FinishedStage } from './finished-stage.ts'
import type { Stage } from './physical-plan.ts'
import { taskShapes } from './task-shapes.ts'

const column = (id: number): Attribute => ({ kind: 'attribute', id, name: `c${id}`, type: LONG, nullable: true })

const leaf = (name: string, id: number): LogicalPlan => ({ kind: 'stage-input', name, output: [column(id)] })

const stage = (id: number, given: Partial<Stage>): Stage => ({
  id,
  plan: leaf(`in${id}`, id),
  inputs: [],
  output: { kind: 'hash', keys: [column(id)], partitions: 4 },
  whyWhole: undefined,
  additive: new Set(),
  estimatedBytes: 0,
  notes: [],
  tasks: 4,
  ...given,
})

const one = stage(1, { estimatedBytes: 10 })
const other = stage(2, { estimatedBytes: 1000, additive: new Set(['in2']) })
const joined = stage(3, {
  plan: join(leaf('a', 1), leaf('b', 2), 'inner', call('=', [column(1), column(2)])),
  inputs: [
    { name: 'a', kind: 'shuffle', stage: one, attributes: [column(1)] },
    { name: 'b', kind: 'shuffle', stage: other, attributes: [column(2)] },
  ],
  additive: new Set(['a', 'b']),
  output: undefined,
})

const settings: AdaptiveSettings = {
  enabled: true,
  advisoryBytes: 100,
  minPartitionBytes: 1,
  skewFactor: 5,
  skewBytes: 150,
  broadcastMaxBytes: 50,
}

/** A shuffle of `maps` maps whose partitions have so many bytes in all, evenly over the maps. */
const shuffle = (id: number, bytes: readonly number[], maps = 2): FinishedStage => ({
  kind: 'shuffle',
  shuffle: id,
  partitions: bytes.length,
  sizes: Array.from({ length: maps }, () => bytes.map((size) => ({ bytes: size / maps, rows: size }))),
})

const shapesOf = (
  left: readonly number[],
  right: readonly number[],
  given: Partial<AdaptiveSettings> = {},
  slots = 1,
) => {
  const done = new Map([
    [one, shuffle(1, left)],
    [other, shuffle(2, right)],
  ])
  return taskShapes(joined, (of) => done.get(of)!, { ...settings, ...given }, slots).map((shape) =>
    Object.fromEntries(shape),
  )
}

const range = (from: number, to: number) => ({ kind: 'partitions', from, to })

describe('taskShapes', () => {
  it('puts small neighbours together up to the advisory size, on both sides alike', () => {
    expect(shapesOf([20, 20, 20, 20], [20, 20, 20, 20])).toEqual([
      { a: range(0, 2), b: range(0, 2) },
      { a: range(2, 4), b: range(2, 4) },
    ])
  })

  it('leaves out what can give no row of an inner join', () => {
    expect(shapesOf([0, 90, 0, 90], [90, 0, 90, 90])).toEqual([{ a: range(3, 4), b: range(3, 4) }])
  })

  it('splits a skewed partition by its maps; the other side is read whole by each', () => {
    const shapes = shapesOf([10, 10, 10, 10], [10, 400, 10, 10])
    const split = shapes.filter(({ b }) => b?.kind === 'partitions' && b.maps !== undefined)
    expect(split).toEqual([
      { a: range(1, 2), b: { ...range(1, 2), maps: { from: 0, to: 1 } } },
      { a: range(1, 2), b: { ...range(1, 2), maps: { from: 1, to: 2 } } },
    ])
  })

  it('changes nothing when it is switched off', () => {
    expect(shapesOf([20, 20, 20, 20], [20, 20, 20, 20], { enabled: false })).toHaveLength(4)
  })
})

describe('switchToBroadcast', () => {
  const stages = [one, other, joined]

  it('runs the smaller side first', () => {
    expect(heldBack(stages, settings)).toEqual(new Map([[other, one]]))
  })

  it('joins in place when that side turned out small, and does not move the other', () => {
    const finished = new Map<Stage, FinishedStage>([[one, shuffle(1, [10, 10, 10, 10])]])
    const change = switchToBroadcast(stages, finished, new Set([one]), settings)
    expect(change?.stages.map(({ id }) => id)).toEqual([1, 3])
    expect(change?.after.inputs).toMatchObject([{ name: 'a', kind: 'broadcast' }])
    expect(change?.after.tasks).toBe(other.tasks)
    expect(change?.after.notes.at(-1)).toMatch(/^changed while it ran: stage 1 gave only 40 B/)
  })

  it('leaves the join as it is above the limit, and when the other side has begun', () => {
    const large = new Map<Stage, FinishedStage>([[one, shuffle(1, [90, 90, 90, 90])]])
    expect(switchToBroadcast(stages, large, new Set([one]), settings)).toBeUndefined()
    const small = new Map<Stage, FinishedStage>([[one, shuffle(1, [1, 1, 1, 1])]])
    expect(switchToBroadcast(stages, small, new Set([one, other]), settings)).toBeUndefined()
  })
})
