import { randomUUID } from 'node:crypto'
import { APP_NAME, MANAGED_BY_SELECTOR, SPARK_ROLE } from '../api/labels.ts'
import { SparkApplications } from '../api/resource-types.ts'
import { isBundled, type SparkApplication } from '../api/spark-application.ts'
import type { ApplicationState } from '../api/spark-application-status.ts'
import type { CacheNeed, Caches } from '../controller/caches.ts'
import type { Watched } from '../controller/controller.ts'
import type { Clock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { controllerOf, type KubeObject, type ObjectKey } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods } from '../kube/resource-type.ts'
import type { Store } from '../kube/store.ts'
import { timeOf } from '../kube/time.ts'
import type { DepartedDrivers } from './departed-drivers.ts'
import type { DriverWarnings } from './driver-warnings.ts'
import { knownStatus } from './known-status.ts'
import { driverPodName } from './names.ts'
import type { NamespaceAccess } from './namespace-access.ts'
import type { Observed } from './observed.ts'
import { isTerminal } from './situation.ts'

/** Index of pods by the uid of the object that owns them. */
const OWNER = 'owner'

export const sparkApplicationCaches: readonly CacheNeed[] = [
  { type: SparkApplications },
  {
    type: Pods,
    labelSelector: MANAGED_BY_SELECTOR,
    indexers: { [OWNER]: (pod: KubeObject) => (pod.metadata.ownerReferences ?? []).map(({ uid }) => uid) },
  },
]

/** A driver names its application as owner; an executor names its driver, and the application by label. */
export const sparkApplicationWatches: readonly Watched[] = [
  {
    type: Pods,
    labelSelector: MANAGED_BY_SELECTOR,
    keysOf: (pod) => {
      const owner = controllerOf(pod)
      const name =
        owner?.kind === SparkApplications.kind
          ? owner.name
          : owner?.kind === Pods.kind
            ? pod.metadata.labels?.[APP_NAME]
            : undefined
      if (name === undefined) return []
      return [pod.metadata.namespace === undefined ? { name } : { namespace: pod.metadata.namespace, name }]
    },
  },
]

export interface Observing {
  readonly cluster: Cluster
  readonly caches: Pick<Caches, 'need'>
  readonly access: NamespaceAccess
  readonly departed: DepartedDrivers
  readonly warnings: DriverWarnings
  readonly clock: Clock
}

/** All reads for one application. The cache answers, except where believing it could start or fail a driver wrongly. */
export const observe = async (
  key: ObjectKey,
  { cluster, caches, access, departed, warnings, clock }: Observing,
): Promise<Observed | undefined> => {
  const cached = caches.need<SparkApplication>(SparkApplications).get(key)
  if (cached === undefined) return undefined
  const pods = caches.need<Pod>(Pods)
  const subject =
    mustBeFresh(cached, clock.wall()) && !isUnrecorded(cached, pods)
      ? await cluster.get<SparkApplication>(SparkApplications, key)
      : cached
  if (subject === undefined || subject.metadata.uid === undefined) return undefined

  const uid = subject.metadata.uid
  const known = pods.byIndex(OWNER, uid).filter((pod) => pod.metadata.labels?.[SPARK_ROLE] === 'driver')
  const drivers = known.length > 0 ? known : await missingDriver(subject, cluster, departed)
  const executors = drivers.flatMap((driver) => pods.byIndex(OWNER, driver.metadata.uid ?? ''))
  const warning = await warnings.of(drivers)
  return {
    subject,
    drivers,
    executors,
    missingAccess: mayBeSubmitted(subject)
      ? await access.missing(
          subject.metadata.namespace ?? 'default',
          isBundled(subject.spec.type) ? 'bundled' : 'spark',
        )
      : [],
    ...(warning === undefined ? {} : { driverWarning: warning }),
    // 244 random bits; Node keeps a supply of them, so that an observation that needs none costs nothing.
    entropy: `${randomUUID()}${randomUUID()}`.replaceAll('-', ''),
  }
}

/** A new application this young cannot have run and lost its driver behind the cache's back. */
export const NEW_MS = 60_000

/**
 * Whether the cache's word is not enough: a submission that an old cache asks for would run a finished application again.
 * A driver that is still there is found when its name is taken, so it matters only where one may have come and gone.
 */
export const mustBeFresh = (app: SparkApplication, now: number): boolean => {
  const state = knownStatus(app.status).applicationState?.state
  return state === undefined ? now - (timeOf(app.metadata.creationTimestamp) ?? 0) > NEW_MS : isBetweenRuns(state)
}

/** A first driver that the status does not know of yet is followed, not made: no old word can start it twice. */
const isUnrecorded = (app: SparkApplication, pods: Store<Pod>): boolean =>
  knownStatus(app.status).applicationState === undefined && pods.byIndex(OWNER, app.metadata.uid ?? '').length > 0

const isBetweenRuns = (state: ApplicationState | undefined): boolean =>
  state !== undefined && !isTerminal(state) && state !== 'SUBMITTED' && state !== 'RUNNING' && state !== 'UNKNOWN'

/** Whether this application's next pass may submit it: a user waits for that, while a report can wait a moment. */
export const waitsForDriver = (key: ObjectKey, caches: Pick<Caches, 'need'>): boolean => {
  const app = caches.need<SparkApplication>(SparkApplications).get(key)
  if (app === undefined || app.spec.suspend === true) return false
  const state = knownStatus(app.status).applicationState?.state
  if (state !== undefined && !isBetweenRuns(state)) return false
  return caches.need<Pod>(Pods).byIndex(OWNER, app.metadata.uid ?? '').length === 0
}

const expectsDriver = (app: SparkApplication): boolean => {
  const state = knownStatus(app.status).applicationState?.state
  return state === 'SUBMITTED' || state === 'RUNNING' || state === 'UNKNOWN'
}

/** Absence in a cache is a rumour: the API server is asked. A pod that is gone may have told its end before it went. */
const missingDriver = async (
  app: SparkApplication,
  cluster: Cluster,
  departed: DepartedDrivers,
): Promise<readonly Pod[]> => {
  const expected = expectsDriver(app)
  const live = expected ? await liveDriver(app, cluster) : []
  const last = live.length > 0 ? undefined : departed.of(app, expected)
  return last === undefined ? live : [last]
}

const liveDriver = async (app: SparkApplication, cluster: Cluster): Promise<readonly Pod[]> => {
  const name = knownStatus(app.status).driverInfo?.podName ?? driverPodName(app)
  const live = await cluster.get<Pod>(
    Pods,
    app.metadata.namespace === undefined ? { name } : { namespace: app.metadata.namespace, name },
  )
  return live !== undefined && controllerOf(live)?.uid === app.metadata.uid ? [live] : []
}

const mayBeSubmitted = (app: SparkApplication): boolean => {
  const status = knownStatus(app.status)
  const state = status.applicationState?.state
  if (app.spec.suspend === true || app.metadata.deletionTimestamp !== undefined) return false
  if (namesAccount(app)) return false
  return (
    state === undefined ||
    isBetweenRuns(state) ||
    status.nextRetryTime !== undefined ||
    status.observedGeneration !== app.metadata.generation
  )
}

/** Another account than ours: what it may do is its owner's affair. */
const namesAccount = ({ spec }: SparkApplication): boolean =>
  spec.driver?.serviceAccount !== undefined ||
  (!isBundled(spec.type) && spec.sparkConf?.['spark.kubernetes.authenticate.driver.serviceAccountName'] !== undefined)
