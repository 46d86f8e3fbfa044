/** Where a kind lives in the API: the group, version and plural that make its path. */
export interface ResourceType {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Whether `status` is a subresource: then writes to the object ignore status and writes to /status ignore the rest. */
  readonly statusSubresource: boolean
}

export const apiVersionOf = (type: ResourceType): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`

/** `pods`, `sparkapplications.sparkoperator.k8s.io`: how kubectl and metrics name the kind. */
export const resourceName = (type: ResourceType): string =>
  type.group === '' ? type.plural : `${type.plural}.${type.group}`

const core = (kind: string, plural: string, options: Partial<ResourceType> = {}): ResourceType => ({
  group: '',
  version: 'v1',
  kind,
  plural,
  namespaced: true,
  statusSubresource: false,
  ...options,
})

export const Pods = core('Pod', 'pods', { statusSubresource: true })
export const ConfigMaps = core('ConfigMap', 'configmaps')
export const Secrets = core('Secret', 'secrets')
export const Services = core('Service', 'services', { statusSubresource: true })
export const ServiceAccounts = core('ServiceAccount', 'serviceaccounts')
export const Namespaces = core('Namespace', 'namespaces', { namespaced: false, statusSubresource: true })
export const Nodes = core('Node', 'nodes', { namespaced: false, statusSubresource: true })
export const Roles: ResourceType = {
  ...core('Role', 'roles'),
  group: 'rbac.authorization.k8s.io',
}
export const RoleBindings: ResourceType = {
  ...core('RoleBinding', 'rolebindings'),
  group: 'rbac.authorization.k8s.io',
}
export const Leases: ResourceType = { ...core('Lease', 'leases'), group: 'coordination.k8s.io' }
export const Events: ResourceType = { ...core('Event', 'events'), group: 'events.k8s.io' }
export const Ingresses: ResourceType = { ...core('Ingress', 'ingresses'), group: 'networking.k8s.io' }
export const PodDisruptionBudgets: ResourceType = {
  ...core('PodDisruptionBudget', 'poddisruptionbudgets'),
  group: 'policy',
}
