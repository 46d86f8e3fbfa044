import type { KubeObject } from '../kube/object.ts'
import { driverSelector } from './driver-selector.ts'
import { shortened } from './names.ts'
import { besideDriver } from './owned-object.ts'
import type { Situation } from './situation.ts'

/** Keeps the driver from voluntary eviction, where spec.driverPodDisruptionBudget asks for it. */
export const driverBudget = (s: Situation): KubeObject => ({
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: besideDriver(s, shortened(`${s.app.metadata.name}-driver-pdb`)),
  spec: { minAvailable: 1, selector: { matchLabels: driverSelector(s.app) } },
})
