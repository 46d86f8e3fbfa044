import { describe, expect, it } from 'vitest'
import { infrastructureError, userError } from '../errors.ts'
import { FetchFailed } from '../shuffle/fetch-failed.ts'
import { functionRuntime, reportOf, runOf, stageOf } from '../testing/runtime-fixture.ts'
import { ExecutorLost } from './task-executor.ts'

describe('EngineRuntime', () => {
  it('tries a failed task again, elsewhere', async () => {
    const { runtime, ran, metrics } = functionRuntime(({ attempt }) => {
      if (attempt === 0) throw infrastructureError('disk full')
      return runOf()
    })
    const { results } = await runtime.runStage(stageOf(1))
    expect(results).toMatchObject([{ partition: 0, attempt: 1 }])
    const [first, second] = ran.map((entry) => entry.split('@')[1])
    expect(second).not.toBe(first)
    expect(metrics.get('bellows_tasks_failed_total')).toBe(1)
  })

  it('gives up after spark.task.maxFailures with the last cause', async () => {
    const { runtime, ran } = functionRuntime(() => {
      throw infrastructureError('disk full')
    })
    await expect(runtime.runStage(stageOf(1))).rejects.toThrow(
      /failed 3 times \(spark.task.maxFailures\), last on executor \d: disk full/,
    )
    expect(ran).toHaveLength(3)
  })

  it('ends at once on an error of the query', async () => {
    const { runtime, ran } = functionRuntime(() => {
      throw userError('division by zero')
    })
    await expect(runtime.runStage(stageOf(1))).rejects.toThrow('division by zero')
    expect(ran).toHaveLength(1)
  })

  it('replaces a lost executor and runs its task elsewhere', async () => {
    const { runtime, pool, metrics } = functionRuntime((_, executor) => {
      if (executor === 1) throw new ExecutorLost('connection reset')
      return runOf()
    })
    expect((await runtime.runStage(stageOf(4))).results).toHaveLength(4)
    expect(metrics.get('bellows_executors_lost_total')).toBe(1)
    expect(pool.workers().map(({ id }) => id)).toEqual([2, 3])
    expect(pool.register({ id: 1, url: '', cores: 1, host: 'test', shuffleDirectory: '' })).toBe(false)
  })

  it('fails with the reason when every executor dies', async () => {
    const { runtime, metrics } = functionRuntime(
      () => {
        throw new ExecutorLost('killed: OOMKilled')
      },
      { instances: 1 },
    )
    await expect(runtime.runStage(stageOf(1))).rejects.toThrow('killed: OOMKilled')
    expect(metrics.get('bellows_executors_lost_total')).toBeGreaterThan(1)
  })

  it('fails with the reason when no executor comes in time', async () => {
    const { runtime, pool } = functionRuntime(() => runOf(), { instances: 1, start: () => {}, timeout: 50 })
    const run = runtime.runStage(stageOf(1))
    pool.lose(1, 'quota exceeded')
    await expect(run).rejects.toThrow('no executor came within 0.05 s: executor 1 was lost: quota exceeded')
  })

  it('lets the driver work while none has come, where the tasks are small', async () => {
    const { runtime, ran, metrics } = functionRuntime(() => runOf(), { start: () => {} })
    await runtime.runStage(stageOf(2, { mayRunLocally: true }))
    expect(ran).toEqual(['0.0@0', '1.0@0'])
    expect(metrics.get('bellows_tasks_local_total')).toBe(2)
  })

  it('runs no more tasks than are needed', async () => {
    const { runtime, ran } = functionRuntime(() => runOf(10))
    const { results } = await runtime.runStage(stageOf(50, { enough: (so) => so.length * 10 >= 25 }))
    expect(results).toHaveLength(4)
    expect(ran).toHaveLength(4)
  })

  it('refuses results that are too large and stops the others', async () => {
    const { runtime } = functionRuntime(() => runOf())
    let bytes = 0
    const admit = (more: number) => {
      bytes += more
      if (bytes > 1) throw userError('too large')
    }
    await expect(runtime.runStage(stageOf(3, { admit }))).rejects.toThrow('too large')
  })

  it('ends running tasks and waiting ones when its signal aborts', async () => {
    const started = Promise.withResolvers<void>()
    let ended = 0
    const { runtime, ran } = functionRuntime(
      (_, __, signal) =>
        new Promise((_, reject) => {
          started.resolve()
          signal.addEventListener('abort', () => {
            ended++
            reject(signal.reason)
          })
        }),
      { instances: 1 },
    )
    const stop = new AbortController()
    const run = runtime.runStage(stageOf(5, { signal: stop.signal }))
    await started.promise
    stop.abort(userError('cancelled by the user'))
    await expect(run).rejects.toThrow('cancelled by the user')
    expect([ran.length, ended]).toEqual([1, 1])
  })

  it('makes lost map outputs again for a reader, but not for ever', async () => {
    let failing = Number.POSITIVE_INFINITY
    const block = { bytes: 1, rows: 1, crc: 0 }
    const { runtime, ran, events } = functionRuntime(({ stage, fetch, output }) => {
      if (output.kind === 'shuffle') return { report: reportOf({ blocks: [block] }), path: undefined }
      const [source] = fetch[0]?.sources ?? []
      if (stage === 1 && failing-- > 0 && source !== undefined) {
        throw new FetchFailed(0, source.executor, source.blocks, 'connection refused')
      }
      return runOf()
    })
    const shuffle = runtime.newShuffle()
    const body = () => ({ kind: 'sql' as const, inputs: [], views: [], sql: '', settings: {} })
    const writes = { kind: 'shuffle' as const, shuffle, map: 0, partitions: 1 }
    const input = { token: 't', kind: 'shuffle' as const, shuffle, from: 0, to: 1 }
    const task = { partition: 0, inputBytes: 0, preferred: [] }
    const map = stageOf(0, {
      tasks: [{ ...task, body, output: () => writes }],
      shuffle: { id: shuffle, partitions: 1 },
    })
    const reads = { ...task, body: () => ({ ...body(), inputs: [input] }), output: () => ({ kind: 'result' as const }) }
    const reduce = stageOf(0, { stage: 1, tasks: [reads], reads: [shuffle] })
    await runtime.runStage(map)
    await expect(runtime.runStage(reduce)).rejects.toThrow(
      '4 attempts in a row could not fetch their input (spark.stage.maxConsecutiveAttempts), last: connection refused',
    )
    // Three of the four failures were answered with another run of the map task.
    expect(ran).toHaveLength(4 + 4)
    failing = 2
    expect((await runtime.runStage(reduce)).results).toHaveLength(1)
    expect(events.all().filter(({ event }) => event === 'stage-failed')).toHaveLength(1)
    runtime.releaseShuffle(shuffle)
    await expect(runtime.runStage(reduce)).rejects.toThrow(`it reads shuffle ${shuffle}, which is not there`)
  })
})
