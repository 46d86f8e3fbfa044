import { createHash } from 'node:crypto'
import { isBundled, type SparkApplication } from '../api/spark-application.ts'

const MAX_LABEL = 63

const digest = (text: string): string => createHash('sha256').update(text).digest('hex')

/** At most 63 characters, as names of pods and label values must be; what is cut is told apart by a hash. */
export const shortened = (text: string, limit: number = MAX_LABEL): string =>
  text.length <= limit ? text : `${text.slice(0, limit - 9).replace(/[^a-z0-9]+$/i, '')}-${digest(text).slice(0, 8)}`

/** The published name of every attempt's driver pod; Airflow and `kubectl logs` go by it. */
export const driverPodName = (app: SparkApplication): string =>
  app.spec.driver?.podName ?? namedByProperty(app) ?? shortened(`${app.metadata.name}-driver`)

const namedByProperty = ({ spec }: SparkApplication): string | undefined =>
  isBundled(spec.type) ? undefined : spec.sparkConf?.['spark.kubernetes.driver.pod.name']

export const attemptPrefix = (app: SparkApplication, attempt: number): string =>
  shortened(`${app.metadata.name}-${attempt}`, 50)

export const driverSecretName = (app: SparkApplication, attempt: number): string =>
  `${attemptPrefix(app, attempt)}-driver`

/** The driver appends a number: `<prefix>-exec-<n>`. */
export const executorPrefix = (app: SparkApplication, attempt: number): string => `${attemptPrefix(app, attempt)}-exec`

/** `status.sparkApplicationId` and label `spark-app-selector`: one of a kind for every attempt of every incarnation. */
export const applicationId = (app: SparkApplication, attempt: number): string =>
  shortened(`${app.metadata.name}-${attempt}-${(app.metadata.uid ?? '').slice(0, 8)}`)

/**
 * `status.submissionID` in the form of a UUID. The same attempt of the same incarnation always has the same, so that a
 * submission whose answer was lost is recognised.
 */
export const submissionId = (app: SparkApplication, attempt: number): string => {
  const hex = digest(`${app.metadata.uid}/${attempt}`)
  return [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  )
}
