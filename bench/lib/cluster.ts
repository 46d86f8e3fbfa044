import { connectToApiServer } from '../../src/kube/api-server-cluster.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { loadCredentials } from '../../src/kube/kubeconfig.ts'
import { type KubeObject, keyOf } from '../../src/kube/object.ts'
import { Namespaces, type ResourceType } from '../../src/kube/resource-type.ts'

/** The cluster that the benchmark was pointed at. */
export const benchCluster = async (): Promise<Cluster> => {
  const kubeconfig = process.env.BELLOWS_KUBECONFIG
  if (!kubeconfig) {
    throw new Error(
      'set BELLOWS_KUBECONFIG to a cluster: export BELLOWS_KUBECONFIG=$(npm run --silent cluster -- kubeconfig)',
    )
  }
  const budget = { perSecond: 5_000, burst: 10_000 }
  return connectToApiServer(await loadCredentials({ kubeconfig }), {
    deadlineMs: 60_000,
    budgets: { read: budget, write: budget },
  })
}

/** Waits by a watch until `until` holds of the object. Resolves with the moment (performance.now()) it was seen. */
export const whenObject = async <T extends KubeObject>(
  cluster: Cluster,
  type: ResourceType,
  start: T,
  until: (object: T) => boolean,
  timeoutMs: number,
): Promise<{ readonly object: T; readonly at: number }> => {
  const key = keyOf(start)
  const abort = AbortSignal.timeout(timeoutMs)
  if (until(start)) return { object: start, at: performance.now() }
  const events = cluster.watch<T>(type, {
    ...(key.namespace === undefined ? {} : { namespace: key.namespace }),
    fieldSelector: `metadata.name=${key.name}`,
    resourceVersion: start.metadata.resourceVersion ?? '',
    signal: abort,
  })
  let last: T = start
  for await (const event of events) {
    if (event.type === 'ERROR') throw event.error
    if (event.type === 'BOOKMARK') continue
    last = event.object
    if (until(last)) return { object: last, at: performance.now() }
  }
  throw new Error(`${type.kind} ${key.name} did not get there in ${timeoutMs} ms: ${JSON.stringify(last.status)}`)
}

/** A namespace for the benchmark, made anew. */
export const makeNamespace = async (cluster: Cluster, name: string): Promise<KubeObject> =>
  cluster.create(Namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
