import { SparkApplications } from '../api/resource-types.ts'
import type { SparkApplicationStatus } from '../api/spark-application.ts'
import type { Caches } from '../controller/caches.ts'
import type { Controller } from '../controller/controller.ts'
import { type Clock, systemClock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { Pods } from '../kube/resource-type.ts'
import { decide } from './decide.ts'
import { DepartedDrivers } from './departed-drivers.ts'
import { DriverWarnings } from './driver-warnings.ts'
import { NamespaceAccess } from './namespace-access.ts'
import { observe, sparkApplicationWatches, waitsForDriver } from './observe.ts'
import type { Observed } from './observed.ts'
import type { Settings } from './settings.ts'

export interface SparkApplicationControllerOptions {
  readonly cluster: Cluster
  /** Must hold what `sparkApplicationCaches` asks for. */
  readonly caches: Pick<Caches, 'need' | 'onChange'>
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
  const warnings = new DriverWarnings(cluster, clock)
  const departed = new DepartedDrivers()
  // For as long as the process lives, in office or not: a successor then knows what its predecessor did not get to see.
  caches.onChange(Pods, (change) => departed.hear(change))
  return {
    name: 'sparkapplication',
    type: SparkApplications,
    watches: sparkApplicationWatches,
    observe: (key) => observe(key, { cluster, caches, access, departed, warnings, clock }),
    decide: (observed, now) => decide(observed, now, settings),
    isUrgent: (key) => waitsForDriver(key, caches),
  }
}
