/**
 * Leader election over a coordination.k8s.io Lease.
 *
 * Guarantees: `holds()` is true only within `renewDeadline` of the start of a renewal that the server confirmed, and a
 * rival takes over no earlier than `leaseDuration` after it; only differences of the local monotonic clock count. Each
 * term has a greater epoch (leaseTransitions) than all before.
 * Caveat: a write that left just before the term ended may land after it. So every write to a status carries the epoch
 * and the server refuses an older one (the CRD's CEL rule): leadership is a hint, the fence is the promise.
 */
import { type Clock, sleep, systemClock } from './clock.ts'
import type { Cluster } from './cluster.ts'
import { isAlreadyExists, isConflict, isNotFound } from './errors.ts'
import { type Lease, type LeaseMove, nextMove, type Sighting, sight } from './lease-decision.ts'
import { microTime } from './micro-time.ts'
import type { ObjectKey } from './object.ts'
import { Leases } from './resource-type.ts'

export interface LeaderElectorOptions {
  readonly cluster: Cluster
  readonly key: ObjectKey
  /** Unique to this process: a restarted one must not be taken for its predecessor. */
  readonly identity: string
  readonly onElected: (epoch: number) => void
  /** The term is over: stop writing at once. The elector goes on as a candidate. */
  readonly onLost: (reason: string) => void
  /** An attempt failed: for the log. */
  readonly onFailure?: (error: unknown) => void
  /** The greatest epoch known from elsewhere (statuses in the caches); 0 where none is. */
  readonly epochFloor?: () => number
  readonly clock?: Clock
  /** In [0, 1). */
  readonly random?: () => number
  readonly leaseDurationMs?: number
  readonly renewDeadlineMs?: number
  readonly retryPeriodMs?: number
}

interface Term {
  readonly epoch: number
  readonly validUntil: number
}

export class LeaderElector {
  readonly #options: LeaderElectorOptions
  readonly #clock: Clock
  readonly #leaseDurationMs: number
  readonly #renewDeadlineMs: number
  readonly #retryPeriodMs: number
  #sighting: Sighting | undefined
  #term: Term | undefined
  #lastEpoch = 0
  #cancelExpiry: () => void = () => {}

  constructor(options: LeaderElectorOptions) {
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#leaseDurationMs = options.leaseDurationMs ?? 15_000
    this.#renewDeadlineMs = options.renewDeadlineMs ?? 10_000
    this.#retryPeriodMs = options.retryPeriodMs ?? 2_000
    if (!(this.#leaseDurationMs > this.#renewDeadlineMs && this.#renewDeadlineMs > this.#retryPeriodMs))
      throw new RangeError('a lease needs leaseDuration > renewDeadline > retryPeriod')
  }

  /** Ask before every write. */
  holds(): boolean {
    return this.#term !== undefined && this.#clock.monotonic() < this.#term.validUntil
  }

  /** Of the term that runs or ran last; 0 before the first. */
  epoch(): number {
    return this.#lastEpoch
  }

  /** Who held the lease when it was last seen; undefined before, '' where nobody did. */
  get holder(): string | undefined {
    return this.#sighting?.lease.spec?.holderIdentity
  }

  /** Runs for election, and for re-election, until `signal` aborts; then gives the lease back. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const random = this.#options.random ?? Math.random
    while (!signal.aborted) {
      await this.#attempt()
      const period = this.#retryPeriodMs * (this.#term === undefined ? 1 + random() * 0.2 : 1)
      await sleep(this.#clock, period, signal)
    }
    await this.#release()
  }

  async #attempt(): Promise<void> {
    this.#expire()
    const start = this.#clock.monotonic()
    try {
      // While we lead, our own last write is the newest state unless the server says Conflict.
      if (this.#term === undefined) await this.#look()
      const move = this.#move()
      if (move.kind === 'wait') {
        if (this.#term !== undefined) this.#lose(`${move.holder} holds the lease`)
        return
      }
      const lease = await this.#write(move)
      this.#sighting = { lease, at: this.#clock.monotonic() }
      // A renewal that outlived its term belongs to no term: the next attempt begins a new one.
      if (move.kind !== 'renew' || this.#term !== undefined) this.#won(move.epoch, start)
    } catch (error) {
      await this.#failed(error)
    }
  }

  async #look(): Promise<void> {
    const lease = await this.#options.cluster.get<Lease>(Leases, this.#options.key)
    this.#sighting = sight(this.#sighting, lease, this.#clock.monotonic())
  }

  #move(): LeaseMove {
    const floor = Math.max(this.#lastEpoch, this.#options.epochFloor?.() ?? 0)
    return nextMove(this.#sighting, this.#term?.epoch, this.#options.identity, floor, this.#clock.monotonic())
  }

  async #write(move: Exclude<LeaseMove, { readonly kind: 'wait' }>): Promise<Lease> {
    const { cluster, key, identity } = this.#options
    const now = microTime(this.#clock.wall())
    const spec = {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#leaseDurationMs / 1_000),
      leaseTransitions: move.epoch,
      renewTime: now,
    }
    if (move.kind === 'create') {
      const lease: Lease = {
        apiVersion: 'coordination.k8s.io/v1',
        kind: 'Lease',
        metadata: { ...key },
        spec: { ...spec, acquireTime: now },
      }
      return cluster.create(Leases, lease)
    }
    const acquireTime = move.kind === 'take' ? now : move.from.spec?.acquireTime
    return cluster.replace<Lease>(Leases, { ...move.from, spec: { ...move.from.spec, ...spec, acquireTime } })
  }

  #won(epoch: number, start: number): void {
    const elected = this.#term === undefined
    this.#term = { epoch, validUntil: start + this.#renewDeadlineMs }
    this.#lastEpoch = epoch
    this.#cancelExpiry()
    if (!this.holds()) {
      // The answer took longer than the term may last.
      this.#term = undefined
      return
    }
    this.#cancelExpiry = this.#clock.after(this.#term.validUntil - this.#clock.monotonic(), () => this.#expire())
    if (elected) this.#options.onElected(epoch)
  }

  async #failed(error: unknown): Promise<void> {
    // Someone else wrote, or we did and never heard: look before the next move.
    const raced = isConflict(error) || isAlreadyExists(error) || isNotFound(error)
    if (!raced) this.#options.onFailure?.(error)
    if (this.#term === undefined) return
    try {
      await this.#look()
    } catch (lookError) {
      this.#options.onFailure?.(lookError)
      return
    }
    if (this.#term === undefined) return
    const { holderIdentity, leaseTransitions } = this.#sighting?.lease.spec ?? {}
    if (holderIdentity !== this.#options.identity || leaseTransitions !== this.#term.epoch)
      this.#lose(holderIdentity ? `${holderIdentity} holds the lease` : 'the lease was taken away')
  }

  #expire(): void {
    if (this.#term !== undefined && !this.holds()) this.#lose('it could not be renewed in time')
  }

  #lose(reason: string): void {
    this.#cancelExpiry()
    this.#term = undefined
    this.#options.onLost(reason)
  }

  async #release(): Promise<void> {
    const held = this.holds()
    const lease = this.#sighting?.lease
    if (this.#term !== undefined) this.#lose('released')
    if (!held || lease === undefined) return
    try {
      await this.#options.cluster.replace<Lease>(Leases, {
        ...lease,
        spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: microTime(this.#clock.wall()) },
      })
    } catch (error) {
      this.#options.onFailure?.(error)
    }
  }
}
