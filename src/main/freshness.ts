import type { Caches } from '../controller/caches.ts'
import { type Clock, sleep } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import type { ResourceType } from '../kube/resource-type.ts'

export interface FreshnessReport {
  readonly cache: (type: ResourceType, resourceVersion: string, lagSeconds: number) => void
  readonly sentinel: (ok: boolean) => void
}

const EVERY_MS = 30_000
/** A quiet kind is told of progress about once a minute; three times that is a watch that has gone deaf. */
const TOO_LONG_MS = 180_000

/** A version that the server had, and when it was seen to have it. */
interface Mark {
  readonly version: bigint
  readonly at: number
}

/**
 * Asks the server every half minute how far each kind is, and whether the cache gets there: the operator's check of its
 * own ears. Runs until `signal` aborts; a server that does not answer is the transport's business.
 */
export const watchFreshness = async (
  cluster: Cluster,
  caches: Pick<Caches, 'types' | 'need'>,
  namespace: string | undefined,
  clock: Clock,
  report: FreshnessReport,
  signal: AbortSignal,
): Promise<void> => {
  const marks = new Map<ResourceType, Mark>()
  while (!signal.aborted) {
    let ok = true
    for (const type of caches.types) {
      const at = caches.need(type).resourceVersion
      const reached = /^\d+$/.test(at) ? BigInt(at) : 0n
      const mark = marks.get(type)
      if (mark !== undefined && reached >= mark.version) marks.delete(type)
      if (!marks.has(type)) {
        const page = await cluster
          .list(type, { limit: 1, ...(namespace === undefined ? {} : { namespace }) })
          .catch(() => undefined)
        const version =
          page !== undefined && /^\d+$/.test(page.resourceVersion) ? BigInt(page.resourceVersion) : undefined
        if (version !== undefined && version > reached) marks.set(type, { version, at: clock.monotonic() })
      }
      const behind = marks.get(type)
      const lag = behind === undefined ? 0 : clock.monotonic() - behind.at
      report.cache(type, at, lag / 1000)
      if (lag > TOO_LONG_MS) ok = false
    }
    report.sentinel(ok)
    await sleep(clock, EVERY_MS, signal)
  }
}
