import type { Application } from '../engine/application.ts'
import type { ExecutorBackend, ExecutorExit, ExecutorRequest } from '../engine/backend.ts'
import type { Log } from '../engine/log.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { isAlreadyExists, isNotFound } from '../kube/errors.ts'
import { Informer } from '../kube/informer.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods } from '../kube/resource-type.ts'
import { type ExecutorPods, executorPod, exitOf, noticeOf } from './executor-pod.ts'

export interface KubernetesExecutorBackendOptions {
  readonly cluster: Cluster
  readonly application: Application
  /** The pod that this runs in: it owns the executors. */
  readonly driver: { readonly name: string; readonly namespace: string; readonly uid: string }
  /** Variables of every executor. */
  readonly env: Readonly<Record<string, string>>
  readonly log: Log
}

/** Waiting for news of executors does not keep the driver alive. */
const BACKGROUND_CLOCK: Clock = { ...systemClock, after: (ms, run) => systemClock.after(ms, run, false) }

/** Throws where application.json holds no pod template. */
export const kubernetesExecutorBackend = (options: KubernetesExecutorBackendOptions): ExecutorBackend => {
  const { cluster, application, driver, env, log } = options
  const { template, podNamePrefix, deleteOnTermination } = application.executors
  if (template === undefined) throw new Error('application.json has no executors.template')
  const { metadata, spec } = template as unknown as Pick<Pod, 'metadata' | 'spec'>
  return new KubernetesExecutorBackend(
    cluster,
    {
      namespace: driver.namespace,
      namePrefix: `${podNamePrefix}-`,
      applicationId: application.id,
      owner: { name: driver.name, uid: driver.uid },
      template: { apiVersion: 'v1', kind: 'Pod', metadata, spec },
      deleteOnTermination,
      env,
    },
    log,
  )
}

/** Executors as pods. Promises of ExecutorBackend; a pod of ours that is there already (a lost answer) counts as made. */
export class KubernetesExecutorBackend implements ExecutorBackend {
  readonly #cluster: Cluster
  readonly #pods: ExecutorPods
  readonly #log: Log
  readonly #following: Promise<void>
  readonly #abort = new AbortController()
  readonly #ended = new Set<number>()
  readonly #uids = new Map<number, string>()
  readonly #said = new Map<number, string>()
  #exits: readonly ((exit: ExecutorExit) => void)[] = []
  #notices: readonly ((notice: ExecutorExit) => void)[] = []
  #leaving: readonly ((notice: ExecutorExit) => void)[] = []
  readonly #told = new Set<number>()

  constructor(cluster: Cluster, pods: ExecutorPods, log: Log) {
    this.#cluster = cluster
    this.#pods = pods
    this.#log = log
    const informer = new Informer<Pod>({
      cluster,
      type: Pods,
      clock: BACKGROUND_CLOCK,
      namespace: pods.namespace,
      labelSelector: `spark-app-selector=${pods.applicationId},spark-role=executor`,
    })
    informer.onChange(({ object, type }) => this.#look(object, type === 'Deleted'))
    this.#following = informer.run(this.#abort.signal)
  }

  async start(request: ExecutorRequest): Promise<void> {
    const pod = executorPod(this.#pods, request)
    const { name } = pod.metadata
    let made: Pod | undefined
    try {
      made = await this.#cluster.create(Pods, pod)
    } catch (cause) {
      if (!isAlreadyExists(cause)) {
        throw new Error(`executor pod ${name} cannot be made: ${cause instanceof Error ? cause.message : cause}`, {
          cause,
        })
      }
      made = await this.#cluster.get<Pod>(Pods, { namespace: this.#pods.namespace, name })
      if (!made?.metadata.ownerReferences?.some(({ uid }) => uid === this.#pods.owner.uid)) {
        throw new Error(`pod ${name} exists and does not belong to this driver`, { cause })
      }
    }
    if (made.metadata.uid !== undefined) this.#uids.set(request.id, made.metadata.uid)
  }

  async stop(id: number): Promise<void> {
    this.#ended.add(id)
    const uid = this.#uids.get(id)
    // Executors that stay for their logs end by themselves when the driver goes.
    if (uid === undefined || !this.#pods.deleteOnTermination) return
    const key = { namespace: this.#pods.namespace, name: `${this.#pods.namePrefix}${id}` }
    try {
      await this.#cluster.delete(Pods, key, { uid, gracePeriodSeconds: 1 })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
    this.#uids.delete(id)
  }

  onExit(listener: (exit: ExecutorExit) => void): void {
    this.#exits = [...this.#exits, listener]
  }

  onNotice(listener: (notice: ExecutorExit) => void): void {
    this.#notices = [...this.#notices, listener]
  }

  onDecommission(listener: (notice: ExecutorExit) => void): void {
    this.#leaving = [...this.#leaving, listener]
  }

  async close(): Promise<void> {
    for (const id of this.#uids.keys()) this.#ended.add(id)
    this.#abort.abort()
    const stopped = await Promise.allSettled([...this.#uids.keys()].map((id) => this.stop(id)))
    for (const each of stopped) {
      // The driver pod owns them: garbage collection takes what could not be deleted here.
      if (each.status === 'rejected') this.#log.warn(`an executor pod was not deleted: ${each.reason}`)
    }
    await this.#following
    await this.#cluster.close()
  }

  #look(pod: Pod, deleted: boolean): void {
    const id = Number(pod.metadata.labels?.['spark-exec-id'])
    if (!Number.isSafeInteger(id) || this.#ended.has(id)) return
    const exit = exitOf(pod) ?? (deleted ? `executor pod ${pod.metadata.name} was deleted` : undefined)
    if (exit !== undefined) {
      this.#ended.add(id)
      for (const listener of this.#exits) listener({ id, message: exit })
      return
    }
    if (pod.metadata.deletionTimestamp !== undefined && !this.#told.has(id)) {
      this.#told.add(id)
      for (const listener of this.#leaving)
        listener({ id, message: `executor pod ${pod.metadata.name} is being deleted` })
    }
    const notice = noticeOf(pod)
    if (notice === undefined || this.#said.get(id) === notice) return
    this.#said.set(id, notice)
    for (const listener of this.#notices) listener({ id, message: notice })
  }
}
