import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { Situation } from '../situation.ts'
import { volumesOf } from './conf-volumes.ts'
import { withPrefix } from './prefixed.ts'

type Texts = Readonly<Record<string, string>>

/**
 * The situation with what sparkConf says of the driver pod put into the fields of spec.driver, where spark-submit would
 * have put it. A field stands before the property. What sparkConf says of executors the driver reads itself.
 */
export const withDriverSettings = (s: Situation): Situation => {
  const spec = { ...s.spec, ...driverSettings(s.spec) }
  return { ...s, spec, app: { ...s.app, spec } }
}

const driverSettings = (
  spec: SparkApplicationSpec,
): Pick<SparkApplicationSpec, 'driver' | 'volumes' | 'imagePullPolicy' | 'imagePullSecrets'> => {
  const conf = spec.sparkConf ?? {}
  const of = (prefix: string): Texts => withPrefix(conf, prefix)
  const { volumes, mounts } = volumesOf(of('spark.kubernetes.driver.volumes.'))
  const secrets = Object.entries(of('spark.kubernetes.driver.secrets.'))
  const policy = conf['spark.kubernetes.container.image.pullPolicy']
  const driver = spec.driver
  return {
    imagePullPolicy: spec.imagePullPolicy ?? (policy as SparkApplicationSpec['imagePullPolicy']),
    imagePullSecrets: spec.imagePullSecrets ?? listed(conf['spark.kubernetes.container.image.pullSecrets']),
    volumes: [...volumes, ...(spec.volumes ?? [])],
    driver: {
      ...driver,
      labels: { ...of('spark.kubernetes.driver.label.'), ...driver.labels },
      annotations: { ...of('spark.kubernetes.driver.annotation.'), ...driver.annotations },
      serviceLabels: { ...of('spark.kubernetes.driver.service.label.'), ...driver.serviceLabels },
      serviceAnnotations: { ...of('spark.kubernetes.driver.service.annotation.'), ...driver.serviceAnnotations },
      nodeSelector: {
        ...of('spark.kubernetes.node.selector.'),
        ...of('spark.kubernetes.driver.node.selector.'),
        ...driver.nodeSelector,
      },
      env: [...environment(conf), ...(driver.env ?? [])],
      volumeMounts: [...mounts, ...(driver.volumeMounts ?? [])],
      secrets: [
        ...secrets.map(([name, path]) => ({ name, path, secretType: 'Generic' as const })),
        ...(driver.secrets ?? []),
      ],
      schedulerName:
        driver.schedulerName ??
        conf['spark.kubernetes.driver.scheduler.name'] ??
        conf['spark.kubernetes.scheduler.name'],
      serviceAccount: driver.serviceAccount ?? conf['spark.kubernetes.authenticate.driver.serviceAccountName'],
    },
  }
}

const environment = (conf: Texts): NonNullable<SparkApplicationSpec['driver']['env']> => [
  ...Object.entries(withPrefix(conf, 'spark.kubernetes.driverEnv.')).map(([name, value]) => ({ name, value })),
  ...Object.entries(withPrefix(conf, 'spark.kubernetes.driver.secretKeyRef.')).map(([name, ref]) => {
    const [secret = '', key = ''] = ref.split(':')
    return { name, valueFrom: { secretKeyRef: { name: secret, key } } }
  }),
]

export const listed = (text: string | undefined): readonly string[] | undefined =>
  text
    ?.split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
