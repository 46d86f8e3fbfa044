import { z } from 'zod'
import { labelMap, stringMap } from './pod-fields.ts'
import { embedded, flag, int, intOrString, listOf, mapOf, text, withRule } from './schema.ts'

const strings = (doc: string, options: { readonly max: number; readonly length: number }) =>
  listOf(doc, text('', { max: options.length }), { max: options.max })

const urls = (doc: string) => strings(doc, { max: 512, length: 4096 }).optional()

export const dependencies = z
  .object({
    jars: urls('Jars for driver and executors.'),
    files: urls('Files placed in the working directory of each executor.'),
    pyFiles: urls('.zip, .egg or .py files for PYTHONPATH.'),
    packages: urls('Maven coordinates fetched with what they need.'),
    excludePackages: urls('Maven coordinates left out of `packages`.'),
    repositories: urls('More Maven repositories.'),
    archives: urls('Archives unpacked in the working directory of each executor.'),
  })
  .describe('What the program needs besides its main file.')

/** Seconds up to the longest timer that cannot overflow (2^31 ms). */
const timerSeconds = (doc: string, min: number, bits: 32 | 64 = 64) => int(doc, { min, max: 2_147_483, bits })

export const restartPolicy = z
  .object({
    type: z
      .enum(['Never', 'Always', 'OnFailure'])
      .default('Never')
      .describe(
        'Run again after a failure, always, or never. With OnFailure and Always, runs lost to the infrastructure are retried besides.',
      ),
    onFailureRetries: int('OnFailure: further runs after a failed one. Default: 0.', {
      min: 0,
      max: 1_000_000,
    }).optional(),
    onFailureRetryInterval: timerSeconds(
      'Wait before the first further run, in seconds; doubled for each next one.',
      1,
    ).default(5),
    onFailureRetryMaxInterval: timerSeconds(
      'Longest wait, in seconds. Default: 300, or the interval where that is longer. Ours.',
      1,
    ).optional(),
    onSubmissionFailureRetries: int('Further submissions after one that the API server refused. Default: 0.', {
      min: 0,
      max: 1_000_000,
    }).optional(),
    onSubmissionFailureRetryInterval: timerSeconds('Wait before the first further submission, in seconds.', 1).default(
      5,
    ),
    onInfrastructureFailureRetries: int(
      'Further runs when the driver was lost to its surroundings (eviction, node loss, preemption), counted apart from failures of the program. Default: 3, and 0 where `type` is Never. Ours.',
      { min: 0, max: 1000 },
    ).optional(),
  })
  .describe('When the application runs again.')

export const monitoring = z
  .object({
    exposeDriverMetrics: flag('Metrics of the driver.'),
    exposeExecutorMetrics: flag('Metrics of the executors.'),
    metricsProperties: text('Text of metrics.properties.', { max: 262_144 }).optional(),
    metricsPropertiesFile: text('Path of metrics.properties in the image.', { max: 4096 }).optional(),
    prometheus: z
      .object({
        jmxExporterJar: text('Path of the JMX exporter in the image.', { max: 4096 }),
        port: int('Port of the exporter.', { min: 1024, max: 49_151 }).default(8090),
        portName: text('Name of that port.', { max: 15 }).default('jmx-exporter'),
        configFile: text('Path of its configuration in the image.', { max: 4096 }).optional(),
        configuration: text('Text of its configuration.', { max: 262_144 }).optional(),
      })
      .describe('Metrics for Prometheus. The bundled engine serves them without the jar.')
      .optional(),
  })
  .describe('Metrics of the application.')

const serviceType = () =>
  z.enum(['ClusterIP', 'NodePort', 'LoadBalancer', 'ExternalName']).describe('Type of the Service.')

const ingressTls = listOf('networking/v1 IngressTLS.', embedded(''), { max: 64 })

export const sparkUiOptions = z
  .object({
    servicePort: int('Port of the Service.', { min: 1, max: 65_535 }).optional(),
    servicePortName: text('Name of that port.', { max: 63 }).default('spark-driver-ui-port'),
    serviceType: serviceType().default('ClusterIP'),
    serviceAnnotations: stringMap('Annotations of the Service.').optional(),
    serviceLabels: labelMap('Labels of the Service.').optional(),
    ingressAnnotations: stringMap('Annotations of the Ingress.').optional(),
    ingressTLS: ingressTls.optional(),
  })
  .describe('Service and Ingress of the web page.')

export const driverIngress = z.object({
  servicePort: int('Port of the Service and of the driver.', { min: 1, max: 65_535 }),
  servicePortName: text('Name of that port.', { max: 63 }),
  serviceType: serviceType().optional(),
  serviceAnnotations: stringMap('Annotations of the Service.').optional(),
  serviceLabels: labelMap('Labels of the Service.').optional(),
  ingressURLFormat: text('URL of the Ingress; {{$appName}}, {{$appNamespace}} and {{$appId}} are filled in.', {
    max: 2048,
  }).optional(),
  ingressAnnotations: stringMap('Annotations of the Ingress.').optional(),
  ingressTLS: ingressTls.optional(),
})

const executorCount = (doc: string, min: number) => int(doc, { min, max: 10_000 }).optional()

export const dynamicAllocation = withRule(
  z
    .object({
      enabled: flag('Executors come and go with the work.').optional(),
      initialExecutors: executorCount('Executors to begin with.', 0),
      minExecutors: executorCount('Fewest executors. Default: 0.', 0),
      maxExecutors: executorCount('Most executors.', 1),
      shuffleTrackingEnabled: flag('Keep executors whose shuffled data is still needed.').default(true),
      shuffleTrackingTimeout: int('Give such executors up after so long, in milliseconds.', {
        min: 0,
        bits: 64,
      }).optional(),
    })
    .describe('Number of executors by demand.'),
  {
    rule: '!has(self.minExecutors) || !has(self.maxExecutors) || self.minExecutors <= self.maxExecutors',
    at: 'minExecutors',
    message: 'minExecutors must not be above maxExecutors',
    holds: ({ minExecutors, maxExecutors }) =>
      minExecutors === undefined || maxExecutors === undefined || minExecutors <= maxExecutors,
  },
)

export const batchSchedulerOptions = z
  .object({
    queue: text('Queue of the batch scheduler.', { max: 253 }).optional(),
    priorityClassName: text('PriorityClass of the group.', { max: 253 }).optional(),
    resources: mapOf('Resources that the group waits for.', intOrString(''), {
      max: 64,
    }).optional(),
  })
  .describe('Options of the batch scheduler.')
