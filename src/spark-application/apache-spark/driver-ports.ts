import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { ContainerPort } from '../pod-spec.ts'

/** Source: Spark, BasicDriverFeatureStep: names, and defaults where sparkConf says nothing. */
export const driverPorts = ({ sparkConf = {} }: SparkApplicationSpec): readonly ContainerPort[] => {
  const block = sparkConf['spark.driver.blockManager.port'] ?? sparkConf['spark.blockManager.port']
  return [
    port('driver-rpc-port', sparkConf['spark.driver.port'], 7078),
    port('blockmanager', block, 7079),
    port('spark-ui', sparkConf['spark.ui.port'], 4040),
    port('spark-connect', sparkConf['spark.connect.grpc.binding.port'], 15002),
  ].filter(({ containerPort }) => containerPort > 0)
}

/** 0 is a port that is chosen at run time: it cannot be named. */
const port = (name: string, written: string | undefined, standard: number): ContainerPort => ({
  name,
  protocol: 'TCP',
  containerPort: written !== undefined && /^[0-9]{1,5}$/.test(written) ? Number(written) : standard,
})
