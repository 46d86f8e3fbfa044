import type { ExecutorSummary } from './executor-summary.ts'

/** Series by name, as Spark's PrometheusResource has them; what is of the JVM alone is absent. */
const SERIES: readonly (readonly [string, (executor: ExecutorSummary) => number])[] = [
  ['rddBlocks', (executor) => executor.rddBlocks],
  ['memoryUsed_bytes', (executor) => executor.memoryUsed],
  ['diskUsed_bytes', (executor) => executor.diskUsed],
  ['totalCores', (executor) => executor.totalCores],
  ['maxTasks', (executor) => executor.maxTasks],
  ['activeTasks', (executor) => executor.activeTasks],
  ['failedTasks_total', (executor) => executor.failedTasks],
  ['completedTasks_total', (executor) => executor.completedTasks],
  ['totalTasks_total', (executor) => executor.totalTasks],
  ['totalDuration_seconds_total', (executor) => executor.totalDuration / 1000],
  ['totalInputBytes_bytes_total', (executor) => executor.totalInputBytes],
  ['totalShuffleRead_bytes_total', (executor) => executor.totalShuffleRead],
  ['totalShuffleWrite_bytes_total', (executor) => executor.totalShuffleWrite],
]

const label = (text: string): string => text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')

/** The text of /metrics/executors/prometheus. */
export const executorsText = (
  application: { readonly id: string; readonly name: string },
  executors: readonly ExecutorSummary[],
): string =>
  executors
    .flatMap((executor) => {
      const labels = `application_id="${label(application.id)}", application_name="${label(application.name)}", executor_id="${executor.id}"`
      return SERIES.map(([name, value]) => `metrics_executor_${name}{${labels}} ${value(executor)}\n`)
    })
    .join('')
