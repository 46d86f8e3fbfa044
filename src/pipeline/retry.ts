/** Whose fault a failure is: the task's own, or its surroundings' (eviction, node loss, preemption). */
export type FailureClass = 'user' | 'infrastructure'

export interface RetryPolicy {
  readonly retries: number
  readonly retryDelaySeconds: number
  readonly infrastructureRetries: number
}

export interface Failures {
  readonly user: number
  readonly infrastructure: number
}

export type RetryVerdict =
  | { readonly retry: true; readonly delaySeconds: number }
  | { readonly retry: false; readonly message: string }

const INFRASTRUCTURE_DELAYS = [0, 2, 5, 10, 30, 60] as const

/** What follows a failure that is already counted in `failures`. The two budgets never touch each other. */
export const retryVerdict = (cause: FailureClass, failures: Failures, policy: RetryPolicy): RetryVerdict => {
  switch (cause) {
    case 'user':
      if (failures.user <= policy.retries) return { retry: true, delaySeconds: policy.retryDelaySeconds }
      return { retry: false, message: tries(failures.user) }
    case 'infrastructure': {
      const { infrastructure } = failures
      if (infrastructure > policy.infrastructureRetries) {
        return { retry: false, message: `lost to its surroundings ${times(infrastructure)}` }
      }
      const delay = INFRASTRUCTURE_DELAYS[Math.min(infrastructure, INFRASTRUCTURE_DELAYS.length) - 1] ?? 0
      return { retry: true, delaySeconds: delay }
    }
  }
}

const times = (count: number): string => (count === 1 ? 'once' : `${count} times`)
const tries = (count: number): string => (count === 1 ? 'failed' : `failed ${count} times`)
