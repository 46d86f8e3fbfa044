import { describe, expect, test } from 'vitest'
import { type Attempt, retryAfterMs, retryOf } from './retry.ts'

const attempt = (setback: Attempt['setback'], more: Partial<Attempt> = {}): Attempt => ({
  setback,
  reads: true,
  failures: 1,
  renewed: false,
  remainingMs: 10_000,
  ...more,
})
const answer = (status: number, after?: number): Attempt['setback'] => ({ kind: 'answer', status, retryAfterMs: after })
const broken = (unsent: boolean): Attempt['setback'] => ({ kind: 'broken', unsent })
const writes = { reads: false }
const giveUp = { kind: 'give-up' }

describe('retryOf', () => {
  test.each<[string, Attempt, unknown]>([
    ['a read over a broken connection', attempt(broken(false)), { kind: 'retry', afterMs: 0 }],
    ['a read, the second time', attempt(broken(false), { failures: 2 }), { kind: 'retry', afterMs: 200 }],
    ['a read, the third time', attempt(broken(false), { failures: 3 }), giveUp],
    ['a write that may have happened', attempt(broken(false), writes), giveUp],
    ['a write that was never sent', attempt(broken(true), writes), { kind: 'retry', afterMs: 0 }],
    ['401', attempt(answer(401), writes), { kind: 'retry', afterMs: 0, renew: true }],
    ['401 with a new token', attempt(answer(401), { renewed: true }), giveUp],
    ['429 with Retry-After', attempt(answer(429, 1_000), writes), { kind: 'retry', afterMs: 1_000 }],
    ['429 without', attempt(answer(429), writes), { kind: 'retry', afterMs: 100 }],
    ['503 with Retry-After', attempt(answer(503, 2_000), writes), { kind: 'retry', afterMs: 2_000 }],
    ['503 without, a write', attempt(answer(503), writes), giveUp],
    ['503 without, a read', attempt(answer(503)), { kind: 'retry', afterMs: 100 }],
    ['a Retry-After past the deadline', attempt(answer(429, 10_000)), giveUp],
    ['404', attempt(answer(404)), giveUp],
    ['409', attempt(answer(409), writes), giveUp],
    ['500', attempt(answer(500)), giveUp],
    ['504 with Retry-After: the watch waits, not we', attempt(answer(504, 1_000)), giveUp],
  ])('%s', (_, given, verdict) => {
    expect(retryOf(given, 0)).toEqual(verdict)
  })

  test('waits are spread at random, never shorter than the server asked', () => {
    const wait = (given: Attempt, random: number): number => {
      const verdict = retryOf(given, random)
      return verdict.kind === 'retry' ? verdict.afterMs : Number.NaN
    }
    expect(wait(attempt(answer(429, 1_000)), 0)).toBe(1_000)
    expect(wait(attempt(answer(429, 1_000)), 0.999)).toBeGreaterThan(1_500)
    expect(wait(attempt(broken(false), { failures: 2 }), 0.999)).toBeGreaterThan(500)
  })
})

describe('Retry-After', () => {
  test('is seconds or a date', () => {
    const now = Date.UTC(2026, 10, 21, 12, 0, 0)
    expect(retryAfterMs('3', now)).toBe(3_000)
    expect(retryAfterMs('Sat, 21 Nov 2026 12:00:05 GMT', now)).toBe(5_000)
    expect(retryAfterMs('Sat, 21 Nov 2026 11:00:00 GMT', now)).toBe(0)
    expect(retryAfterMs('soon', now)).toBeUndefined()
    expect(retryAfterMs(undefined, now)).toBeUndefined()
  })
})
