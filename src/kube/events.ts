/**
 * Events for people, over the Cluster port (events.k8s.io/v1).
 *
 * Promises: `record` returns at once and never throws; one thing that happened is one POST; the same again is a count
 * on the same event, written at most every few seconds; an object that says too much is cut off (25 at once, then one
 * in ten seconds); what cannot be written is dropped and counted. Nothing here may cost a reconcile anything: while the
 * work that they tell of is behind, events go one at a time and a few a second.
 */
import { type Clock, systemClock } from './clock.ts'
import type { Cluster } from './cluster.ts'
import { ApiError, isAlreadyExists, isNotFound, TransportError } from './errors.ts'
import {
  type EventNote,
  type EventObject,
  type EventReporter,
  eventObject,
  seriesKey,
  seriesPatch,
} from './event-series.ts'
import { Fifo } from './fifo.ts'
import { type KubeObject, keyOf, type ObjectKey } from './object.ts'
import { Events } from './resource-type.ts'
import { TokenBucket } from './token-bucket.ts'

export type EventDropReason = 'rate' | 'queue' | 'refused' | 'unreachable'

export interface EventRecorderOptions extends EventReporter {
  readonly cluster: Cluster
  readonly clock?: Clock
  readonly onDropped?: (reason: EventDropReason, event: EventNote, error?: unknown) => void
  readonly onWritten?: () => void
  /** Events that may wait to be written. */
  readonly queueLimit?: number
  readonly workers?: number
  /** Whether the work that the events tell of is behind: then they make way for it. */
  readonly isBehind?: () => boolean
  /** At least so long between two counts of one event. */
  readonly countEveryMs?: number
}

interface Series {
  readonly about: KubeObject
  readonly event: EventNote
  /** When it first happened, milliseconds since the epoch. */
  readonly since: number
  /** How often it happened, and how often the server knows. */
  count: number
  written: number
  lastAt: number
  /** A write is queued or under way. */
  busy: boolean
  key: ObjectKey | undefined
}

const MOST_SERIES = 4_096
const MOST_OBJECTS = 4_096
const FORGET_MS = 600_000
const RETRY_MS = 1_000
/** Between two events while the work is behind. */
const MAKE_WAY_MS = 200

export class EventRecorder {
  readonly #options: EventRecorderOptions
  readonly #clock: Clock
  readonly #series = new Map<string, Series>()
  readonly #budgets = new Map<string, TokenBucket>()
  readonly #queue = new Fifo<Series>()
  #working = 0
  #idle: (() => void)[] = []

  constructor(options: EventRecorderOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
  }

  record(about: KubeObject, event: EventNote): void {
    const key = seriesKey(about, event)
    const now = this.#clock.monotonic()
    const known = this.#series.get(key)
    if (known !== undefined && now - known.lastAt < FORGET_MS) {
      known.count += 1
      known.lastAt = now
      this.#countLater(known)
      return
    }
    const refused = !this.#allows(about, now)
      ? 'rate'
      : this.#queue.size >= (this.#options.queueLimit ?? 10_000)
        ? 'queue'
        : undefined
    if (refused !== undefined) {
      this.#drop(refused, event)
      return
    }
    const since = this.#clock.wall()
    const series: Series = {
      about: reference(about),
      event,
      since,
      count: 1,
      written: 0,
      lastAt: now,
      busy: true,
      key: undefined,
    }
    this.#series.delete(key)
    this.#series.set(key, series)
    evict(this.#series, MOST_SERIES)
    this.#enqueue(series)
  }

  /** Events that wait or are being written. */
  get pending(): number {
    return this.#queue.size + this.#working
  }

