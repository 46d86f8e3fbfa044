import { EmbeddedCluster } from '../../src/embedded/embedded-cluster.ts'
import { Namespaces } from '../../src/kube/resource-type.ts'
import { clusterContract } from './cluster-contract.ts'
import { widgetKind } from './widgets.ts'

clusterContract('the embedded cluster', async () => {
  const cluster = new EmbeddedCluster({
    resources: [widgetKind],
    defaultManager: 'someone',
    kubelet: { crashLoopBackOffMs: 50 },
  })
  const namespace = 'contract'
  await cluster.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  return {
    cluster,
    namespace,
    image: 'bellows:dev',
    defaultManager: 'someone',
    randomRuns: 200,
    compact: () => cluster.compact(),
    close: () => cluster.close(),
  }
})
