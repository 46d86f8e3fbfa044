import { describe, expect, it } from 'vitest'
import type { ExecutorBackend } from '../backend.ts'
import { infrastructureError, userError } from '../errors.ts'
import { EventLog } from '../events.ts'
import { silentLog } from '../log.ts'
import { EngineMetrics } from '../metrics.ts'
import type { TaskRun } from '../runner/task-runner.ts'
import { ExecutorPool } from './executor-pool.ts'
import { NEVER_ENOUGH, Scheduler, type TaskSet } from './scheduler.ts'
import { type Worker, WorkerLost } from './worker.ts'

type Run = (task: string, executor: number) => TaskRun | Promise<TaskRun>

const done = (rows = 1): TaskRun => ({ done: { rows, bytes: 1, milliseconds: 1 }, path: undefined })

/** Executors that exist only as functions; `start` says what becomes of each that is asked for. */
const setting = (
  run: Run,
  options: { readonly instances?: number; readonly start?: (id: number) => void; readonly timeout?: number } = {},
) => {
  const metrics = new EngineMetrics()
  const events = new EventLog(silentLog, () => 0)
  const ran: string[] = []
  const worker = (id: number): Worker => ({
    id,
    name: id === 0 ? 'driver' : `executor ${id}`,
    slots: 1,
    run: async (spec, _signal, admit) => {
      ran.push(`${spec.taskId}@${id}`)
      const result = await run(spec.taskId, id)
      admit(result.done.bytes)
      return result
    },
  })
  const backend: ExecutorBackend = {
    start: async ({ id }) => {
      if (options.start) options.start(id)
      else pool.register({ id, url: '', cores: 1, host: 'test' })
    },
    stop: async () => {},
    onExit: () => {},
    onNotice: () => {},
    close: async () => {},
  }
  const pool: ExecutorPool = new ExecutorPool({
    backend,
    instances: options.instances ?? 2,
    heartbeatTimeout: 60_000,
    maxFailures: 3,
    connect: ({ id }) => worker(id),
    log: silentLog,
    events,
    metrics,
    now: () => 0,
  })
  const scheduler = new Scheduler({
    pool,
    local: worker(0),
    localOnly: false,
    maxFailures: 3,
    executorTimeout: options.timeout ?? 60_000,
    log: silentLog,
    events,
    metrics,
  })
  pool.start('http://driver')
  return { scheduler, pool, metrics, ran }
}

const tasks = (count: number, more: Partial<TaskSet> = {}): TaskSet => ({
  tasks: Array.from({ length: count }, (_, index) => ({
    key: `${index}`,
    inputBytes: 0,
    spec: (attempt: number) => ({
      taskId: `${index}.${attempt}`,
      views: [],
      inputs: [],
      sql: '',
      output: { kind: 'result' as const },
      settings: {},
    }),
  })),
  mayRunLocally: false,
  admit: () => {},
  enough: NEVER_ENOUGH,
  ...more,
})

describe('Scheduler', () => {
  it('tries a failed task again, elsewhere', async () => {
    const { scheduler, ran, metrics } = setting((task) => {
      if (task === '0.0') throw infrastructureError('disk full')
      return done()
    })
    expect(await scheduler.run(tasks(1))).toHaveLength(1)
    const [first, second] = ran.map((entry) => entry.split('@')[1])
    expect(second).not.toBe(first)
    expect(metrics.get('bellows_tasks_failed_total')).toBe(1)
  })

  it('gives up after spark.task.maxFailures with the last cause', async () => {
    const { scheduler, ran } = setting(() => {
      throw infrastructureError('disk full')
    })
    await expect(scheduler.run(tasks(1))).rejects.toThrow('failed 3 times (spark.task.maxFailures), last on executor')
    expect(ran).toHaveLength(3)
  })

  it('ends at once on an error of the query', async () => {
    const { scheduler, ran } = setting(() => {
      throw userError('division by zero')
    })
    await expect(scheduler.run(tasks(1))).rejects.toThrow('division by zero')
    expect(ran).toHaveLength(1)
  })

  it('replaces a lost executor and runs its task elsewhere', async () => {
    const { scheduler, pool, metrics } = setting((_, executor) => {
      if (executor === 1) throw new WorkerLost('connection reset')
      return done()
    })
    expect(await scheduler.run(tasks(4))).toHaveLength(4)
    expect(metrics.get('bellows_executors_lost_total')).toBe(1)
    expect(pool.workers().map(({ id }) => id)).toEqual([2, 3])
    expect(pool.register({ id: 1, url: '', cores: 1, host: 'test' })).toBe(false)
  })

  it('fails with the reason when every executor dies', async () => {
    const { scheduler, metrics } = setting(
      () => {
        throw new WorkerLost('killed: OOMKilled')
      },
      { instances: 1 },
    )
    await expect(scheduler.run(tasks(1))).rejects.toThrow('killed: OOMKilled')
    expect(metrics.get('bellows_executors_lost_total')).toBeGreaterThan(1)
  })

  it('fails with the reason when no executor comes in time', async () => {
    const { scheduler, pool } = setting(() => done(), { instances: 1, start: () => {}, timeout: 50 })
    const run = scheduler.run(tasks(1))
    pool.lose(1, 'quota exceeded')
    await expect(run).rejects.toThrow('no executor came within 0.05 s: executor 1 was lost: quota exceeded')
  })

  it('lets the driver work while none has come, where the tasks are small', async () => {
    const { scheduler, ran, metrics } = setting(() => done(), { start: () => {} })
    await scheduler.run(tasks(2, { mayRunLocally: true }))
    expect(ran).toEqual(['0.0@0', '1.0@0'])
    expect(metrics.get('bellows_tasks_local_total')).toBe(2)
  })

  it('runs no more tasks than are needed', async () => {
    const { scheduler, ran } = setting(() => done(10))
    const runs = await scheduler.run(tasks(50, { enough: (so) => so.length * 10 >= 25 }))
    expect(runs).toHaveLength(5)
    expect(ran).toHaveLength(5)
  })

  it('refuses results that are too large and stops the others', async () => {
    const { scheduler } = setting(() => done())
    let bytes = 0
    const admit = (more: number) => {
      bytes += more
      if (bytes > 1) throw userError('too large')
    }
    await expect(scheduler.run(tasks(3, { admit }))).rejects.toThrow('too large')
  })
})
