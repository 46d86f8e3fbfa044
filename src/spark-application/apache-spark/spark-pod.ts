import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { EnvVar, Volume, VolumeMount } from '../../kube/pod.ts'
import type { PodRole } from '../pod-spec.ts'
import type { OwnVolumes } from '../pod-volumes.ts'
import { SPARK_USER } from '../security.ts'
import { devicesOf } from './devices.ts'
import { listed } from './driver-settings.ts'
import { confImage } from './images.ts'
import { USER_HADOOP_CONF_DIR, USER_SPARK_CONF_DIR } from './paths.ts'

type Files = Pick<OwnVolumes, 'volumes' | 'mounts'>

/** What drivers and executors of Apache Spark have in common; `own` is what one of them mounts besides. */
export const sparkPod = (
  spec: SparkApplicationSpec,
  role: 'driver' | 'executor',
  own: readonly Files[],
): Pick<PodRole, 'role' | 'imageUser' | 'defaultImage' | 'defaultEnv' | 'devices' | 'own'> => {
  const files = [
    ...own,
    configMap('spark-configmap-volume', spec.sparkConfigMap, USER_SPARK_CONF_DIR),
    configMap('hadoop-configmap-volume', spec.hadoopConfigMap, USER_HADOOP_CONF_DIR),
  ]
  return {
    role,
    imageUser: SPARK_USER,
    defaultImage: confImage(spec, role),
    defaultEnv: variables(spec),
    devices: devicesOf(spec, role),
    own: {
      volumes: files.flatMap(({ volumes }) => volumes),
      mounts: files.flatMap(({ mounts }) => mounts),
      spill: spillOf(spec),
    },
  }
}

export const configMap = (volume: string, name: string | undefined, ...paths: readonly string[]): Files =>
  name === undefined || name === ''
    ? { volumes: [], mounts: [] }
    : {
        volumes: [{ name: volume, configMap: { name } } satisfies Volume],
        mounts: paths.map((mountPath): VolumeMount => ({ name: volume, mountPath, readOnly: true })),
      }

const variables = (spec: SparkApplicationSpec): readonly EnvVar[] => [
  { name: 'SPARK_USER', value: 'spark' },
  ...(spec.hadoopConfigMap ? [{ name: 'HADOOP_CONF_DIR', value: USER_HADOOP_CONF_DIR }] : []),
]

/** Source: Spark, LocalDirsFeatureStep. */
const spillOf = ({ sparkConf = {} }: SparkApplicationSpec): NonNullable<OwnVolumes['spill']> => ({
  paths: listed(sparkConf['spark.local.dir']) ?? ['/var/data/spark'],
  ...(sparkConf['spark.kubernetes.local.dirs.tmpfs'] === 'true' ? { medium: 'Memory' as const } : {}),
})
