import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client'
import type { SparkApplicationStatus } from '../api/spark-application.ts'
import type { ControllerMetrics } from '../controller/metrics.ts'
import type { KubeObject } from '../kube/object.ts'

/** The applications that are there now: what the gauges are counted from at each scrape, so that they cannot drift. */
export type Applications = () => Iterable<KubeObject>

const statusOf = (object: KubeObject): Partial<SparkApplicationStatus> =>
  (object.status ?? {}) as Partial<SparkApplicationStatus>

/** Seconds between two RFC 3339 times; undefined where one is missing or they are in the wrong order. */
const between = (from: string | null | undefined, to: string | null | undefined): number | undefined => {
  if (!from || !to) return undefined
  const seconds = (Date.parse(to) - Date.parse(from)) / 1000
  return seconds >= 0 ? seconds : undefined
}

/**
 * The operator metrics of Spark applications under their published names. Counters count what this process saw happen;
 * each starts at zero. Source: metric list of the SparkApplication API's reference operator.
 */
export const applicationMetrics = (registry: Registry, applications: Applications): Partial<ControllerMetrics> => {
  const registers = [registry]
  const counter = (name: string, help: string) => new Counter({ name, help, registers })
  const summary = (name: string, help: string) =>
    new Summary({ name, help, registers, maxAgeSeconds: 600, ageBuckets: 5 })
  const count = counter('spark_application_count', 'Applications seen for the first time.')
  const submit = counter('spark_application_submit_count', 'Driver pods submitted.')
  const failedSubmission = counter('spark_application_failed_submission_count', 'Submissions that failed.')
  const success = counter('spark_application_success_count', 'Applications that completed.')
  const failure = counter('spark_application_failure_count', 'Applications that failed for good.')
  const executorSuccess = counter('spark_executor_success_count', 'Executors that ended well.')
  const executorFailure = counter('spark_executor_failure_count', 'Executors that failed or were lost.')
  const successTime = summary(
    'spark_application_success_execution_time_seconds',
    'Submission to end of completed applications.',
  )
  const failureTime = summary(
    'spark_application_failure_execution_time_seconds',
    'Submission to end of failed applications.',
  )
  const submitLatency = summary('spark_application_submit_latency_seconds', 'Creation to submission.')
  const startLatency = summary('spark_application_start_latency_seconds', 'Creation to a running driver.')
  const submitHistogram = new Histogram({
    name: 'spark_application_submit_latency_seconds_histogram',
    help: 'Creation to submission.',
    buckets: [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256],
    registers,
  })
  const startHistogram = new Histogram({
    name: 'spark_application_start_latency_seconds_histogram',
    help: 'Creation to a running driver.',
    buckets: [1, 2, 5, 10, 30, 60, 90, 120, 150, 180, 210, 240, 270, 300],
    registers,
  })
  new Gauge({
    name: 'spark_application_running_count',
    help: 'Applications that run now.',
    registers,
    collect() {
      let running = 0
      for (const app of applications()) if (statusOf(app).applicationState?.state === 'RUNNING') running += 1
      this.set(running)
    },
  })
  new Gauge({
    name: 'spark_executor_running_count',
    help: 'Executors that run now.',
    registers,
    collect() {
      let running = 0
      for (const app of applications()) running += statusOf(app).executors?.running ?? 0
      this.set(running)
    },
  })
  const grown = (before: number | undefined, after: number | undefined): number =>
    Math.max(0, (after ?? 0) - (before ?? 0))

  return {
    statusWritten: (controller, beforeObject, afterObject) => {
      if (controller !== 'sparkapplication') return
      const before = statusOf(beforeObject)
      const after = statusOf(afterObject)
      const created = afterObject.metadata.creationTimestamp
      if (before.applicationState?.state === undefined) count.inc()
      const submissions = grown(before.attempt, after.attempt)
      submit.inc(submissions)
      const submitted = between(created, after.lastSubmissionAttemptTime)
      if (submissions > 0 && before.lastSubmissionAttemptTime === undefined && submitted !== undefined) {
        submitLatency.observe(submitted)
        submitHistogram.observe(submitted)
      }
      const started = between(created, after.startTime)
      if (!before.startTime && started !== undefined && (after.attempt ?? 1) === 1) {
        startLatency.observe(started)
        startHistogram.observe(started)
      }
      executorSuccess.inc(grown(before.executors?.succeeded, after.executors?.succeeded))
      executorFailure.inc(
        grown(before.executors?.failed, after.executors?.failed) + grown(before.executors?.lost, after.executors?.lost),
      )
      if (before.applicationState?.state === after.applicationState?.state) return
      const ran = between(after.lastSubmissionAttemptTime, after.terminationTime)
      switch (after.applicationState?.state) {
        case 'SUBMISSION_FAILED':
          failedSubmission.inc()
          return
        case 'COMPLETED':
          success.inc()
          if (ran !== undefined) successTime.observe(ran)
          return
        case 'FAILED':
          failure.inc()
          if (ran !== undefined) failureTime.observe(ran)
          return
        default:
          return
      }
    },
  }
}
