import { SparkApplications } from '../api/resource-types.ts'
import type { SparkApplicationStatus } from '../api/spark-application.ts'
import type { Caches } from '../controller/caches.ts'
import type { Controller } from '../controller/controller.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { decide } from './decide.ts'
import { NamespaceAccess } from './namespace-access.ts'
import { observe, sparkApplicationWatches } from './observe.ts'
import type { Observed } from './observed.ts'
import type { Settings } from './settings.ts'

export interface SparkApplicationControllerOptions {
  readonly cluster: Cluster
  /** Must hold what `sparkApplicationCaches` asks for. */
  readonly caches: Pick<Caches, 'need'>
  readonly settings: Settings
  readonly clock?: Clock
}

export const sparkApplicationController = ({
  cluster,
  caches,
  settings,
  clock = systemClock,
}: SparkApplicationControllerOptions): Controller<Observed, SparkApplicationStatus> => {
  const access = new NamespaceAccess(cluster, clock)
  return {
    name: 'sparkapplication',
    type: SparkApplications,
    watches: sparkApplicationWatches,
    observe: (key) => observe(key, { cluster, caches, access, clock }),
    decide: (observed, now) => decide(observed, now, settings),
  }
}
