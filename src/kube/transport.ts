import type { ClientHttp2Stream, OutgoingHttpHeaders } from 'node:http2'
import { type Clock, sleep, systemClock } from './clock.ts'
import { ConnectionPool, orAbort } from './connection-pool.ts'
import type { Credentials } from './credentials.ts'
import { TransportError } from './errors.ts'
import { type Answer, answerOf, bodyOf, cancel, chunksOf } from './exchange.ts'
import { retryAfterMs, retryOf, type Setback } from './retry.ts'
import { apiErrorFrom } from './status.ts'
import { TokenBucket } from './token-bucket.ts'
import type { WriteCounter } from './write-counter.ts'

export type Verb = 'get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'log'

export interface ApiRequest {
  readonly verb: Verb
  /** Plural of the kind, for metrics, budgets and deadlines. */
  readonly resource: string
  /** With its query, from /api or /apis on. */
  readonly path: string
  readonly body?: string
  readonly contentType?: string
  readonly signal?: AbortSignal
}

/** One attempt at a request. `code` is the HTTP status, or 'error' where there was no answer. */
export interface RequestReport {
  readonly verb: Verb
  readonly resource: string
  readonly code: string
  readonly seconds: number
  /** How long the client's own budget held the request back; 0 on further attempts. */
  readonly throttledSeconds: number
}

export interface Budget {
  readonly perSecond: number
  readonly burst: number
}

export interface TransportOptions {
  /** From the call to the last byte, waiting and retries included. Watches and logs: to the first byte. */
  readonly deadlineMs?: number
  readonly leaseDeadlineMs?: number
  readonly maxConnections?: number
  /** Open connections do not keep the process alive: for a client that only serves what the process does anyway. */
  readonly background?: boolean
  readonly budgets?: Partial<Readonly<Record<BudgetClass, Budget>>>
  readonly writes?: WriteCounter
  readonly onRequest?: (report: RequestReport) => void
  readonly clock?: Clock
  /** In [0, 1). */
  readonly random?: () => number
  readonly userAgent?: string
}

/** Leases have a budget of their own, so that no flood of work can cost the leadership. */
export type BudgetClass = 'read' | 'write' | 'watch' | 'lease'

/** 3,000 applications a minute need about 600 writes a second. */
export const DEFAULT_BUDGETS: Readonly<Record<BudgetClass, Budget>> = {
  read: { perSecond: 500, burst: 1_000 },
  write: { perSecond: 1_500, burst: 3_000 },
  watch: { perSecond: 20, burst: 100 },
  lease: { perSecond: 10, burst: 20 },
}

const METHODS: Readonly<Record<Verb, string>> = {
  get: 'GET',
  list: 'GET',
  watch: 'GET',
  log: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  apply: 'PATCH',
  delete: 'DELETE',
}

const reads = (verb: Verb): boolean => METHODS[verb] === 'GET'

/**
 * Requests to one API server over as few HTTP/2 connections as will do.
 *
 * Promises: every request ends by its deadline; reads are repeated when the connection broke, writes only when the
 * server cannot have seen them, else they fail with TransportError `unknown`; 429 and 503 are repeated as the server
 * asks while the deadline allows; a 401 renews the token once; no more requests leave than the budget allows.
 */
export class Transport {
  readonly #options: TransportOptions
  readonly #credentials: Credentials
  readonly #pool: ConnectionPool
  readonly #buckets: Readonly<Record<BudgetClass, TokenBucket>>
  readonly #clock: Clock
  readonly #random: () => number
  readonly #prefix: string
  readonly #origin: URL

  constructor(credentials: Credentials, options: TransportOptions = {}) {
    this.#options = options
    this.#credentials = credentials
    this.#pool = new ConnectionPool(credentials, options.maxConnections ?? 4, options.background)
    this.#clock = options.clock ?? systemClock
    this.#random = options.random ?? Math.random
    this.#origin = new URL(credentials.server)
    this.#prefix = this.#origin.pathname.replace(/\/$/, '')
    const bucket = (name: BudgetClass): TokenBucket => {
      const { perSecond, burst } = options.budgets?.[name] ?? DEFAULT_BUDGETS[name]
      return new TokenBucket(perSecond, burst)
    }
    this.#buckets = { read: bucket('read'), write: bucket('write'), watch: bucket('watch'), lease: bucket('lease') }
  }

