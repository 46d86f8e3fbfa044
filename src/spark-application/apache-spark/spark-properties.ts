import { APACHE_SPARK_LAWS } from '../../api/apache-spark-laws.ts'
import { allocationProperties, initialExecutors, isDynamic, overheadFactor, podAmounts } from '../../api/effective.ts'
import { EXECUTOR_CONTAINER } from '../../api/labels.ts'
import type { SparkApplicationSpec } from '../../api/spark-application.ts'
import { applicationId, attemptPrefix, driverPodName } from '../names.ts'
import type { Situation } from '../situation.ts'
import { AUTHENTICATION, authenticates } from './authentication.ts'
import { dependencyProperties } from './dependencies.ts'
import { driverHost, usesService } from './driver-service.ts'
import { executorImage } from './images.ts'
import { monitoringProperties } from './monitoring.ts'
import { POD_TEMPLATE_DIR, POD_TEMPLATE_FILE } from './paths.ts'

type Texts = Readonly<Record<string, string>>

/**
 * spark.properties of an attempt. Later ones win: our defaults, sparkConf, the fields of the spec, what has to be so
 * (api/apache-spark-laws.ts).
 */
export const sparkProperties = (s: Situation, attempt: number): Texts => {
  const written = Object.entries(s.spec.sparkConf ?? {}).filter(([key]) => !Object.hasOwn(APACHE_SPARK_LAWS, key))
  return defined({
    ...defaults(s.spec),
    ...monitoringProperties(s),
    ...Object.fromEntries(written),
    ...fields(s),
    ...(authenticates(s.spec) ? AUTHENTICATION : {}),
    ...laws(s, attempt),
  })
}

const defaults = (spec: SparkApplicationSpec) => {
  const conf = spec.sparkConf ?? {}
  const claims = Object.keys(conf).some((key) => key.includes('.volumes.persistentVolumeClaim.'))
  return {
    'spark.driver.port': '7078',
    'spark.driver.blockManager.port': conf['spark.blockManager.port'] ?? '7079',
    'spark.kubernetes.driver.annotateExitException': 'true',
    // Executors of one host network would all ask for the same port of the host.
    'spark.blockManager.port': spec.executor.hostNetwork === true ? '0' : undefined,
    // Without claims there is nothing to list, to own or to delete.
    'spark.kubernetes.driver.ownPersistentVolumeClaim': claims ? undefined : 'false',
    'spark.kubernetes.driver.reusePersistentVolumeClaim': claims ? undefined : 'false',
    // There is no external shuffle service beside the pods.
    'spark.dynamicAllocation.shuffleTracking.enabled': isDynamic(spec) ? 'true' : undefined,
    // The published images give their user no home to write to.
    'spark.jars.ivy': packages(spec) ? '/tmp/.ivy2' : undefined,
  }
}

const packages = ({ deps, sparkConf }: SparkApplicationSpec): boolean =>
  (deps?.packages ?? []).length > 0 || sparkConf?.['spark.jars.packages'] !== undefined

const fields = (s: Situation) => {
  const { spec } = s
  const driver = podAmounts(spec, 'driver')
  const executor = podAmounts(spec, 'executor')
  return {
    'spark.app.name': spec.sparkConf?.['spark.app.name'] ?? s.app.metadata.name,
    'spark.driver.cores': String(driver.cores),
    'spark.driver.memory': `${driver.memoryMib}m`,
    'spark.driver.extraJavaOptions': spec.driver.javaOptions,
    'spark.executor.instances': isDynamic(spec) ? undefined : String(initialExecutors(spec)),
    'spark.executor.cores': String(executor.cores),
    'spark.executor.memory': `${executor.memoryMib}m`,
    // Spark sets request and limit to the same amount: memoryLimit moves both.
    'spark.executor.memoryOverhead': `${Math.max(executor.limitMib - executor.memoryMib, 0)}m`,
    'spark.executor.extraJavaOptions': spec.executor.javaOptions,
    'spark.kubernetes.executor.request.cores': executor.cpuRequest,
    'spark.kubernetes.executor.limit.cores': executor.cpuLimit,
    'spark.kubernetes.memoryOverheadFactor': String(overheadFactor(spec, 'executor')),
    'spark.kubernetes.executor.container.image': executorImage(spec),
    'spark.kubernetes.container.image.pullPolicy': spec.imagePullPolicy,
    'spark.kubernetes.executor.deleteOnTermination': booleanText(spec.executor.deleteOnTermination),
    'spark.kubernetes.executor.terminationGracePeriodSeconds': seconds(spec.executor.terminationGracePeriodSeconds),
    'spark.kubernetes.driver.master': spec.driver.kubernetesMaster,
    ...dependencyProperties(spec),
    ...Object.fromEntries(Object.entries(spec.hadoopConf ?? {}).map(([key, value]) => [`spark.hadoop.${key}`, value])),
    ...allocationProperties(spec),
  }
}

const laws = (s: Situation, attempt: number) => ({
  'spark.master': `k8s://${s.spec.driver.kubernetesMaster ?? 'https://kubernetes.default.svc'}`,
  'spark.app.id': applicationId(s.app, attempt),
  'spark.kubernetes.namespace': s.app.metadata.namespace ?? 'default',
  'spark.kubernetes.driver.pod.name': driverPodName(s.app),
  'spark.kubernetes.submitInDriver': 'true',
  'spark.kubernetes.resource.type': resourceType(s.spec),
  'spark.kubernetes.executor.podNamePrefix':
    s.spec.sparkConf?.['spark.kubernetes.executor.podNamePrefix'] ?? attemptPrefix(s.app, attempt),
  'spark.kubernetes.executor.podTemplateFile': `${POD_TEMPLATE_DIR}/${POD_TEMPLATE_FILE}`,
  'spark.kubernetes.executor.podTemplateContainerName': EXECUTOR_CONTAINER,
  'spark.kubernetes.executor.disableConfigMap': 'true',
  // The Service is the application's, and goes with it.
  'spark.kubernetes.driver.service.deleteOnTermination': 'false',
  'spark.driver.host': usesService(s.spec) ? driverHost(s.app, attempt) : undefined,
})

const resourceType = ({ type }: SparkApplicationSpec): string =>
  type === 'Python' ? 'python' : type === 'R' ? 'r' : 'java'

const booleanText = (value: boolean | undefined): string | undefined =>
  value === undefined ? undefined : String(value)
const seconds = (value: number | undefined): string | undefined => (value === undefined ? undefined : `${value}s`)

const defined = (properties: Readonly<Record<string, string | undefined>>): Texts =>
  Object.fromEntries(Object.entries(properties).filter((entry): entry is [string, string] => entry[1] !== undefined))
