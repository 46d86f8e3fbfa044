/** The `reason` words of a Kubernetes Status that Bellows reacts to. Source: apimachinery, metav1.StatusReason. */
export type ApiReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'Timeout'
  | 'ServerTimeout'
  | 'TooManyRequests'
  | 'ServiceUnavailable'
  | 'InternalError'
  | 'MethodNotAllowed'
  | 'Unknown'

/**
 * The API server answered with a failure. `message` is the server's sentence, fit for a condition;
 * it never holds headers or bodies of requests.
 */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  readonly reason: ApiReason
  /** How long the server asked to wait, in milliseconds. */
  readonly retryAfterMs: number | undefined
  /** `details.causes` of the Status: which fields were refused and why. */
  readonly causes: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]

  constructor(
    status: number,
    reason: ApiReason,
    message: string,
    options: {
      readonly retryAfterMs?: number
      readonly causes?: ApiError['causes']
      readonly cause?: unknown
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.status = status
    this.reason = reason
    this.retryAfterMs = options.retryAfterMs
    this.causes = options.causes ?? []
  }
}

/** `unsent`: the server never saw the request. `unknown`: a write may or may not have happened; look before acting. */
export type TransportOutcome = 'unsent' | 'unknown'

/** No answer: the connection broke or the deadline passed. */
export class TransportError extends Error {
  override readonly name = 'TransportError'
  readonly outcome: TransportOutcome

  constructor(message: string, options: { readonly outcome?: TransportOutcome; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.outcome = options.outcome ?? 'unknown'
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.status === 404
export const isAlreadyExists = (error: unknown): boolean =>
  error instanceof ApiError && error.reason === 'AlreadyExists'
/**
 * The object is another version, or another incarnation, than the one that was meant. Of a wrong uid a real server says
 * Conflict on delete, but "metadata.uid is immutable" (Invalid) on patch, replace and apply.
 */
export const isConflict = (error: unknown): boolean =>
  error instanceof ApiError &&
  (error.reason === 'Conflict' ||
    (error.reason === 'Invalid' && error.causes.some((cause) => cause.field === 'metadata.uid')))
/** The resource version is too old to list or watch from. */
export const isExpired = (error: unknown): boolean =>
  error instanceof ApiError && (error.status === 410 || error.reason === 'Expired' || error.reason === 'Gone')
