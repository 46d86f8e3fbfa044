import { SPARK_DRIVER_ACCOUNT } from '../../api/driver-access.ts'
import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { EnvVar, Pod } from '../../kube/pod.ts'
import { fromField } from '../bundled-pod.ts'
import { driverMetadata, podDeadline } from '../driver-pod.ts'
import { applicationId, driverSecretName } from '../names.ts'
import { podSpec } from '../pod-spec.ts'
import type { Situation } from '../situation.ts'
import { authenticates, driverToken } from './authentication.ts'
import { driverCommand } from './driver-command.ts'
import { driverPorts } from './driver-ports.ts'
import { monitoringMounts } from './monitoring.ts'
import {
  DRIVER_CONF_VOLUME,
  POD_TEMPLATE_DIR,
  POD_TEMPLATE_FILE,
  POD_TEMPLATE_KEY,
  POD_TEMPLATE_VOLUME,
  PROPERTIES_FILE,
  SPARK_CONF_DIR,
  USER_SPARK_CONF_DIR,
} from './paths.ts'
import { sparkPod } from './spark-pod.ts'

/** The driver pod of one attempt, as spark-submit in cluster mode would make it. Source: Spark, deploy/k8s/features. */
export const sparkDriverPod = (s: Situation, attempt: number): Pod => {
  const secretName = driverSecretName(s.app, attempt)
  const file = (name: string, mountPath: string, key: string, path: string) => ({
    volumes: [{ name, secret: { secretName, items: [{ key, path }] } }],
    mounts: [{ name, mountPath, readOnly: true }],
  })
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: driverMetadata(s, attempt),
    spec: podSpec(s.spec, {
      ...sparkPod(s.spec, 'driver', [
        file(DRIVER_CONF_VOLUME, SPARK_CONF_DIR, PROPERTIES_FILE, PROPERTIES_FILE),
        file(POD_TEMPLATE_VOLUME, POD_TEMPLATE_DIR, POD_TEMPLATE_KEY, POD_TEMPLATE_FILE),
        ...(authenticates(s.spec) ? [driverToken(secretName)] : []),
        ...monitoringMounts(s.spec, secretName),
      ]),
      args: driverCommand(s.spec),
      env: environment(s.spec, applicationId(s.app, attempt)),
      ports: driverPorts(s.spec),
      serviceAccountName: SPARK_DRIVER_ACCOUNT,
      automountServiceAccountToken: true,
      ...podDeadline(s),
    }),
  }
}

const environment = ({ sparkConf = {}, sparkConfigMap }: SparkApplicationSpec, id: string): readonly EnvVar[] => {
  const python = sparkConf['spark.pyspark.python']
  const driverPython = sparkConf['spark.pyspark.driver.python'] ?? python
  return [
    { name: 'SPARK_APPLICATION_ID', value: id },
    fromField('SPARK_DRIVER_BIND_ADDRESS', 'status.podIP'),
    { name: 'SPARK_CONF_DIR', value: sparkConfigMap ? USER_SPARK_CONF_DIR : SPARK_CONF_DIR },
    ...(python === undefined ? [] : [{ name: 'PYSPARK_PYTHON', value: python }]),
    ...(driverPython === undefined ? [] : [{ name: 'PYSPARK_DRIVER_PYTHON', value: driverPython }]),
  ]
}
