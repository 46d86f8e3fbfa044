import type { PodTemplate } from './bundled.ts'
import { bundledPod, fromField } from './bundled-pod.ts'
import { driverSecretName } from './names.ts'
import { podAnnotations, podLabels } from './pod-metadata.ts'
import { podSpec } from './pod-spec.ts'
import { TOKEN_KEY } from './secret-keys.ts'
import type { Situation } from './situation.ts'

const EXECUTOR_PROGRAM = '/opt/bellows/src/main/executor.ts'

/**
 * What the driver makes executor pods of. It adds the name, the label spark-exec-id, the owner reference to itself and
 * the variables that say where it listens and which executor this is.
 */
export const executorPodTemplate = (s: Situation, attempt: number): PodTemplate => ({
  metadata: {
    labels: podLabels(s.app, 'executor', attempt),
    annotations: podAnnotations(s.app, 'executor'),
  },
  spec: podSpec(s.spec, {
    ...bundledPod(
      s.spec,
      'executor',
      // An executor needs the secret to prove itself and nothing else of the application.
      { secretName: driverSecretName(s.app, attempt), items: [{ key: TOKEN_KEY, path: TOKEN_KEY }] },
      [fromField('BELLOWS_POD_NAME', 'metadata.name'), fromField('BELLOWS_POD_IP', 'status.podIP')],
    ),
    defaultImage: s.settings.defaultImage,
    args: [EXECUTOR_PROGRAM],
    serviceAccountName: undefined,
    automountServiceAccountToken: false,
  }),
})
