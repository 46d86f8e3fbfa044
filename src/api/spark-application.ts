import { z } from 'zod'
import { image } from './field-kinds.ts'
import type { DeepReadonly, Metadata } from './meta.ts'
import { coreRequestWithinLimit, labelMap, podFields, stringMap } from './pod-fields.ts'
import { embeddedWith, flag, int, listOf, text, withRule } from './schema.ts'
import {
  batchSchedulerOptions,
  dependencies,
  driverIngress,
  dynamicAllocation,
  monitoring,
  restartPolicy,
  sparkUiOptions,
} from './spark-application-parts.ts'
import type { sparkApplicationStatusSchema } from './spark-application-status.ts'

/** Types that the bundled engine runs; the others are Apache Spark's. */
export const BUNDLED_TYPES = ['SQL', 'TypeScript', 'JavaScript'] as const
export const APACHE_SPARK_TYPES = ['Java', 'Scala', 'Python', 'R'] as const
export type BundledType = (typeof BUNDLED_TYPES)[number]

export const isBundled = (type: string): type is BundledType => (BUNDLED_TYPES as readonly string[]).includes(type)

export const MAX_PROGRAM = 262_144

const driver = withRule(
  z
    .object({
      ...podFields,
      podName: withRule(text('Name of the driver pod. Default: <name>-driver.', { max: 63, min: 1 }), {
        rule: "self.matches('^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$')",
        message: "podName must be lower-case letters, digits, '-' and '.', beginning and ending with a letter or digit",
        holds: (name) => /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name),
      }).optional(),
      kubernetesMaster: text('Address of the API server as the driver sees it.', { max: 2048 }).optional(),
      serviceAnnotations: stringMap("Annotations of the driver's headless Service.").optional(),
      serviceLabels: labelMap("Labels of the driver's headless Service.").optional(),
    })
    .describe('The driver pod.'),
  coreRequestWithinLimit,
)

const executor = withRule(
  z
    .object({
      ...podFields,
      instances: int('Number of executors. Default: sparkConf, else 1; with dynamic allocation its own numbers.', {
        min: 1,
        max: 10_000,
      }).optional(),
      deleteOnTermination: flag('Delete executor pods when they have ended. Default: true.').optional(),
    })
    .describe('The executor pods.'),
  coreRequestWithinLimit,
)

const fields = z
  .object({
    type: z
      .enum([...APACHE_SPARK_TYPES, ...BUNDLED_TYPES])
      .describe('Language of the program. SQL, TypeScript and JavaScript run on the bundled engine.'),
    mode: z
      .enum(['cluster', 'client'])
      .default('cluster')
      .describe('Where the driver runs. Only `cluster`, a pod of its own, is carried out.'),
    sparkVersion: text('Version of Apache Spark in the image. Required for Java, Scala, Python and R.', {
      max: 64,
    }).optional(),
    image: image(
      "Container image of driver and executors. Default for SQL, TypeScript and JavaScript: the operator's.",
    ).optional(),
    imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).describe('When the image is pulled.').optional(),
    imagePullSecrets: listOf('Secrets with registry credentials.', text('', { max: 253 }), { max: 32 }).optional(),
    program: text('The program itself instead of a file: SQL, TypeScript or JavaScript.', {
      max: MAX_PROGRAM,
      min: 1,
    }).optional(),
    mainApplicationFile: text('Path (local://, a mounted volume) or URL of the program.', {
      max: 4096,
      min: 1,
    }).optional(),
    mainClass: text('Main class, for Java and Scala.', { max: 1024 }).optional(),
    arguments: listOf('Arguments of the program.', text('', { max: 131_072 }), { max: 4096 }).optional(),
    suspend: flag(
      'True: do not start; a running application is stopped and its pods deleted. Kueue sets it.',
    ).optional(),
    proxyUser: text('User that the program acts for (Hadoop).', { max: 253 }).optional(),
    sparkConf: stringMap('Spark configuration properties.').optional(),
    hadoopConf: stringMap('Hadoop configuration properties.').optional(),
    sparkConfigMap: text("ConfigMap with Spark's configuration files.", { max: 253 }).optional(),
    hadoopConfigMap: text("ConfigMap with Hadoop's configuration files.", { max: 253 }).optional(),
    volumes: listOf(
      'Volumes that driver and executors can mount (core/v1 Volume).',
      embeddedWith('', { name: text('Its name.', { max: 63, min: 1 }) }),
      { max: 128 },
    ).optional(),
    driver: driver.prefault({}),
    executor: executor.prefault({}),
    deps: dependencies.optional(),
    restartPolicy: restartPolicy.prefault({}),
    failureRetries: int('Never had an effect; use restartPolicy.onFailureRetries. Deprecated.', { min: 0 }).optional(),
    retryInterval: int('Never had an effect; use restartPolicy.onFailureRetryInterval. Deprecated.', {
      min: 0,
      bits: 64,
    }).optional(),
    activeDeadlineSeconds: int(
      'Longest time from the first submission to the end, retries included, in seconds; then its pods are deleted and it has failed. Ours.',
      { min: 1, max: 2_147_483, bits: 64 },
    ).optional(),
    timeToLiveSeconds: int('Delete the application so long after its end, in seconds; 0 or less: at once.', {
      min: -2_147_483,
      max: 2_147_483_647,
      bits: 64,
    }).optional(),
    nodeSelector: labelMap('Labels that the nodes of all pods must have.').optional(),
    memoryOverheadFactor: withRule(
      text('Memory beside the heap as a fraction of it. Default: 0.4 for Python and R, else 0.1.', { max: 16 }),
      {
        rule: "self.matches('^([0-9]+([.][0-9]*)?|[.][0-9]+)$')",
        message: "must be a decimal fraction in quotes, such as '0.2'",
        holds: (factor) => /^([0-9]+([.][0-9]*)?|[.][0-9]+)$/.test(factor),
      },
    ).optional(),
    pythonVersion: z.enum(['2', '3']).describe("Python's major version.").optional(),
    monitoring: monitoring.optional(),
    batchScheduler: text('Name of the batch scheduler: volcano, yunikorn, a kube-scheduler.', { max: 253 }).optional(),
    batchSchedulerOptions: batchSchedulerOptions.optional(),
    sparkUIOptions: sparkUiOptions.optional(),
    driverIngressOptions: listOf('Services and Ingresses to ports of the driver.', driverIngress, {
      max: 64,
    }).optional(),
    dynamicAllocation: dynamicAllocation.optional(),
    driverPodDisruptionBudget: flag('Keep the driver pod from voluntary eviction.').optional(),
  })
  .describe('What to run and how.')

