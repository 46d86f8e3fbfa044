import type { ExecutorRequest } from '../engine/backend.ts'
import type { ContainerState, Pod } from '../kube/pod.ts'

/** All that the pods of one application's executors have in common. */
export interface ExecutorPods {
  readonly namespace: string
  /** `<app>-<attempt>-exec-`, completed by the executor's number. */
  readonly namePrefix: string
  /** `spark.app.id`: the label by which the driver knows its own. */
  readonly applicationId: string
  /** The driver pod. */
  readonly owner: { readonly name: string; readonly uid: string }
  readonly template: Pod
  /** Whether the pod of an executor that is stopped goes too. */
  readonly deleteOnTermination: boolean
  readonly env: Readonly<Record<string, string>>
}

const CONTAINER = 'spark-kubernetes-executor'
/** Reasons of a wait that is only a matter of time. */
const WAITING_IN_PEACE = ['ContainerCreating', 'PodInitializing']

/** The pod of one executor. The driver pod owns it, so that it can never outlive it. */
export const executorPod = (pods: ExecutorPods, { id, driverUrl }: ExecutorRequest): Pod => {
  const { metadata, spec } = pods.template
  const variables = { ...pods.env, BELLOWS_DRIVER_URL: driverUrl, BELLOWS_EXECUTOR_ID: String(id) }
  const env = Object.entries(variables).map(([name, value]) => ({ name, value }))
  return {
    ...pods.template,
    metadata: {
      ...metadata,
      name: `${pods.namePrefix}${id}`,
      namespace: pods.namespace,
      labels: { ...metadata.labels, 'spark-app-selector': pods.applicationId, 'spark-exec-id': String(id) },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', ...pods.owner, controller: true, blockOwnerDeletion: false }],
    },
    spec: {
      ...spec,
      containers: spec.containers.map((container) =>
        container.name === CONTAINER ? { ...container, env: [...(container.env ?? []), ...env] } : container,
      ),
    },
  }
}

const stateOf = (pod: Pod): ContainerState | undefined =>
  pod.status?.containerStatuses?.find(({ name }) => name === CONTAINER)?.state

/** Why the executor is over, in a sentence; undefined while it may still work. */
export const exitOf = (pod: Pod): string | undefined => {
  const { name } = pod.metadata
  const { terminated } = stateOf(pod) ?? {}
  const { phase, reason, message } = pod.status ?? {}
  if (reason === 'Evicted' || reason === 'NodeLost' || reason === 'Preempting') {
    return `executor pod ${name} was ended: ${reason}${message ? ` (${message})` : ''}`
  }
  if (terminated !== undefined) {
    const said = terminated.message?.trim()
    return terminated.reason === 'OOMKilled'
      ? `executor pod ${name} was killed: it used more memory than its limit (OOMKilled); raise spec.executor.memory`
      : `executor pod ${name} ended with exit code ${terminated.exitCode}${said ? `: ${said}` : ''}`
  }
  if (phase !== 'Failed' && phase !== 'Succeeded') return undefined
  return `executor pod ${name} is ${phase}${message ? `: ${message}` : ''}`
}

/** Why the executor still waits, where it is more than its turn. */
export const noticeOf = (pod: Pod): string | undefined => {
  const { name } = pod.metadata
  const { waiting } = stateOf(pod) ?? {}
  if (waiting?.reason !== undefined && !WAITING_IN_PEACE.includes(waiting.reason)) {
    return `executor pod ${name} waits: ${waiting.reason}${waiting.message ? ` (${waiting.message})` : ''}`
  }
  const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')
  return scheduled?.status === 'False'
    ? `executor pod ${name} is not scheduled: ${scheduled.message ?? scheduled.reason ?? 'no node fits'}`
    : undefined
}
