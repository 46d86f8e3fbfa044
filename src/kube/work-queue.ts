import { type Clock, systemClock } from './clock.ts'
import { DelayHeap } from './delay-heap.ts'
import { Fifo } from './fifo.ts'

/** What a queue tells about itself. Source of meaning: client-go workqueue metrics. None may throw. */
export interface QueueMetrics {
  queued(queue: string, depth: number): void
  dequeued(queue: string, depth: number, waitedSeconds: number): void
  worked(queue: string, seconds: number): void
  retried(queue: string): void
}

export interface WorkQueueOptions {
  /** Label of its metrics. */
  readonly name: string
  readonly clock?: Clock
  /** In [0, 1). */
  readonly random?: () => number
  readonly firstBackoffMs?: number
  readonly longestBackoffMs?: number
  readonly metrics?: Partial<QueueMetrics>
  /** Which keys go before the others; asked whenever one is added. Absent: all are alike. */
  readonly isUrgent?: (key: string) => boolean
  /** What is not urgent waits no longer than this for what is, in milliseconds. */
  readonly longestDeferralMs?: number
}

/** A key to work on. `queuedAt` is monotonic: when it was first asked for. */
export interface WorkItem {
  readonly key: string
  readonly queuedAt: number
}

/** A key that is wanted, since when (monotonic), and how much. */
interface Wanted {
  readonly key: string
  readonly at: number
  readonly urgent: boolean
}

/**
 * Keys to look at. A key that waits is there once however often it was added; a key that is being worked on is never
 * given out a second time, and if it was added meanwhile it comes again after `done`. First come, first served, urgent
 * keys before others; what has waited its longest goes before all.
 */
export class WorkQueue {
  readonly #name: string
  readonly #clock: Clock
  readonly #random: () => number
  readonly #first: number
  readonly #longest: number
  readonly #metrics: Partial<QueueMetrics>
  readonly #isUrgent: (key: string) => boolean
  readonly #longestDeferral: number
  readonly #dirty = new Map<string, Wanted>()
  /** In hand, with the time it was taken. */
  readonly #processing = new Map<string, number>()
  readonly #failures = new Map<string, number>()
  readonly #delayed = new DelayHeap()
  readonly #urgent = new Fifo<Wanted>()
  readonly #calm = new Fifo<Wanted>()
  #depth = 0
  #takers: ((item: WorkItem | undefined) => void)[] = []
  #alarm: { readonly due: number; readonly cancel: () => void } | undefined
  #closed = false
  #drained: (() => void)[] = []

  constructor(options: WorkQueueOptions) {
    this.#name = options.name
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#first = options.firstBackoffMs ?? 5
    this.#longest = options.longestBackoffMs ?? 300_000
    this.#metrics = options.metrics ?? {}
    this.#isUrgent = options.isUrgent ?? (() => true)
    this.#longestDeferral = options.longestDeferralMs ?? 15_000
  }

  /** Keys that wait for a worker; those that wait for a time are not among them. */
  get depth(): number {
    return this.#depth
  }

  /** Keys in hand. */
  get inHand(): number {
    return this.#processing.size
  }

  /** Keys that wait for a time. */
  get delayed(): number {
    return this.#delayed.size
  }

