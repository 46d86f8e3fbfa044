import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { LogOptions } from '../kube/cluster.ts'
import type { KubeObject, ObjectKey } from '../kube/object.ts'
import { keyOf } from '../kube/object.ts'
import type { Pod, PodStatus } from '../kube/pod.ts'
import { Events, Pods } from '../kube/resource-type.ts'
import { namesBellows } from './container-command.ts'
import { fileLines } from './container-log.ts'
import type { ObjectServer } from './object-server.ts'
import type { Change } from './object-store.ts'
import { PodWorker } from './pod-worker.ts'
import { MemoryWatch } from './process-memory.ts'
import { badRequest } from './refusals.ts'
import { micros, seconds } from './time.ts'
import { Watchdog } from './watchdog.ts'

export interface KubeletOptions {
  readonly nodeName?: string
  /** What /opt/bellows means in pods of Bellows' image. Default: this checkout. */
  readonly repositoryRoot?: string
  /** Default: the last part of the image's name starts with 'bellows'. */
  readonly isBellowsImage?: (image: string) => boolean
  /** Default: the system's directory for temporary files. */
  readonly scratchParent?: string
  /** Where containers without workingDir run. Default: an empty directory of their own. */
  readonly workingDirectory?: string
  /** Variables that the containers of a pod get unless its spec sets them. */
  readonly environment?: (pod: Pod) => Readonly<Record<string, string>>
  /** Default 10,000. */
  readonly crashLoopBackOffMs?: number
  /** Default 250. */
  readonly retryMs?: number
  /** How often memory is looked at. Default 100. */
  readonly memorySampleMs?: number
}

const MANAGER = 'kubelet'
const REPORTER = 'bellows-embedded'

/** Scheduler and kubelet of one node whose containers are processes of this machine. */
export class ProcessKubelet {
  readonly nodeName: string
  readonly #server: ObjectServer
  readonly #options: KubeletOptions & { readonly now: () => number }
  readonly #scratch: string
  readonly #watchdog: Watchdog
  readonly #memory: MemoryWatch
  readonly #workers = new Map<string, PodWorker>()
  readonly #clearing = new Set<Promise<void>>()
  readonly #stopListening: () => void
  #closed = false
  readonly #onExit = () => rmSync(this.#scratch, { recursive: true, force: true })

