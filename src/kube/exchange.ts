import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2'
import { TransportError } from './errors.ts'

/** One request and its answer over an HTTP/2 stream, as promises. Every failure is a TransportError. */

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
}

/** The head of the answer. An abort ends the stream. */
export const answerOf = (stream: ClientHttp2Stream, signal: AbortSignal): Promise<Answer> =>
  new Promise((resolve, reject) => {
    let settled = false
    const fail = (cause?: unknown): void => {
      if (settled) return
      settled = true
      reject(broken(stream, cause, signal))
    }
    const abort = (): void => {
      fail(signal.reason)
      cancel(stream)
    }
    // Stays for the stream's life: an error that nobody listens to would end the process.
    stream.on('error', fail)
    stream.once('close', fail)
    stream.once('response', (headers) => {
      settled = true
      resolve({ status: headers[':status'] ?? 0, headers })
    })
    if (signal.aborted) return abort()
    signal.addEventListener('abort', abort, { once: true })
    stream.once('close', () => signal.removeEventListener('abort', abort))
  })

export const bodyOf = (stream: ClientHttp2Stream, signal: AbortSignal): Promise<string> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let settled = false
    const fail = (cause?: unknown): void => {
      if (settled) return
      settled = true
      reject(broken(stream, cause, signal))
    }
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.once('end', () => {
      if (cut(stream)) return fail()
      settled = true
      resolve(textOf(chunks))
    })
    stream.once('error', fail)
    stream.once('close', fail)
    if (signal.aborted) fail(signal.reason)
    else signal.addEventListener('abort', () => fail(signal.reason), { once: true })
  })

/** The body as it comes. Ends quietly on an abort, throws TransportError where the server did not end it. */
export async function* chunksOf(
  stream: ClientHttp2Stream,
  signal: AbortSignal,
): AsyncGenerator<string, void, undefined> {
  stream.setEncoding('utf8')
  let whole = false
  try {
    yield* stream as AsyncIterable<string>
    whole = !cut(stream)
  } catch (cause) {
    if (signal.aborted) return
    throw broken(stream, cause, signal)
  } finally {
    cancel(stream)
  }
  if (!signal.aborted && !whole) throw broken(stream, undefined, signal)
}

/** Idempotent; a stream that ended is left alone. */
export const cancel = (stream: ClientHttp2Stream): void => {
  if (!stream.closed && !stream.destroyed) stream.close(constants.NGHTTP2_CANCEL)
}

const cut = (stream: ClientHttp2Stream): boolean =>
  stream.aborted || (stream.rstCode !== undefined && stream.rstCode !== constants.NGHTTP2_NO_ERROR)

const textOf = (chunks: readonly Buffer[]): string =>
  (chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)).toString('utf8')

const broken = (stream: ClientHttp2Stream, cause: unknown, signal: AbortSignal): TransportError => {
  if (cause instanceof TransportError) return cause
  const unsent = stream.pending || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM
  const why = signal.aborted
    ? 'no answer in time'
    : cause instanceof Error
      ? cause.message
      : `the server ended the stream (code ${stream.rstCode ?? 'none'})`
  return new TransportError(why, { outcome: unsent ? 'unsent' : 'unknown', cause })
}
