import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import type { OwnVolumes } from '../pod-volumes.ts'
import type { Situation } from '../situation.ts'
import { driverPorts } from './driver-ports.ts'
import { JMX_PROPERTIES, JMX_RULES } from './jmx-defaults.ts'

type Texts = Readonly<Record<string, string>>
type Role = 'driver' | 'executor'
type Prometheus = NonNullable<NonNullable<SparkApplicationSpec['monitoring']>['prometheus']>

/** Source: published. */
const CONF_DIR = '/etc/metrics/conf'
const PROPERTIES_KEY = 'metrics.properties'
const RULES_KEY = 'prometheus.yaml'
const VOLUME = 'metrics-conf'

const exposes = ({ monitoring }: SparkApplicationSpec, role: Role): boolean =>
  (role === 'driver' ? monitoring?.exposeDriverMetrics : monitoring?.exposeExecutorMetrics) === true

/** The situation with what `monitoring` adds to the fields of driver and executor: annotations, the agent and its port. */
export const withMonitoring = (s: Situation): Situation => {
  if (s.spec.monitoring === undefined) return s
  const spec = {
    ...s.spec,
    driver: added(s.spec, 'driver'),
    executor: added(s.spec, 'executor'),
  } as SparkApplicationSpec
  return { ...s, spec, app: { ...s.app, spec } }
}

const added = (spec: SparkApplicationSpec, role: Role): SparkApplicationSpec[Role] => {
  const pod = spec[role]
  const prometheus = spec.monitoring?.prometheus
  if (prometheus === undefined) return { ...pod, annotations: { ...servlet(spec, role), ...pod.annotations } }
  if (!exposes(spec, role)) return pod
  const agent = `-javaagent:${prometheus.jmxExporterJar}=${prometheus.port}:${rulesFile(prometheus)}`
  const port = { name: prometheus.portName, containerPort: prometheus.port, protocol: 'TCP' as const }
  return {
    ...pod,
    annotations: { ...scraped(prometheus.port, '/metrics'), ...pod.annotations },
    javaOptions: [pod.javaOptions ?? spec.sparkConf?.[`spark.${role}.extraJavaOptions`], agent]
      .filter(Boolean)
      .join(' '),
    ports: [...(pod.ports ?? []), port],
  }
}

/** The driver's web server serves its own metrics, and those of all executors; executors have none. */
const servlet = (spec: SparkApplicationSpec, role: Role): Texts => {
  const port = driverPorts(spec).find(({ name }) => name === 'spark-ui')?.containerPort
  if (role === 'executor' || port === undefined) return {}
  if (exposes(spec, 'driver')) return scraped(port, '/metrics/prometheus')
  return exposes(spec, 'executor') ? scraped(port, '/metrics/executors/prometheus') : {}
}

const scraped = (port: number, path: string): Texts => ({
  'prometheus.io/scrape': 'true',
  'prometheus.io/port': String(port),
  'prometheus.io/path': path,
})

const rulesFile = ({ configFile }: Prometheus): string => configFile || `${CONF_DIR}/${RULES_KEY}`

/** Give way to sparkConf. */
export const monitoringProperties = ({ app, spec }: Situation): Texts => {
  const { monitoring } = spec
  if (monitoring === undefined) return {}
  const file =
    monitoring.metricsPropertiesFile || (propertiesOf(spec) === undefined ? '' : `${CONF_DIR}/${PROPERTIES_KEY}`)
  return {
    // A name that stays the same from run to run, where Spark would take the id of the run.
    'spark.metrics.namespace': `${app.metadata.namespace ?? 'default'}.${app.metadata.name}`,
    ...(file === '' ? {} : { 'spark.metrics.conf': file }),
    ...(monitoring.prometheus === undefined ? SERVLET : {}),
  }
}

const SERVLET: Texts = {
  'spark.ui.prometheus.enabled': 'true',
  'spark.metrics.conf.*.sink.prometheusServlet.class': 'org.apache.spark.metrics.sink.PrometheusServlet',
  'spark.metrics.conf.*.sink.prometheusServlet.path': '/metrics/prometheus',
}

const propertiesOf = ({ monitoring }: SparkApplicationSpec): string | undefined =>
  monitoring?.metricsProperties ?? (monitoring?.prometheus === undefined ? undefined : JMX_PROPERTIES)

/** Files of the Secret that pods mount. */
export const monitoringFiles = (spec: SparkApplicationSpec): Texts => {
  const { monitoring } = spec
  const properties = monitoring?.metricsPropertiesFile ? undefined : propertiesOf(spec)
  const prometheus = monitoring?.prometheus
  return {
    ...(properties === undefined ? {} : { [PROPERTIES_KEY]: properties }),
    ...(prometheus === undefined || prometheus.configFile
      ? {}
      : { [RULES_KEY]: prometheus.configuration ?? JMX_RULES }),
  }
}

export const monitoringMounts = (
  spec: SparkApplicationSpec,
  secretName: string,
): readonly Pick<OwnVolumes, 'volumes' | 'mounts'>[] => {
  const items = Object.keys(monitoringFiles(spec)).map((key) => ({ key, path: key }))
  return items.length === 0
    ? []
    : [
        {
          volumes: [{ name: VOLUME, secret: { secretName, items } }],
          mounts: [{ name: VOLUME, mountPath: CONF_DIR, readOnly: true }],
        },
      ]
}
