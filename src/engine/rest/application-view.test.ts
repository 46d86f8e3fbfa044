import { readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it } from 'vitest'
import { type EngineEvent, type EventFields, EventLog, type EventName } from '../events.ts'
import { silentLog } from '../log.ts'
import { startEngine } from '../testing/engine-fixture.ts'
import { reportOf } from '../testing/runtime-fixture.ts'
import { blocks } from '../testing/runtime-helpers.ts'
import { shuffleStages } from '../testing/shuffle-job.ts'
import { SqlSession } from '../testing/sql-session.ts'
import { apiTime } from './api-time.ts'
import { ApplicationView } from './application-view.ts'
import { redact, redactionPattern } from './environment-info.ts'
import { quantilesOf } from './task-summary.ts'
import { viewLimits } from './view-limits.ts'

const START = { hostPort: 'driver:1', cores: 1, maxMemory: 100, startTime: 0 }

const viewOf = (events: readonly EngineEvent[], conf = {}): ApplicationView => {
  const view = new ApplicationView(viewLimits(conf), START)
  for (const event of events) view.apply(event)
  return view
}

/** Events one millisecond apart. */
const told = (...entries: { readonly [N in EventName]: readonly [N, EventFields[N]] }[EventName][]) => {
  let now = 0
  const log = new EventLog(silentLog, () => now++)
  for (const [name, fields] of entries) log.add(name, fields as never)
  return log.all()
}

const TASK = { job: 0, submission: 0, stage: 0, partition: 0, attempt: 0, executor: 1 }
const BEGUN = { stageAttempt: 0, host: 'a', locality: 'ANY', speculative: false } as const
const ENDED = { status: 'SUCCESS', reason: undefined, milliseconds: 5, rows: 1, inputBytes: 30 } as const
const STAGE = { job: 0, submission: 0, stage: 0, name: 'n', tasks: 1, pool: 'default', reads: [], shuffle: undefined }
const METRICS = { ...reportOf().metrics, localBytesRead: 10, remoteBytesRead: 0 }

const HISTORY = [
  ['executor-added', { executor: 1, host: 'a', cores: 2, url: 'http://a:7/' }],
  ['job-start', { job: 0 }],
  ['stage-submitted', STAGE],
  ['task-start', { ...TASK, ...BEGUN }],
  ['task-end', { ...TASK, ...ENDED, metrics: METRICS }],
  ['stage-completed', { job: 0, submission: 0, stage: 0, rows: 1, bytes: 1, milliseconds: 1 }],
] as const

