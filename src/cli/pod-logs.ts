import { MANAGED_BY_SELECTOR, PIPELINE_RUN, TASK } from '../api/labels.ts'
import type { Cluster } from '../kube/cluster.ts'
import { ApiError } from '../kube/errors.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods } from '../kube/resource-type.ts'
import { type Unit, unitKey } from './unit.ts'

/** A line that a driver or a task wrote, as it is written. `task` in a pipeline's run. */
export interface LogLine {
  readonly unit: Pick<Unit, 'kind' | 'namespace' | 'name'>
  readonly task: string | undefined
  readonly line: string
}

type Source = Omit<LogLine, 'line'> & { readonly container: string }

interface Followed {
  readonly source: Source
  /** The newest ones. */
  readonly lines: string[]
  readonly stop: AbortController
  readonly done: Promise<void>
}

const MOST_LINES = 1_000

/** Whose words a pod's log is; undefined for pods that nobody reads here: executors. */
export const sourceOf = ({ metadata: { labels = {}, namespace = 'default' } }: Pod): Source | undefined => {
  const role = labels['spark-role']
  if (role === 'executor') return undefined
  const container = role === 'driver' ? 'spark-kubernetes-driver' : 'main'
  const run = labels[PIPELINE_RUN]
  if (run !== undefined) return { unit: { kind: 'PipelineRun', namespace, name: run }, task: labels[TASK], container }
  const name = labels['sparkoperator.k8s.io/app-name']
  if (name === undefined) return undefined
  return { unit: { kind: 'SparkApplication', namespace, name }, task: undefined, container }
}

const hasBegun = (pod: Pod, container: string): boolean => {
  const state = pod.status?.containerStatuses?.find(({ name }) => name === container)?.state
  return state?.running !== undefined || state?.terminated !== undefined
}

/** Follows the logs of all drivers and tasks from the moment they begin. */
export class PodLogs {
  readonly #cluster: Cluster
  readonly #tell: (line: LogLine) => void
  readonly #followed = new Map<string, Followed>()

  constructor(cluster: Cluster, tell: (line: LogLine) => void) {
    this.#cluster = cluster
    this.#tell = tell
  }

  /** Looks for pods until the signal comes. */
  async run(signal: AbortSignal): Promise<void> {
    const options = { labelSelector: MANAGED_BY_SELECTOR }
    while (!signal.aborted) {
      const { items, resourceVersion } = await this.#cluster.list<Pod>(Pods, options)
      for (const pod of items) this.#look(pod)
      for await (const event of this.#cluster.watch<Pod>(Pods, { ...options, resourceVersion, signal })) {
        // The history was too short: from the start, with what is there.
        if (event.type === 'ERROR') break
        if (event.type === 'ADDED' || event.type === 'MODIFIED') this.#look(event.object)
      }
    }
  }

  /** All that the pods of a unit have written, told to the last line; follows them no further. By task, oldest first. */
  async rest(unit: Unit): Promise<readonly string[]> {
    const { items } = await this.#cluster.list<Pod>(Pods, {
      namespace: unit.namespace,
      labelSelector: MANAGED_BY_SELECTOR,
    })
    for (const pod of items) this.#look(pod)
    const own = [...this.#followed.values()].filter(({ source }) => unitKey(source.unit) === unitKey(unit))
    for (const { stop } of own) stop.abort()
    await Promise.all(own.map(({ done }) => done))
    const place = ({ source }: Followed): number => unit.tasks.findIndex(({ name }) => name === source.task)
    return own
      .toSorted((a, b) => place(a) - place(b))
      .flatMap(({ source: { task }, lines }) => (task === undefined ? lines : lines.map((line) => `[${task}] ${line}`)))
  }

  #look(pod: Pod): void {
    const uid = pod.metadata.uid ?? ''
    const source = sourceOf(pod)
    if (source === undefined || this.#followed.has(uid) || !hasBegun(pod, source.container)) return
    const lines: string[] = []
    const stop = new AbortController()
    this.#followed.set(uid, { source, lines, stop, done: this.#follow(pod, source, lines, stop.signal) })
  }

  async #follow(pod: Pod, source: Source, lines: string[], signal: AbortSignal): Promise<void> {
    const { unit, task, container } = source
    const key = { namespace: unit.namespace, name: pod.metadata.name }
    try {
      for await (const line of this.#cluster.log(key, { container, follow: true, signal })) {
        lines.push(line)
        if (lines.length > MOST_LINES) lines.shift()
        this.#tell({ unit, task, line })
      }
    } catch (error) {
      // Gone already: the unit's own message says why.
      if (!(error instanceof ApiError)) throw error
    }
  }
}
