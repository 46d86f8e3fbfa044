import { SparkApplications } from '../../src/api/resource-types.ts'
import type { Cluster } from '../../src/kube/cluster.ts'
import { isExpired } from '../../src/kube/errors.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import type { Transport } from '../../src/kube/transport.ts'

const EVERY_MS = 250

/**
 * How far the applications of a namespace are, at little cost to what is measured: the server counts the pods, and the
 * applications are watched only where a phase waits for their end.
 */
export const follow = (cluster: Cluster, transport: Transport, namespace: string) => ({
  /** Pods in the namespace. Only drivers are made there. */
  drivers: async (): Promise<number> => {
    const path = `/api/v1/namespaces/${namespace}/pods?limit=1`
    const page = JSON.parse(await transport.request({ verb: 'list', resource: 'pods', path })) as {
      readonly items?: readonly unknown[] | null
      readonly metadata: { readonly remainingItemCount?: number }
    }
    return (page.items?.length ?? 0) + (page.metadata.remainingItemCount ?? 0)
  },

  /** Resolves with the moment (performance.now()) at which there were so many drivers, known to a quarter of a second. */
  async untilDrivers(count: number, timeoutMs: number): Promise<number> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const found = await this.drivers()
      if (found >= count) return performance.now()
      if (performance.now() > deadline)
        throw new Error(`${found} of ${count} drivers in ${Math.round(timeoutMs / 1000)} s`)
      await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
    }
  },

  /** Waits until so many applications are COMPLETED. Throws Error where one failed. */
  async untilCompleted(count: number, timeoutMs: number): Promise<void> {
    const completed = new Set<string>()
    const see = (app: KubeObject): void => {
      const state = stateOf(app)
      if (state === 'COMPLETED') completed.add(app.metadata.name)
      if (state === 'FAILED' || state === 'SUBMISSION_FAILED')
        throw new Error(`an application failed: ${app.metadata.name}: ${JSON.stringify(app.status)}`)
    }
    const signal = AbortSignal.timeout(timeoutMs)
    while (completed.size < count && !signal.aborted) {
      try {
        await look(cluster, namespace, see, () => completed.size >= count, signal)
      } catch (error) {
        if (!isExpired(error)) throw error
      }
    }
    if (completed.size < count)
      throw new Error(`${completed.size} of ${count} completed in ${Math.round(timeoutMs / 1000)} s`)
  },
})

export type Follower = ReturnType<typeof follow>

const stateOf = (app: KubeObject): string | undefined =>
  (app.status as { readonly applicationState?: { readonly state?: string } } | undefined)?.applicationState?.state

/** One list, and the watch from there. */
const look = async (
  cluster: Cluster,
  namespace: string,
  see: (app: KubeObject) => void,
  done: () => boolean,
  signal: AbortSignal,
): Promise<void> => {
  let from: string | undefined
  let next: string | undefined
  do {
    const page = await cluster.list(SparkApplications, {
      namespace,
      limit: 500,
      ...(next === undefined ? {} : { continue: next }),
    })
    for (const app of page.items) see(app)
    from ??= page.resourceVersion
    next = page.continue
  } while (next !== undefined)
  if (done()) return
  for await (const event of cluster.watch(SparkApplications, { namespace, resourceVersion: from, signal })) {
    if (event.type === 'ERROR') throw event.error
    if (event.type === 'BOOKMARK') continue
    see(event.object)
    if (done()) return
  }
}
