import { createHash } from 'node:crypto'
import { retryMaxInterval } from '../api/effective.ts'
import type { SparkApplicationSpec } from '../api/spark-application.ts'
import type { Failure } from './failure.ts'

/** What of the past counts for a retry. */
export interface Tries {
  /** Runs begun, the failed one included. */
  readonly executionAttempts: number
  /** Of these, runs lost to their surroundings before this one and retried for that. */
  readonly infrastructureFailures: number
}

/** Which budget pays for another run. Undefined: none does. */
export type RetryBudget = 'application' | 'infrastructure'

const DEFAULT_INFRASTRUCTURE_RETRIES = 3
export const DEFAULT_RETRY_INTERVAL_S = 5

/**
 * Whether a failed run is followed by another. Published: Never; Always without end; OnFailure while
 * executionAttempts ≤ onFailureRetries, so n retries make n + 1 runs. Ours: runs lost to their surroundings are retried
 * by a budget of their own, whatever the type, and do not count as failures of the application; once it is used up they
 * count as any other.
 */
export const budgetFor = (
  failure: Failure,
  policy: SparkApplicationSpec['restartPolicy'],
  tries: Tries,
): RetryBudget | undefined => {
  if (failure.class === 'infrastructure' && tries.infrastructureFailures < infrastructureRetries(policy))
    return 'infrastructure'
  switch (policy.type) {
    case 'Always':
      return 'application'
    case 'OnFailure':
      return tries.executionAttempts - tries.infrastructureFailures <= (policy.onFailureRetries ?? 0)
        ? 'application'
        : undefined
    default:
      return undefined
  }
}

/** Never means never, as published: only a number that was written down makes a lost run start again. */
const infrastructureRetries = (policy: SparkApplicationSpec['restartPolicy']): number =>
  policy.onInfrastructureFailureRetries ?? (policy.type === 'Never' ? 0 : DEFAULT_INFRASTRUCTURE_RETRIES)

/** Whether a submission that the API server refused is tried again. `tried` counts the refused one. */
export const resubmits = (policy: SparkApplicationSpec['restartPolicy'], tried: number): boolean =>
  policy.type === 'Always' || (policy.type === 'OnFailure' && tried <= (policy.onSubmissionFailureRetries ?? 0))

/**
 * Milliseconds to wait before retry number `nth` (from 1): interval × 2^(nth−1), at most the longest interval, plus up
 * to a quarter of jitter. The jitter is a function of `seed`, so that deciding twice decides the same.
 */
export const retryDelay = (
  spec: SparkApplicationSpec,
  intervalSeconds: number | undefined,
  nth: number,
  seed: string,
): number => {
  const interval = intervalSeconds ?? DEFAULT_RETRY_INTERVAL_S
  const longest = retryMaxInterval(spec, interval)
  const seconds = Math.min(interval * 2 ** Math.min(Math.max(nth - 1, 0), 30), longest)
  return Math.round(seconds * 1000 * (1 + fraction(seed) / 4))
}

/** Between 0 and 1, the same for the same text. */
const fraction = (seed: string): number => createHash('sha256').update(seed).digest().readUInt32BE(0) / 2 ** 32
