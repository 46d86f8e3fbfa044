import type { Addresses } from './addresses.ts'
import { type ApiAccess, callApi } from './api.ts'

/** What an installer would have put into a new cluster: the name service, which runs as a process on the node. */
export async function createClusterObjects(access: ApiAccess, addresses: Addresses): Promise<void> {
  for (const [path, body] of clusterObjects(addresses)) {
    const reply = await callApi(access, path, { method: 'POST', body })
    if (reply.status >= 300 && reply.status !== 409) {
      throw new Error(`cannot create an object at ${path}`, { cause: new Error(reply.body) })
    }
  }
}

function clusterObjects({ dnsService, node }: Addresses): readonly (readonly [string, unknown])[] {
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  const ports = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ]
  const read = ['list', 'watch']
  return [
    [
      `${rbac}/clusterroles`,
      {
        metadata: { name: 'system:coredns' },
        rules: [
          { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: read },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
        ],
      },
    ],
    [
      `${rbac}/clusterrolebindings`,
      {
        metadata: { name: 'system:coredns' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
        subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'system:coredns' }],
      },
    ],
    [
      '/api/v1/namespaces/kube-system/services',
      { metadata: { name: 'kube-dns', labels: { 'k8s-app': 'kube-dns' } }, spec: { clusterIP: dnsService, ports } },
    ],
    [
      '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices',
      {
        metadata: { name: 'kube-dns', labels: { 'kubernetes.io/service-name': 'kube-dns' } },
        addressType: 'IPv4',
        endpoints: [{ addresses: [node], conditions: { ready: true } }],
        ports,
      },
    ],
  ]
}
