import type { ExecutorBackend } from '../backend.ts'
import { messageOf } from '../errors.ts'
import type { EventLog } from '../events.ts'
import type { Log } from '../log.ts'
import type { EngineMetrics } from '../metrics.ts'
import type { Registration } from '../protocol.ts'
import type { TaskExecutor } from './task-executor.ts'

export interface PoolOptions {
  readonly backend: ExecutorBackend | undefined
  /** How many there shall be to begin with. */
  readonly instances: number
  /** Whether more may be wanted later. */
  readonly elastic: boolean
  /** An executor that is silent for longer is lost. */
  readonly heartbeatTimeout: number
  /** spark.executor.maxNumFailures: so many lost executors are replaced. */
  readonly maxFailures: number
  readonly connect: (registration: Registration) => TaskExecutor
  readonly log: Log
  readonly events: EventLog
  readonly metrics: EngineMetrics
  readonly now: () => number
}

interface Member {
  readonly worker: TaskExecutor
  lastSeen: number
  /** It takes no more tasks and will be gone. */
  draining: boolean
}

export interface PoolListener {
  /** `counts` is false where its end was not its own or its tasks' doing. */
  readonly lost?: (id: number, message: string, counts: boolean) => void
  readonly draining?: (id: number) => void
}

/** The executors of the application: asks for them, takes their registrations, notices their deaths, replaces them. */
export class ExecutorPool {
  private readonly options: PoolOptions
  private readonly members = new Map<number, Member>()
  /** Asked for, not yet registered. */
  private readonly awaited = new Set<number>()
  private readonly gone = new Set<number>()
  /** Have left, and put away their files: they are stopped when they have ended, or after a while. */
  private readonly ending = new Map<number, NodeJS.Timeout>()
  private readonly changes: (() => void)[] = []
  private readonly listeners: PoolListener[] = []
  private target: number
  private driverUrl = ''
  private nextId = 1
  private failures = 0
  private closed = false
  private timer: NodeJS.Timeout | undefined
  /** Why the newest executor did not come, or is gone. */
  private trouble: string | undefined

  constructor(options: PoolOptions) {
    this.options = options
    this.target = options.instances
    options.backend?.onExit(({ id, message }) => this.lose(id, message))
    options.backend?.onNotice(({ id, message }) => {
      this.trouble = `executor ${id}: ${message}`
      options.log.warn(this.trouble)
      this.changed()
    })
    options.backend?.onDecommission?.(({ id, message }) => this.drain(id, message))
  }

  start(driverUrl: string): void {
    this.driverUrl = driverUrl
    this.timer = setInterval(() => this.checkHeartbeats(), Math.max(250, this.options.heartbeatTimeout / 4))
    this.timer.unref()
    this.fill()
  }

  onChange(listener: () => void): void {
    this.changes.push(listener)
  }

  listen(listener: PoolListener): void {
    this.listeners.push(listener)
  }

  worker(id: number): TaskExecutor | undefined {
    return this.members.get(id)?.worker
  }

  /** All that are registered; those that drain still have blocks. */
  workers(): readonly TaskExecutor[] {
    return [...this.members.values()].map(({ worker }) => worker)
  }

  /** Those that take tasks and blocks. */
  staying(): readonly TaskExecutor[] {
    return [...this.members.values()].filter(({ draining }) => !draining).map(({ worker }) => worker)
  }

  everRegistered(): boolean {
    return this.members.size > 0 || this.gone.size > 0
  }

  /** Whether an executor may still come. */
  hopes(): boolean {
    const { elastic, maxFailures } = this.options
    return this.members.size > 0 || this.awaited.size > 0 || (elastic && this.failures <= maxFailures)
  }

  whyNone(): string {
    return this.trouble ?? 'none has registered'
  }

  /** Asks for more, or takes back requests that nobody has answered yet; who is there stays. */
  want(executors: number, reason: string): void {
    if (executors === this.target) return
    this.target = executors
    this.options.events.add('executors-wanted', { executors, reason })
    this.options.log.info(`${executors} executors are wanted: ${reason}`)
    for (const id of [...this.awaited].toReversed()) {
      if (this.count() <= executors) break
      this.forget(id)
    }
    this.fill()
  }

