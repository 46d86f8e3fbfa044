import { readFileSync } from 'node:fs'
import { EmbeddedCluster } from '../../src/embedded/embedded-cluster.ts'
import type { KubeletOptions } from '../../src/embedded/process-kubelet.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Container, Pod, PodSpec } from '../../src/kube/pod.ts'
import { Events, Pods } from '../../src/kube/resource-type.ts'
import { eventually } from '../contract/setting.ts'

export const startCluster = (kubelet: KubeletOptions = {}): EmbeddedCluster =>
  new EmbeddedCluster({ kubelet: { crashLoopBackOffMs: 100, retryMs: 20, ...kubelet } })

/** Makes a pod of Bellows' image that runs `node -e program`. */
export const runPod = (
  cluster: Cluster,
  name: string,
  program: string,
  container: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
): Promise<Pod> =>
  cluster.create<Pod>(Pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: {
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'bellows:test', args: ['-e', program], ...container }],
      ...spec,
    },
  })

export const podUntil = (cluster: Cluster, name: string, until: (pod: Pod) => boolean): Promise<Pod> =>
  eventually<Pod>(
    cluster,
    Pods,
    { namespace: 'default', name },
    (pod) => pod !== undefined && until(pod),
  ) as Promise<Pod>

export const hasEnded = (pod: Pod): boolean => ['Succeeded', 'Failed'].includes(pod.status?.phase ?? '')

/** The first line that a pod's container writes. */
export const firstLine = async (cluster: Cluster, name: string): Promise<string> => {
  await podUntil(cluster, name, (pod) => {
    const state = pod.status?.containerStatuses?.[0]?.state
    return state !== undefined && state.waiting === undefined
  })
  for await (const line of cluster.log({ namespace: 'default', name }, { follow: true })) return line
  throw new Error(`pod ${name} wrote nothing`)
}

export const eventOf = async (cluster: Cluster, reason: string): Promise<KubeObject | undefined> => {
  const { items, resourceVersion } = await cluster.list(Events)
  const found = items.find((event) => event.reason === reason)
  if (found !== undefined) return found
  const signal = AbortSignal.timeout(20_000)
  for await (const event of cluster.watch(Events, { resourceVersion, signal })) {
    if (event.type === 'ADDED' && event.object.reason === reason) return event.object
  }
  return undefined
}

/** Whether a process runs. A zombie that nobody has waited for does not. */
export const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    if (process.platform !== 'linux') return true
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return !stat.slice(stat.lastIndexOf(')')).startsWith(') Z')
  } catch {
    return false
  }
}

/** Asks again and again until it holds; throws after 20 s. */
export const waitFor = async (what: string, holds: () => boolean): Promise<void> => {
  const deadline = Date.now() + 20_000
  while (!holds()) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
