import type { Log } from './log.ts'

/** One decision of the engine. `at` is in milliseconds since the epoch. */
export interface EngineEvent {
  readonly at: number
  readonly event: string
  readonly [field: string]: string | number | boolean | undefined
}

const CAPACITY = 10_000

/** The newest events of the application, in order; the oldest fall out. */
export class EventLog {
  private readonly ring: EngineEvent[] = []
  private readonly log: Log
  private readonly now: () => number

  constructor(log: Log, now: () => number) {
    this.log = log
    this.now = now
  }

  add(event: string, fields: Readonly<Record<string, string | number | boolean | undefined>> = {}): void {
    const entry: EngineEvent = { at: this.now(), event, ...fields }
    this.ring.push(entry)
    if (this.ring.length > CAPACITY) this.ring.shift()
    this.log.debug(`event ${JSON.stringify(entry)}`)
  }

  all(): readonly EngineEvent[] {
    return [...this.ring]
  }
}
