import type { EngineEvent, EventLog } from './events.ts'

/** Counters of the driver. All start at zero; those of events are counted from the event log. */
const COUNTERS = {
  bellows_statements_total: 'SQL statements and DataFrame actions carried out',
  bellows_stages_distributed_total: 'Stages that were split into tasks',
  bellows_stages_whole_total: 'Stages that could not be split and ran as one task',
  bellows_stages_resubmitted_total: 'Times that map tasks of a finished stage ran again',
  bellows_tasks_completed_total: 'Tasks that succeeded',
  bellows_tasks_failed_total: 'Task attempts that failed',
  bellows_tasks_killed_total: 'Task attempts that were ended because nobody needed them any more',
  bellows_tasks_speculative_total: 'Second attempts of slow tasks',
  bellows_tasks_local_total: 'Tasks that ran in the driver',
  bellows_executors_added_total: 'Executors that registered',
  bellows_executors_lost_total: 'Executors that were lost',
  bellows_executors_decommissioned_total: 'Executors that moved their blocks and left',
  bellows_executors_excluded_total: 'Times that an executor was passed over after failures',
  bellows_task_time_milliseconds_total: 'Time spent in tasks',
  bellows_result_bytes_total: 'Bytes of task results that the driver fetched',
  bellows_input_bytes_total: 'Bytes of the files that tasks were given',
  bellows_shuffle_written_bytes_total: 'Bytes of shuffle blocks written',
  bellows_shuffle_read_local_bytes_total: 'Bytes of shuffle blocks read where they lay',
  bellows_shuffle_read_remote_bytes_total: 'Bytes of shuffle blocks fetched from other executors',
  bellows_shuffle_outputs_lost_total: 'Map outputs that were lost with their executor, or corrupt',
  bellows_shuffle_outputs_moved_total: 'Map outputs that a leaving executor gave to others',
} as const

export type CounterName = keyof typeof COUNTERS

/** Executor metrics under the names of Spark's PrometheusResource (metrics/executors/prometheus). */
const EXECUTOR_COUNTERS = {
  metrics_executor_completedTasks_total: 'completedTasks',
  metrics_executor_failedTasks_total: 'failedTasks',
  metrics_executor_totalTasks_total: 'totalTasks',
  metrics_executor_totalDuration_seconds_total: 'totalDuration',
  metrics_executor_totalShuffleRead_bytes_total: 'totalShuffleRead',
  metrics_executor_totalShuffleWrite_bytes_total: 'totalShuffleWrite',
} as const

const EXECUTOR_GAUGES = {
  metrics_executor_activeTasks: 'activeTasks',
  metrics_executor_maxTasks: 'maxTasks',
  metrics_executor_totalCores: 'totalCores',
  metrics_executor_rddBlocks: 'rddBlocks',
  metrics_executor_memoryUsed_bytes: 'memoryUsed',
  metrics_executor_diskUsed_bytes: 'diskUsed',
} as const

type ExecutorField =
  | (typeof EXECUTOR_COUNTERS)[keyof typeof EXECUTOR_COUNTERS]
  | (typeof EXECUTOR_GAUGES)[keyof typeof EXECUTOR_GAUGES]

type ExecutorRow = Record<ExecutorField, number>

const NEW_ROW: ExecutorRow = {
  completedTasks: 0,
  failedTasks: 0,
  totalTasks: 0,
  totalDuration: 0,
  totalShuffleRead: 0,
  totalShuffleWrite: 0,
  activeTasks: 0,
  maxTasks: 0,
  totalCores: 0,
  rddBlocks: 0,
  memoryUsed: 0,
  diskUsed: 0,
}

/** Counters and gauges of the driver and, by executor, under Spark's names where it has one. */
export class EngineMetrics {
  private readonly values = new Map<CounterName, number>()
  private readonly gauges = new Map<string, { readonly help: string; readonly read: () => number }>()
  private readonly executors = new Map<string, ExecutorRow>([['driver', { ...NEW_ROW }]])
  private readonly blocks = new Map<string, { readonly memory: number; readonly disk: number }>()

  constructor(events?: EventLog) {
    events?.onEvent((event) => this.count(event))
  }

  add(name: CounterName, amount = 1): void {
    this.values.set(name, (this.values.get(name) ?? 0) + amount)
  }

