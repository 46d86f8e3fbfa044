import type { ExecutorBackend } from '../backend.ts'
import { messageOf } from '../errors.ts'
import type { EventLog } from '../events.ts'
import type { Log } from '../log.ts'
import type { EngineMetrics } from '../metrics.ts'
import type { Registration } from '../protocol.ts'
import type { TaskExecutor } from './task-executor.ts'

export interface PoolOptions {
  readonly backend: ExecutorBackend | undefined
  readonly instances: number
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
}

/** The executors of the application: asks for them, takes their registrations, notices their deaths, replaces them. */
export class ExecutorPool {
  private readonly options: PoolOptions
  private readonly members = new Map<number, Member>()
  /** Asked for, not yet registered. */
  private readonly awaited = new Set<number>()
  private readonly gone = new Set<number>()
  private readonly listeners: (() => void)[] = []
  private readonly lostListeners: ((id: number, message: string, counts: boolean) => void)[] = []
  private driverUrl = ''
  private nextId = 1
  private failures = 0
  private closed = false
  private timer: NodeJS.Timeout | undefined
  /** Why the newest executor did not come, or is gone. */
  private trouble: string | undefined

  constructor(options: PoolOptions) {
    this.options = options
    options.backend?.onExit(({ id, message }) => this.lose(id, message))
    options.backend?.onNotice(({ id, message }) => {
      this.trouble = `executor ${id}: ${message}`
      options.log.warn(this.trouble)
      this.changed()
    })
  }

  start(driverUrl: string): void {
    this.driverUrl = driverUrl
    this.timer = setInterval(() => this.checkHeartbeats(), Math.max(250, this.options.heartbeatTimeout / 4))
    this.timer.unref()
    for (let i = 0; i < this.options.instances; i++) this.ask()
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener)
  }

  /** `counts` is false where its end was not its own or its tasks' doing. */
  onLost(listener: (id: number, message: string, counts: boolean) => void): void {
    this.lostListeners.push(listener)
  }

  worker(id: number): TaskExecutor | undefined {
    return this.members.get(id)?.worker
  }

  workers(): readonly TaskExecutor[] {
    return [...this.members.values()].map(({ worker }) => worker)
  }

  everRegistered(): boolean {
    return this.members.size > 0 || this.gone.size > 0
  }

  /** Whether an executor may still come. */
  hopes(): boolean {
    return this.members.size > 0 || this.awaited.size > 0
  }

  whyNone(): string {
    return this.trouble ?? 'none has registered'
  }

  /** False: the executor is not one of this application any more, and should end. */
  register(registration: Registration): boolean {
    const { id } = registration
    if (this.closed || this.gone.has(id) || id >= this.nextId) return false
    if (!this.members.has(id)) {
      this.awaited.delete(id)
      this.members.set(id, {
        worker: this.options.connect(registration),
        lastSeen: this.options.now(),
      })
      this.options.metrics.add('bellows_executors_added_total')
      this.options.events.add('executor-added', { executor: id, cores: registration.cores, host: registration.host })
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

  /** Takes an executor for lost; a new one, with a new id, is asked for while the limit allows. */
  lose(id: number, reason: string): void {
    if (this.closed || this.gone.has(id) || !(this.members.has(id) || this.awaited.has(id))) return
    const member = this.members.get(id)
    this.members.delete(id)
    this.awaited.delete(id)
    this.gone.add(id)
    this.failures++
    const trouble = `executor ${id} was lost: ${reason}`
    this.trouble = trouble
    this.options.metrics.add('bellows_executors_lost_total')
    this.options.events.add('executor-removed', { executor: id, reason, failed: true })
    this.options.log.warn(this.trouble)
    this.options.backend
      ?.stop(id)
      .catch((error: unknown) => this.options.log.debug(`stopping executor ${id}: ${messageOf(error)}`))
    if (this.failures <= this.options.maxFailures) this.ask()
    else
      this.options.log.warn(
        `${this.failures} executors were lost, no more are asked for (spark.executor.maxNumFailures)`,
      )
    // After another was asked for: there is hope.
    if (member !== undefined) for (const listener of this.lostListeners) listener(id, trouble, true)
    this.changed()
  }

  async close(): Promise<void> {
    this.closed = true
    clearInterval(this.timer)
    await this.options.backend?.close()
  }

  private ask(): void {
    const { backend } = this.options
    if (backend === undefined) return
    const id = this.nextId++
    this.awaited.add(id)
    this.options.events.add('executor-requested', { executor: id })
    backend.start({ id, driverUrl: this.driverUrl }).catch((error: unknown) => this.lose(id, messageOf(error)))
  }

  private checkHeartbeats(): void {
    const oldest = this.options.now() - this.options.heartbeatTimeout
    for (const [id, member] of this.members) {
      if (member.lastSeen < oldest) this.lose(id, `no heartbeat for ${this.options.heartbeatTimeout / 1000} s`)
    }
  }

  private changed(): void {
    for (const listener of this.listeners) listener()
  }
}
