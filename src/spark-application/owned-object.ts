import { type KubeObject, ownerReference } from '../kube/object.ts'
import { ownLabels } from './pod-metadata.ts'
import type { Situation } from './situation.ts'
import { SPEC_HASH } from './spec-hash.ts'

/**
 * Metadata of an object beside the driver that stays from attempt to attempt and goes with the application. An edit of the
 * spec changes its fingerprint, so that it is made anew.
 */
export const besideDriver = (
  s: Situation,
  name: string,
  theirs: {
    readonly labels?: Readonly<Record<string, string>> | undefined
    readonly annotations?: Readonly<Record<string, string>> | undefined
  } = {},
): KubeObject['metadata'] => ({
  name,
  ...(s.app.metadata.namespace === undefined ? {} : { namespace: s.app.metadata.namespace }),
  labels: { ...theirs.labels, ...lasting(ownLabels(s.app, 0)) },
  annotations: { ...theirs.annotations, [SPEC_HASH]: s.hash },
  ownerReferences: [ownerReference(s.app)],
})

const OF_AN_ATTEMPT: ReadonlySet<string> = new Set([
  'spark-app-selector',
  'sparkoperator.k8s.io/submission-id',
  'bellows.dev/attempt',
])

const lasting = (labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(labels).filter(([key]) => !OF_AN_ATTEMPT.has(key)))
