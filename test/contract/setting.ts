import type { Cluster, WatchEvent } from '../../src/kube/cluster.ts'
import { ApiError } from '../../src/kube/errors.ts'
import { type KubeObject, keyOf, type ObjectKey } from '../../src/kube/object.ts'
import type { Container, Pod, PodSpec } from '../../src/kube/pod.ts'
import type { ResourceType } from '../../src/kube/resource-type.ts'
import type { Widget } from './widgets.ts'

/** What the contract suite needs to know about a cluster. The kind of `widgets.ts` is installed. */
export interface ContractSetting {
  readonly cluster: Cluster
  /** An existing namespace that the suite has for itself; it may enforce the restricted Pod Security level. */
  readonly namespace: string
  /** An image whose entrypoint is node, and which nodes have or can pull. */
  readonly image: string
  /** Field manager that writes without one get. */
  readonly defaultManager: string
  /** How many random request sequences to try. */
  readonly randomRuns: number
  /** Makes old resource versions expire; absent where the suite cannot. */
  readonly compact?: () => void
  readonly close: () => Promise<void>
}

let count = 0
/** A name that no other test of this process has. */
export const fresh = (stem: string): string => `${stem}-${++count}`

type Metadata = Partial<KubeObject['metadata']>

export const configMap = (
  namespace: string,
  name: string,
  data?: Readonly<Record<string, string>>,
  metadata: Metadata = {},
): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace, ...metadata },
  ...(data === undefined ? {} : { data }),
})

export const widget = (
  namespace: string,
  name: string,
  parts: Omit<Widget, 'apiVersion' | 'kind' | 'metadata'> = {},
  metadata: Metadata = {},
): Widget => ({
  apiVersion: 'contract.bellows.dev/v1',
  kind: 'Widget',
  metadata: { name, namespace, ...metadata },
  ...parts,
})

/** A pod with one container `main` that runs `node -e program`, as Pod Security level restricted demands it. */
export const nodePod = (
  setting: ContractSetting,
  name: string,
  program: string,
  container: Partial<Container> = {},
  spec: Partial<PodSpec> = {},
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: setting.namespace },
  spec: {
    restartPolicy: 'Never',
    enableServiceLinks: false,
    automountServiceAccountToken: false,
    securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [restricted({ name: 'main', image: setting.image, args: ['-e', program], ...container })],
    ...spec,
  },
})

export const restricted = (container: Container): Container => ({
  imagePullPolicy: 'IfNotPresent',
  securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
  ...container,
})

/** How a call was refused: `409 AlreadyExists`; 'ok' where it was not. Anything but an ApiError is thrown on. */
export const outcome = async (call: Promise<unknown>): Promise<string> => {
  try {
    await call
    return 'ok'
  } catch (error) {
    if (error instanceof ApiError) return `${error.status} ${error.reason}`
    throw error
  }
}

export const refusalOf = async (call: Promise<unknown>): Promise<ApiError> => {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError) return error
    throw error
  }
  throw new Error('the call was expected to be refused')
}

const WAIT_MS = 90_000

/** Follows one object from now on until `until` holds; undefined is its absence. Throws after 90 s. */
export const eventually = async <T extends KubeObject>(
  cluster: Cluster,
  type: ResourceType,
  key: ObjectKey,
  until: (object: T | undefined) => boolean,
): Promise<T | undefined> => {
  const signal = AbortSignal.timeout(WAIT_MS)
  const scope = { fieldSelector: `metadata.name=${key.name}`, ...(key.namespace ? { namespace: key.namespace } : {}) }
  for (;;) {
    const { items, resourceVersion } = await cluster.list<T>(type, scope)
    let last: T | undefined = items[0]
    if (until(last)) return last
    for await (const event of cluster.watch<T>(type, { ...scope, resourceVersion, signal })) {
      if (event.type === 'BOOKMARK' || event.type === 'ERROR') continue
      last = event.type === 'DELETED' ? undefined : event.object
      if (until(last)) return last
    }
    if (signal.aborted) throw new Error(`waited ${WAIT_MS} ms in vain for ${key.name}: ${JSON.stringify(last)}`)
  }
}

export const gone = (cluster: Cluster, type: ResourceType, object: KubeObject): Promise<KubeObject | undefined> =>
  eventually(cluster, type, keyOf(object), (live) => live?.metadata.uid !== object.metadata.uid)

/** The first `number` events that are not bookmarks. */
export const events = async <T extends KubeObject>(
  stream: AsyncIterable<WatchEvent<T>>,
  number: number,
): Promise<{ readonly type: string; readonly object: T }[]> => {
  const seen: { readonly type: string; readonly object: T }[] = []
  for await (const event of stream) {
    if (event.type === 'ERROR') throw event.error
    if (event.type === 'BOOKMARK') continue
    seen.push(event)
    if (seen.length === number) break
  }
  return seen
}

export const linesOf = async (lines: AsyncIterable<string>): Promise<string[]> => {
  const all: string[] = []
  for await (const line of lines) all.push(line)
  return all
}
