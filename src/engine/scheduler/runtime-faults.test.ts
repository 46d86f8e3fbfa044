import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { type ForkedBackend, type ForkedOptions, forkedBackend } from '../testing/forked-backend.ts'
import { inProcessBackend } from '../testing/in-process-backend.ts'
import { blocks, filesBelow, next, rows } from '../testing/runtime-helpers.ts'
import { expectedRows, type ShuffleJob, shuffleStages } from '../testing/shuffle-job.ts'

const JOB: ShuffleJob = { maps: 4, reduces: 3, rowsPerMap: 5000, groups: 17 }

let fixture: EngineFixture
let backend: ForkedBackend

const start = async (instances: number, conf: Readonly<Record<string, string>>, options: ForkedOptions = {}) => {
  fixture = await startEngine(instances, { 'spark.shuffle.io.retryWait': '1', ...conf }, (directory, token) => {
    backend = forkedBackend(directory, token, options)
    return backend
  })
  await expect.poll(() => fixture.engine.pool.workers().length, { timeout: 60_000 }).toBe(instances)
  return fixture.engine
}

afterEach(async () => {
  await fixture.close()
})

describe('Runtime', () => {
  it('starts a task of a paused executor elsewhere, and takes the first result', async () => {
    const { runtime, events, metrics } = await start(2, {
      'spark.speculation': 'true',
      'spark.speculation.quantile': '0.5',
      'spark.speculation.multiplier': '2',
      'spark.locality.wait': '0',
    })
    const { map, reduce } = shuffleStages(runtime, JOB)
    await runtime.runStage(map)
    const paused = next(fixture, 'task-start', ({ stage }) => stage === 1).then(({ executor }) => {
      backend.signal(executor, 'SIGSTOP')
      return executor
    })
    // Its blocks cannot be had from it either: on one machine they are read where they lie.
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    const executor = await paused
    expect(backend.signal(executor, 'SIGCONT')).toBe(true)
    expect(metrics.get('bellows_tasks_speculative_total')).toBeGreaterThan(0)
    const ends = events.all().filter((event) => event.event === 'task-end' && event.stage === 1)
    expect(ends.filter((end) => end.event === 'task-end' && end.status === 'SUCCESS')).toHaveLength(JOB.reduces)
    expect(ends.some((end) => end.event === 'task-end' && end.status === 'KILLED' && end.executor === executor)).toBe(
      true,
    )
  })

  it('an executor that is told to end gives its blocks away; nothing is computed again', async () => {
    const { runtime, events, pool, metrics } = await start(2, {})
    const { map, reduce } = shuffleStages(runtime, JOB)
    await runtime.runStage(map)
    const removed = next(fixture, 'executor-removed')
    expect(backend.signal(1, 'SIGTERM')).toBe(true)
    expect(await removed).toMatchObject({ executor: 1, failed: false })
    expect(pool.workers().some(({ id }) => id === 1)).toBe(false)
    expect(metrics.get('bellows_shuffle_outputs_moved_total')).toBeGreaterThan(0)
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    const maps = events.all().filter((event) => event.event === 'task-start' && event.stage === 0)
    expect(maps).toHaveLength(JOB.maps)
    expect(metrics.get('bellows_executors_lost_total')).toBe(0)
    await expect
      .poll(() =>
        readdir(fixture.directory).then((names) => names.some((name) => name.startsWith('bellows-executor-1-'))),
      )
      .toBe(false)
  })

  it('the last executor gives its blocks to the driver', async () => {
    const { runtime, metrics } = await start(1, {})
    const { map, reduce } = shuffleStages(runtime, JOB)
    await runtime.runStage(map)
    const removed = next(fixture, 'executor-removed')
    backend.signal(1, 'SIGTERM')
    await removed
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(expectedRows(JOB))
    expect(metrics.get('bellows_shuffle_outputs_moved_total')).toBe(JOB.maps)
    expect(metrics.get('bellows_stages_resubmitted_total')).toBe(0)
  })

  it.runIf(process.getuid?.() === 0)(
    'a full disk is told as such, costs the task, and leaves no partial files',
    async () => {
      let small = ''
      const { runtime, events } = await start(
        1,
        { 'spark.task.maxFailures': '2' },
        {
          localDirectory: () => {
            small = mkdtempSync(join(tmpdir(), 'bellows-small-'))
            execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', small])
            return small
          },
        },
      )
      try {
        const { map } = shuffleStages(runtime, { ...JOB, maps: 1, rowsPerMap: 3_000_000 })
        await expect(runtime.runStage(map)).rejects.toThrow(
          /failed 2 times .* the local disk of .* is full .*spark\.local\.dir/,
        )
        const reasons = events.all().flatMap((event) => (event.event === 'task-end' ? (event.reason ?? []) : []))
        expect(reasons).toHaveLength(2)
        await expect.poll(() => filesBelow(small)).toEqual([])
        const fitting = shuffleStages(runtime, JOB)
        await runtime.runStage(fitting.map)
        expect((await blocks(small)).length).toBe(JOB.maps * JOB.reduces)
      } finally {
        await fixture.engine.pool.close()
        execFileSync('umount', ['-l', small])
        rmSync(small, { recursive: true })
      }
    },
  )

  it('scales out while tasks wait, and in when executors are idle', async () => {
    fixture = await startEngine(
      0,
      {
        'spark.dynamicAllocation.enabled': 'true',
        'spark.dynamicAllocation.maxExecutors': '2',
        'spark.dynamicAllocation.schedulerBacklogTimeout': '1ms',
        'spark.dynamicAllocation.executorIdleTimeout': '1ms',
      },
      inProcessBackend,
      true,
    )
    const { runtime, pool, events } = fixture.engine
    const { map, reduce, shuffle } = shuffleStages(runtime, { ...JOB, maps: 8, rowsPerMap: 100_000 })
    await runtime.runStage(map)
    expect(await rows(fixture, await runtime.runStage(reduce))).toEqual(
      expectedRows({ ...JOB, maps: 8, rowsPerMap: 100_000 }),
    )
    expect(events.all().filter(({ event }) => event === 'executor-requested').length).toBeGreaterThanOrEqual(2)
    runtime.releaseShuffle(shuffle)
    await expect.poll(() => pool.workers().length, { timeout: 10_000 }).toBe(0)
    expect(fixture.engine.metrics.get('bellows_executors_lost_total')).toBe(0)
  })
})