  /** How long the key that has been in hand longest has been so, in seconds; 0 where there is none. */
  get longestRunningSeconds(): number {
    const oldest = this.#processing.values().next().value
    return oldest === undefined ? 0 : (this.#clock.monotonic() - oldest) / 1_000
  }

  add(key: string): void {
    if (this.#closed) return
    const known = this.#dirty.get(key)
    if (known?.urgent) return
    const wanted = { key, at: known?.at ?? this.#clock.monotonic(), urgent: this.#isUrgent(key) }
    if (known !== undefined && !wanted.urgent) return
    this.#dirty.set(key, wanted)
    if (this.#processing.has(key)) return
    // The calm entry of a key that became urgent stays behind, and is passed over.
    if (known === undefined) this.#enqueue(wanted)
    else this.#urgent.push(wanted)
  }

  /** Adds once `ms` have passed. Of several times for a key the earliest holds. */
  addAfter(key: string, ms: number): void {
    if (this.#closed) return
    if (!(ms > 0)) {
      this.add(key)
      return
    }
    this.#delayed.add(key, this.#clock.monotonic() + ms)
    this.#arm()
  }

  /** Adds after the key's backoff, which doubles with every call until `forget`. Answers the wait in milliseconds. */
  addBackedOff(key: string): number {
    const failures = this.#failures.get(key) ?? 0
    this.#failures.set(key, failures + 1)
    this.#metrics.retried?.(this.#name)
    const whole = Math.min(this.#longest, this.#first * 2 ** Math.min(failures, 40))
    const ms = whole * (0.5 + this.#random() / 2)
    this.addAfter(key, ms)
    return ms
  }

  /** The key went well: its backoff begins anew. */
  forget(key: string): void {
    this.#failures.delete(key)
  }

  failures(key: string): number {
    return this.#failures.get(key) ?? 0
  }

  /** The next key; waits for one. Undefined once the queue is closed. Each key must be given back with `done`. */
  take(): Promise<WorkItem | undefined> {
    const wanted = this.#shift()
    if (wanted !== undefined) return Promise.resolve(this.#give(wanted))
    if (this.#closed) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#takers.push(resolve)
    })
  }

  done(key: string): void {
    const since = this.#processing.get(key)
    if (since === undefined) throw new TypeError(`"${key}" is not in hand`)
    this.#processing.delete(key)
    this.#metrics.worked?.(this.#name, (this.#clock.monotonic() - since) / 1_000)
    const wanted = this.#dirty.get(key)
    if (wanted !== undefined && !this.#closed) this.#enqueue(wanted)
    if (this.#closed) this.#tellDrained()
  }

  /** Gives out no more keys and forgets those that wait; resolves when none is in hand. */
  close(): Promise<void> {
    this.#closed = true
    this.#alarm?.cancel()
    this.#alarm = undefined
    this.#delayed.clear()
    this.#dirty.clear()
    this.#urgent.clear()
    this.#calm.clear()
    this.#depth = 0
    const takers = this.#takers
    this.#takers = []
    for (const resolve of takers) resolve(undefined)
    return new Promise((resolve) => {
      this.#drained.push(resolve)
      this.#tellDrained()
    })
  }

  #enqueue(wanted: Wanted): void {
    const taker = this.#takers.shift()
    if (taker !== undefined) {
      this.#metrics.queued?.(this.#name, 1)
      taker(this.#give(wanted))
      return
    }
    ;(wanted.urgent ? this.#urgent : this.#calm).push(wanted)
    this.#depth += 1
    this.#metrics.queued?.(this.#name, this.depth)
  }

  #shift(): Wanted | undefined {
    if (this.#depth === 0) return undefined
    this.#depth -= 1
    let oldest = this.#calm.first
    while (oldest !== undefined && this.#dirty.get(oldest.key) !== oldest) {
      this.#calm.shift()
      oldest = this.#calm.first
    }
    if (oldest !== undefined && this.#clock.monotonic() - oldest.at >= this.#longestDeferral) return this.#calm.shift()
    return this.#urgent.shift() ?? this.#calm.shift()
  }

  #give({ key, at: queuedAt }: Wanted): WorkItem {
    const now = this.#clock.monotonic()
    this.#dirty.delete(key)
    this.#processing.set(key, now)
    this.#metrics.dequeued?.(this.#name, this.depth, (now - queuedAt) / 1_000)
    return { key, queuedAt }
  }

  #arm(): void {
    const due = this.#delayed.nextDue
    if (due === undefined || (this.#alarm !== undefined && this.#alarm.due <= due)) return
    this.#alarm?.cancel()
    this.#alarm = { due, cancel: this.#clock.after(due - this.#clock.monotonic(), () => this.#ring()) }
  }

  #ring(): void {
    this.#alarm = undefined
    const now = this.#clock.monotonic()
    for (let key = this.#delayed.pop(now); key !== undefined; key = this.#delayed.pop(now)) this.add(key)
    this.#arm()
  }

  #tellDrained(): void {
    if (this.#processing.size > 0) return
    const drained = this.#drained
    this.#drained = []
    for (const resolve of drained) resolve()
  }
}
