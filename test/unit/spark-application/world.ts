import { APP_NAME, ATTEMPT, SPARK_ROLE } from '../../../src/api/labels.ts'
import { SparkApplications } from '../../../src/api/resource-types.ts'
import type {
  SparkApplication,
  SparkApplicationSpecInput,
  SparkApplicationStatus,
} from '../../../src/api/spark-application.ts'
import { type ActOutcome, act } from '../../../src/controller/act.ts'
import type { Decision, Why } from '../../../src/controller/decision.ts'
import { noMetrics } from '../../../src/controller/metrics.ts'
import { soleLeader } from '../../../src/controller/ports.ts'
import { EmbeddedCluster } from '../../../src/embedded/embedded-cluster.ts'
import type { Cluster } from '../../../src/kube/cluster.ts'
import type { ApiError } from '../../../src/kube/errors.ts'
import { type KubeObject, ownerReference } from '../../../src/kube/object.ts'
import type { Pod, PodStatus } from '../../../src/kube/pod.ts'
import { Pods } from '../../../src/kube/resource-type.ts'
import { embeddedKinds } from '../../../src/main/embedded-kinds.ts'
import { decide } from '../../../src/spark-application/decide.ts'
import type { Observed } from '../../../src/spark-application/observed.ts'
import { DEFAULT_SETTINGS, type Settings } from '../../../src/spark-application/settings.ts'

export const START = Date.UTC(2026, 0, 1)
export const KEY = { namespace: 'default', name: 'app' }
export const DRIVER = { namespace: 'default', name: 'app-driver' }

/** One application in an API server without kubelets; the tests are the kubelet. Time moves when they say so. */
export class World {
  now = START
  readonly cluster: Cluster
  readonly settings: Settings
  readonly events: Why[] = []
  /** Attempt label of every driver pod that was ever created, in order. */
  readonly submissions: string[] = []
  writes = 0
  /** What the API server refuses to create, if anything. */
  refuse: (object: KubeObject) => ApiError | undefined = () => undefined

  constructor(settings: Settings = DEFAULT_SETTINGS) {
    this.settings = settings
    this.cluster = counting(
      new EmbeddedCluster({
        kubelet: false,
        autoCreateNamespaces: true,
        resources: embeddedKinds,
        now: () => this.now,
      }),
      (object) => this.refuse(object),
      (verb, object) => {
        // The application is the user's write, executors are the driver's.
        const theirs = object?.kind === 'SparkApplication' || object?.metadata.labels?.[SPARK_ROLE] === 'executor'
        if (verb !== 'create' || !theirs) this.writes += 1
        if (verb === 'create' && object?.metadata.labels?.[SPARK_ROLE] === 'driver')
          this.submissions.push(object.metadata.labels[ATTEMPT] ?? '')
      },
    )
  }

  create(spec: Partial<SparkApplicationSpecInput> = {}): Promise<SparkApplication> {
    return this.cluster.create<SparkApplication>(SparkApplications, {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: KEY,
      spec: { type: 'SQL', program: 'SELECT 1', ...spec },
    } as unknown as SparkApplication)
  }

  app(): Promise<SparkApplication | undefined> {
    return this.cluster.get<SparkApplication>(SparkApplications, KEY)
  }

  async status(): Promise<SparkApplicationStatus> {
    return (await this.app())?.status ?? {}
  }

  async state(): Promise<string | undefined> {
    return (await this.status()).applicationState?.state
  }

  async edit(spec: object): Promise<void> {
    await this.cluster.mergePatch(SparkApplications, KEY, { spec })
  }

  async tamper(status: object): Promise<void> {
    await this.cluster.mergePatch(SparkApplications, KEY, { status }, { subresource: 'status' })
  }

  driver(): Promise<Pod | undefined> {
    return this.cluster.get<Pod>(Pods, DRIVER)
  }

  async setDriver(status: PodStatus): Promise<void> {
    const pod = await this.driver()
    if (pod === undefined) throw new Error('there is no driver pod')
    await this.cluster.replace<Pod>(Pods, { ...pod, status: { ...pod.status, ...status } }, { subresource: 'status' })
  }

  /** The node takes the pod: from now on its deletion waits for kubelet. */
  async bind(key = DRIVER): Promise<void> {
    await this.cluster.mergePatch(Pods, key, { spec: { nodeName: 'node-1' } })
  }

  /** Pods that wait for kubelet to stop them are gone. */
  async reap(): Promise<boolean> {
    const { items } = await this.cluster.list<Pod>(Pods)
    const deleted = items.filter(({ metadata }) => metadata.deletionTimestamp !== undefined)
    for (const { metadata } of deleted)
      if (metadata.uid !== undefined)
        await this.cluster.delete(
          Pods,
          { namespace: 'default', name: metadata.name },
          { uid: metadata.uid, gracePeriodSeconds: 0 },
        )
    return deleted.length > 0
  }

