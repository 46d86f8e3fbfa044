import type { PipelineSpecInput } from '../../api/pipeline.ts'
import { pipelineSpecSchema } from '../../api/pipeline.ts'
import type { PipelineRun, PipelineRunStatus } from '../../api/pipeline-run.ts'
import { PipelineRuns, Pipelines } from '../../api/resource-types.ts'
import type { Controller } from '../../controller/controller.ts'
import type { Why } from '../../controller/decision.ts'
import { type Pass, reconcile } from '../../controller/loop.ts'
import { noMetrics } from '../../controller/metrics.ts'
import { type EventSink, soleLeader } from '../../controller/ports.ts'
import type { Cluster } from '../../kube/cluster.ts'
import { ApiError } from '../../kube/errors.ts'
import { controllerOf, type KubeObject, keyOf, keyString, type ObjectKey } from '../../kube/object.ts'
import type { Pod } from '../../kube/pod.ts'
import { Pods, type ResourceType, resourceName } from '../../kube/resource-type.ts'
import type { Store } from '../../kube/store.ts'
import { BY_OWNER } from '../caches.ts'
import { pipelineRunController } from '../pipeline-run-controller.ts'

/** The operator died at this point. */
export class Crash extends Error {
  override readonly name = 'Crash'
}

type Objects = Map<string, KubeObject>

const NAMESPACE = 'default'
const unsupported = (): never => {
  throw new Error('not part of this world')
}

/**
 * The least of an API server that tells a controller's mistakes: objects with uids, a cache that hears of other
 * people's writes only when it is told to, and a budget of writes after which the operator dies, with its last write
 * done or not. The controller is the real one, carried out by the real loop.
 */
export class World {
  now = Date.UTC(2026, 0, 1)
  writesLeft = Number.POSITIVE_INFINITY
  /** What a create is refused with, while it is set. */
  refuseCreate: ((object: KubeObject) => ApiError | undefined) | undefined
  readonly created: KubeObject[] = []
  readonly deleted: KubeObject[] = []
  readonly events: Why[] = []
  writes = 0
  readonly key: ObjectKey = { namespace: NAMESPACE, name: 'run' }
  #lastWriteDone = true
  #serial = 0
  readonly #live = new Map<string, Objects>()
  #cache = new Map<string, Objects>()
  #controller: Controller

  constructor(spec: Partial<PipelineRun['spec']>) {
    this.#controller = this.#newController()
    this.put(PipelineRuns, {
      apiVersion: 'bellows.dev/v1alpha1',
      kind: 'PipelineRun',
      metadata: { ...this.key, generation: 1 },
      spec,
    })
    this.syncAll()
  }

  static inline(spec: PipelineSpecInput, more: Partial<PipelineRun['spec']> = {}): World {
    return new World({ ...more, pipelineSpec: pipelineSpecSchema.parse(spec) })
  }

