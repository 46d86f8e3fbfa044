import { ATTEMPT, MANAGED_BY, MANAGED_BY_BELLOWS, PIPELINE_RUN, TASK } from '../api/labels.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods } from '../kube/resource-type.ts'
import { childName, MAX_POD_NAME } from './names.ts'
import { podOutcome } from './pod-outcome.ts'
import type { Built, TaskAttempt, TaskExecutor } from './task-executor.ts'
import { workerContainer } from './worker-container.ts'
import { type PodTemplate, workerPod } from './worker-pod.ts'

export interface KubernetesExecutorOptions {
  /** Image of script tasks that name none: it has bash and node. */
  readonly image: string
}

/** A worker pod a try: one container, nothing injected. */
export const kubernetesExecutor = (options: KubernetesExecutorOptions): TaskExecutor => ({
  type: Pods,
  field: 'podName',
  childName: (run, task, attempt) => childName(run, task, attempt, MAX_POD_NAME),
  build: (attempt) => build(attempt, options),
  outcome: (child) => podOutcome(child as Pod),
  isActive: (child) => isActive(child as Pod),
})

/** Kubelet tells of ended containers a moment before it ends the pod: such a pod is over, and its log is worth keeping. */
const isActive = ({ spec, status }: Pod): boolean => {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return false
  const ended = (status?.containerStatuses ?? []).filter(({ state }) => state?.terminated !== undefined)
  return ended.length < spec.containers.length
}

const build = (attempt: TaskAttempt, options: KubernetesExecutorOptions): Built => {
  const { run, task } = attempt
  const container = workerContainer(attempt, options.image)
  if (!container.ok) return container
  const template = (task.podTemplate ?? {}) as PodTemplate
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...(template.metadata?.annotations && { annotations: template.metadata.annotations }),
      name: childName(run.name, task.name, attempt.attempt, MAX_POD_NAME),
      namespace: run.namespace,
      labels: { ...template.metadata?.labels, ...taskLabels(attempt) },
      ownerReferences: [run.owner],
    },
    spec: workerPod(container.container, template.spec, {
      serviceAccountName: attempt.serviceAccountName,
      timeoutSeconds: task.timeoutSeconds,
    }),
  }
  return { ok: true, object }
}

export const taskLabels = ({ run, task, attempt }: TaskAttempt): Readonly<Record<string, string>> => ({
  [MANAGED_BY]: MANAGED_BY_BELLOWS,
  [PIPELINE_RUN]: run.name,
  [TASK]: task.name,
  [ATTEMPT]: String(attempt),
})
