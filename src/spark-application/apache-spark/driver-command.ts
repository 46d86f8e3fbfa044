import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import { usesService } from './driver-service.ts'
import { PROPERTIES_PATH } from './paths.ts'

/** Source: Spark, DriverCommandFeatureStep; the entry point of the image runs spark-submit with what follows `driver`. */
export const driverCommand = (spec: SparkApplicationSpec): readonly string[] => [
  'driver',
  ...(spec.proxyUser ? ['--proxy-user', spec.proxyUser] : []),
  // Kubelet fills in the pod's address.
  ...(usesService(spec) ? [] : ['--conf', 'spark.driver.host=$(SPARK_DRIVER_BIND_ADDRESS)']),
  '--properties-file',
  PROPERTIES_PATH,
  ...mainClass(spec),
  spec.mainApplicationFile ?? 'spark-internal',
  ...(spec.arguments ?? []),
]

const mainClass = ({ type, mainClass }: SparkApplicationSpec): readonly string[] => {
  switch (type) {
    case 'Python':
      return ['--class', 'org.apache.spark.deploy.PythonRunner']
    case 'R':
      return ['--class', 'org.apache.spark.deploy.RRunner']
    default:
      // A jar may name its main class itself.
      return mainClass ? ['--class', mainClass] : []
  }
}
