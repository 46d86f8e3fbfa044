import { SPARK_APP_SELECTOR, SPARK_ROLE } from '../../api/labels.ts'
import type { SparkApplication, SparkApplicationSpec } from '../../api/spark-application.ts'
import { type KubeObject, ownerReference } from '../../kube/object.ts'
import { applicationId, attemptPrefix } from '../names.ts'
import { ownLabels } from '../pod-metadata.ts'
import type { Situation } from '../situation.ts'
import { driverPorts } from './driver-ports.ts'

/**
 * Executors reach the driver by its pod's address, which needs no object and no name resolution. A headless Service, as
 * Spark makes one, comes where something is said about it: labels, annotations, or
 * `spark.kubernetes.executor.useDriverPodIP=false`.
 */
export const usesService = ({ driver, sparkConf }: SparkApplicationSpec): boolean =>
  sparkConf?.['spark.kubernetes.executor.useDriverPodIP'] === 'false' ||
  Object.keys(driver.serviceLabels ?? {}).length > 0 ||
  Object.keys(driver.serviceAnnotations ?? {}).length > 0

const serviceName = (app: SparkApplication, attempt: number): string => `${attemptPrefix(app, attempt)}-driver-svc`

/** The name that executors look up. Source: Spark, DriverServiceFeatureStep. */
export const driverHost = (app: SparkApplication, attempt: number): string =>
  `${serviceName(app, attempt)}.${app.metadata.namespace ?? 'default'}.svc`

/** The headless Service of an attempt; its selector matches this attempt's driver only. */
export const driverService = (s: Situation, attempt: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: serviceName(s.app, attempt),
    ...(s.app.metadata.namespace === undefined ? {} : { namespace: s.app.metadata.namespace }),
    labels: { ...s.spec.driver.serviceLabels, ...ownLabels(s.app, attempt) },
    annotations: s.spec.driver.serviceAnnotations ?? {},
    ownerReferences: [ownerReference(s.app)],
  },
  spec: {
    clusterIP: 'None',
    selector: { [SPARK_APP_SELECTOR]: applicationId(s.app, attempt), [SPARK_ROLE]: 'driver' },
    // The driver makes executors before anything could call it ready.
    publishNotReadyAddresses: true,
    ports: driverPorts(s.spec).map(({ name, containerPort }) => ({
      name,
      port: containerPort,
      targetPort: containerPort,
    })),
  },
})
