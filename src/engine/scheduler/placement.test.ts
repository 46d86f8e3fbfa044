import { describe, expect, it } from 'vitest'
import { stageOrder } from './fair-order.ts'
import { type Place, placeTask } from './placement.ts'
import { parsePools, schedulerSettings } from './scheduler-settings.ts'
import type { SchedulerAction, StageShape } from './scheduling.ts'
import { TaskScheduler } from './task-scheduler.ts'

const place = (executor: number, host: string, busy = 0): Place => ({ executor, host, slots: 2, busy, draining: false })

describe('placeTask', () => {
  const places = [place(1, 'a'), place(2, 'a', 1), place(3, 'b')]

  it('takes the executor that holds the input, then its host, then waits, then anyone', () => {
    expect(placeTask(['2'], places, places, false)).toMatchObject({ place: { executor: 2 }, locality: 'PROCESS_LOCAL' })
    const others = places.filter(({ executor }) => executor !== 2)
    expect(placeTask(['2'], places, others, false)).toBe('wait')
    expect(placeTask(['2', 'a'], places, others, false)).toMatchObject({
      place: { executor: 1 },
      locality: 'NODE_LOCAL',
    })
    expect(placeTask(['2'], places, others, true)).toMatchObject({ locality: 'ANY' })
    expect(placeTask(['9'], places, places, false)).toMatchObject({ place: { executor: 1 }, locality: 'NO_PREF' })
    expect(placeTask([], places, [], true)).toBeUndefined()
  })
})

describe('stageOrder', () => {
  const stages = [
    { id: 3, job: 1, pool: 'batch', running: 0 },
    { id: 2, job: 2, pool: 'ui', running: 3 },
    { id: 1, job: 1, pool: 'batch', running: 4 },
  ]
  const ids = (...settings: [mode: 'FIFO' | 'FAIR', pools: Parameters<typeof stageOrder>[2]]) =>
    stageOrder(stages, ...settings).map(({ id }) => id)

  it('FIFO: by job, then by stage; FAIR: the needy pool first, then by running tasks for the weight', () => {
    expect(ids('FIFO', {})).toEqual([1, 3, 2])
    expect(ids('FAIR', {})).toEqual([2, 1, 3])
    expect(ids('FAIR', { batch: { mode: 'FAIR', weight: 2, minShare: 0 } })).toEqual([3, 1, 2])
    expect(ids('FAIR', { batch: { mode: 'FIFO', weight: 1, minShare: 5 } })).toEqual([1, 3, 2])
  })
})

describe('settings of the scheduler', () => {
  it('reads pools as Spark has them', () => {
    const xml = `<?xml version="1.0"?><allocations>
      <!-- <pool name="old"><weight>9</weight></pool> -->
      <pool name="ui"><schedulingMode>FAIR</schedulingMode><weight>2</weight><minShare>3</minShare></pool>
      <pool name="batch"></pool></allocations>`
    expect(parsePools(xml)).toEqual({
      ui: { mode: 'FAIR', weight: 2, minShare: 3 },
      batch: { mode: 'FIFO', weight: 1, minShare: 0 },
    })
    expect(() => parsePools('<pool name="x"><weight>two</weight></pool>')).toThrow('pool x: weight is "two"')
  })

  it('has Spark’s defaults, and names what is wrong', () => {
    const settings = schedulerSettings({}, false)
    expect(settings).toMatchObject({ mode: 'FIFO', maxFailures: 4, maxStageAttempts: 4, localityWait: 3000 })
    expect(settings.speculation).toBeUndefined()
    expect(schedulerSettings({ 'spark.speculation': 'true' }, false).speculation).toEqual({
      quantile: 0.9,
      multiplier: 3,
      minTaskRuntime: 100,
      durationThreshold: undefined,
    })
    const wrong = { 'spark.speculation': 'true', 'spark.speculation.quantile': 'most' }
    expect(() => schedulerSettings(wrong, false)).toThrow('spark.speculation.quantile is "most"')
    expect(() => schedulerSettings({ 'spark.scheduler.mode': 'LIFO' }, false)).toThrow('fifo or fair')
  })
})

describe('TaskScheduler', () => {
  const shape = (id: number, tasks: number, preferred: readonly string[] = []): StageShape => ({
    id,
    job: id,
    stage: 0,
    pool: 'default',
    tasks: Array.from({ length: tasks }, (_, partition) => ({ partition, preferred })),
    reads: [],
    shuffle: undefined,
    mayRunLocally: false,
    inWaves: false,
  })
  const launches = (actions: readonly SchedulerAction[]) =>
    actions.flatMap((action) =>
      action.kind === 'launch' ? [`${action.key.index}@${action.executor} ${action.locality}`] : [],
    )

  const scheduler = (conf: Readonly<Record<string, string>> = {}) => {
    const made = new TaskScheduler(schedulerSettings(conf, false), { host: 'driver', slots: 1 })
    for (const executor of [1, 2])
      made.handle({ kind: 'executor-added', executor, host: `host${executor}`, slots: 1 }, 0)
    return made
  }

  it('lets a task wait for its place, but no longer than spark.locality.wait', () => {
    const made = scheduler()
    expect(launches(made.handle({ kind: 'submit', stage: shape(0, 2, ['host1']) }, 0))).toEqual(['0@1 NODE_LOCAL'])
    expect(made.wakeAt).toBe(3000)
    expect(launches(made.handle({ kind: 'tick' }, 2999))).toEqual([])
    expect(launches(made.handle({ kind: 'tick' }, 3000))).toEqual(['1@2 ANY'])
    expect(made.wakeAt).toBeUndefined()
  })

  const fail = (made: TaskScheduler, index: number, attempt: number) =>
    made.handle(
      {
        kind: 'attempt-ended',
        key: { stage: 0, index, attempt },
        outcome: { kind: 'failed', failure: 'infrastructure', message: 'disk' },
      },
      0,
    )

  it('passes over an executor that failed; in strict mode it would rather end the stage', () => {
    const made = scheduler()
    made.handle({ kind: 'submit', stage: shape(0, 1) }, 0)
    expect(launches(fail(made, 0, 0))).toEqual(['0@2 NO_PREF'])
    expect(launches(fail(made, 0, 1))).toEqual(['0@1 NO_PREF'])
    const strict = scheduler({ 'spark.excludeOnFailure.enabled': 'true' })
    strict.handle({ kind: 'submit', stage: shape(0, 1) }, 0)
    expect(launches(fail(strict, 0, 0))).toEqual(['0@2 NO_PREF'])
    expect(fail(strict, 0, 1)).toContainEqual(
      expect.objectContaining({ kind: 'stage-failed', message: expect.stringContaining('cannot run anywhere') }),
    )
  })

  it('gives draining executors no tasks', () => {
    const made = scheduler()
    made.handle({ kind: 'executor-draining', executor: 1 }, 0)
    expect(launches(made.handle({ kind: 'submit', stage: shape(0, 2) }, 0))).toEqual(['0@2 NO_PREF'])
    made.handle({ kind: 'executor-draining', executor: 2 }, 0)
    expect(made.starving).toBe(true)
  })
})
