import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { userError } from '../errors.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { type ForkedBackend, forkedBackend } from '../testing/forked-backend.ts'
import { inProcessBackend } from '../testing/in-process-backend.ts'
import { blocks, filesBelow, next, rows } from '../testing/runtime-helpers.ts'
import { expectedRows, type ShuffleJob, shuffleStages } from '../testing/shuffle-job.ts'

const JOB: ShuffleJob = { maps: 4, reduces: 3, rowsPerMap: 5000, groups: 17 }

const BACKENDS = { 'in one process': inProcessBackend, 'as processes': forkedBackend } as const

describe.each(Object.entries(BACKENDS))('Runtime over executors %s', (_, makeBackend) => {
  let fixture: EngineFixture

  beforeEach(async () => {
    fixture = await startEngine(2, { 'spark.shuffle.io.retryWait': '1' }, makeBackend)
  })

  afterEach(async () => {
    await fixture.close()
  })

  it('shuffles rows between stages, and deletes the blocks when they are released', async () => {
    const { runtime } = fixture.engine
    const { map, reduce, shuffle } = shuffleStages(runtime, JOB)
    const mapped = await runtime.runStage(map)
    expect(mapped.results.map(({ rows }) => rows)).toEqual([5000, 5000, 5000, 5000])
    expect(runtime.shuffleSizes(shuffle).map((sizes) => sizes.reduce((sum, { rows }) => sum + rows, 0))).toEqual([
      5000, 5000, 5000, 5000,
    ])
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    expect(await blocks(fixture.directory)).toHaveLength(12)
    runtime.releaseShuffle(shuffle)
    await expect.poll(() => blocks(fixture.directory)).toEqual([])
    expect(() => runtime.shuffleSizes(shuffle)).toThrow(`shuffle ${shuffle} is not there`)
  })

  it('gives a reduce task without rows the columns', async () => {
    const { runtime } = fixture.engine
    const shape = { ...JOB, groups: 2, reduces: 5 }
    const { map, reduce } = shuffleStages(runtime, shape)
    await runtime.runStage(map)
    const outcome = await runtime.runStage(reduce)
    expect(outcome.results.map(({ rows }) => rows)).toEqual([1, 1, 0, 0, 0])
    expect(await rows(fixture, outcome)).toEqual(expectedRows(shape))
  })

  it('runs only the map task again whose block is corrupt', async () => {
    const { runtime, events } = fixture.engine
    const { map, reduce } = shuffleStages(runtime, JOB)
    await runtime.runStage(map)
    const [first = ''] = await blocks(fixture.directory)
    const content = await readFile(first)
    content[content.length >> 1]! ^= 0xff
    await writeFile(first, content)
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    const again = events.all().filter((event) => event.event === 'stage-resubmitted')
    expect(again).toMatchObject([{ stage: 0, tasks: 1 }])
    const reasons = events.all().flatMap((event) => (event.event === 'task-end' ? (event.reason ?? []) : []))
    expect(reasons.join()).toContain('is corrupt: its checksum differs')
  })

  it('leaves no file behind when it is cancelled', async () => {
    const { runtime } = fixture.engine
    const slow = {
      ...JOB,
      more: ' HAVING (SELECT count(*) FROM range(300000) a, range(300000) b WHERE a.range + b.range = input.c1) > 0',
    }
    const stop = new AbortController()
    const { map, reduce, shuffle } = shuffleStages(runtime, slow, { signal: stop.signal })
    await runtime.runStage(map)
    const started = next(fixture, 'task-start', ({ stage }) => stage === 1)
    const run = runtime.runStage(reduce)
    await started
    stop.abort(userError('cancelled by the user'))
    await expect(run).rejects.toThrow('cancelled by the user')
    runtime.releaseShuffle(shuffle)
    await expect
      .poll(async () => (await filesBelow(fixture.directory)).filter((path) => !path.endsWith('/token')), {
        timeout: 10_000,
      })
      .toEqual([])
  })
})

describe('Runtime when executors die', () => {
  let fixture: EngineFixture
  let backend: ForkedBackend

  beforeEach(async () => {
    fixture = await startEngine(2, { 'spark.shuffle.io.retryWait': '1' }, (directory, token) => {
      backend = forkedBackend(directory, token)
      return backend
    })
  })

  afterEach(async () => {
    await fixture.close()
  })

  const bothThere = () => expect.poll(() => fixture.engine.pool.workers().length, { timeout: 60_000 }).toBe(2)

  it.each(['map', 'reduce'] as const)('in the middle of the %s stage, the result is the same', async (when) => {
    const { runtime, metrics } = fixture.engine
    await bothThere()
    const { map, reduce } = shuffleStages(runtime, JOB)
    const kill = next(fixture, 'task-start', ({ stage }) => stage === (when === 'map' ? 0 : 1)).then(({ executor }) =>
      backend.kill(executor),
    )
    await runtime.runStage(map)
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    expect(await kill).toBe(true)
    await expect.poll(() => metrics.get('bellows_executors_lost_total')).toBe(1)
  })

  it('between map and reduce, only its own map tasks run again', async () => {
    const { runtime, events } = fixture.engine
    await bothThere()
    const { map, reduce } = shuffleStages(runtime, JOB)
    await runtime.runStage(map)
    const ends = events.all().flatMap((event) => (event.event === 'task-end' && event.stage === 0 ? [event] : []))
    const victim = ends[0]?.executor ?? 0
    const held = ends.filter(({ executor }) => executor === victim).length
    expect(held).toBeLessThan(4)
    expect(backend.kill(victim)).toBe(true)
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    const all = events.all().filter((event) => event.event === 'task-start' && event.stage === 0)
    expect(all).toHaveLength(4 + held)
  })
})
