/** How one attempt at a request ended without success. */
export type Setback =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterMs: number | undefined }
  /** No answer. `unsent`: the server cannot have acted upon it. */
  | { readonly kind: 'broken'; readonly unsent: boolean }

export interface Attempt {
  readonly setback: Setback
  /** Reading changes nothing on the server, so it may be asked twice. */
  readonly reads: boolean
  /** How many attempts failed so far, this one included. */
  readonly failures: number
  /** Whether the token has been renewed for this request. */
  readonly renewed: boolean
  readonly remainingMs: number
}

export type Verdict =
  | { readonly kind: 'give-up' }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly renew?: true }

const MAX_BROKEN = 3

/**
 * Whether to ask again. 401: once, with a new token. 429: the server did nothing, so ask again after Retry-After.
 * 503: likewise if it says when; otherwise only reads. A broken connection: reads, and writes that were never sent.
 * Never waits past the deadline. `random` is in [0, 1).
 */
export const retryOf = (attempt: Attempt, random: number): Verdict => {
  const { setback, reads, failures } = attempt
  const within = (afterMs: number): Verdict =>
    afterMs < attempt.remainingMs ? { kind: 'retry', afterMs } : { kind: 'give-up' }
  const growing = 100 * 2 ** Math.min(failures, 6) * (0.5 + random)

  if (setback.kind === 'broken') {
    if (failures >= MAX_BROKEN || !(reads || setback.unsent)) return { kind: 'give-up' }
    return within(failures === 1 ? 0 : growing)
  }
  const { status, retryAfterMs } = setback
  if (status === 401) return attempt.renewed ? { kind: 'give-up' } : { kind: 'retry', afterMs: 0, renew: true }
  if (status !== 429 && status !== 503) return { kind: 'give-up' }
  if (retryAfterMs !== undefined) return within(retryAfterMs + random * Math.min(1_000, retryAfterMs / 2 + 100))
  return status === 429 || reads ? within(growing) : { kind: 'give-up' }
}

/** Retry-After as delta seconds or as an HTTP date. Source: RFC 9110 §10.2.3. */
export const retryAfterMs = (header: string | undefined, wall: number): number | undefined => {
  if (header === undefined || header.trim() === '') return undefined
  if (/^\s*\d+\s*$/.test(header)) return Number(header) * 1_000
  const date = Date.parse(header)
  return Number.isNaN(date) ? undefined : Math.max(0, date - wall)
}
