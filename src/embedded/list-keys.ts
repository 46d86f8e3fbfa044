/**
 * How the items of a list, or the fields of a map, are told apart when field managers share it: by key fields, by value
 * ('set'), or not at all ('atomic'). Source: x-kubernetes-list-type and x-kubernetes-map-type of the published OpenAPI.
 * Keys of the table are field names joined by dots; items of a list add nothing to the path.
 */
export type ListKeys = Readonly<Record<string, readonly string[] | 'set' | 'atomic'>>

const metadata: ListKeys = { 'metadata.ownerReferences': ['uid'], 'metadata.finalizers': 'set' }

const container = (path: string): ListKeys => ({
  [path]: ['name'],
  [`${path}.env`]: ['name'],
  [`${path}.env.valueFrom.fieldRef`]: 'atomic',
  [`${path}.env.valueFrom.secretKeyRef`]: 'atomic',
  [`${path}.env.valueFrom.configMapKeyRef`]: 'atomic',
  [`${path}.env.valueFrom.resourceFieldRef`]: 'atomic',
  [`${path}.ports`]: ['containerPort', 'protocol'],
  [`${path}.volumeMounts`]: ['mountPath'],
  [`${path}.volumeDevices`]: ['devicePath'],
})

export const podListKeys: ListKeys = {
  ...metadata,
  ...container('spec.containers'),
  ...container('spec.initContainers'),
  'spec.volumes': ['name'],
  'spec.imagePullSecrets': ['name'],
  'spec.hostAliases': ['ip'],
  'spec.schedulingGates': ['name'],
  'spec.topologySpreadConstraints': ['topologyKey', 'whenUnsatisfiable'],
  'spec.nodeSelector': 'atomic',
  'status.conditions': ['type'],
  'status.podIPs': ['ip'],
}

export const serviceListKeys: ListKeys = {
  ...metadata,
  'spec.ports': ['port', 'protocol'],
  'spec.selector': 'atomic',
  'status.conditions': ['type'],
}

/** For every other kind: status.conditions by type, the rest atomic. */
export const defaultListKeys: ListKeys = { ...metadata, 'status.conditions': ['type'] }

/** Key fields that the schema fills in where the user leaves them out. */
export const keyFieldDefaults: Readonly<Record<string, unknown>> = { protocol: 'TCP' }
