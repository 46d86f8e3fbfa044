import { type KubeObject, ownerReference } from '../kube/object.ts'
import { bundledApplication } from './bundled.ts'
import { driverSecretName } from './names.ts'
import { ownLabels } from './pod-metadata.ts'
import { APPLICATION_KEY, TOKEN_KEY } from './secret-keys.ts'
import type { Situation } from './situation.ts'
import { SPEC_HASH } from './spec-hash.ts'

/** What the bundled driver is to run, and the token by which driver and executors know each other. */
export const driverSecret = (s: Situation, attempt: number): KubeObject =>
  attemptSecret(s, attempt, {
    [TOKEN_KEY]: s.observed.entropy,
    [APPLICATION_KEY]: JSON.stringify(bundledApplication(s, attempt)),
  })

/** The Secret of one attempt. Immutable; made before the driver pod that mounts it. */
export const attemptSecret = (s: Situation, attempt: number, files: Readonly<Record<string, string>>): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: driverSecretName(s.app, attempt),
    ...(s.app.metadata.namespace === undefined ? {} : { namespace: s.app.metadata.namespace }),
    labels: ownLabels(s.app, attempt),
    annotations: { [SPEC_HASH]: s.hash },
    ownerReferences: [ownerReference(s.app)],
  },
  type: 'Opaque',
  immutable: true,
  data: Object.fromEntries(Object.entries(files).map(([key, text]) => [key, Buffer.from(text).toString('base64')])),
})
