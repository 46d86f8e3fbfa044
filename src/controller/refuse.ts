import { leaderEpochRule } from '../api/spark-application-status.ts'
import { ApiError } from '../kube/errors.ts'
import type { Action, Refusal, RefusalReason } from './decision.ts'

/**
 * What the server's answer to a write means for the user's object. Undefined: it says nothing about the object
 * (throttled, unavailable, unauthorised, no answer), so the pass is simply retried.
 */
export const refusalOf = (action: Action, error: unknown): Refusal | undefined => {
  if (!(error instanceof ApiError)) return undefined
  const reason = reasonOf(error)
  return reason === undefined
    ? undefined
    : { action, reason, message: error.message, retryable: reason === 'QuotaExceeded' }
}

const reasonOf = (error: ApiError): RefusalReason | undefined => {
  switch (error.status) {
    case 403:
      if (error.causes.some((cause) => cause.reason === 'NamespaceTerminating')) return 'NamespaceTerminating'
      return /exceeded quota/i.test(error.message) ? 'QuotaExceeded' : 'Forbidden'
    case 404:
      return 'NotFound'
    case 400:
    case 413:
    case 422:
      return 'Invalid'
    default:
      return undefined
  }
}

/** Whether this is the CRD's rule that status.leaderEpoch never decreases: an older leader wrote. */
export const isFencedByEpoch = (error: unknown): boolean =>
  error instanceof ApiError &&
  error.status === 422 &&
  [error.message, ...error.causes.map(({ message }) => message ?? '')].some((text) =>
    text.includes(leaderEpochRule.message),
  )
