import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../log.ts'
import { SparkContext } from '../rdd/spark-context.ts'
import { type EngineFixture, startEngine } from '../testing/engine-fixture.ts'
import { SqlSession } from '../testing/sql-session.ts'
import type { applicationInfo } from './application-info.ts'
import type { environmentInfo } from './environment-info.ts'
import type { ExecutorSummary as Executor } from './executor-summary.ts'
import type { executionData, jobData } from './job-data.ts'
import type { rddStorage } from './rdd-storage.ts'
import type { stageData } from './stage-data.ts'
import type { taskData } from './task-data.ts'
import type { taskSummary } from './task-summary.ts'
import { differences, type Shape } from './testing/spark-shapes.ts'

type Application = ReturnType<typeof applicationInfo>
type Environment = ReturnType<typeof environmentInfo>
type Job = ReturnType<typeof jobData>
type Query = ReturnType<typeof executionData>
type Rdd = ReturnType<typeof rddStorage>
type Stage = ReturnType<typeof stageData>
type Summary = NonNullable<ReturnType<typeof taskSummary>>
type Task = ReturnType<typeof taskData>

const CONF = {
  'spark.app.id': 'app-1',
  'spark.app.name': 'a "name"',
  'spark.hadoop.fs.s3a.secret.key': 'hush',
  'spark.sql.shuffle.partitions': '2',
}

let fixture: EngineFixture
let sc: SparkContext

const get = async (
  path: string,
): Promise<{ readonly status: number; readonly type: string; readonly text: string }> => {
  const response = await fetch(`${fixture.engine.url}${path}`)
  return { status: response.status, type: response.headers.get('content-type') ?? '', text: await response.text() }
}

const json = async <T>(path: string): Promise<T> => {
  const { status, type, text } = await get(`/api/v1${path}`)
  expect([status, type], `${path}: ${text}`).toEqual([200, 'application/json'])
  return JSON.parse(text) as T
}

const problem = async (path: string): Promise<readonly [number, string]> => {
  const { status, text } = await get(`/api/v1${path}`)
  return [status, text]
}

const APP = '/applications/app-1'

beforeAll(async () => {
  fixture = await startEngine(2, CONF)
  const session = new SqlSession(fixture.engine)
  await session.collect('SELECT id % 3 AS k, count(*) AS n FROM range(0, 1000, 1, 4) GROUP BY 1 ORDER BY 1')
  await expect(session.collect("SELECT CAST(concat('x', id) AS INT) FROM range(0, 10, 1, 1)")).rejects.toThrow('CAST')
  sc = new SparkContext({
    runtime: Promise.resolve(fixture.engine.runtime),
    conf: CONF,
    appName: 'test',
    directory: join(fixture.directory, 'rdd'),
    log: silentLog,
  })
  const rdd = sc.parallelize([1, 2, 3, 4], 2).persist()
  expect(await rdd.count()).toBe(4)
}, 120_000)

afterAll(async () => {
  await sc?.stop()
  await fixture?.close()
})