  /** Resolves when nothing waits any more, or after `ms`. */
  flush(ms: number): Promise<void> {
    if (this.pending === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const cancel = this.#clock.after(ms, resolve)
      this.#idle.push(() => {
        cancel()
        resolve()
      })
      for (let places = this.#places(); places > 0; places--) this.#hire()
    })
  }

  #allows(about: KubeObject, now: number): boolean {
    const object = about.metadata.uid ?? `${about.metadata.namespace}/${about.metadata.name}`
    const budget = this.#budgets.get(object) ?? new TokenBucket(0.1, 25)
    this.#budgets.delete(object)
    this.#budgets.set(object, budget)
    evict(this.#budgets, MOST_OBJECTS)
    return budget.take(now, 0) !== undefined
  }

  #countLater(series: Series): void {
    if (series.busy) return
    series.busy = true
    this.#clock.after(this.#options.countEveryMs ?? 5_000, () => this.#enqueue(series))
  }

  #enqueue(series: Series): void {
    this.#queue.push(series)
    this.#hire()
  }

  #hire(): void {
    if (this.#queue.size > 0 && this.#working < this.#places()) void this.#work()
  }

  #places(): number {
    return this.#options.isBehind?.() && this.#idle.length === 0 ? 1 : (this.#options.workers ?? 4)
  }

  async #work(): Promise<void> {
    this.#working += 1
    while (this.#working <= this.#places()) {
      const series = this.#queue.shift()
      if (series === undefined) break
      this.#hire()
      await this.#write(series)
      series.busy = false
      if (series.count > series.written && series.written > 0) this.#countLater(series)
      if (this.#options.isBehind?.() && this.#idle.length === 0)
        await new Promise<void>((resolve) => this.#clock.after(MAKE_WAY_MS, resolve))
    }
    this.#working -= 1
    if (this.pending > 0) return
    const idle = this.#idle
    this.#idle = []
    for (const resolve of idle) resolve()
  }

  /** One retry where there was no answer: a name that is taken then says that the first try went through. */
  async #write(series: Series): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#send(series)
        this.#options.onWritten?.()
        return
      } catch (error) {
        if (error instanceof TransportError && attempt === 1) {
          await new Promise<void>((resolve) => this.#clock.after(RETRY_MS, resolve))
          continue
        }
        series.written = series.count
        this.#drop(error instanceof ApiError ? 'refused' : 'unreachable', series.event, error)
        return
      }
    }
  }

  async #send(series: Series): Promise<void> {
    const { cluster } = this.#options
    const { count } = series
    const object = eventObject(series.about, series.event, this.#options, series.since)
    const key = keyOf(object)
    if (series.key === undefined) {
      try {
        await cluster.create<EventObject>(Events, object)
      } catch (error) {
        if (!isAlreadyExists(error)) throw error
        await this.#join(series, key)
      }
    } else {
      try {
        await cluster.mergePatch(Events, key, seriesPatch(count, this.#clock.wall()))
      } catch (error) {
        // The server forgets events after an hour.
        if (!isNotFound(error)) throw error
        await cluster.create<EventObject>(Events, object)
      }
    }
    series.key = key
    series.written = count
  }

  /** Told before, by us or by our predecessor: go on from its count. */
  async #join(series: Series, key: ObjectKey): Promise<void> {
    const there = await this.#options.cluster.get<EventObject>(Events, key)
    if (there === undefined) return
    series.count += there.series?.count ?? 1
    await this.#options.cluster.mergePatch(Events, key, seriesPatch(series.count, this.#clock.wall()))
  }

  #drop(reason: EventDropReason, event: EventNote, error?: unknown): void {
    this.#options.onDropped?.(reason, event, error)
  }
}

/** What an event says of its object: thousands may wait, and the objects change meanwhile. */
const reference = ({ apiVersion, kind, metadata }: KubeObject): KubeObject => {
  const { name, namespace, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(uid === undefined ? {} : { uid }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
  }
}

/** Forgets the least recently set entries. */
const evict = (map: Map<string, unknown>, limit: number): void => {
  for (const key of map.keys()) {
    if (map.size <= limit) return
    map.delete(key)
  }
}
