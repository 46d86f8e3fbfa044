import type { Clock } from '../kube/clock.ts'
import type { Cluster } from '../kube/cluster.ts'
import { ApiError, TransportError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Events } from '../kube/resource-type.ts'
import { timeOf } from '../kube/time.ts'
import { judgeDriver } from './driver-verdict.ts'
import { SLOW_START_MS } from './follow.ts'

/** After a look, so many times as long as it took nobody looks: the server reads all events of the namespace for it. */
const REST = 10
const MOST_REMEMBERED = 1_000

/**
 * The newest Warning of a driver that has been starting for long: why a volume does not mount is told nowhere else.
 * One look at a time and not often; who gets no turn reads what was found before, and asks again with its next pass.
 */
export class DriverWarnings {
  readonly #cluster: Cluster
  readonly #clock: Clock
  readonly #known = new Map<string, string | undefined>()
  #looking = false
  #notBefore = Number.NEGATIVE_INFINITY

  constructor(cluster: Cluster, clock: Clock) {
    this.#cluster = cluster
    this.#clock = clock
  }

  async of(drivers: readonly Pod[]): Promise<string | undefined> {
    const driver = drivers.find((pod) => this.#startsSlowly(pod))
    const uid = driver?.metadata.uid
    if (driver === undefined || uid === undefined) return undefined
    const started = this.#clock.monotonic()
    if (this.#looking || started < this.#notBefore) return this.#known.get(uid)
    this.#looking = true
    try {
      const found = await newestWarning(driver, this.#cluster)
      this.#known.delete(uid)
      this.#known.set(uid, found)
      for (const oldest of this.#known.keys()) {
        if (this.#known.size <= MOST_REMEMBERED) break
        this.#known.delete(oldest)
      }
      return found
    } catch (error) {
      // The explanation is a courtesy: an operator that may not read events, or gets no answer, still does its work.
      if (error instanceof ApiError || error instanceof TransportError) return this.#known.get(uid)
      throw error
    } finally {
      this.#looking = false
      const ended = this.#clock.monotonic()
      this.#notBefore = ended + REST * (ended - started)
    }
  }

  #startsSlowly(driver: Pod): boolean {
    const verdict = judgeDriver(driver)
    if (verdict.kind !== 'waiting' || verdict.waiting.reason !== 'DriverStarting') return false
    const since = verdict.waiting.since ?? timeOf(driver.metadata.creationTimestamp)
    return since !== undefined && this.#clock.wall() - since >= SLOW_START_MS
  }
}

interface PodEvent extends KubeObject {
  readonly note?: string
  readonly reason?: string
  readonly eventTime?: string | null
  readonly deprecatedLastTimestamp?: string | null
  readonly series?: { readonly lastObservedTime?: string }
}

const newestWarning = async (pod: Pod, cluster: Cluster): Promise<string | undefined> => {
  const { items } = await cluster.list<PodEvent>(Events, {
    ...(pod.metadata.namespace === undefined ? {} : { namespace: pod.metadata.namespace }),
    fieldSelector: `regarding.uid=${pod.metadata.uid},type=Warning`,
    limit: 100,
  })
  const newest = [...items].sort((a, b) => timeOfEvent(b) - timeOfEvent(a))[0]
  return newest === undefined ? undefined : [newest.reason, newest.note].filter(Boolean).join(': ')
}

const timeOfEvent = (event: PodEvent): number =>
  timeOf(event.series?.lastObservedTime) ??
  timeOf(event.deprecatedLastTimestamp) ??
  timeOf(event.eventTime) ??
  timeOf(event.metadata.creationTimestamp) ??
  0