  /** The body of a 2xx answer. Throws ApiError for any other, TransportError where there is none. */
  async request(request: ApiRequest): Promise<string> {
    return this.#run(request, async (stream, answer, signal) => {
      const body = await bodyOf(stream, signal)
      if (!succeeded(answer)) throw apiErrorFrom(answer.status, body, this.#retryAfter(answer))
      return body
    })
  }

  /** The body of a 2xx answer as it comes; the deadline holds for its beginning only. `signal` ends it quietly. */
  async *stream(request: ApiRequest): AsyncGenerator<string, void, undefined> {
    const ended = new AbortController()
    const signal = request.signal === undefined ? ended.signal : AbortSignal.any([request.signal, ended.signal])
    if (signal.aborted) return
    let stream: ClientHttp2Stream
    try {
      stream = await this.#run(request, async (opened, answer, deadline) => {
        if (succeeded(answer)) return opened
        throw apiErrorFrom(answer.status, await bodyOf(opened, deadline), this.#retryAfter(answer))
      })
    } catch (error) {
      if (request.signal?.aborted) return
      throw error
    }
    const stop = (): void => cancel(stream)
    signal.addEventListener('abort', stop, { once: true })
    try {
      yield* chunksOf(stream, signal)
    } finally {
      ended.abort()
      signal.removeEventListener('abort', stop)
    }
  }

  /** Streams that run and connections that are open now. */
  get usage(): { readonly streams: number; readonly connections: number } {
    return { streams: this.#pool.streams, connections: this.#pool.size }
  }

  close(): void {
    this.#pool.close()
  }

  /** Attempts until one succeeds, the verdict is to give up, or the deadline has passed. */
  async #run<T>(
    request: ApiRequest,
    use: (s: ClientHttp2Stream, a: Answer, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const lease = request.resource === 'leases'
    const deadlineMs = lease ? (this.#options.leaseDeadlineMs ?? 5_000) : (this.#options.deadlineMs ?? 10_000)
    const end = this.#clock.monotonic() + deadlineMs
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), deadlineMs)
    const cancelled = (): void => deadline.abort()
    request.signal?.addEventListener('abort', cancelled, { once: true })
    try {
      let throttledMs = await this.#admit(request, deadlineMs, deadline.signal)
      let renewed = false
      let renew = false
      for (let failures = 1; ; failures++) {
        const before = this.#clock.monotonic()
        const report = (code: string): void =>
          this.#options.onRequest?.({
            verb: request.verb,
            resource: request.resource,
            code,
            seconds: (this.#clock.monotonic() - before) / 1_000,
            throttledSeconds: throttledMs / 1_000,
          })
        let setback: Setback
        let failure: unknown
        try {
          return await this.#attempt(request, renew, deadline.signal, report, use)
        } catch (error) {
          failure = error
          setback = setbackOf(error, report)
        }
        throttledMs = 0
        const verdict = retryOf(
          { setback, reads: reads(request.verb), failures, renewed, remainingMs: end - this.#clock.monotonic() },
          this.#random(),
        )
        if (verdict.kind === 'give-up' || deadline.signal.aborted) throw failure
        renew = verdict.renew === true
        renewed ||= renew
        await sleep(this.#clock, verdict.afterMs, deadline.signal)
        if (deadline.signal.aborted) throw failure
      }
    } finally {
      clearTimeout(timer)
      request.signal?.removeEventListener('abort', cancelled)
    }
  }

  /** Waits for the budget. Answers how long that took, in milliseconds. */
  async #admit(request: ApiRequest, longest: number, signal: AbortSignal): Promise<number> {
    const name: BudgetClass =
      request.resource === 'leases'
        ? 'lease'
        : request.verb === 'watch' || request.verb === 'log'
          ? 'watch'
          : reads(request.verb)
            ? 'read'
            : 'write'
    const wait = this.#buckets[name].take(this.#clock.monotonic(), longest)
    if (wait === undefined)
      throw new TransportError(`the client's budget for ${name} requests is used up`, { outcome: 'unsent' })
    if (wait > 0) await sleep(this.#clock, wait, signal)
    return wait
  }

  async #attempt<T>(
    request: ApiRequest,
    renew: boolean,
    signal: AbortSignal,
    report: (code: string) => void,
    use: (stream: ClientHttp2Stream, answer: Answer, signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const token = await orAbort(this.#credentials.token(renew), signal)
    const connection = await this.#pool.acquire(signal)
    const stream = connection.request(this.#headers(request, token), request.body === undefined)
    try {
      if (request.body !== undefined) stream.end(request.body)
      const answer = await answerOf(stream, signal)
      const result = await use(stream, answer, signal)
      report(String(answer.status))
      if (!reads(request.verb)) this.#options.writes?.wrote(request.resource)
      return result
    } catch (error) {
      cancel(stream)
      // Slow, or gone? A server that answers no ping either costs the requests after us their deadline too.
      if (signal.aborted && !request.signal?.aborted) connection.check(2_000)
      throw error
    }
  }

  #headers(request: ApiRequest, token: string | undefined): OutgoingHttpHeaders {
    return {
      ':method': METHODS[request.verb],
      ':path': this.#prefix + request.path,
      ':scheme': 'https',
      ':authority': this.#origin.host,
      accept: 'application/json',
      'user-agent': this.#options.userAgent ?? 'bellows',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(request.body === undefined ? {} : { 'content-type': request.contentType ?? 'application/json' }),
    }
  }

  #retryAfter(answer: Answer): number | undefined {
    return retryAfterMs(answer.headers['retry-after'], this.#clock.wall())
  }
}

const succeeded = (answer: Answer): boolean => answer.status >= 200 && answer.status < 300

const setbackOf = (error: unknown, report: (code: string) => void): Setback => {
  if (error instanceof TransportError) {
    report('error')
    return { kind: 'broken', unsent: error.outcome === 'unsent' }
  }
  const answer = error as { readonly status?: number; readonly retryAfterMs?: number }
  if (answer.status === undefined) {
    report('error')
    return { kind: 'answer', status: 0, retryAfterMs: undefined }
  }
  report(String(answer.status))
  return { kind: 'answer', status: answer.status, retryAfterMs: answer.retryAfterMs }
}