  async addExecutor(number: number): Promise<void> {
    const driver = await this.driver()
    if (driver === undefined) throw new Error('there is no driver pod')
    await this.cluster.create<KubeObject>(Pods, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        namespace: 'default',
        name: `app-1-exec-${number}`,
        labels: { [APP_NAME]: 'app', [SPARK_ROLE]: 'executor' },
        ownerReferences: [ownerReference(driver)],
      },
      spec: { containers: [{ name: 'spark-kubernetes-executor', image: 'i' }] },
    })
  }

  async setExecutor(number: number, status: PodStatus): Promise<void> {
    const pod = await this.cluster.get<Pod>(Pods, { namespace: 'default', name: `app-1-exec-${number}` })
    if (pod !== undefined) await this.cluster.replace<Pod>(Pods, { ...pod, status }, { subresource: 'status' })
  }

  async removeDriver(): Promise<void> {
    const uid = (await this.driver())?.metadata.uid
    if (uid !== undefined) await this.cluster.delete(Pods, DRIVER, { uid, gracePeriodSeconds: 0 })
  }

  /** Undefined: the application is gone. */
  async observe(): Promise<Observed | undefined> {
    const subject = await this.app()
    if (subject === undefined) return undefined
    const { items } = await this.cluster.list<Pod>(Pods)
    const ownedBy = (uid: string | undefined) => (pod: Pod) =>
      pod.metadata.ownerReferences?.some((owner) => owner.uid === uid) ?? false
    const drivers = items
      .filter(ownedBy(subject.metadata.uid))
      .filter((pod) => pod.metadata.labels?.[SPARK_ROLE] === 'driver')
    const executors = items.filter(
      (pod) => pod.metadata.labels?.[APP_NAME] === 'app' && drivers.some(({ metadata }) => ownedBy(metadata.uid)(pod)),
    )
    return { subject, drivers, executors, missingAccess: [], entropy: 'entropy' }
  }

  decide(observed: Observed): Decision<SparkApplicationStatus> {
    return decide(observed, this.now, this.settings)
  }

  act(observed: Observed, decision: Decision<SparkApplicationStatus>, othersWait = false): Promise<ActOutcome> {
    return act(observed.subject, decision, {
      name: 'sparkapplication',
      type: SparkApplications,
      cluster: this.cluster,
      stores: { store: () => undefined },
      leadership: soleLeader,
      events: { record: (_, event) => this.events.push(event) },
      metrics: noMetrics,
      othersWait: () => othersWait,
    })
  }

  /** One pass of the loop. Undefined: the application is gone. */
  async pass(): Promise<
    { readonly outcome: ActOutcome; readonly decision: Decision<SparkApplicationStatus> } | undefined
  > {
    const observed = await this.observe()
    if (observed === undefined) return undefined
    const decision = this.decide(observed)
    const outcome = await this.act(observed, decision)
    if (outcome.kind !== 'refused') return { outcome, decision }
    const refused = { ...observed, refusal: outcome.refusal }
    const answer = this.decide(refused)
    return { outcome: await this.act(refused, answer), decision: answer }
  }

  /** Passes until one changes nothing; deleted pods go in between. Throws when it does not come to rest. */
  async settle(limit = 15): Promise<Decision<SparkApplicationStatus> | undefined> {
    for (let count = 0; count < limit; count++) {
      const pass = await this.pass()
      const reaped = await this.reap()
      if (pass === undefined) return undefined
      if (pass.outcome.kind === 'unchanged' && !reaped) return pass.decision
    }
    throw new Error(`not at rest after ${limit} passes: ${JSON.stringify(await this.status())}`)
  }

  /** Lets the time pass that the last decision asked for, and settles. */
  async wait(ms: number): Promise<void> {
    this.now += ms
    await this.settle()
  }
}

type Told = (verb: 'create' | 'replace' | 'delete' | 'patch', object: KubeObject | undefined) => void

const counting = (cluster: Cluster, refuse: (object: KubeObject) => ApiError | undefined, told: Told): Cluster => ({
  get: (type, key) => cluster.get(type, key),
  list: (type, options) => cluster.list(type, options),
  watch: (type, options) => cluster.watch(type, options),
  log: (pod, options) => cluster.log(pod, options),
  close: () => cluster.close(),
  apply: (type, object, options) => cluster.apply(type, object, options),
  mergePatch: (type, key, patch, options) => cluster.mergePatch(type, key, patch, options),
  create: async (type, object) => {
    const refusal = refuse(object)
    if (refusal !== undefined) throw refusal
    const answer = await cluster.create(type, object)
    told('create', answer)
    return answer
  },
  replace: async (type, object, options) => {
    const answer = await cluster.replace(type, object, options)
    // Pods' statuses are the kubelet's.
    if (type === SparkApplications) told('replace', object)
    return answer
  },
  delete: async (type, key, options) => {
    await cluster.delete(type, key, options)
    told('delete', undefined)
  },
})

/** Statuses of a driver pod as kubelet and control plane write them. */
const container = (state: object, rest: object = {}) => ({
  containerStatuses: [{ name: 'spark-kubernetes-driver', image: 'bellows:dev', state, ...rest }],
})

const ago = (world: World, seconds = 0): string => `${new Date(world.now - seconds * 1000).toISOString().slice(0, 19)}Z`

export const pods = {
  running: (world: World): PodStatus => ({ phase: 'Running', ...container({ running: { startedAt: ago(world) } }) }),
  succeeded: (world: World): PodStatus => ({
    phase: 'Succeeded',
    ...container({ terminated: { exitCode: 0, reason: 'Completed', finishedAt: ago(world) } }),
  }),
  ended: (world: World, exitCode: number, terminated: object = {}): PodStatus => ({
    phase: 'Failed',
    ...container({ terminated: { exitCode, reason: 'Error', finishedAt: ago(world), ...terminated } }),
  }),
  waiting: (reason: string, message = ''): PodStatus => ({
    phase: 'Pending',
    ...container({ waiting: { reason, message } }),
  }),
  evicted: (): PodStatus => ({
    phase: 'Failed',
    reason: 'Evicted',
    message: 'The node was low on resource: memory.',
    containerStatuses: [],
  }),
  unschedulable: (message: string): PodStatus => ({
    phase: 'Pending',
    conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }],
  }),
}
