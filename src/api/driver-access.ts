import { MANAGED_BY, MANAGED_BY_BELLOWS } from './labels.ts'

export const DRIVER_ACCOUNT = 'bellows-driver'

/**
 * What a driver may do in its namespace: look after its executor pods, nothing else. The operator's ClusterRole holds
 * the same, or the API server would refuse the operator to hand it on.
 */
export const DRIVER_RULES = [
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
] as const

const RBAC = 'rbac.authorization.k8s.io'

/** The objects that a namespace needs before a driver can run in it, in the order to create them. */
export const driverAccess = (namespace: string) => {
  const metadata = { name: DRIVER_ACCOUNT, namespace, labels: { [MANAGED_BY]: MANAGED_BY_BELLOWS } }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: DRIVER_RULES },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name: DRIVER_ACCOUNT },
      subjects: [{ kind: 'ServiceAccount', name: DRIVER_ACCOUNT, namespace }],
    },
  ] as const
}
