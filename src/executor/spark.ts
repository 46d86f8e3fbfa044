import { MAX_APPLICATION_NAME } from '../api/kinds.ts'
import { MAX_RESULT } from '../api/pipeline-run-status.ts'
import { SparkApplications } from '../api/resource-types.ts'
import type { SparkApplication, SparkApplicationStatus } from '../api/spark-application.ts'
import type { KubeObject } from '../kube/object.ts'
import { apiVersionOf } from '../kube/resource-type.ts'
import { timeOf } from '../kube/time.ts'
import { parseExactly } from '../pipeline/exact-json.ts'
import { parseResult } from '../pipeline/results.ts'
import { taskLabels } from './kubernetes.ts'
import { childName } from './names.ts'
import type { Built, TaskAttempt, TaskExecutor, TaskOutcome } from './task-executor.ts'

/** A child SparkApplication a try; it needs no worker pod. */
export const sparkExecutor: TaskExecutor = {
  type: SparkApplications,
  field: 'application',
  childName: (run, task, attempt) => childName(run, task, attempt, MAX_APPLICATION_NAME),
  build: (attempt) => build(attempt),
  outcome: (child) => outcome(child as unknown as SparkApplication),
  isActive: (child) => !['COMPLETED', 'FAILED'].includes(stateOf((child as unknown as SparkApplication).status) ?? ''),
}

const build = (attempt: TaskAttempt): Built => {
  const { run, task } = attempt
  if (task.spark === undefined) {
    return { ok: false, reason: 'TaskInvalid', message: `Task '${task.name}' has no spark.spec.` }
  }
  const { timeoutSeconds } = task
  const object: KubeObject = {
    apiVersion: apiVersionOf(SparkApplications),
    kind: SparkApplications.kind,
    metadata: {
      name: childName(run.name, task.name, attempt.attempt, MAX_APPLICATION_NAME),
      namespace: run.namespace,
      labels: taskLabels(attempt),
      ownerReferences: [run.owner],
    },
    spec: { ...(timeoutSeconds !== undefined && { activeDeadlineSeconds: timeoutSeconds }), ...task.spark.spec },
  }
  return { ok: true, object }
}

const stateOf = (status: SparkApplicationStatus | undefined): string | undefined => status?.applicationState?.state

const outcome = ({ metadata, status }: SparkApplication): TaskOutcome => {
  const startedAt = timeOf(status?.lastSubmissionAttemptTime) ?? timeOf(status?.startTime)
  const endedAt = timeOf(status?.terminationTime)
  switch (stateOf(status)) {
    case 'COMPLETED':
      return { state: 'success', result: resultOf(metadata.name, status), startedAt, endedAt }
    case 'FAILED':
      return { ...failureOf(status), startedAt, endedAt }
    case 'RUNNING':
    case 'SUCCEEDING':
    case 'FAILING':
      return { state: 'running', startedAt }
    case 'SUSPENDED':
      return { state: 'queued', reason: 'Suspended', message: `SparkApplication ${metadata.name} is suspended` }
    default:
      return { state: 'queued', ...waitingOf(status) }
  }
}

/** What later tasks can read: the application and what it has brought, JSON texts as what they stand for. */
const resultOf = (application: string, status: SparkApplicationStatus | undefined): string => {
  const { firstRows, value, ...told } = status?.resultSummary ?? {}
  const result = JSON.stringify({ application, ...told, ...json('firstRows', firstRows), ...json('value', value) })
  // More than a driver can have told: somebody else wrote the child's status.
  return result.length <= MAX_RESULT ? result : JSON.stringify({ application })
}

const json = (key: string, written: string | undefined): object => {
  const parsed = parseResult(written)
  return parsed.ok && parsed.json !== undefined ? { [key]: parseExactly(parsed.json) } : {}
}

const failureOf = (status: SparkApplicationStatus | undefined): Extract<TaskOutcome, { state: 'failed' }> => ({
  state: 'failed',
  // Its own infrastructure retries are used up by now.
  class: 'user',
  reason: status?.rootCause?.reason ?? 'ApplicationFailed',
  message: status?.rootCause?.message ?? (status?.applicationState?.errorMessage || 'its SparkApplication failed'),
})

/** What the application says of itself while it does not run. */
const waitingOf = (
  status: SparkApplicationStatus | undefined,
): { readonly reason?: string; readonly message?: string } => {
  const told = status?.conditions?.find(({ type, status: holds }) => type === 'DriverRunning' && holds === 'False')
  return told === undefined ? {} : { reason: told.reason, message: told.message }
}
