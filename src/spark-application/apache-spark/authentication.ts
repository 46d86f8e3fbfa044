import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { EnvVar, Volume, VolumeMount } from '../../kube/pod.ts'
import { CONF_DIRECTORY, CONF_VOLUME } from '../pod-volumes.ts'
import { SPARK_TOKEN_KEY, TOKEN_KEY } from '../secret-keys.ts'

const OWN = [
  'spark.authenticate.secret',
  'spark.authenticate.secret.file',
  'spark.authenticate.secret.driver.file',
  'spark.authenticate.secret.executor.file',
]

/**
 * Driver and executors prove themselves to each other by default, with the token in the Secret of the attempt. Spark left
 * to itself makes one up and writes it into every executor pod, for all to read who may read pods.
 */
export const authenticates = ({ sparkConf }: SparkApplicationSpec): boolean =>
  (sparkConf?.['spark.authenticate'] ?? 'true').toLowerCase() === 'true' &&
  OWN.every((key) => sparkConf?.[key] === undefined)

/** A file that is named keeps the token out of executor pods; the driver reads it. */
export const AUTHENTICATION = {
  'spark.authenticate': 'true',
  'spark.authenticate.secret.file': `${CONF_DIRECTORY}/${TOKEN_KEY}`,
} as const

export const driverToken = (
  secretName: string,
): { readonly volumes: readonly Volume[]; readonly mounts: readonly VolumeMount[] } => ({
  volumes: [{ name: CONF_VOLUME, secret: { secretName, items: [{ key: TOKEN_KEY, path: TOKEN_KEY }] } }],
  mounts: [{ name: CONF_VOLUME, mountPath: CONF_DIRECTORY, readOnly: true }],
})

/**
 * Executors do not find the file: they look for it only where they know the master, which they are told later. The
 * variable is Spark's own. Source: Spark, SecurityManager.getSecretKey.
 */
export const executorToken = (secretName: string): EnvVar => ({
  name: '_SPARK_AUTH_SECRET',
  valueFrom: { secretKeyRef: { name: secretName, key: SPARK_TOKEN_KEY } },
})

/** What Spark makes of the file: the two sides must hold the same. Source: Spark, SecurityManager.secretKeyFromFile. */
export const sparkToken = (token: string): string => Buffer.from(token).toString('base64')
