import type { ExecutorBackend } from '../backend.ts'
import { EventLog } from '../events.ts'
import { silentLog } from '../log.ts'
import { EngineMetrics } from '../metrics.ts'
import type { TaskReport, TaskRequest } from '../protocol.ts'
import type { TaskRun } from '../runner/task-host.ts'
import { EngineRuntime } from '../scheduler/engine-runtime.ts'
import { ExecutorPool } from '../scheduler/executor-pool.ts'
import { schedulerSettings } from '../scheduler/scheduler-settings.ts'
import type { StageSpec } from '../scheduler/stage-spec.ts'
import type { TaskExecutor } from '../scheduler/task-executor.ts'
import { BlockLocations } from '../storage/block-locations.ts'

export const reportOf = (more: Partial<TaskReport> = {}): TaskReport => ({
  rows: 1,
  bytes: 1,
  milliseconds: 1,
  value: undefined,
  blocks: undefined,
  schema: undefined,
  metrics: {
    localBytesRead: 0,
    remoteBytesRead: 0,
    localBlocksFetched: 0,
    remoteBlocksFetched: 0,
    fetchWaitTime: 0,
    shuffleBytesWritten: 0,
    shuffleRecordsWritten: 0,
    resultSize: 1,
  },
  ...more,
})

export const runOf = (rows = 1): TaskRun => ({ report: reportOf({ rows }), path: undefined })

type Run = (request: TaskRequest, executor: number, signal: AbortSignal) => TaskRun | Promise<TaskRun>

export interface FunctionRuntimeOptions {
  readonly instances?: number
  /** What becomes of each executor that is asked for; absent: it registers at once. */
  readonly start?: (id: number) => void
  readonly timeout?: number
  readonly conf?: Readonly<Record<string, string>>
}

/** A runtime whose executors exist only as functions. `ran` lists `partition.attempt@executor`. */
export const functionRuntime = (run: Run, options: FunctionRuntimeOptions = {}) => {
  const metrics = new EngineMetrics()
  const events = new EventLog(silentLog, () => 0)
  const ran: string[] = []
  const executor = (id: number): TaskExecutor => ({
    id,
    name: id === 0 ? 'driver' : `executor ${id}`,
    host: `host${id}`,
    slots: 1,
    url: `http://executor-${id}`,
    shuffleDirectory: `/shuffle/${id}`,
    run: async (request, signal, admit) => {
      ran.push(`${request.partition}.${request.attempt}@${id}`)
      const result = await run(request, id, signal)
      if (request.output.kind === 'result') admit(result.report.bytes)
      return result
    },
    release: async () => {},
    removeBlocks: async () => {},
    forgetBroadcast: async () => {},
    leave: async () => {},
  })
  const backend: ExecutorBackend = {
    start: async ({ id }) => {
      if (options.start) options.start(id)
      else pool.register({ id, url: '', cores: 1, host: `host${id}`, shuffleDirectory: '' })
    },
    stop: async () => {},
    onExit: () => {},
    onNotice: () => {},
    close: async () => {},
  }
  const pool: ExecutorPool = new ExecutorPool({
    backend,
    instances: options.instances ?? 2,
    elastic: false,
    heartbeatTimeout: 60_000,
    maxFailures: 3,
    connect: ({ id }) => executor(id),
    log: silentLog,
    events,
    metrics,
    now: () => 0,
  })
  const runtime = new EngineRuntime({
    pool,
    local: executor(0),
    settings: schedulerSettings({ 'spark.task.maxFailures': '3', ...options.conf }, false),
    slots: () => options.instances ?? 2,
    executorTimeout: options.timeout ?? 60_000,
    speculationInterval: 10,
    blockOf: (path) => path,
    forgetBlock: async () => {},
    blocks: new BlockLocations(),
    log: silentLog,
    events,
    metrics,
    now: Date.now,
  })
  pool.start('http://driver')
  return { runtime, pool, metrics, events, ran }
}

/** A stage of tasks that do nothing of their own. */
export const stageOf = (count: number, more: Partial<StageSpec> = {}): StageSpec => ({
  name: 'test',
  job: 0,
  stage: 0,
  tasks: Array.from({ length: count }, (_, partition) => ({
    partition,
    inputBytes: 0,
    preferred: [],
    body: () => ({ kind: 'sql' as const, inputs: [], views: [], sql: '', settings: {} }),
    output: () => ({ kind: 'result' as const }),
  })),
  reads: [],
  shuffle: undefined,
  pool: 'default',
  mayRunLocally: false,
  admit: () => {},
  signal: undefined,
  enough: undefined,
  ...more,
})
