/** Counters and gauges of the driver, named after Spark's metrics where it has one. All start at zero. */
const COUNTERS = {
  bellows_statements_total: 'SQL statements and DataFrame actions carried out',
  bellows_stages_distributed_total: 'Stages that were split into tasks',
  bellows_stages_whole_total: 'Stages that could not be split and ran as one task',
  bellows_tasks_completed_total: 'Tasks that succeeded',
  bellows_tasks_failed_total: 'Task attempts that failed',
  bellows_tasks_local_total: 'Tasks that ran in the driver',
  bellows_executors_added_total: 'Executors that registered',
  bellows_executors_lost_total: 'Executors that were lost',
  bellows_task_time_milliseconds_total: 'Time spent in tasks',
  bellows_result_bytes_total: 'Bytes of task results that the driver fetched',
  bellows_input_bytes_total: 'Bytes of the files that tasks were given',
} as const

export type CounterName = keyof typeof COUNTERS

export class EngineMetrics {
  private readonly values = new Map<CounterName, number>()
  private readonly gauges = new Map<string, { readonly help: string; readonly read: () => number }>()

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
    return `${lines.join('\n')}\n`
  }
}
