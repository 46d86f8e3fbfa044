import { MANAGED_BY, MANAGED_BY_BELLOWS } from './labels.ts'

/** Who runs a driver: the bundled engine, or Apache Spark. */
export type Engine = 'bundled' | 'spark'

export const DRIVER_ACCOUNT = 'bellows-driver'
export const SPARK_DRIVER_ACCOUNT = 'bellows-spark-driver'

interface PolicyRule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * What a driver may do in its namespace: look after its executor pods, and for Spark after the claims it makes for them.
 * The operator's ClusterRole holds the same, or the API server would refuse the operator to hand it on.
 */
export const DRIVER_RULES: Readonly<Record<Engine, readonly PolicyRule[]>> = {
  bundled: [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] }],
  spark: [
    {
      apiGroups: [''],
      resources: ['pods'],
      verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete', 'deletecollection'],
    },
    {
      apiGroups: [''],
      resources: ['persistentvolumeclaims'],
      verbs: ['get', 'list', 'create', 'patch', 'delete', 'deletecollection'],
    },
  ],
}

const RBAC = 'rbac.authorization.k8s.io'

/** The objects that a namespace needs before a driver can run in it, in the order to create them. */
export const driverAccess = (namespace: string, engine: Engine) => {
  const name = engine === 'bundled' ? DRIVER_ACCOUNT : SPARK_DRIVER_ACCOUNT
  const metadata = { name, namespace, labels: { [MANAGED_BY]: MANAGED_BY_BELLOWS } }
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata },
    { apiVersion: `${RBAC}/v1`, kind: 'Role', metadata, rules: DRIVER_RULES[engine] },
    {
      apiVersion: `${RBAC}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: RBAC, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    },
  ] as const
}