type Fields = z.output<typeof fields>

const BUNDLED_CEL = `self.type in ['${BUNDLED_TYPES.join("', '")}']`
const BUNDLED_WORDS = 'SQL, TypeScript and JavaScript'

const rules = [
  {
    rule: `!(${BUNDLED_CEL}) || has(self.program) != has(self.mainApplicationFile)`,
    message: `types ${BUNDLED_WORDS} need exactly one of program (the text itself) and mainApplicationFile (a path or URL)`,
    holds: (spec: Fields) =>
      !isBundled(spec.type) || (spec.program !== undefined) !== (spec.mainApplicationFile !== undefined),
  },
  {
    rule: `${BUNDLED_CEL} || !has(self.program)`,
    at: 'program',
    message: `program is for types ${BUNDLED_WORDS}; set mainApplicationFile instead`,
    holds: (spec: Fields) => isBundled(spec.type) || spec.program === undefined,
  },
  {
    rule: `${BUNDLED_CEL} || has(self.mainApplicationFile)`,
    at: 'mainApplicationFile',
    message: 'mainApplicationFile is required for types Java, Scala, Python and R',
    holds: (spec: Fields) => isBundled(spec.type) || spec.mainApplicationFile !== undefined,
  },
  {
    rule: `${BUNDLED_CEL} || has(self.sparkVersion)`,
    at: 'sparkVersion',
    message: 'sparkVersion is required for types Java, Scala, Python and R',
    holds: (spec: Fields) => isBundled(spec.type) || spec.sparkVersion !== undefined,
  },
  {
    rule: '!has(self.nodeSelector) || (!has(self.driver.nodeSelector) && !has(self.executor.nodeSelector))',
    at: 'nodeSelector',
    message: 'set either nodeSelector or driver.nodeSelector and executor.nodeSelector, not both',
    holds: (spec: Fields) =>
      spec.nodeSelector === undefined ||
      (spec.driver.nodeSelector === undefined && spec.executor.nodeSelector === undefined),
  },
]

export const sparkApplicationSpecSchema = rules.reduce<typeof fields>((schema, rule) => withRule(schema, rule), fields)

/** As stored: defaults are in. */
export type SparkApplicationSpec = DeepReadonly<Fields>
/** As written by people: everything with a default may be left out. */
export type SparkApplicationSpecInput = DeepReadonly<z.input<typeof fields>>
export type SparkApplicationStatus = DeepReadonly<z.output<typeof sparkApplicationStatusSchema>>
export type DriverSpec = SparkApplicationSpec['driver']
export type ExecutorSpec = SparkApplicationSpec['executor']
export type RestartPolicy = SparkApplicationSpec['restartPolicy']
export type ApplicationType = SparkApplicationSpec['type']

export type SparkApplication = {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: Metadata
  readonly spec: SparkApplicationSpec
  readonly status?: SparkApplicationStatus
}
