import { randomBytes } from 'node:crypto'
import { type ApiServerCluster, connectToApiServer } from '../../src/kube/api-server-cluster.ts'
import { loadCredentials } from '../../src/kube/kubeconfig.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { Namespaces } from '../../src/kube/resource-type.ts'
import type { TransportOptions } from '../../src/kube/transport.ts'

/** The kubeconfig of the cluster under test. Throws where none is named: these tests are never skipped in silence. */
export const kubeconfig = (): string => {
  const path = process.env.BELLOWS_KUBECONFIG
  if (path === undefined || path === '')
    throw new Error('BELLOWS_KUBECONFIG names no kubeconfig: start a cluster with `npm run cluster -- up`')
  return path
}

export const connectToRealServer = async (
  options: TransportOptions & ConstructorParameters<typeof ApiServerCluster>[1] = {},
): Promise<ApiServerCluster> => connectToApiServer(await loadCredentials({ kubeconfig: kubeconfig() }), options)

export interface TestNamespace {
  readonly name: string
  remove(): Promise<void>
}

/** A namespace of one's own. `remove` asks for its deletion and does not wait for it. */
export const testNamespace = async (cluster: ApiServerCluster, prefix: string): Promise<TestNamespace> => {
  const name = `${prefix}-${randomBytes(4).toString('hex')}`
  const made = await cluster.create<KubeObject>(Namespaces, {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name },
  })
  return { name, remove: () => cluster.delete(Namespaces, { name }, { uid: made.metadata.uid ?? '' }) }
}
