import { ApiError, type ApiReason } from './errors.ts'

const REASONS: ReadonlySet<string> = new Set<ApiReason>([
  'BadRequest',
  'Unauthorized',
  'Forbidden',
  'NotFound',
  'AlreadyExists',
  'Conflict',
  'Gone',
  'Expired',
  'Invalid',
  'Timeout',
  'ServerTimeout',
  'TooManyRequests',
  'ServiceUnavailable',
  'InternalError',
  'MethodNotAllowed',
])

const REASON_OF_STATUS: Readonly<Record<number, ApiReason>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  409: 'Conflict',
  410: 'Gone',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
}

/** Source: metav1.Status. */
interface Status {
  readonly kind?: string
  readonly code?: number
  readonly reason?: string
  readonly message?: string
  readonly details?: {
    readonly name?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[]
  }
}

/** The longest piece of an answer that is not a Status which goes into an error. */
const EXCERPT = 200

/** What the server said no with: a Status, or from something in between a plain text or a page. */
export const apiErrorFrom = (status: number, body: string, retryAfterMs?: number): ApiError => {
  const parsed = parse(body)
  if (parsed !== undefined) return apiErrorOf(parsed, status, retryAfterMs)
  const text = body.replace(/\s+/g, ' ').trim().slice(0, EXCERPT)
  return new ApiError(status, REASON_OF_STATUS[status] ?? 'Unknown', text || `the server answered ${status}`, {
    retryAfterMs,
  })
}

/** `status` serves where the Status names no code, as in old servers' watch events. */
export const apiErrorOf = (value: unknown, status = 500, retryAfterMs?: number): ApiError => {
  const said = (typeof value === 'object' && value !== null ? value : {}) as Status
  const code = said.code ?? status
  const reason =
    said.reason !== undefined && REASONS.has(said.reason)
      ? (said.reason as ApiReason)
      : (REASON_OF_STATUS[code] ?? 'Unknown')
  const seconds = said.details?.retryAfterSeconds
  return new ApiError(code, reason, said.message ?? `the server answered ${code}`, {
    retryAfterMs: retryAfterMs ?? (seconds === undefined ? undefined : seconds * 1_000),
    causes: said.details?.causes ?? [],
  })
}

/** The server is behind the version that we asked for and will catch up. Source: apiserver storage.NewTooLargeResourceVersionError. */
export const isVersionTooLarge = (error: unknown): error is ApiError =>
  error instanceof ApiError &&
  (error.causes.some((cause) => cause.reason === 'ResourceVersionTooLarge') ||
    error.message.includes('Too large resource version'))

const parse = (body: string): Status | undefined => {
  if (!body.startsWith('{')) return undefined
  try {
    const value = JSON.parse(body) as Status
    return value.kind === 'Status' ? value : undefined
  } catch {
    return undefined
  }
}
