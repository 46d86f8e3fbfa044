import type { Volume, VolumeMount } from '../../kube/pod.ts'

type Texts = Readonly<Record<string, string>>

export interface ConfVolumes {
  readonly volumes: readonly Volume[]
  readonly mounts: readonly VolumeMount[]
}

/** Claims of this name Spark makes itself, one a pod. */
export const ON_DEMAND = 'OnDemand'

/**
 * Volumes written as `<type>.<name>.mount.path`, `<type>.<name>.options.…`. Source: Spark, KubernetesVolumeUtils and
 * MountVolumesFeatureStep. Types that Spark does not know are left out here and refused by `confVolumeProblem`.
 */
export const volumesOf = (properties: Texts): ConfVolumes => {
  const found = named(properties)
  return {
    volumes: found.flatMap(({ type, name, option }) => {
      const source = sourceOf(type, option)
      return source === undefined ? [] : [{ name, ...source }]
    }),
    mounts: found.map(({ name, text }) => ({
      name,
      mountPath: text('mount.path') ?? '',
      readOnly: text('mount.readOnly') === 'true',
      ...(text('mount.subPath') ? { subPath: text('mount.subPath') as string } : {}),
      ...(text('mount.subPathExpr') ? { subPathExpr: text('mount.subPathExpr') as string } : {}),
    })),
  }
}

/** Why volumes of the driver that sparkConf asks for cannot be had. */
export const confVolumeProblem = (properties: Texts): string | undefined => {
  for (const { type, name, text, option } of named(properties)) {
    const key = `spark.kubernetes.driver.volumes.${type}.${name}`
    if (sourceOf(type, option) === undefined) return `${key}: there is no volume type ${type}`
    if (text('mount.path') === undefined) return `${key}.mount.path is missing`
    if (type === 'persistentVolumeClaim' && option('claimName') === ON_DEMAND)
      return `${key}.options.claimName=${ON_DEMAND} is for executors; give the driver a volume with an ephemeral claim in spec.volumes`
  }
  return undefined
}

const named = (properties: Texts) =>
  [...new Set(Object.keys(properties).map((key) => key.split('.').slice(0, 2).join('.')))].sort().map((prefix) => {
    const [type = '', name = ''] = prefix.split('.')
    const text = (key: string): string | undefined => properties[`${prefix}.${key}`]
    return { type, name, text, option: (key: string) => text(`options.${key}`) }
  })

const sourceOf = (type: string, option: (key: string) => string | undefined): Omit<Volume, 'name'> | undefined => {
  switch (type) {
    case 'hostPath':
      return { hostPath: { path: option('path') ?? '', type: option('type') ?? '' } }
    case 'persistentVolumeClaim':
      return { persistentVolumeClaim: { claimName: option('claimName') ?? '' } }
    case 'emptyDir':
      return {
        emptyDir: {
          ...(option('medium') === undefined ? {} : { medium: option('medium') }),
          ...(option('sizeLimit') === undefined ? {} : { sizeLimit: option('sizeLimit') }),
        },
      }
    case 'nfs':
      return { nfs: { server: option('server') ?? '', path: option('path') ?? '' } }
    default:
      return undefined
  }
}
