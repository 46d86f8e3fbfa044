import { podAmounts } from '../api/effective.ts'
import { DRIVER_CONTAINER, EXECUTOR_CONTAINER } from '../api/labels.ts'
import type { SparkApplicationSpec } from '../api/spark-application.ts'
import type { Container, EnvVar, PodSpec, Volume, VolumeMount } from '../kube/pod.ts'
import { distinctBy, mountsOf, type OwnVolumes } from './pod-volumes.ts'
import { type ImageUser, mainContainerSecurity, podSecurity, withContainerSecurity } from './security.ts'

type Fields = Readonly<Record<string, unknown>>

/** What the role of the pod adds to what the user wrote. */
export interface PodRole {
  readonly role: 'driver' | 'executor'
  /** Image where neither spec nor template names one. */
  readonly defaultImage?: string | undefined
  readonly imageUser: ImageUser
  readonly args: readonly string[]
  /** Give way to what the user sets under these names. */
  readonly defaultEnv: readonly EnvVar[]
  /** Stand before whatever the user sets under these names. */
  readonly env: readonly EnvVar[]
  readonly ports?: readonly ContainerPort[]
  /** Limits of devices, by resource name. */
  readonly devices?: Readonly<Record<string, string | number>>
  readonly own: OwnVolumes
  readonly serviceAccountName: string | undefined
  readonly automountServiceAccountToken: boolean
  readonly activeDeadlineSeconds?: number
}

export interface ContainerPort {
  readonly name: string
  readonly protocol: 'TCP' | 'UDP' | 'SCTP'
  readonly containerPort: number
}

/**
 * The pod spec of driver or executor: the user's template, then the fields beside it, then what the role demands.
 * Satisfies Pod Security "restricted" unless the user asks for more.
 */
export const podSpec = (spec: SparkApplicationSpec, wanted: PodRole): PodSpec => {
  const pod = spec[wanted.role]
  const template = asFields(asFields(pod.template)?.spec) ?? {}
  const name = wanted.role === 'driver' ? DRIVER_CONTAINER : EXECUTOR_CONTAINER
  const templateContainers = asList<Container>(template.containers)
  const templateMain = templateContainers.find((each) => each.name === name)
  const sidecars = distinctBy(
    [...templateContainers.filter((each) => each.name !== name), ...asList<Container>(pod.sidecars)],
    (each) => each.name,
  ).map(withContainerSecurity)
  const initContainers = distinctBy(
    [...asList<Container>(template.initContainers), ...asList<Container>(pod.initContainers)],
    (each) => each.name,
  ).map(withContainerSecurity)
  const mounted = mountsOf(spec, pod, wanted.own, {
    volumes: asList<Volume>(template.volumes),
    containers: [...sidecars, ...initContainers],
    mounts: asList<VolumeMount>(templateMain?.volumeMounts),
  })
  const main: Container = {
    ...templateMain,
    name,
    ...present({
      image: pod.image || spec.image || templateMain?.image || wanted.defaultImage,
      imagePullPolicy: spec.imagePullPolicy ?? templateMain?.imagePullPolicy,
      envFrom: nonEmpty([...asList(templateMain?.envFrom), ...(pod.envFrom ?? [])]),
      ports: nonEmpty(
        portsOf(wanted.ports ?? [], [...asList<ContainerPort>(templateMain?.ports), ...(pod.ports ?? [])]),
      ),
      lifecycle: pod.lifecycle ?? templateMain?.lifecycle,
    }),
    args: wanted.args,
    env: environment(spec, wanted, templateMain, mounted.env),
    resources: resources(spec, wanted, templateMain),
    volumeMounts: mounted.mounts,
    securityContext: mainContainerSecurity(wanted.imageUser, {
      ...asFields(templateMain?.securityContext),
      ...asFields(pod.securityContext),
    }),
    terminationMessagePolicy: 'FallbackToLogsOnError',
  }
  return {
    ...template,
    ...present({
      serviceAccountName:
        pod.serviceAccount ?? (template.serviceAccountName as string | undefined) ?? wanted.serviceAccountName,
      nodeSelector: merged(template.nodeSelector, spec.nodeSelector, pod.nodeSelector),
      tolerations: nonEmpty([...asList(template.tolerations), ...(pod.tolerations ?? [])]),
      affinity: pod.affinity ?? template.affinity,
      imagePullSecrets: nonEmpty([
        ...asList(template.imagePullSecrets),
        ...(spec.imagePullSecrets ?? []).map((each) => ({ name: each })),
      ]),
      schedulerName: pod.schedulerName ?? template.schedulerName,
      priorityClassName: pod.priorityClassName ?? template.priorityClassName,
      hostNetwork: pod.hostNetwork ?? template.hostNetwork,
      dnsPolicy: template.dnsPolicy ?? (pod.hostNetwork === true ? 'ClusterFirstWithHostNet' : undefined),
      dnsConfig: pod.dnsConfig ?? template.dnsConfig,
      hostAliases: nonEmpty([...asList(template.hostAliases), ...(pod.hostAliases ?? [])]),
      shareProcessNamespace: pod.shareProcessNamespace ?? template.shareProcessNamespace,
      terminationGracePeriodSeconds:
        pod.terminationGracePeriodSeconds ?? (template.terminationGracePeriodSeconds as number | undefined),
      activeDeadlineSeconds: wanted.activeDeadlineSeconds ?? (template.activeDeadlineSeconds as number | undefined),
      initContainers: nonEmpty(initContainers),
    }),
    automountServiceAccountToken:
      (template.automountServiceAccountToken as boolean | undefined) ?? wanted.automountServiceAccountToken,
    enableServiceLinks: (template.enableServiceLinks as boolean | undefined) ?? false,
    restartPolicy: 'Never',
    securityContext: podSecurity(wanted.imageUser, {
      ...asFields(template.securityContext),
      ...asFields(pod.podSecurityContext),
    }),
    containers: [main, ...sidecars],
    volumes: mounted.volumes,
  }
}

