/**
 * What went wrong, for people: the message is one or a few sentences that name the cause.
 * - `user`: the query, the program or the data; the same task would fail again, so nothing is retried.
 * - `infrastructure`: an executor, the network or the disk; another attempt may succeed.
 * - `limit`: a limit of this application was met (result size, executors, download size).
 */
export type FailureKind = 'user' | 'infrastructure' | 'limit'

export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly kind: FailureKind

  constructor(kind: FailureKind, message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.kind = kind
  }
}

export const userError = (message: string, cause?: unknown): EngineError =>
  new EngineError('user', message, cause === undefined ? {} : { cause })

export const limitError = (message: string): EngineError => new EngineError('limit', message)

export const infrastructureError = (message: string, cause?: unknown): EngineError =>
  new EngineError('infrastructure', message, cause === undefined ? {} : { cause })

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => {
  if (error instanceof Error) return error.message === '' ? error.name : error.message
  return typeof error === 'string' ? error : JSON.stringify(error)
}