  get(name: CounterName): number {
    return this.values.get(name) ?? 0
  }

  gauge(name: string, help: string, read: () => number): void {
    this.gauges.set(name, { help, read })
  }

  /** Prometheus' text format 0.0.4. */
  text(): string {
    const lines: string[] = []
    for (const [name, help] of Object.entries(COUNTERS)) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`, `${name} ${this.get(name as CounterName)}`)
    }
    for (const [name, { help, read }] of this.gauges) {
      lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, `${name} ${read()}`)
    }
    const family = (name: string, field: ExecutorField, type: string) => {
      lines.push(`# TYPE ${name} ${type}`)
      for (const [executor, row] of this.executors) lines.push(`${name}{executor_id="${executor}"} ${row[field]}`)
    }
    for (const [name, field] of Object.entries(EXECUTOR_COUNTERS)) family(name, field, 'counter')
    for (const [name, field] of Object.entries(EXECUTOR_GAUGES)) family(name, field, 'gauge')
    return `${lines.join('\n')}\n`
  }

  private row(executor: number): ExecutorRow {
    const name = executor === 0 ? 'driver' : String(executor)
    const row = this.executors.get(name) ?? { ...NEW_ROW }
    this.executors.set(name, row)
    return row
  }

  private count(event: EngineEvent): void {
    switch (event.event) {
      case 'executor-added': {
        const row = this.row(event.executor)
        row.maxTasks = event.cores
        row.totalCores = event.cores
        return
      }
      case 'executor-removed':
        // A gone executor's series end; what it did stays in the totals.
        this.executors.delete(String(event.executor))
        return
      case 'executor-decommissioned':
        this.add('bellows_executors_decommissioned_total')
        return
      case 'executor-excluded':
        this.add('bellows_executors_excluded_total')
        return
      case 'task-start': {
        const row = this.row(event.executor)
        row.activeTasks++
        row.totalTasks++
        if (event.speculative) this.add('bellows_tasks_speculative_total')
        return
      }
      case 'task-end':
        this.countTask(event)
        return
      case 'stage-resubmitted':
        this.add('bellows_stages_resubmitted_total')
        return
      case 'shuffle-outputs-lost':
        this.add('bellows_shuffle_outputs_lost_total', event.maps)
        return
      case 'shuffle-outputs-moved':
        this.add('bellows_shuffle_outputs_moved_total', event.maps)
        return
      case 'block-updated':
        this.countBlock(event)
        return
      default:
        return
    }
  }

  private countTask(event: EngineEvent & { readonly event: 'task-end' }): void {
    const row = this.executors.get(event.executor === 0 ? 'driver' : String(event.executor))
    const read = (event.metrics?.localBytesRead ?? 0) + (event.metrics?.remoteBytesRead ?? 0)
    if (row !== undefined) {
      row.activeTasks--
      row.totalDuration += event.milliseconds / 1000
      row.totalShuffleRead += read
      row.totalShuffleWrite += event.metrics?.shuffleBytesWritten ?? 0
      if (event.status === 'SUCCESS') row.completedTasks++
      if (event.status === 'FAILED') row.failedTasks++
    }
    if (event.status === 'KILLED') this.add('bellows_tasks_killed_total')
    if (event.metrics === undefined) return
    this.add('bellows_shuffle_written_bytes_total', event.metrics.shuffleBytesWritten)
    this.add('bellows_shuffle_read_local_bytes_total', event.metrics.localBytesRead)
    this.add('bellows_shuffle_read_remote_bytes_total', event.metrics.remoteBytesRead)
  }

  private countBlock({ executor, block, memory, disk }: EngineEvent & { readonly event: 'block-updated' }): void {
    const row = this.row(executor)
    const key = `${executor} ${block}`
    const before = this.blocks.get(key)
    row.memoryUsed += memory - (before?.memory ?? 0)
    row.diskUsed += disk - (before?.disk ?? 0)
    const there = memory > 0 || disk > 0
    if (block.startsWith('rdd_')) row.rddBlocks += (there ? 1 : 0) - (before === undefined ? 0 : 1)
    if (there) this.blocks.set(key, { memory, disk })
    else this.blocks.delete(key)
  }
}
