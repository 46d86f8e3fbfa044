import { APP_NAME, SPARK_ROLE } from '../api/labels.ts'
import type { SparkApplication } from '../api/spark-application.ts'
import { shortened } from './names.ts'

/** The driver of whatever attempt. Source: published. */
export const driverSelector = (app: SparkApplication): Readonly<Record<string, string>> => ({
  [APP_NAME]: shortened(app.metadata.name),
  [SPARK_ROLE]: 'driver',
})