  /** Someone else writes: users, kubelets, other controllers. The cache does not know yet. */
  put(type: ResourceType, object: KubeObject): KubeObject {
    this.#serial++
    const metadata = { uid: `uid-${this.#serial}`, ...object.metadata, resourceVersion: String(this.#serial) }
    const stored = { ...object, metadata }
    this.#objects(this.#live, type).set(keyString(keyOf(object)), stored)
    return stored
  }

  remove(type: ResourceType, name: string): void {
    this.#objects(this.#live, type).delete(keyString({ namespace: NAMESPACE, name }))
  }

  live<T extends KubeObject>(type: ResourceType): readonly T[] {
    return [...this.#objects(this.#live, type).values()] as unknown as readonly T[]
  }

  get run(): PipelineRun & KubeObject {
    return this.live<PipelineRun & KubeObject>(PipelineRuns)[0]!
  }

  get status(): PipelineRunStatus {
    return this.run.status ?? {}
  }

  state(task: string): string | undefined {
    return this.status.tasks?.find(({ name }) => name === task)?.state
  }

  setSpec(change: Partial<PipelineRun['spec']>): void {
    const { run } = this
    const generation = (run.metadata.generation ?? 0) + 1
    this.put(PipelineRuns, { ...run, metadata: { ...run.metadata, generation }, spec: { ...run.spec, ...change } })
    this.sync(PipelineRuns)
  }

  pod(task: string, attempt = 1): Pod | undefined {
    return this.live<Pod>(Pods).find(({ metadata }) => metadata.name === `run-${task}-${attempt}`)
  }

  /** The watch delivers what is newer than the cache, of one kind. */
  sync(type: ResourceType): void {
    this.#cache.set(resourceName(type), new Map(this.#objects(this.#live, type)))
  }

  syncAll(): void {
    for (const name of this.#live.keys()) this.#cache.set(name, new Map(this.#live.get(name)))
  }

  /** A new process: it lists everything and remembers nothing. */
  restart(): void {
    this.writesLeft = Number.POSITIVE_INFINITY
    this.#controller = this.#newController()
    this.#cache = new Map()
    this.syncAll()
  }

  /** The next writes succeed `count` times; then the operator dies, its last write `done` or not. */
  crashAfter(count: number, done: boolean): void {
    this.writesLeft = count
    this.#lastWriteDone = done
  }

  /** One pass of the loop. A crash restarts the operator and gives undefined. */
  async reconcile(): Promise<Pass | undefined> {
    try {
      return await reconcile(this.#controller, this.key, { ...CLOCK, wall: () => this.now }, this.#context())
    } catch (error) {
      if (!(error instanceof Crash)) throw error
      this.restart()
      return undefined
    }
  }

  /** Passes with a cache that knows everything until one has nothing to do. Throws where there is no end. */
  async settle(limit = 1000): Promise<number> {
    for (let passes = 1; passes <= limit; passes++) {
      this.syncAll()
      const before = this.writes
      const pass = await this.reconcile()
      if (this.writes === before && pass !== undefined && pass.result !== 'again') return passes
    }
    throw new Error(`no rest after ${limit} passes: ${JSON.stringify(this.status)}`)
  }

  observe(): Promise<unknown> {
    return this.#controller.observe(this.key)
  }

  get controller(): Controller {
    return this.#controller
  }

  #objects(from: Map<string, Objects>, type: ResourceType): Objects {
    const name = resourceName(type)
    const objects = from.get(name) ?? new Map()
    from.set(name, objects)
    return objects
  }

  #newController(): Controller {
    const options = { cluster: this.#cluster, stores: { store: this.#store }, image: 'bellows:dev', startsPerPass: 4 }
    return pipelineRunController(options) as unknown as Controller
  }

  #context(): Parameters<typeof reconcile>[3] {
    const events: EventSink = { record: (_, event) => void this.events.push(event) }
    return {
      name: 'pipelinerun',
      type: PipelineRuns,
      cluster: this.#cluster,
      stores: { store: this.#store },
      leadership: soleLeader,
      events,
      metrics: noMetrics,
    }
  }

  readonly #store = <T extends KubeObject>(type: ResourceType): Store<T> | undefined => {
    const objects = () => this.#objects(this.#cache, type) as unknown as Map<string, T>
    return {
      get: (key) => objects().get(keyString(key)),
      byIndex: (index, value) =>
        index === BY_OWNER ? [...objects().values()].filter((each) => controllerOf(each)?.uid === value) : [],
      list: () => objects().values(),
      size: objects().size,
      synced: true,
      resourceVersion: '1',
      observeWrite: (object) => void objects().set(keyString(keyOf(object)), object),
    }
  }

  async #write<T>(perform: () => T): Promise<T> {
    if (this.writesLeft <= 0 && !this.#lastWriteDone) throw new Crash()
    const answer = perform()
    this.writes++
    this.writesLeft--
    if (this.writesLeft < 0) throw new Crash()
    return answer
  }

  readonly #cluster: Cluster = {
    get: async <T extends KubeObject>(type: ResourceType, key: ObjectKey) =>
      this.#objects(this.#live, type).get(keyString(key)) as T | undefined,
    create: async <T extends KubeObject>(type: ResourceType, object: T) => {
      const refusal = this.refuseCreate?.(object)
      if (refusal !== undefined) throw refusal
      if (this.#objects(this.#live, type).has(keyString(keyOf(object)))) {
        throw new ApiError(409, 'AlreadyExists', `${object.metadata.name} exists`)
      }
      return this.#write(() => {
        const stored = this.put(type, object)
        this.created.push(stored)
        return stored as T
      })
    },
    replace: async <T extends KubeObject>(type: ResourceType, object: T) =>
      this.#write(() => {
        const old = this.#objects(this.#live, type).get(keyString(keyOf(object)))
        if (old === undefined || old.metadata.uid !== object.metadata.uid) throw new ApiError(409, 'Conflict', 'gone')
        return this.put(type, { ...old, status: object.status }) as T
      }),
    delete: async (type, key, { uid }) => {
      const old = this.#objects(this.#live, type).get(keyString(key))
      if (old === undefined) throw new ApiError(404, 'NotFound', 'gone')
      if (old.metadata.uid !== uid) throw new ApiError(409, 'Conflict', 'another uid')
      await this.#write(() => {
        this.deleted.push(old)
        const deletionTimestamp = old.metadata.deletionTimestamp ?? new Date(this.now + 30_000).toISOString()
        if (type === Pods) this.put(type, { ...old, metadata: { ...old.metadata, deletionTimestamp } })
        else this.remove(type, key.name)
      })
    },
    list: unsupported,
    watch: unsupported,
    apply: unsupported,
    mergePatch: unsupported,
    log: unsupported,
    close: async () => {},
  }
}

const CLOCK = { monotonic: () => 0, after: () => () => {} }

/** What kubelets and the SparkApplication controller do, one step of one child. */
export const endPod = (
  world: World,
  pod: Pod,
  terminated: { exitCode: number; message?: string; reason?: string },
): void => {
  const at = new Date(world.now).toISOString()
  world.put(Pods, {
    ...pod,
    status: {
      phase: terminated.exitCode === 0 ? 'Succeeded' : 'Failed',
      containerStatuses: [{ name: 'main', state: { terminated: { startedAt: at, finishedAt: at, ...terminated } } }],
    },
  } as KubeObject)
}

export const runPod = (world: World, pod: Pod): void => {
  const startedAt = new Date(world.now).toISOString()
  const status = { phase: 'Running', containerStatuses: [{ name: 'main', state: { running: { startedAt } } }] }
  world.put(Pods, { ...pod, status } as KubeObject)
}

export const namedPipeline = (world: World, name: string, spec: PipelineSpecInput): void => {
  world.put(Pipelines, {
    apiVersion: 'bellows.dev/v1alpha1',
    kind: 'Pipeline',
    metadata: { name, namespace: NAMESPACE, generation: 1 },
    spec: pipelineSpecSchema.parse(spec),
  })
}
