import { DRIVER_ACCOUNT } from '../api/driver-access.ts'
import { ownerReference } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { bundledPod, fromField } from './bundled-pod.ts'
import { driverPodName, driverSecretName } from './names.ts'
import { podAnnotations, podLabels } from './pod-metadata.ts'
import { podSpec } from './pod-spec.ts'
import { deadlineOf } from './run-end.ts'
import { type Situation, startsAnew } from './situation.ts'
import { SPEC_HASH } from './spec-hash.ts'

const DRIVER_PROGRAM = '/opt/bellows/src/main/driver.ts'

/** The driver pod of one attempt on the bundled engine. */
export const driverPod = (s: Situation, attempt: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: driverMetadata(s, attempt),
  spec: podSpec(s.spec, {
    ...bundledPod(s.spec, 'driver', { secretName: driverSecretName(s.app, attempt) }, [
      fromField('BELLOWS_POD_NAME', 'metadata.name'),
      fromField('BELLOWS_POD_NAMESPACE', 'metadata.namespace'),
      fromField('BELLOWS_POD_UID', 'metadata.uid'),
      fromField('BELLOWS_POD_IP', 'status.podIP'),
    ]),
    defaultImage: s.settings.defaultImage,
    args: [DRIVER_PROGRAM],
    serviceAccountName: DRIVER_ACCOUNT,
    automountServiceAccountToken: true,
    ...podDeadline(s),
  }),
})

/** Of a driver pod of any engine: its owner is the application, its labels are the published ones. */
export const driverMetadata = (s: Situation, attempt: number): Pod['metadata'] => ({
  name: driverPodName(s.app),
  ...(s.app.metadata.namespace === undefined ? {} : { namespace: s.app.metadata.namespace }),
  labels: podLabels(s.app, 'driver', attempt),
  annotations: { ...podAnnotations(s.app, 'driver'), [SPEC_HASH]: s.hash },
  ownerReferences: [ownerReference(s.app)],
})

/**
 * What is left of the application's deadline: kubelet then stops the driver and keeps the pod with its log. The operator
 * sees to the deadline too, for pods whose node does not. Kubelet counts from a time in whole seconds, rounded down: one
 * second more is never early.
 */
export const podDeadline = (s: Situation): { readonly activeDeadlineSeconds?: number } => {
  const seconds = s.spec.activeDeadlineSeconds
  if (seconds === undefined) return {}
  const deadline = startsAnew(s) ? undefined : deadlineOf(s)
  return {
    activeDeadlineSeconds: (deadline === undefined ? seconds : Math.max(Math.ceil((deadline - s.now) / 1000), 0)) + 1,
  }
}
