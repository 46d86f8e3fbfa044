import {
  ApiProblem,
  booleanParameter,
  choices,
  integerParameter,
  notFound,
  quantilesParameter,
} from './api-parameters.ts'
import { parseApiTime } from './api-time.ts'
import { type ApplicationSource, applicationInfo } from './application-info.ts'
import type { ApplicationView } from './application-view.ts'
import { type EnvironmentSource, environmentInfo } from './environment-info.ts'
import { executorSummary } from './executor-summary.ts'
import { executionData, jobData } from './job-data.ts'
import { persisted, rddStorage, rddStorageDetails } from './rdd-storage.ts'
import { type StageWish, stageData, stageStatus } from './stage-data.ts'
import { sortedTasks, type TaskSorting, taskData } from './task-data.ts'
import { taskSummary } from './task-summary.ts'
import type { StageView } from './view-state.ts'

export interface ApiSource {
  readonly view: ApplicationView
  readonly application: ApplicationSource
  readonly environment: EnvironmentSource
  readonly excludeTimeout: number
}

const JOB_STATUS = ['RUNNING', 'SUCCEEDED', 'FAILED', 'UNKNOWN'] as const
const STAGE_STATUS = ['ACTIVE', 'COMPLETE', 'FAILED', 'PENDING', 'SKIPPED'] as const
const TASK_STATUS = ['RUNNING', 'KILLED', 'FAILED', 'SUCCESS', 'UNKNOWN'] as const
const SORTING: Readonly<Record<string, TaskSorting>> = {
  ID: 'ID',
  INCREASING_RUNTIME: 'INCREASING_RUNTIME',
  RUNTIME: 'INCREASING_RUNTIME',
  '+RUNTIME': 'INCREASING_RUNTIME',
  // A plus that nobody has escaped is a blank.
  ' RUNTIME': 'INCREASING_RUNTIME',
  DECREASING_RUNTIME: 'DECREASING_RUNTIME',
  '-RUNTIME': 'DECREASING_RUNTIME',
}

const chosen = (wanted: readonly string[], status: string): boolean => wanted.length === 0 || wanted.includes(status)

const isNumber = (text: string | undefined): text is string => text !== undefined && /^\d{1,9}$/.test(text)

const noPath = (path: string): ApiProblem => notFound(`HTTP ERROR 404 Not Found: ${path}`)

/** Answers a GET below /api/v1, `path` without that. Throws ApiProblem. Source: Spark's "Monitoring and Instrumentation". */
export const answerApi = (source: ApiSource, path: string, query: URLSearchParams, now: number): unknown => {
  const [first, id, ...rest] = path.split('/').filter((part) => part !== '')
  const whole = `/api/v1${path}`
  if (first === 'version' && id === undefined) return { spark: source.application.version }
  if (first !== 'applications') throw noPath(whole)
  if (id === undefined) return applications(source, query, now)
  const name = decode(id)
  if (rest.length === 0) {
    if (name !== source.application.id) throw notFound(`unknown app: ${name}`)
    return applicationInfo(source.application, now)
  }
  if (name !== source.application.id) throw notFound(`no such app: ${name}`)
  // Spark takes the number of an attempt here too; a driver has one.
  const [collection = '', ...below] = isNumber(rest[0]) && rest.length > 1 ? rest.slice(1) : rest
  const answer = COLLECTIONS[collection]
  if (answer !== undefined) return answer(source, below, query, now) ?? fail(noPath(whole))
  if (rest.length === 1) throw notFound(`unknown app ${name}, attempt ${decode(collection)}`)
  throw noPath(whole)
}

