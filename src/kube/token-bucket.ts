/**
 * A client-side budget: `ratePerSecond` on average, `burst` at once, first come first served.
 * Pure of clocks: every call is told the time in milliseconds.
 */
export class TokenBucket {
  readonly #rate: number
  readonly #burst: number
  #tokens: number
  #at = Number.NEGATIVE_INFINITY

  constructor(ratePerSecond: number, burst: number) {
    if (!(ratePerSecond > 0 && burst >= 1)) throw new RangeError(`no budget: ${ratePerSecond}/s, burst ${burst}`)
    this.#rate = ratePerSecond / 1000
    this.#burst = burst
    this.#tokens = burst
  }

  /** Milliseconds to wait before going on; undefined, and nothing is taken, if that is more than `longest`. */
  take(now: number, longest: number = Number.POSITIVE_INFINITY): number | undefined {
    this.#refill(now)
    const wait = this.#tokens >= 1 ? 0 : (1 - this.#tokens) / this.#rate
    if (wait > longest) return undefined
    this.#tokens -= 1
    return wait
  }

  #refill(now: number): void {
    if (now <= this.#at) return
    this.#tokens = Math.min(this.#burst, this.#tokens + (now - this.#at) * this.#rate)
    this.#at = now
  }
}