describe('/api/v1', () => {
  const fits = (shape: Shape, value: unknown) => expect(differences(shape, value)).toEqual([])

  it('answers without the token, and to GET alone', async () => {
    fits('version', await json<unknown>('/version'))
    const post = await fetch(`${fixture.engine.url}/api/v1/version`, { method: 'POST' })
    expect(post.status).toBe(401)
    expect((await get('/v1/events')).status).toBe(401)
  })

  it('tells of the application', async () => {
    const [first, ...others] = await json<Application[]>('/applications')
    expect(others).toEqual([])
    fits('application', first)
    expect([first?.id, first?.name, first?.attempts[0]?.completed]).toEqual(['app-1', 'a "name"', false])
    expect((await json<Application>(APP)).id).toBe('app-1')
    expect(await json<Application[]>('/applications?status=completed')).toEqual([])
    expect(await json<Application[]>('/applications?minDate=2999-01-01')).toEqual([])
  })

  it('lists jobs, newest first, with their stages', async () => {
    const jobs = await json<Job[]>(`${APP}/jobs`)
    expect(jobs.map((job) => [job.jobId, job.name, job.status])).toEqual([
      [2, expect.stringContaining('count'), 'SUCCEEDED'],
      [1, 'collect', 'FAILED'],
      [0, 'collect', 'SUCCEEDED'],
    ])
    for (const job of jobs) fits('job', job)
    expect((await json<Job[]>(`${APP}/jobs?status=failed`)).map((job) => job.jobId)).toEqual([1])
    expect(await json<Job[]>(`${APP}/jobs?status=running&status=unknown`)).toEqual([])
    const job = await json<Job>(`${APP}/jobs/0`)
    expect(job.numCompletedTasks).toBe(job.numTasks)
    expect(job.numCompletedStages).toBe(job.stageIds.length)
    expect(job.stageIds.length).toBeGreaterThan(1)
    expect([job.numActiveTasks, job.numActiveStages, job.numFailedStages]).toEqual([0, 0, 0])
  })

  it('tells of stages and their tries', async () => {
    const stages = await json<Stage[]>(`${APP}/stages`)
    expect(stages.map(({ stageId }) => stageId)).toEqual(stages.map((_, i) => stages.length - 1 - i))
    expect(stages.every((stage) => !('tasks' in stage))).toBe(true)
    const failed = await json<Stage[]>(`${APP}/stages?status=failed`)
    expect(failed).toHaveLength(1)
    expect(failed[0]?.failureReason).toContain('CAST_INVALID_INPUT')
    const { stageIds } = await json<Job>(`${APP}/jobs/0`)
    const [stage] = await json<Stage[]>(`${APP}/stages/${stageIds[0]}`)
    fits('stage', stage)
    expect(stage).toEqual(await json<Stage>(`${APP}/stages/${stageIds[0]}/0`))
    expect(Object.values(stage?.executorSummary ?? {}).reduce((sum, each) => sum + each.succeededTasks, 0)).toBe(4)
    expect(stage?.shuffleWriteBytes).toBeGreaterThan(0)
    const reads = await json<Stage>(`${APP}/stages/${stageIds[1]}/0?details=false`)
    expect('tasks' in reads).toBe(false)
    expect([reads.shuffleReadBytes, reads.inputBytes]).toEqual([stage?.shuffleWriteBytes, 0])
    const [summed] = await json<Stage[]>(`${APP}/stages/${stageIds[0]}?withSummaries=true&quantiles=0,1`)
    expect(summed?.taskMetricsDistributions?.quantiles).toEqual([0, 1])
  })

  it('lists tasks by page, status and time', async () => {
    const list = `${APP}/stages/0/0/taskList`
    const tasks = await json<Task[]>(list)
    expect(tasks.map((task) => task.taskId)).toEqual([0, 1, 2, 3])
    for (const task of tasks) fits('task', task)
    expect((await json<Task[]>(`${list}?offset=1&length=2`)).map((task) => task.taskId)).toEqual([1, 2])
    expect(await json<Task[]>(`${list}?status=failed`)).toEqual([])
    const times = (await json<Task[]>(`${list}?sortBy=-runtime`)).map((task) => task.duration)
    expect(times).toEqual(times.toSorted((a, b) => b - a))
    const summary = await json<Summary>(`${APP}/stages/0/0/taskSummary?quantiles=0.5,1.0`)
    fits('taskSummary', summary)
    expect(summary.duration[1]).toBe(times[0])
  })

  it('tells of executors, persisted blocks and queries', async () => {
    const executors = await json<Executor[]>(`${APP}/executors`)
    for (const executor of executors) fits('executor', executor)
    expect(executors.map((executor) => executor.id)).toEqual(['driver', expect.any(String), expect.any(String)])
    expect(executors.map((executor) => executor.hostPort)).toEqual(Array(3).fill(expect.stringMatching(/:\d+$/)))
    expect(executors.reduce((sum, each) => sum + each.rddBlocks, 0)).toBe(2)
    expect((await json<Executor[]>(`${APP}/allexecutors`)).length).toBe(3)
    const [rdd] = await json<Rdd[]>(`${APP}/storage/rdd`)
    fits('rdd', await json<unknown>(`${APP}/storage/rdd/${rdd?.id}`))
    expect(rdd?.numCachedPartitions).toBe(2)
    const queries = await json<Query[]>(`${APP}/sql`)
    for (const query of queries) fits('execution', query)
    expect(queries.map((query) => [query.id, query.status, query.successJobIds, query.failedJobIds])).toEqual([
      [0, 'COMPLETED', [0], []],
      [1, 'FAILED', [], [1]],
    ])
    expect(queries[0]?.planDescription).toContain('hashpartitioning')
    expect((await json<Query>(`${APP}/sql/0?planDescription=false`)).planDescription).toBe('')
    expect((await json<Query[]>(`${APP}/sql?offset=1&length=5`)).map((query) => query.id)).toEqual([1])
  })

  it('redacts secrets in the environment', async () => {
    const environment = await json<Environment>(`${APP}/environment`)
    fits('environment', environment)
    expect(environment.sparkProperties).toContainEqual(['spark.hadoop.fs.s3a.secret.key', '*********(redacted)'])
    expect(JSON.stringify(environment)).not.toContain('hush')
  })

  it('says what is not there in Spark’s words', async () => {
    expect(await problem('/applications/nope')).toEqual([404, 'unknown app: nope'])
    expect(await problem('/applications/nope/jobs')).toEqual([404, 'no such app: nope'])
    expect(await problem(`${APP}/jobs/999`)).toEqual([404, 'unknown job: 999'])
    expect(await problem(`${APP}/stages/999`)).toEqual([404, 'unknown stage: 999'])
    expect(await problem(`${APP}/stages/0/9`)).toEqual([404, 'unknown attempt for stage 0.  Found attempts: [0]'])
    expect(await problem(`${APP}/stages/99/0/taskSummary`)).toEqual([404, 'No tasks reported metrics for 99 / 0 yet.'])
    expect(await problem(`${APP}/storage/rdd/99`)).toEqual([404, 'no rdd found w/ id 99'])
    expect(await problem(`${APP}/sql/99`)).toEqual([404, 'unknown query execution id: 99'])
    expect(await problem(`${APP}/bogus`)).toEqual([404, 'unknown app app-1, attempt bogus'])
    const quantiles = 'Bad value for parameter "quantiles".  Expected a double, got "a"'
    expect(await problem(`${APP}/stages/0/0/taskSummary?quantiles=a`)).toEqual([400, quantiles])
    for (const path of ['', '/bogus', `${APP}/jobs/x`, `${APP}/stages/x`, `${APP}/stages?status=foo`])
      expect((await problem(path))[0]).toBe(404)
    expect(await json<Task[]>(`${APP}/stages/99/0/taskList`)).toEqual([])
  })

  it('gives the figures of executors to Prometheus', async () => {
    const { status, type, text } = await get('/metrics/executors/prometheus/')
    expect([status, type]).toEqual([200, 'text/plain; version=0.0.4'])
    const labels = 'application_id="app-1", application_name="a \\"name\\"", executor_id="driver"'
    expect(text).toContain(`metrics_executor_activeTasks{${labels}} 0\n`)
    const done = [...text.matchAll(/^metrics_executor_completedTasks_total\{.*\} (\d+)$/gm)]
    const executors = await json<Executor[]>(`${APP}/executors`)
    expect(done.map(([, value]) => Number(value))).toEqual(executors.map((each) => each.completedTasks))
    expect(text).not.toMatch(/NaN|undefined/)
  })
})

it('takes the port that is set, or the next that is free', async () => {
  const taken = Number(new URL(fixture.engine.url).port)
  const other = await startEngine(0, { 'spark.ui.port': String(taken), 'spark.port.maxRetries': '1000' })
  try {
    expect(Number(new URL(other.engine.url).port)).toBeGreaterThan(taken)
    await expect(startEngine(0, { 'spark.ui.port': String(taken), 'spark.port.maxRetries': '0' })).rejects.toThrow(
      'EADDRINUSE',
    )
  } finally {
    await other.close()
  }
})

it('is not there with spark.ui.enabled=false', async () => {
  const hidden = await startEngine(0, { 'spark.ui.enabled': 'false' })
  try {
    const paths = ['/api/v1/applications', '/metrics/executors/prometheus', '/metrics']
    const statuses = await Promise.all(paths.map(async (path) => (await fetch(`${hidden.engine.url}${path}`)).status))
    expect(statuses).toEqual([401, 401, 200])
  } finally {
    await hidden.close()
  }
})
