import {
  APP_NAME,
  ATTEMPT,
  LAUNCHED_BY_SPARK_OPERATOR,
  MANAGED_BY,
  MANAGED_BY_BELLOWS,
  SPARK_APP_NAME,
  SPARK_APP_SELECTOR,
  SPARK_ROLE,
  SPARK_VERSION,
  SUBMISSION_ID,
} from '../api/labels.ts'
import type { SparkApplication } from '../api/spark-application.ts'
import { applicationId, shortened, submissionId } from './names.ts'

type Texts = Readonly<Record<string, string>>

/** Kueue's own labels belong to the application, not to its pods. Source: published rule. */
const NOT_COPIED = 'kueue.x-k8s.io/'

/** Labels of a pod: the application's, the template's, the role's verbatim, and the published ones, which nobody overrides. */
export const podLabels = (app: SparkApplication, role: 'driver' | 'executor', attempt: number): Texts => ({
  ...Object.fromEntries(Object.entries(app.metadata.labels ?? {}).filter(([key]) => !key.startsWith(NOT_COPIED))),
  ...templateMetadata(app, role).labels,
  ...app.spec[role]?.labels,
  ...ownLabels(app, attempt),
  [SPARK_ROLE]: role,
  ...versionLabel(app.spec.sparkVersion),
})

export const ownLabels = (app: SparkApplication, attempt: number): Texts => ({
  [APP_NAME]: shortened(app.metadata.name),
  [LAUNCHED_BY_SPARK_OPERATOR]: 'true',
  [SUBMISSION_ID]: submissionId(app, attempt),
  [SPARK_APP_SELECTOR]: applicationId(app, attempt),
  [SPARK_APP_NAME]: shortened(app.metadata.name),
  [ATTEMPT]: String(attempt),
  [MANAGED_BY]: MANAGED_BY_BELLOWS,
})

export const podAnnotations = (app: SparkApplication, role: 'driver' | 'executor'): Texts => ({
  ...templateMetadata(app, role).annotations,
  ...app.spec[role]?.annotations,
})

const versionLabel = (version: string | undefined): Texts =>
  version !== undefined && /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(version)
    ? { [SPARK_VERSION]: version }
    : {}

const templateMetadata = (
  app: SparkApplication,
  role: 'driver' | 'executor',
): { readonly labels?: Texts; readonly annotations?: Texts } =>
  (app.spec[role]?.template?.metadata as { readonly labels?: Texts; readonly annotations?: Texts } | undefined) ?? {}
