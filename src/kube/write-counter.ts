/**
 * Counts the writes that went through and, for fault tests, kills the process right after the n-th:
 * run the same job with every n and it must always end the same. Leases do not count: they are not work.
 */
export class WriteCounter {
  readonly #crashAfter: number | undefined
  readonly #crash: () => void
  #count = 0

  constructor(crashAfter?: number, crash: () => void = () => process.kill(process.pid, 'SIGKILL')) {
    this.#crashAfter = crashAfter
    this.#crash = crash
  }

  get count(): number {
    return this.#count
  }

  /** Call once the server has carried a write to `resource` (plural) out and before anything else happens. */
  wrote(resource: string): void {
    if (resource === 'leases') return
    this.#count += 1
    if (this.#count === this.#crashAfter) this.#crash()
  }
}

/** `BELLOWS_CRASH_AFTER_WRITES=n`; unset or empty: never. Throws RangeError on anything but a positive integer. */
export const writeCounterFrom = (env: Readonly<Record<string, string | undefined>>): WriteCounter => {
  const text = env.BELLOWS_CRASH_AFTER_WRITES
  if (text === undefined || text === '') return new WriteCounter()
  if (!/^[1-9]\d*$/.test(text)) throw new RangeError(`BELLOWS_CRASH_AFTER_WRITES must be a positive integer: ${text}`)
  return new WriteCounter(Number(text))
}
