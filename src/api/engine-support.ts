import { APACHE_SPARK_LAWS } from './apache-spark-laws.ts'
import { unreadProperties } from './bundled-properties.ts'
import type { Engine } from './driver-access.ts'
import { isBundled, type SparkApplicationSpec } from './spark-application.ts'
import type { Problem } from './validate.ts'

/** A field that an engine cannot honour, and what to do instead. */
interface Unsupported {
  /** Path under spec; `pod.` stands for `driver.` and `executor.`. */
  readonly path: string
  readonly message: string
  /** Which values are meant; absent: any. */
  readonly when?: (value: unknown) => boolean
}

const JVM = 'is for the JVM; the bundled engine has none'
const HADOOP = 'is for Hadoop; the bundled engine reads files and http(s) URLs'
const PACKAGES = 'fetches packages for the JVM or Python; put what a program needs into the image'
const NO_PAGE = 'the driver of the bundled engine has no web page yet; read its log and the metrics'
const NO_METRICS =
  'driver and executors serve no metrics of their own yet; the operator counts applications and executors'
const NO_GROUPS = 'pods are not handed to a batch scheduler; set schedulerName, or let Kueue hold the application'

const CLIENT_MODE: Unsupported = {
  path: 'mode',
  message: 'only cluster is carried out: the driver is a pod of its own',
  when: (value) => value === 'client',
}
const WITHOUT_EFFECT: readonly Unsupported[] = [
  { path: 'failureRetries', message: 'never had an effect; use restartPolicy.onFailureRetries' },
  { path: 'retryInterval', message: 'never had an effect; use restartPolicy.onFailureRetryInterval' },
]
const NO_UI_INGRESS = 'no Ingress is made for the web page; driverIngressOptions with its port makes one'

/** What is not honoured for Apache Spark (types Java, Scala, Python and R). */
export const APACHE_SPARK_UNSUPPORTED: readonly Unsupported[] = [
  CLIENT_MODE,
  ...WITHOUT_EFFECT,
  {
    path: 'pythonVersion',
    message: 'Spark 3 and later run Python 3 only',
    when: (value) => value === '2',
  },
  { path: 'sparkUIOptions.ingressAnnotations', message: NO_UI_INGRESS },
  { path: 'sparkUIOptions.ingressTLS', message: NO_UI_INGRESS },
]

/** What the bundled engine (types SQL, TypeScript and JavaScript) does not honour. */
export const BUNDLED_UNSUPPORTED: readonly Unsupported[] = [
  CLIENT_MODE,
  { path: 'sparkVersion', message: "has no meaning for the bundled engine; its version is the operator's" },
  { path: 'mainClass', message: JVM },
  { path: 'proxyUser', message: HADOOP },
  { path: 'pythonVersion', message: 'the bundled engine runs no Python; use type Python' },
  { path: 'hadoopConf', message: HADOOP },
  { path: 'hadoopConfigMap', message: HADOOP },
  { path: 'sparkConfigMap', message: "files of Spark's configuration directory are not read; use sparkConf" },
  { path: 'deps.jars', message: JVM },
  { path: 'deps.files', message: 'files are not copied; mount a volume or read the URL in the program' },
  { path: 'deps.archives', message: 'archives are not copied; mount a volume' },
  { path: 'deps.pyFiles', message: PACKAGES },
  { path: 'deps.packages', message: PACKAGES },
  { path: 'deps.excludePackages', message: PACKAGES },
  { path: 'deps.repositories', message: PACKAGES },
  ...WITHOUT_EFFECT,
  { path: 'monitoring', message: NO_METRICS },
  { path: 'batchScheduler', message: NO_GROUPS },
  { path: 'batchSchedulerOptions', message: NO_GROUPS },
  { path: 'sparkUIOptions', message: NO_PAGE },
  { path: 'driverIngressOptions', message: "no Service or Ingress is made; make one that selects the driver's labels" },
  { path: 'driver.kubernetesMaster', message: 'the driver finds the API server by its ServiceAccount' },
  { path: 'driver.serviceAnnotations', message: 'the driver needs no Service: executors reach it by its address' },
  { path: 'driver.serviceLabels', message: 'the driver needs no Service: executors reach it by its address' },
  { path: 'pod.javaOptions', message: JVM },
  { path: 'pod.gpu', message: 'the bundled engine computes on CPUs only' },
]

const pathsOf = ({ path }: Unsupported): readonly string[] =>
  path.startsWith('pod.') ? [`driver.${path.slice(4)}`, `executor.${path.slice(4)}`] : [path]

const valueAt = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((at, part) => (typeof at === 'object' && at !== null ? Reflect.get(at, part) : undefined), value)

const isEmpty = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0)

/** Names in one message; a condition has room for few. */
const MAX_NAMES = 8

const ignoredProperties = (spec: SparkApplicationSpec): readonly Problem[] => {
  const unread = unreadProperties(spec.sparkConf ?? {})
  if (unread.length === 0) return []
  const more = unread.length - MAX_NAMES
  const names = `${unread.slice(0, MAX_NAMES).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  return [{ field: 'spec.sparkConf', message: `the bundled engine does not read ${names}` }]
}

const overruledProperties = (spec: SparkApplicationSpec): readonly Problem[] =>
  Object.keys(spec.sparkConf ?? {})
    .filter((key) => Object.hasOwn(APACHE_SPARK_LAWS, key))
    .map((key) => ({ field: `spec.sparkConf.${key}`, message: APACHE_SPARK_LAWS[key] ?? '' }))

/**
 * What is set and not honoured by the engine that runs this type, for the condition FieldsIgnored. Fields are under
 * `spec`.
 */
export const ignoredFields = (spec: SparkApplicationSpec): readonly Problem[] => {
  const bundled = isBundled(spec.type)
  const fields = (bundled ? BUNDLED_UNSUPPORTED : APACHE_SPARK_UNSUPPORTED).flatMap((entry) =>
    pathsOf(entry)
      .map((path) => ({ path, value: valueAt(spec, path) }))
      .filter(({ value }) => !isEmpty(value) && (entry.when?.(value) ?? true))
      .map(({ path }) => ({ field: `spec.${path}`, message: entry.message })),
  )
  return [...fields, ...(bundled ? ignoredProperties : overruledProperties)(spec)]
}

/** What an engine does not honour of the field at `path` (under spec); undefined where it honours all. */
export const unsupportedAt = (
  path: string,
  engine: Engine,
): { readonly message: string; readonly partly: boolean } | undefined => {
  const plain = path.replaceAll('[]', '')
  const entry = (engine === 'bundled' ? BUNDLED_UNSUPPORTED : APACHE_SPARK_UNSUPPORTED).find((each) =>
    pathsOf(each).some((at) => plain === at || plain.startsWith(`${at}.`)),
  )
  return entry === undefined ? undefined : { message: entry.message, partly: entry.when !== undefined }
}
