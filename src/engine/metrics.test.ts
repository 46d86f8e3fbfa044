import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { EventFile } from './event-file.ts'
import { type EngineEvent, EventLog } from './events.ts'
import { silentLog } from './log.ts'
import { EngineMetrics } from './metrics.ts'
import { reportOf } from './testing/runtime-fixture.ts'

const TASK = { job: 0, submission: 0, stage: 0, partition: 0, attempt: 0, executor: 1 }

const setting = () => {
  let now = 0
  const events = new EventLog(silentLog, () => now++)
  return { events, metrics: new EngineMetrics(events) }
}

describe('metrics', () => {
  it('has every series from the start, at zero', () => {
    const text = setting().metrics.text()
    expect(text).toContain('bellows_shuffle_read_remote_bytes_total 0')
    expect(text).toContain('metrics_executor_activeTasks{executor_id="driver"} 0')
    expect(text).not.toMatch(/NaN|undefined/)
  })

  it('counts tasks and blocks by executor from events, under Spark’s names', () => {
    const { events, metrics } = setting()
    events.add('executor-added', { executor: 1, host: 'a', cores: 2 })
    const start = { stageAttempt: 0, host: 'a', locality: 'NO_PREF', speculative: false } as const
    events.add('task-start', { ...TASK, ...start })
    events.add('task-start', { ...TASK, attempt: 1, ...start, speculative: true })
    const report = reportOf()
    const written = { ...report.metrics, shuffleBytesWritten: 50, remoteBytesRead: 7 }
    const end = { milliseconds: 1500, rows: 1, inputBytes: 0, reason: undefined }
    events.add('task-end', { ...TASK, ...end, status: 'SUCCESS', metrics: written })
    events.add('block-updated', { executor: 1, block: 'rdd_0_0', memory: 10, disk: 0 })
    events.add('block-updated', { executor: 1, block: 'rdd_0_0', memory: 0, disk: 20 })
    const value = (name: string) =>
      Number(new RegExp(`^${name}\\{executor_id="1"\\} (.*)$`, 'm').exec(metrics.text())?.[1])
    expect(value('metrics_executor_activeTasks')).toBe(1)
    expect(value('metrics_executor_completedTasks_total')).toBe(1)
    expect(value('metrics_executor_totalDuration_seconds_total')).toBe(1.5)
    expect(value('metrics_executor_totalShuffleWrite_bytes_total')).toBe(50)
    expect(value('metrics_executor_diskUsed_bytes')).toBe(20)
    expect(value('metrics_executor_memoryUsed_bytes')).toBe(0)
    expect(value('metrics_executor_rddBlocks')).toBe(1)
    expect(metrics.get('bellows_tasks_speculative_total')).toBe(1)
    expect(metrics.get('bellows_shuffle_read_remote_bytes_total')).toBe(7)
    events.add('block-updated', { executor: 1, block: 'rdd_0_0', memory: 0, disk: 0 })
    expect(value('metrics_executor_rddBlocks')).toBe(0)
    events.add('executor-removed', { executor: 1, reason: 'idle', failed: false })
    expect(metrics.text()).not.toContain('executor_id="1"')
  })
})

describe('events', () => {
  it('keeps the newest, in order, and tells listeners of each', () => {
    const { events } = setting()
    let heard = 0
    const end = events.onEvent(() => heard++)
    for (let job = 0; job < 10_005; job++) events.add('job-start', { job })
    end()
    events.add('job-start', { job: -1 })
    const all = events.all()
    expect([all.length, heard, all[0]?.id, all.at(-1)?.id]).toEqual([10_000, 10_005, 6, 10_005])
  })

  it('writes each as a line of JSON where spark.eventLog asks for it', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bellows-events-'))
    try {
      const { events } = setting()
      const file = new EventFile(`file://${directory}/logs`, 'app', silentLog)
      events.onEvent((event) => file.add(event))
      events.add('job-start', { job: 3 })
      events.add('shuffle-released', { shuffle: 1 })
      await file.close()
      const lines = (await readFile(file.path, 'utf8')).trimEnd().split('\n')
      expect(lines.map((line) => JSON.parse(line) as EngineEvent)).toEqual(events.all())
    } finally {
      await rm(directory, { recursive: true, force: true })
    }
  })
})