const fail = (error: Error): never => {
  throw error
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const applications = ({ application }: ApiSource, query: URLSearchParams, now: number): readonly unknown[] => {
  const wanted = choices(query, 'status', ['COMPLETED', 'RUNNING'])
  const date = (name: string, fallback: number): number => {
    const text = query.get(name)
    if (text === null) return fallback
    return parseApiTime(text) ?? fail(new ApiProblem(400, `Couldn't parse date: ${text}`))
  }
  const { startTime } = application
  const matches =
    chosen(wanted, 'RUNNING') && startTime >= date('minDate', 0) && startTime <= date('maxDate', Number.MAX_VALUE)
  return matches && integerParameter(query, 'limit', 1) > 0 ? [applicationInfo(application, now)] : []
}

/** Undefined: there is no such path. */
type Answer = (source: ApiSource, below: readonly string[], query: URLSearchParams, now: number) => unknown

const jobs: Answer = ({ view }, [id, ...more], query) => {
  if (more.length > 0) return undefined
  if (id === undefined) {
    const wanted = choices(query, 'status', JOB_STATUS)
    return [...view.jobs.values()]
      .filter(({ status }) => chosen(wanted, status))
      .toReversed()
      .map(jobData)
  }
  if (!isNumber(id)) return undefined
  const job = view.jobs.get(Number(id))
  if (job === undefined) throw notFound(`unknown job: ${id}`)
  return jobData(job)
}

const wish = (query: URLSearchParams, details: boolean): StageWish => ({
  details: booleanParameter(query, 'details', details),
  summaries: booleanParameter(query, 'withSummaries', false) ? quantilesParameter(query) : undefined,
})

const stages: Answer = (source, [id, attempt, part, ...more], query, now) => {
  const { view } = source
  const shape = (stage: StageView, details: boolean) => stageData(stage, view.executors, wish(query, details), now)
  if (id === undefined) {
    const wanted = choices(query, 'status', STAGE_STATUS)
    return [...view.stages.values()]
      .filter((stage) => chosen(wanted, stageStatus(stage)))
      .toReversed()
      .map((stage) => shape(stage, false))
  }
  if (!isNumber(id) || more.length > 0) return undefined
  const all = view.attempts(Number(id))
  if (attempt === undefined) {
    if (all.length === 0) throw notFound(`unknown stage: ${id}`)
    return all.map((stage) => shape(stage, true))
  }
  if (!isNumber(attempt)) return undefined
  const stage = view.attempt(Number(id), Number(attempt))
  if (part === 'taskList') return taskList(stage, query, now)
  if (part === 'taskSummary') {
    const summary = taskSummary([...(stage?.tasks.values() ?? [])], quantilesParameter(query))
    return summary ?? fail(notFound(`No tasks reported metrics for ${id} / ${attempt} yet.`))
  }
  if (part !== undefined) return undefined
  if (stage !== undefined) return shape(stage, true)
  if (all.length === 0) throw notFound(`unknown stage: ${id}`)
  const found = all.map(({ attemptId }) => attemptId).join(',')
  throw notFound(`unknown attempt for stage ${id}.  Found attempts: [${found}]`)
}

const taskList = (stage: StageView | undefined, query: URLSearchParams, now: number): readonly unknown[] => {
  const offset = integerParameter(query, 'offset', 0)
  const length = integerParameter(query, 'length', 20)
  const text = query.get('sortBy') ?? 'ID'
  const sorting = SORTING[text.toUpperCase()]
  if (sorting === undefined) throw notFound(`Bad value for parameter "sortBy".  Expected a TaskSorting, got "${text}"`)
  const wanted = choices(query, 'status', TASK_STATUS)
  const tasks = [...(stage?.tasks.values() ?? [])].filter(({ status }) => chosen(wanted, status))
  return sortedTasks(tasks, sorting)
    .slice(Math.max(0, offset), Math.max(0, offset) + Math.max(0, length))
    .map((task) => taskData(task, now))
}

const executions: Answer = ({ view }, [id, ...more], query, now) => {
  if (more.length > 0) return undefined
  const withPlan = booleanParameter(query, 'details', true) && booleanParameter(query, 'planDescription', true)
  if (id === undefined) {
    const offset = Math.max(0, integerParameter(query, 'offset', 0))
    const length = integerParameter(query, 'length', 20)
    return [...view.executions.values()]
      .slice(offset, offset + Math.max(0, length))
      .map((execution) => executionData(execution, withPlan, now))
  }
  if (!isNumber(id)) return undefined
  const execution = view.executions.get(Number(id))
  if (execution === undefined) throw notFound(`unknown query execution id: ${id}`)
  return executionData(execution, withPlan, now)
}

const storage: Answer = ({ view }, [kind, id, ...more]) => {
  if (kind !== 'rdd' || more.length > 0) return undefined
  const all = persisted(view.blocks.values())
  if (id === undefined) return [...all].map(([rdd, blocks]) => rddStorage(rdd, blocks))
  if (!isNumber(id)) return undefined
  const blocks = all.get(Number(id))
  if (blocks === undefined) throw notFound(`no rdd found w/ id ${id}`)
  return rddStorageDetails(Number(id), blocks, view.executors)
}

/** Summaries of executors; without `dead` those that are there. */
export const executorList = ({ view, excludeTimeout }: ApiSource, dead: boolean, now: number) =>
  [...view.executors.values()]
    .filter(({ removeTime }) => dead || removeTime === undefined)
    .map((executor) => executorSummary(executor, excludeTimeout, now))

const leaf =
  (answer: (source: ApiSource, now: number) => unknown): Answer =>
  (source, below, _, now) =>
    below.length === 0 ? answer(source, now) : undefined

const COLLECTIONS: Readonly<Record<string, Answer | undefined>> = {
  jobs,
  stages,
  storage,
  sql: executions,
  executors: leaf((source, now) => executorList(source, false, now)),
  allexecutors: leaf((source, now) => executorList(source, true, now)),
  environment: leaf(({ environment }) => environmentInfo(environment)),
}
