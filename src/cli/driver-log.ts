import type { Cluster } from '../kube/cluster.ts'
import { ApiError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/object.ts'
import { Pods } from '../kube/resource-type.ts'
import type { Unit } from './unit.ts'

const MOST_LINES = 1_000
const TASK_LABEL = 'bellows.dev/task'

/** The whole lines that a container has written so far; none where it never started. */
const linesOf = async (
  cluster: Cluster,
  namespace: string,
  name: string,
  container?: string,
): Promise<readonly string[]> => {
  const lines: string[] = []
  try {
    const options = { tailLines: MOST_LINES, ...(container === undefined ? {} : { container }) }
    for await (const line of cluster.log({ namespace, name }, options)) lines.push(line)
  } catch (error) {
    // Gone, or never started: the unit's own message says why.
    if (!(error instanceof ApiError)) throw error
  }
  return lines
}

/** What the driver printed; of a pipeline's run, what each worker pod printed, under its task's name. */
export const driverLog = async (cluster: Cluster, unit: Unit): Promise<readonly string[]> => {
  if (unit.kind !== 'PipelineRun') {
    return unit.driverPod === undefined
      ? []
      : linesOf(cluster, unit.namespace, unit.driverPod, 'spark-kubernetes-driver')
  }
  const { items } = await cluster.list<KubeObject>(Pods, { namespace: unit.namespace })
  const ofTask = (task: string) =>
    items.filter(
      ({ metadata }) =>
        metadata.labels?.['bellows.dev/pipeline-run'] === unit.name && metadata.labels[TASK_LABEL] === task,
    )
  const lines: string[] = []
  for (const task of unit.tasks) {
    for (const pod of ofTask(task.name)) {
      const container = pod.metadata.labels?.['spark-role'] === 'driver' ? 'spark-kubernetes-driver' : undefined
      if (pod.metadata.labels?.['spark-role'] === 'executor') continue
      lines.push(
        ...(await linesOf(cluster, unit.namespace, pod.metadata.name, container)).map(
          (line) => `[${task.name}] ${line}`,
        ),
      )
    }
  }
  return lines
}
