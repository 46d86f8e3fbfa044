import { DRIVER_ACCOUNT } from '../api/driver-access.ts'
import { ownerReference } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { driverPodName, driverSecretName } from './names.ts'
import { podAnnotations, podLabels } from './pod-metadata.ts'
import { podSpec } from './pod-spec.ts'
import { CONF_DIRECTORY, CONF_VOLUME } from './pod-volumes.ts'
import { deadlineOf } from './run-end.ts'
import { type Situation, startsAnew } from './situation.ts'
import { SPEC_HASH } from './spec-hash.ts'

const DRIVER_PROGRAM = '/opt/bellows/src/main/driver.ts'

/** The driver pod of one attempt. Its owner is the application; its labels are the published ones. */
export const driverPod = (s: Situation, attempt: number): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: driverPodName(s.app),
    ...(s.app.metadata.namespace === undefined ? {} : { namespace: s.app.metadata.namespace }),
    labels: podLabels(s.app, 'driver', attempt),
    annotations: { ...podAnnotations(s.app, 'driver'), [SPEC_HASH]: s.hash },
    ownerReferences: [ownerReference(s.app)],
  },
  spec: podSpec(s.spec, {
    role: 'driver',
    defaultImage: s.settings.defaultImage,
    args: [DRIVER_PROGRAM],
    env: [
      fromField('BELLOWS_POD_NAME', 'metadata.name'),
      fromField('BELLOWS_POD_NAMESPACE', 'metadata.namespace'),
      fromField('BELLOWS_POD_UID', 'metadata.uid'),
      fromField('BELLOWS_POD_IP', 'status.podIP'),
      { name: 'BELLOWS_CONF_DIR', value: CONF_DIRECTORY },
    ],
    secretVolume: { name: CONF_VOLUME, secret: { secretName: driverSecretName(s.app, attempt) } },
    serviceAccountName: DRIVER_ACCOUNT,
    automountServiceAccountToken: true,
    ...podDeadline(s),
  }),
})

const fromField = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })

/**
 * What is left of the application's deadline: kubelet then stops the driver and keeps the pod with its log. The operator
 * sees to the deadline too, for pods whose node does not. Kubelet counts from a time in whole seconds, rounded down: one
 * second more is never early.
 */
const podDeadline = (s: Situation): { readonly activeDeadlineSeconds?: number } => {
  const seconds = s.spec.activeDeadlineSeconds
  if (seconds === undefined) return {}
  const deadline = startsAnew(s) ? undefined : deadlineOf(s)
  return {
    activeDeadlineSeconds: (deadline === undefined ? seconds : Math.max(Math.ceil((deadline - s.now) / 1000), 0)) + 1,
  }
}
