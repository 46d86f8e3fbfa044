import { memoryMib } from './quantity.ts'
import type { SparkApplicationSpec } from './spark-application.ts'

/** Amounts of one pod once every published default is taken. */
export interface PodAmounts {
  /** Whole cores: tasks at once. */
  readonly cores: number
  /** CPU request as a Kubernetes quantity. */
  readonly cpuRequest: string
  readonly cpuLimit: string | undefined
  readonly memoryMib: number
  readonly overheadMib: number
  /** Memory limit of the container, in MiB. */
  readonly limitMib: number
}

/** Source: Spark, BasicDriverFeatureStep: factor × memory, at least this. */
const MIN_OVERHEAD_MIB = 384

/**
 * Amounts of the driver or an executor. The published order of precedence: the field, then sparkConf, then the default
 * (1 core, 1g). A sparkConf value that cannot be read counts as absent.
 */
export const podAmounts = (spec: SparkApplicationSpec, role: 'driver' | 'executor'): PodAmounts => {
  const pod = spec[role]
  const conf = spec.sparkConf ?? {}
  const cores = pod.cores ?? positiveInt(conf[`spark.${role}.cores`]) ?? 1
  const memory = amount(pod.memory) ?? amount(conf[`spark.${role}.memory`]) ?? 1024
  const overheadMib =
    amount(pod.memoryOverhead) ??
    amount(conf[`spark.${role}.memoryOverhead`]) ??
    Math.max(Math.ceil(memory * overheadFactor(spec, role)), leastOverhead(spec, role))
  return {
    cores,
    cpuRequest: pod.coreRequest ?? conf[`spark.kubernetes.${role}.request.cores`] ?? String(cores),
    cpuLimit: pod.coreLimit ?? conf[`spark.kubernetes.${role}.limit.cores`],
    memoryMib: memory,
    overheadMib,
    limitMib: amount(pod.memoryLimit) ?? memory + overheadMib,
  }
}

const amount = (written: string | undefined): number | undefined =>
  written === undefined ? undefined : memoryMib(written)

const positiveInt = (written: string | undefined): number | undefined =>
  written !== undefined && /^[1-9][0-9]{0,8}$/.test(written) ? Number(written) : undefined

const nonNegativeInt = (written: string | undefined): number | undefined =>
  written !== undefined && /^[0-9]{1,9}$/.test(written) ? Number(written) : undefined

/** Source: Spark, BasicDriverFeatureStep: the role's own factor, then the one for both; more where not only a JVM runs. */
export const overheadFactor = (spec: SparkApplicationSpec, role: 'driver' | 'executor'): number => {
  const conf = spec.sparkConf ?? {}
  const own = conf[`spark.${role}.memoryOverheadFactor`]
  const written = Number(own ?? spec.memoryOverheadFactor ?? conf['spark.kubernetes.memoryOverheadFactor'] ?? NaN)
  if (Number.isFinite(written) && written >= 0) return written
  return spec.type === 'Python' || spec.type === 'R' ? 0.4 : 0.1
}

const leastOverhead = (spec: SparkApplicationSpec, role: 'driver' | 'executor'): number =>
  amount(spec.sparkConf?.[`spark.${role}.minMemoryOverhead`]) ?? MIN_OVERHEAD_MIB

/** Dynamic allocation by field or by sparkConf. */
export const isDynamic = (spec: SparkApplicationSpec): boolean =>
  spec.dynamicAllocation?.enabled ?? spec.sparkConf?.['spark.dynamicAllocation.enabled'] === 'true'

/** Executors to begin with. Source: Spark, Utils.getDynamicAllocationInitialExecutors. */
export const initialExecutors = (spec: SparkApplicationSpec): number => {
  const conf = spec.sparkConf ?? {}
  const instances = spec.executor.instances ?? nonNegativeInt(conf['spark.executor.instances'])
  if (!isDynamic(spec)) return instances ?? 1
  const dynamic = spec.dynamicAllocation
  return Math.max(
    dynamic?.initialExecutors ?? nonNegativeInt(conf['spark.dynamicAllocation.initialExecutors']) ?? 0,
    dynamic?.minExecutors ?? nonNegativeInt(conf['spark.dynamicAllocation.minExecutors']) ?? 0,
    instances ?? 0,
  )
}

/** Fewest and most executors that may run. */
export const executorBounds = (spec: SparkApplicationSpec): { readonly min: number; readonly max: number } => {
  const initial = initialExecutors(spec)
  if (!isDynamic(spec)) return { min: initial, max: initial }
  const conf = spec.sparkConf ?? {}
  const dynamic = spec.dynamicAllocation
  const min = dynamic?.minExecutors ?? nonNegativeInt(conf['spark.dynamicAllocation.minExecutors']) ?? 0
  const max =
    dynamic?.maxExecutors ?? positiveInt(conf['spark.dynamicAllocation.maxExecutors']) ?? Number.POSITIVE_INFINITY
  return { min, max: Math.max(max, min) }
}

/** spec.dynamicAllocation as Spark's properties, for the driver; sparkConf has the rest. */
export const allocationProperties = (spec: SparkApplicationSpec): Readonly<Record<string, string>> => {
  if (!isDynamic(spec)) return {}
  const dynamic = spec.dynamicAllocation
  const named = {
    enabled: true,
    minExecutors: dynamic?.minExecutors,
    maxExecutors: dynamic?.maxExecutors,
    initialExecutors: dynamic?.initialExecutors,
    'shuffleTracking.enabled': dynamic?.shuffleTrackingEnabled,
    'shuffleTracking.timeout': dynamic?.shuffleTrackingTimeout,
  }
  return Object.fromEntries(
    Object.entries(named).flatMap(([key, value]) =>
      value === undefined ? [] : [[`spark.dynamicAllocation.${key}`, String(value)]],
    ),
  )
}

/** Longest wait between tries, in seconds: never shorter than the interval itself. */
export const retryMaxInterval = (spec: SparkApplicationSpec, interval: number): number =>
  Math.max(spec.restartPolicy.onFailureRetryMaxInterval ?? 300, interval)
