import { describe, expect, it } from 'vitest'
import { retryVerdict } from './retry.ts'

const policy = { retries: 2, retryDelaySeconds: 30, infrastructureRetries: 1 }

describe('retryVerdict', () => {
  it('gives the user so many further tries, whatever the surroundings did', () => {
    const verdicts = [1, 2, 3].map((user) => retryVerdict('user', { user, infrastructure: 9 }, policy))
    expect(verdicts).toEqual([
      { retry: true, delaySeconds: 30 },
      { retry: true, delaySeconds: 30 },
      { retry: false, message: 'failed 3 times' },
    ])
  })

  it('tries again at once when the surroundings took a try away, as often as allowed', () => {
    const verdicts = [1, 2].map((infrastructure) => retryVerdict('infrastructure', { user: 9, infrastructure }, policy))
    expect(verdicts).toEqual([
      { retry: true, delaySeconds: 0 },
      { retry: false, message: 'lost to its surroundings 2 times' },
    ])
  })

  it('waits longer each time, up to a minute', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 500].map((infrastructure) =>
      retryVerdict('infrastructure', { user: 0, infrastructure }, { ...policy, infrastructureRetries: 1000 }),
    )
    expect(delays.map((verdict) => verdict.retry && verdict.delaySeconds)).toEqual([0, 2, 5, 10, 30, 60, 60, 60])
  })
})
