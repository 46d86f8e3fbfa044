import type { SparkApplicationSpec } from '../api/spark-application.ts'
import type { Container, EnvVar, Volume, VolumeMount } from '../kube/pod.ts'

type PodFields = SparkApplicationSpec['driver'] | SparkApplicationSpec['executor']

/** What a pod mounts and the variables that point at it. */
export interface Mounts {
  readonly volumes: readonly Volume[]
  /** Of the main container. */
  readonly mounts: readonly VolumeMount[]
  readonly env: readonly EnvVar[]
}

const LOCAL_DIR = 'spark-local-dir-'
export const SPILL_DIRECTORY = '/var/data/spark'
export const CONF_VOLUME = 'bellows-conf'
export const CONF_DIRECTORY = '/etc/bellows'

/** What the operator itself mounts in a pod. */
export interface OwnVolumes {
  /** Nobody overrides these names. */
  readonly volumes: readonly Volume[]
  readonly mounts: readonly VolumeMount[]
  /** Directories to spill to where the user mounts no volume spark-local-dir-…; in memory where `medium` says so. */
  readonly spill?: { readonly paths: readonly string[]; readonly medium?: 'Memory' }
}

/**
 * Volumes and mounts of one pod: the operator's own, room to spill, the ConfigMaps and Secrets of the spec, and those of
 * spec.volumes that a container of this pod mounts. A volume spark-local-dir-… that the user mounts takes the place of
 * ours, as in Spark.
 */
export const mountsOf = (
  spec: SparkApplicationSpec,
  pod: PodFields,
  own: OwnVolumes,
  others: {
    readonly volumes: readonly Volume[]
    readonly containers: readonly Container[]
    readonly mounts: readonly VolumeMount[]
  },
): Mounts => {
  const theirMounts = distinctBy(
    [...others.mounts, ...((pod.volumeMounts ?? []) as readonly VolumeMount[])],
    ({ mountPath }) => mountPath,
  )
  const declared = distinctBy([...others.volumes, ...((spec.volumes ?? []) as readonly Volume[])], ({ name }) => name)
  const local = localDirectories(theirMounts, own.spill)
  const refs = references(pod)
  const mounts = distinctBy(
    [...own.mounts, ...local.mounts, ...refs.mounts, ...theirMounts],
    ({ mountPath }) => mountPath,
  )
  const wanted = new Set(
    [...mounts, ...others.containers.flatMap(({ volumeMounts }) => volumeMounts ?? [])].map(({ name }) => name),
  )
  const templateNames = new Set(others.volumes.map(({ name }) => name))
  const volumes = distinctBy(
    [...local.volumes, ...refs.volumes, ...declared, ...own.volumes],
    ({ name }) => name,
  ).filter(({ name }) => wanted.has(name) || templateNames.has(name))
  return {
    volumes,
    mounts,
    env: [{ name: 'SPARK_LOCAL_DIRS', value: local.paths.join(',') }, ...refs.env],
  }
}

/** Source: Spark, LocalDirsFeatureStep: what counts is what this pod mounts. */
const localDirectories = (theirMounts: readonly VolumeMount[], spill: OwnVolumes['spill']) => {
  const theirs = theirMounts.filter(({ name }) => name.startsWith(LOCAL_DIR)).map(({ mountPath }) => mountPath)
  const paths = theirs.length > 0 ? theirs : (spill?.paths ?? [SPILL_DIRECTORY])
  if (theirs.length > 0) return { volumes: [], mounts: [], paths }
  const named = paths.map((mountPath, index) => ({ name: `${LOCAL_DIR}${index + 1}`, mountPath }))
  const emptyDir = spill?.medium === undefined ? {} : { medium: spill.medium }
  return { volumes: named.map(({ name }) => ({ name, emptyDir })), mounts: named, paths }
}

/** `configMaps` and `secrets` of driver and executor. Source: published; names of volumes and key files are its own. */
const references = (pod: PodFields): Mounts => {
  const configMaps = (pod.configMaps ?? []).map(({ name, path }) => ({
    volume: { name: volumeName(name, 'configmap'), configMap: { name } },
    path,
    env: [] as readonly EnvVar[],
  }))
  const secrets = (pod.secrets ?? []).map(({ name, path, secretType }) => ({
    volume: { name: volumeName(name, 'secret'), secret: { secretName: name } },
    path,
    env: secretEnv(secretType, path),
  }))
  const all = [...configMaps, ...secrets]
  return {
    volumes: all.map(({ volume }) => volume),
    mounts: all.map(({ volume, path }) => ({ name: volume.name, mountPath: path })),
    env: all.flatMap(({ env }) => env),
  }
}

const volumeName = (name: string, kind: string): string => `${name.replaceAll('.', '-').slice(0, 50)}-${kind}`

const secretEnv = (type: string, path: string): readonly EnvVar[] => {
  switch (type) {
    case 'GCPServiceAccount':
      return [{ name: 'GOOGLE_APPLICATION_CREDENTIALS', value: `${path}/key.json` }]
    case 'HadoopDelegationToken':
      return [{ name: 'HADOOP_TOKEN_FILE_LOCATION', value: `${path}/hadoop.token` }]
    default:
      return []
  }
}

/** The last of equals wins, in the place of the first. */
export const distinctBy = <T>(items: readonly T[], key: (item: T) => string): readonly T[] => [
  ...new Map(items.map((item) => [key(item), item])).values(),
]
