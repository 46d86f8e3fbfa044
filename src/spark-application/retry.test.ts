import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SparkApplicationSpec } from '../api/spark-application.ts'
import { completedSpec } from './defaults.ts'
import { budgetFor, resubmits, retryDelay } from './retry.ts'

const failed = { class: 'application', reason: 'DriverFailed', message: 'm' } as const
const lost = { class: 'infrastructure', reason: 'DriverLost', message: 'm' } as const

const spec = (restartPolicy: object): SparkApplicationSpec =>
  completedSpec({ type: 'SQL', restartPolicy } as unknown as SparkApplicationSpec)
const policy = (restartPolicy: object) => spec(restartPolicy).restartPolicy

describe('whether a run is followed by another', () => {
  const tries = (executionAttempts: number, infrastructureFailures = 0) => ({
    executionAttempts,
    infrastructureFailures,
  })
  test.each([
    ['Never: not after a failure', { type: 'Never' }, failed, tries(1), undefined],
    ['Always: after any number of failures', { type: 'Always' }, failed, tries(1000), 'application'],
    ['OnFailure without a number: not once', { type: 'OnFailure' }, failed, tries(1), undefined],
    [
      'OnFailure with 2: after the second run',
      { type: 'OnFailure', onFailureRetries: 2 },
      failed,
      tries(2),
      'application',
    ],
    [
      'OnFailure with 2: not after the third run',
      { type: 'OnFailure', onFailureRetries: 2 },
      failed,
      tries(3),
      undefined,
    ],
    [
      'runs lost to the surroundings do not count',
      { type: 'OnFailure', onFailureRetries: 1 },
      failed,
      tries(4, 3),
      'application',
    ],
    [
      'a lost run is retried under OnFailure without a budget of its own',
      { type: 'OnFailure' },
      lost,
      tries(1),
      'infrastructure',
    ],
    ['Never means never, also for a lost run', { type: 'Never' }, lost, tries(1), undefined],
    ['three times by default', { type: 'OnFailure' }, lost, tries(3, 2), 'infrastructure'],
    [
      'under Never as often as it is written down',
      { type: 'Never', onInfrastructureFailureRetries: 1 },
      lost,
      tries(1),
      'infrastructure',
    ],
    ['and not a fourth time', { type: 'Never' }, lost, tries(4, 3), undefined],
    ['never with a budget of 0', { type: 'Never', onInfrastructureFailureRetries: 0 }, lost, tries(1), undefined],
    [
      'beyond its budget a lost run counts as a failure',
      { type: 'OnFailure', onFailureRetries: 1 },
      lost,
      tries(4, 3),
      'application',
    ],
  ] as const)('%s', (_, restartPolicy, failure, tried, expected) => {
    expect(budgetFor(failure, policy(restartPolicy), tried)).toBe(expected)
  })

  test('a refused submission is tried again as often as it says', () => {
    expect(resubmits(policy({ type: 'Never', onSubmissionFailureRetries: 5 }), 1)).toBe(false)
    expect(resubmits(policy({ type: 'OnFailure', onSubmissionFailureRetries: 1 }), 1)).toBe(true)
    expect(resubmits(policy({ type: 'OnFailure', onSubmissionFailureRetries: 1 }), 2)).toBe(false)
    expect(resubmits(policy({ type: 'Always' }), 99)).toBe(true)
  })
})

test('waits double, stay below the longest interval plus a quarter, and are the same for the same seed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 600 }),
      fc.integer({ min: 1, max: 200 }),
      fc.string(),
      (interval, nth, seed) => {
        const whole = spec({ type: 'Always', onFailureRetryMaxInterval: 300 })
        const ms = retryDelay(whole, interval, nth, seed)
        const plain = Math.min(interval * 2 ** Math.min(nth - 1, 30), Math.max(300, interval)) * 1000
        expect(ms).toBeGreaterThanOrEqual(plain)
        expect(ms).toBeLessThanOrEqual(plain * 1.25 + 1)
        expect(retryDelay(whole, interval, nth, seed)).toBe(ms)
      },
    ),
  )
})