  constructor(server: ObjectServer, options: KubeletOptions & { readonly now: () => number }) {
    this.#server = server
    this.#options = options
    this.nodeName = options.nodeName ?? 'embedded'
    this.#scratch = mkdtempSync(join(options.scratchParent ?? tmpdir(), 'bellows-'))
    this.#watchdog = new Watchdog(this.#scratch)
    this.#memory = new MemoryWatch(options.memorySampleMs ?? 100)
    this.#stopListening = server.store.onChange((change) => this.#observe(change), server.rulesOf(Pods))
    process.once('exit', this.#onExit)
  }

  /** Throws BadRequest where the container is not one of the pod's or has not started yet. */
  async *log(pod: Pod, options: LogOptions): AsyncGenerator<string> {
    const { name } = pod.metadata
    const names = pod.spec.containers.map((each) => each.name)
    const all = [...names, ...(pod.spec.initContainers ?? []).map((each) => each.name)]
    const container = options.container ?? names[0] ?? ''
    if (options.container === undefined && names.length > 1) {
      throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all.join(' ')}]`)
    }
    if (!all.includes(container)) throw badRequest(`container ${container} is not valid for pod ${name}`)
    const worker = this.#workers.get(pod.metadata.uid ?? '')
    const file = worker?.logFile(container)
    if (file === undefined) {
      const reason = worker?.waitingReason(container) ?? 'ContainerCreating'
      throw badRequest(`container "${container}" in pod "${name}" is waiting to start: ${reason}`)
    }
    yield* fileLines(file.path, {
      tailLines: options.tailLines,
      limitBytes: options.limitBytes,
      more: () => options.follow === true && options.signal?.aborted !== true && file.isRunning(),
    })
  }

  /** Kills every process at once and removes all files. */
  async close(): Promise<void> {
    this.#closed = true
    this.#stopListening()
    process.off('exit', this.#onExit)
    const workers = [...this.#workers.values()]
    for (const worker of workers) worker.stop(0)
    await Promise.allSettled([...workers.map((worker) => worker.done), ...this.#clearing])
    await this.#watchdog.close()
  }

  #observe(change: Change): void {
    const pod = change.object as Pod
    const uid = pod.metadata.uid ?? ''
    const worker = this.#workers.get(uid)
    if (change.type === 'DELETED') {
      if (worker !== undefined) this.#forget(uid, worker)
    } else if (worker !== undefined) {
      const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata
      if (
        deletionTimestamp !== undefined &&
        change.previous?.metadata.deletionGracePeriodSeconds !== deletionGracePeriodSeconds
      ) {
        this.#end(pod, worker, deletionGracePeriodSeconds ?? 0)
      }
    } else if (change.type === 'ADDED') {
      // After the writer has its answer, as with a scheduler of its own.
      setImmediate(() => this.#schedule(keyOf(pod), uid))
    }
  }

  #schedule(key: ObjectKey, uid: string): void {
    const { now } = this.#options
    if (this.#closed || this.#server.get(Pods, key)?.metadata.deletionTimestamp !== undefined) return
    const scheduled = this.#server.transform(Pods, key, uid, (pod) => bound(pod, this.nodeName, now()), 'scheduler')
    if (scheduled === undefined) return
    const pod = scheduled as Pod
    const worker = new PodWorker(pod, {
      now,
      directory: join(this.#scratch, `${pod.metadata.name.slice(0, 40)}-${uid.slice(0, 8)}`),
      repositoryRoot: this.#options.repositoryRoot ?? resolve(import.meta.dirname, '../..'),
      isBellowsImage: this.#options.isBellowsImage ?? namesBellows,
      node: process.execPath,
      workingDirectory: this.#options.workingDirectory,
      environment: this.#options.environment ?? (() => ({})),
      crashLoopBackOffMs: this.#options.crashLoopBackOffMs ?? 10_000,
      retryMs: this.#options.retryMs ?? 250,
      memory: this.#memory,
      watchdog: this.#watchdog,
      lookup: (type, name) =>
        this.#server.get(
          type,
          pod.metadata.namespace === undefined ? { name } : { name, namespace: pod.metadata.namespace },
        ),
      publish: (status) => this.#publish(key, uid, status),
      event: (type, reason, note) => this.#event(pod, type, reason, note),
    })
    this.#workers.set(uid, worker)
    worker.done.catch((error: unknown) => {
      this.#event(pod, 'Warning', 'FailedCreatePodSandBox', `embedded kubelet: ${String(error)}`)
    })
    this.#warnOfForeignImages(pod)
  }

  #warnOfForeignImages(pod: Pod): void {
    const isBellowsImage = this.#options.isBellowsImage ?? namesBellows
    for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
      if (isBellowsImage(container.image ?? '') || (container.command ?? []).length === 0) continue
      const note = `container ${container.name}: image "${container.image}" is not used, its command runs as a process of this machine`
      this.#event(pod, 'Warning', 'NoContainerRuntime', note)
    }
  }

  /** Ends the pod's processes, then the pod. */
  #end(pod: Pod, worker: PodWorker, graceSeconds: number): void {
    this.#event(pod, 'Normal', 'Killing', `Stopping pod ${pod.metadata.name}`)
    worker.stop(graceSeconds)
    const uid = pod.metadata.uid ?? ''
    const gone = () => {
      const live = this.#server.get(Pods, keyOf(pod))
      if (live?.metadata.uid !== uid) return
      this.#server.delete(Pods, keyOf(pod), { uid, gracePeriodSeconds: 0 })
    }
    void worker.done.then(gone, gone)
  }

  #forget(uid: string, worker: PodWorker): void {
    this.#workers.delete(uid)
    worker.stop(0)
    const cleared = worker.done.catch(() => {}).then(() => worker.clear())
    this.#clearing.add(cleared)
    void cleared.finally(() => this.#clearing.delete(cleared)).catch(() => {})
  }

  #publish(key: ObjectKey, uid: string, status: (pod: Pod) => PodStatus): void {
    const change = (pod: KubeObject): KubeObject => ({ ...pod, status: status(pod as Pod) })
    this.#server.transform(Pods, key, uid, change, MANAGER, 'status')
  }

  #event(pod: Pod, type: 'Normal' | 'Warning', reason: string, note: string): void {
    const { name, namespace, uid } = pod.metadata
    const live = this.#server.get(Pods, keyOf(pod))
    if (namespace === undefined || live?.metadata.uid !== uid) return
    this.#server.create(
      Events,
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: '', generateName: `${name.slice(0, 50)}.`, namespace },
        eventTime: micros(this.#options.now()),
        type,
        reason,
        note: note.slice(0, 1024),
        action: reason,
        reportingController: `${REPORTER}/kubelet`,
        reportingInstance: this.nodeName,
        regarding: { apiVersion: 'v1', kind: 'Pod', name, namespace, uid },
      },
      MANAGER,
    )
  }
}

const bound = (pod: KubeObject, nodeName: string, now: number): KubeObject => ({
  ...pod,
  spec: { ...(pod.spec as object), nodeName },
  status: {
    ...(pod.status as object),
    conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: seconds(now) }],
  },
})