describe('the view of an application', () => {
  it('is the same for the same events of a real run', async () => {
    const fixture = await startEngine(2, { 'spark.sql.shuffle.partitions': '2' })
    try {
      await new SqlSession(fixture.engine).collect('SELECT id % 2, sum(id) FROM range(0, 100, 1, 3) GROUP BY 1')
      const events = fixture.engine.events.all()
      const view = viewOf(events)
      expect(viewOf(events)).toEqual(view)
      const job = view.jobs.get(0)
      const ends = events.filter((event) => event.event === 'task-end')
      expect(job).toMatchObject({ status: 'SUCCEEDED', name: 'collect', numTasks: ends.length })
      expect(job?.counts).toEqual({ active: 0, completed: ends.length, failed: 0, killed: 0 })
      expect([...view.stages.values()].map(({ status }) => status)).toEqual(job?.stageIds.map(() => 'COMPLETE'))
      expect(view.executions.get(0)?.completionTime).toBeDefined()
    } finally {
      await fixture.close()
    }
  }, 60_000)

  it('follows a real run in which a map task runs again because its block is corrupt', async () => {
    const fixture = await startEngine(2, { 'spark.shuffle.io.retryWait': '1' })
    try {
      const { runtime, events } = fixture.engine
      const { map, reduce } = shuffleStages(runtime, { maps: 4, reduces: 3, rowsPerMap: 500, groups: 17 })
      await runtime.runStage(map)
      const [first = ''] = await blocks(fixture.directory)
      const content = await readFile(first)
      content[content.length >> 1]! ^= 0xff
      await writeFile(first, content)
      await runtime.runStage(reduce)
      const view = viewOf(events.all())
      const [mapped, again, ...more] = view.attempts(0)
      expect(more).toEqual([])
      expect([mapped?.status, mapped?.counts.completed, mapped?.tasks.size]).toEqual(['COMPLETE', 4, 4])
      expect([again?.status, again?.numTasks, again?.counts.completed, again?.tasks.size]).toEqual([
        'COMPLETE',
        1,
        1,
        1,
      ])
      const reduced = view.attempts(1).at(-1)
      expect([reduced?.status, reduced?.counts.completed, reduced?.counts.active]).toEqual(['COMPLETE', 3, 0])
      expect(reduced?.counts.failed).toBeGreaterThan(0)
      expect([...view.executors.values()].map(({ counts }) => counts.active)).toEqual([0, 0, 0])
    } finally {
      await fixture.close()
    }
  }, 60_000)

  it('counts source bytes as input, not what came from shuffles', () => {
    const view = viewOf(told(...HISTORY))
    expect(view.attempt(0, 0)?.sums).toMatchObject({ inputBytes: 20, localBytesRead: 10, runTime: 5 })
    expect(view.executors.get(1)).toMatchObject({ hostPort: 'a:7', counts: { completed: 1, active: 0 } })
  })

  it('has another try of a stage whose output was lost, which ends with its last task', () => {
    const again = { ...TASK, attempt: 1 }
    const before = [
      ...HISTORY,
      ['stage-resubmitted', { job: 0, submission: 0, stage: 0, stageAttempt: 1, tasks: 1 }],
      ['task-start', { ...again, ...BEGUN, stageAttempt: 1 }],
    ] as const
    expect(
      viewOf(told(...before))
        .attempts(0)
        .map(({ status }) => status),
    ).toEqual(['COMPLETE', 'ACTIVE'])
    const view = viewOf(told(...before, ['task-end', { ...again, ...ENDED, metrics: METRICS }]))
    expect(view.attempts(0).map(({ status, counts }) => [status, counts.completed])).toEqual([
      ['COMPLETE', 1],
      ['COMPLETE', 1],
    ])
    expect(view.jobs.get(0)?.stages).toEqual({ active: 0, completed: 2, failed: 0 })
  })

  it('says why tasks were killed and stages and jobs failed', () => {
    const view = viewOf(
      told(
        ...HISTORY.slice(0, 4),
        ['task-end', { ...TASK, ...ENDED, status: 'KILLED', reason: 'cancelled', metrics: undefined }],
        ['stage-failed', { job: 0, submission: 0, stage: 0, reason: 'cancelled' }],
        ['job-end', { job: 0, failure: 'cancelled' }],
      ),
    )
    expect(view.attempt(0, 0)).toMatchObject({ status: 'FAILED', failureReason: 'cancelled', counts: { killed: 1 } })
    expect(view.jobs.get(0)).toMatchObject({ status: 'FAILED', stages: { active: 0, failed: 1 } })
    expect([...(view.jobs.get(0)?.killedBy ?? [])]).toEqual([['cancelled', 1]])
  })

  it('keeps blocks and executors while they are there, and the newest of the dead', () => {
    const blocks = [
      ...HISTORY,
      ['executor-added', { executor: 2, host: 'b', cores: 1 }],
      ['block-updated', { executor: 1, block: 'rdd_3_0', memory: 10, disk: 0 }],
      ['block-updated', { executor: 1, block: 'rdd_3_1', memory: 0, disk: 7 }],
      ['block-updated', { executor: 1, block: 'rdd_3_1', memory: 0, disk: 0 }],
    ] as const
    const there = viewOf(told(...blocks))
    expect(there.executors.get(1)).toMatchObject({ memoryUsed: 10, diskUsed: 0, rddBlocks: 1 })
    const gone = [
      ['executor-removed', { executor: 1, reason: 'idle', failed: false }],
      ['executor-removed', { executor: 2, reason: 'idle', failed: false }],
      ['executor-removed', { executor: 9, reason: 'never came', failed: true }],
    ] as const
    const view = viewOf(told(...blocks, ...gone), { 'spark.ui.retainedDeadExecutors': '1' })
    expect([[...view.executors.keys()], view.blocks.size]).toEqual([[0, 2], 0])
  })

  it('is bounded: the oldest that is over falls out, what runs stays', () => {
    const many = Array.from({ length: 50 }, (_, job) => {
      const stage = { ...STAGE, job, submission: job }
      const task = { ...TASK, job, submission: job }
      return [
        ['job-start', { job }],
        ['sql-execution-start', { job, description: 'd', plan: 'p' }],
        ['stage-submitted', stage],
        ['task-start', { ...task, ...BEGUN }],
        ...(job === 0
          ? []
          : ([
              ['task-end', { ...task, ...ENDED, metrics: METRICS }],
              ['stage-completed', { job, submission: job, stage: 0, rows: 1, bytes: 1, milliseconds: 1 }],
              ['job-end', { job, failure: undefined }],
              ['sql-execution-end', { job, failure: undefined }],
            ] as const)),
      ] as const
    }).flat()
    const view = viewOf(told(...many), {
      'spark.ui.retainedJobs': '3',
      'spark.ui.retainedStages': '4',
      'spark.ui.retainedTasks': '2',
      'spark.sql.ui.retainedExecutions': '2',
    })
    expect([...view.jobs.keys()]).toEqual([0, 48, 49])
    expect([...view.stages.values()].map(({ stageId, tasks }) => [stageId, tasks.size])).toEqual([
      [0, 1],
      [47, 0],
      [48, 1],
      [49, 1],
    ])
    expect([...view.executions.keys()]).toEqual([0, 49])
  })
})

describe('values', () => {
  it('are written as Spark writes them', () => {
    expect(apiTime(1_795_281_765_986)).toBe('2026-11-21T17:22:45.986GMT')
    // Of two tasks, as Spark 4.1.1 summed them up.
    expect(quantilesOf([4489, 522], [0.05, 0.25, 0.5, 0.75, 0.95])).toEqual([522, 522, 4489, 4489, 4489])
  })

  it('are redacted by key or value, by the pattern that is set', () => {
    const conf = { b: 'my Token', 'x.password': '1', a: 'seen', 'spark.redaction.regex': '(?i)token' }
    expect(redact(conf, redactionPattern({}))).toEqual([
      ['a', 'seen'],
      ['b', '*********(redacted)'],
      ['spark.redaction.regex', '*********(redacted)'],
      ['x.password', '*********(redacted)'],
    ])
    expect(redact({ 'x.password': '1', b: 'TOKEN' }, redactionPattern(conf))).toEqual([
      ['b', '*********(redacted)'],
      ['x.password', '1'],
    ])
    expect(() => redactionPattern({ 'spark.redaction.regex': '(' })).toThrow('spark.redaction.regex')
  })
})