const environment = (
  spec: SparkApplicationSpec,
  wanted: PodRole,
  templateMain: Container | undefined,
  mounts: readonly EnvVar[],
): readonly EnvVar[] => {
  const pod = spec[wanted.role]
  return distinctBy(
    [
      ...wanted.defaultEnv,
      ...mounts,
      ...(templateMain?.env ?? []),
      ...Object.entries(pod.envVars ?? {}).map(([name, value]) => ({ name, value })),
      ...Object.entries(pod.envSecretKeyRefs ?? {}).map(([name, ref]) => ({
        name,
        valueFrom: { secretKeyRef: { name: ref.name, key: ref.key } },
      })),
      ...((pod.env ?? []) as readonly EnvVar[]),
      ...wanted.env,
    ],
    ({ name }) => name,
  )
}

/** Ours first; one of the user's with the same name or number takes its place. */
const portsOf = (ours: readonly ContainerPort[], theirs: readonly ContainerPort[]): readonly ContainerPort[] => [
  ...ours.filter(({ name, containerPort }) =>
    theirs.every((each) => each.name !== name && each.containerPort !== containerPort),
  ),
  ...theirs,
]

/** Source: Spark, BasicDriverFeatureStep: request = limit = memory + overhead; a CPU limit only where one is set. */
const resources = (
  spec: SparkApplicationSpec,
  wanted: PodRole,
  templateMain: Container | undefined,
): NonNullable<Container['resources']> => {
  const amounts = podAmounts(spec, wanted.role)
  const request = Math.min(amounts.memoryMib + amounts.overheadMib, amounts.limitMib)
  return {
    ...templateMain?.resources,
    requests: { ...templateMain?.resources?.requests, cpu: amounts.cpuRequest, memory: `${request}Mi` },
    limits: {
      ...templateMain?.resources?.limits,
      ...wanted.devices,
      ...(amounts.cpuLimit === undefined ? {} : { cpu: amounts.cpuLimit }),
      memory: `${amounts.limitMib}Mi`,
    },
  }
}

const asFields = (value: unknown): Fields | undefined =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined

const asList = <T>(value: unknown): readonly T[] => (Array.isArray(value) ? (value as readonly T[]) : [])

const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list)

const merged = (...maps: readonly unknown[]): Fields | undefined => {
  const all = Object.assign({}, ...maps.map((map) => asFields(map) ?? {})) as Fields
  return Object.keys(all).length === 0 ? undefined : all
}

const present = <T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
