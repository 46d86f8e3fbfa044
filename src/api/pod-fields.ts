import { z } from 'zod'
import { cpu, image, memory, memoryOrZero } from './field-kinds.ts'
import { quantity } from './quantity.ts'
import { embedded, embeddedWith, flag, int, listOf, mapOf, text, withRule } from './schema.ts'

const named = { name: text('Its name.', { max: 253 }) }
const mounted = { ...named, path: text('Directory that it is mounted at.', { max: 4096, min: 1 }) }

export const stringMap = (doc: string) => mapOf(doc, text('', { max: 262_144 }), { max: 1024 })

export const labelMap = (doc: string) =>
  withRule(mapOf(doc, text('', { max: 63 }), { max: 128 }), {
    rule: "self.all(k, self[k].matches('^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$'))",
    message: "label values must be letters, digits, '-', '_' and '.', beginning and ending with a letter or digit",
    holds: (labels) =>
      Object.values(labels).every((value) => /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)),
  })

const gpu = z
  .object({
    name: text('Resource name of the device, such as nvidia.com/gpu.', { max: 253, min: 1 }),
    quantity: int('How many.', { min: 0, max: 1024, bits: 64 }),
  })
  .describe('Graphics cards that each pod asks for.')

const port = z.object({
  name: text('Port name.', { max: 63 }),
  protocol: z.enum(['TCP', 'UDP', 'SCTP']).describe('Transport protocol.'),
  containerPort: int('Port number.', { min: 1, max: 65_535 }),
})

const secretKeyRef = z.object({
  name: text('Secret in the same namespace.', { max: 253 }),
  key: text('Key in it.', { max: 253 }),
})

/** What driver and executor share. Source: the published v1beta2 pod fields. */
export const podFields = {
  template: embedded(
    'PodTemplateSpec that the pod is made from; fields set beside it win. Ours: container spark-kubernetes-driver or spark-kubernetes-executor is the one that is completed.',
  ).optional(),
  image: image('Container image; stands before spec.image.').optional(),
  cores: int('CPU cores: the CPU request and the number of tasks at once. Default: sparkConf, else 1.', {
    min: 1,
    max: 1024,
  }).optional(),
  coreRequest: cpu('CPU request, where it is not `cores`.').optional(),
  coreLimit: cpu('CPU limit. Default: none.').optional(),
  memory: memory('Memory without overhead, such as 512m, 1g or 2Gi. Default: sparkConf, else 1g.').optional(),
  memoryLimit: memory('Memory limit. Default: memory plus overhead.').optional(),
  memoryOverhead: memoryOrZero(
    'Memory beside the heap. Default: memoryOverheadFactor × memory, at least 384 MiB.',
  ).optional(),
  gpu: gpu.optional(),
  configMaps: listOf('ConfigMaps mounted as directories.', z.object(mounted), { max: 64 }).optional(),
  secrets: listOf(
    'Secrets mounted as directories.',
    z.object({
      ...mounted,
      secretType: z
        .enum(['GCPServiceAccount', 'HadoopDelegationToken', 'Generic'])
        .describe('What it is for: the first two also set the variable that points at it.'),
    }),
    { max: 64 },
  ).optional(),
  env: listOf('Environment variables (core/v1 EnvVar).', embeddedWith('', named), { max: 1024 }).optional(),
  envVars: stringMap('Environment variables. Deprecated: use env.').optional(),
  envFrom: listOf('ConfigMaps and Secrets whose keys become variables (core/v1 EnvFromSource).', embedded(''), {
    max: 64,
  }).optional(),
  envSecretKeyRefs: mapOf('Variables from Secret keys. Deprecated: use env.', secretKeyRef, { max: 256 }).optional(),
  labels: labelMap('Labels of the pod.').optional(),
  annotations: stringMap('Annotations of the pod.').optional(),
  nodeSelector: labelMap('Labels that the node must have. Excludes spec.nodeSelector.').optional(),
  volumeMounts: listOf(
    'Where volumes of spec.volumes are mounted (core/v1 VolumeMount).',
    embeddedWith('', { ...named, mountPath: text('Path in the container.', { max: 4096, min: 1 }) }),
    { max: 128 },
  ).optional(),
  affinity: embedded('core/v1 Affinity.').optional(),
  tolerations: listOf('core/v1 Tolerations.', embedded(''), { max: 128 }).optional(),
  schedulerName: text('Scheduler that places the pod.', { max: 253 }).optional(),
  podSecurityContext: embedded('core/v1 PodSecurityContext; laid over the restricted defaults.').optional(),
  securityContext: embedded(
    'core/v1 SecurityContext of the main container; laid over the restricted defaults.',
  ).optional(),
  sidecars: listOf('More containers (core/v1 Container).', embeddedWith('', named), { max: 32 }).optional(),
  initContainers: listOf('Containers that run first (core/v1 Container).', embeddedWith('', named), {
    max: 32,
  }).optional(),
  hostNetwork: flag("Use the node's network.").optional(),
  dnsConfig: embedded('core/v1 PodDNSConfig.').optional(),
  hostAliases: listOf('Lines for /etc/hosts (core/v1 HostAlias).', embedded(''), { max: 128 }).optional(),
  shareProcessNamespace: flag("Containers of the pod see each other's processes.").optional(),
  terminationGracePeriodSeconds: int('Time to stop after SIGTERM.', { min: 0, max: 2_147_483, bits: 64 }).optional(),
  serviceAccount: text('ServiceAccount of the pod. Default of the driver: bellows-driver.', { max: 253 }).optional(),
  javaOptions: text('Options for the JVM.', { max: 65_536 }).optional(),
  lifecycle: embedded('core/v1 Lifecycle of the main container.').optional(),
  ports: listOf('More ports of the main container.', port, { max: 64 }).optional(),
  priorityClassName: text('PriorityClass of the pod.', { max: 253 }).optional(),
} as const

type CoreAmounts = { readonly coreRequest?: string | undefined; readonly coreLimit?: string | undefined }

/** On driver and executor: a pod whose request is above its limit is refused by the API server much later. */
export const coreRequestWithinLimit = {
  rule: 'has(self.coreRequest) && has(self.coreLimit) && isQuantity(self.coreRequest) && isQuantity(self.coreLimit) ? quantity(self.coreRequest).compareTo(quantity(self.coreLimit)) <= 0 : true',
  at: 'coreRequest',
  message: 'coreRequest must not be above coreLimit',
  holds: ({ coreRequest, coreLimit }: CoreAmounts): boolean => {
    const request = coreRequest === undefined ? undefined : quantity(coreRequest)
    const limit = coreLimit === undefined ? undefined : quantity(coreLimit)
    return request === undefined || limit === undefined || request <= limit
  },
}
