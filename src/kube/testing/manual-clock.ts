import type { Clock } from '../clock.ts'

interface Alarm {
  readonly due: number
  readonly run: () => void
}

/** A clock that stands still until it is told: for tests. */
export class ManualClock implements Clock {
  #now: number
  readonly #epoch: number
  #alarms: readonly Alarm[] = []

  constructor(epoch: number = Date.UTC(2026, 0, 1), now: number = 1_000) {
    this.#epoch = epoch - now
    this.#now = now
  }

  monotonic(): number {
    return this.#now
  }

  wall(): number {
    return this.#epoch + this.#now
  }

  after(ms: number, run: () => void): () => void {
    const alarm: Alarm = { due: this.#now + Math.max(ms, 0), run }
    this.#alarms = [...this.#alarms, alarm]
    return () => {
      this.#alarms = this.#alarms.filter((each) => each !== alarm)
    }
  }

  /** Milliseconds until the next alarm; undefined where none is set. */
  get nextIn(): number | undefined {
    const first = this.#first(Number.POSITIVE_INFINITY)
    return first === undefined ? undefined : first.due - this.#now
  }

  /** Lets `ms` pass and runs what falls due, in order of time. */
  advance(ms: number): void {
    const until = this.#now + ms
    for (let alarm = this.#first(until); alarm !== undefined; alarm = this.#first(until)) {
      const due = alarm
      this.#alarms = this.#alarms.filter((each) => each !== due)
      this.#now = Math.max(this.#now, due.due)
      due.run()
    }
    this.#now = until
  }

  /** The same, and lets promises settle after each alarm: for code that awaits between timers. */
  async run(ms: number): Promise<void> {
    const until = this.#now + ms
    await settle()
    for (let alarm = this.#first(until); alarm !== undefined; alarm = this.#first(until)) {
      this.advance(alarm.due - this.#now)
      await settle()
    }
    this.advance(until - this.#now)
    await settle()
  }

  #first(until: number): Alarm | undefined {
    return this.#alarms
      .filter((alarm) => alarm.due <= until)
      .reduce<Alarm | undefined>((a, b) => (a === undefined || b.due < a.due ? b : a), undefined)
  }
}

/** Lets every pending promise and immediate run. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 4; turn++) await new Promise((resolve) => setImmediate(resolve))
}