  /** False: the executor is not one of this application any more, and should end. */
  register(registration: Registration): boolean {
    const { id } = registration
    if (this.closed || this.gone.has(id) || id >= this.nextId) return false
    if (!this.members.has(id)) {
      this.awaited.delete(id)
      const worker = this.options.connect(registration)
      this.members.set(id, { worker, lastSeen: this.options.now(), draining: false })
      this.options.metrics.add('bellows_executors_added_total')
      const { cores, host, url } = registration
      this.options.events.add('executor-added', { executor: id, cores, host, url })
      this.options.log.info(`executor ${id} registered from ${registration.host}, ${registration.cores} cores`)
      this.changed()
    }
    return true
  }

  heartbeat(id: number): boolean {
    const member = this.members.get(id)
    if (member) member.lastSeen = this.options.now()
    return member !== undefined
  }

  /**
   * It takes no more tasks: it, or its node, is going away. Another is asked for where it is still wanted. False: it is
   * not one of ours.
   */
  drain(id: number, reason: string): boolean {
    const member = this.members.get(id)
    if (this.closed || member === undefined) return false
    if (member.draining) return true
    member.draining = true
    this.options.events.add('executor-decommissioned', { executor: id, reason })
    this.options.log.info(`executor ${id} goes: ${reason}`)
    for (const { draining } of this.listeners) draining?.(id)
    this.fill()
    this.changed()
    return true
  }

  /** It has ended as it was told to. */
  left(id: number, reason: string): void {
    const member = this.members.get(id)
    if (member === undefined) return
    this.remove(id, reason, false)
    const timer = setTimeout(() => this.ended(id), this.options.heartbeatTimeout)
    timer.unref()
    this.ending.set(id, timer)
    for (const { lost } of this.listeners) lost?.(id, reason, false)
    this.changed()
  }

  /** Takes an executor for lost; a new one, with a new id, is asked for while the limit allows. */
  lose(id: number, reason: string): void {
    this.ended(id)
    if (this.closed || this.gone.has(id) || !(this.members.has(id) || this.awaited.has(id))) return
    const member = this.members.get(id)
    if (member?.draining === true) {
      this.left(id, reason)
      this.ended(id)
      return
    }
    const trouble = `executor ${id} was lost: ${reason}`
    this.trouble = trouble
    this.failures++
    this.options.metrics.add('bellows_executors_lost_total')
    this.options.log.warn(trouble)
    this.remove(id, reason, true)
    if (this.failures <= this.options.maxFailures) this.fill()
    else
      this.options.log.warn(
        `${this.failures} executors were lost, no more are asked for (spark.executor.maxNumFailures)`,
      )
    // After another was asked for: there is hope.
    if (member !== undefined) for (const { lost } of this.listeners) lost?.(id, trouble, true)
    this.changed()
  }

  async close(): Promise<void> {
    this.closed = true
    clearInterval(this.timer)
    for (const timer of this.ending.values()) clearTimeout(timer)
    await this.options.backend?.close()
  }

  private count(): number {
    return this.staying().length + this.awaited.size
  }

  private fill(): void {
    const { backend, maxFailures } = this.options
    if (backend === undefined || this.closed || this.failures > maxFailures) return
    // Registering at once must not be counted as missing.
    for (let missing = this.target - this.count(); missing > 0; missing--) {
      const id = this.nextId++
      this.awaited.add(id)
      this.options.events.add('executor-requested', { executor: id })
      backend.start({ id, driverUrl: this.driverUrl }).catch((error: unknown) => this.lose(id, messageOf(error)))
    }
  }

  private forget(id: number): void {
    this.awaited.delete(id)
    this.gone.add(id)
    this.stop(id)
  }

  private remove(id: number, reason: string, failed: boolean): void {
    this.members.delete(id)
    this.awaited.delete(id)
    this.gone.add(id)
    this.options.events.add('executor-removed', { executor: id, reason, failed })
    if (failed) this.stop(id)
  }

  private ended(id: number): void {
    const timer = this.ending.get(id)
    if (timer === undefined) return
    clearTimeout(timer)
    this.ending.delete(id)
    this.stop(id)
  }

  private stop(id: number): void {
    this.options.backend
      ?.stop(id)
      .catch((error: unknown) => this.options.log.debug(`stopping executor ${id}: ${messageOf(error)}`))
  }

  private checkHeartbeats(): void {
    const oldest = this.options.now() - this.options.heartbeatTimeout
    for (const [id, member] of this.members) {
      if (member.lastSeen < oldest) this.lose(id, `no heartbeat for ${this.options.heartbeatTimeout / 1000} s`)
    }
  }

  private changed(): void {
    for (const listener of this.changes) listener()
  }
}
