import { Agent, type IncomingMessage, request } from 'node:http'
import { pipeline } from 'node:stream/promises'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

const UPLOAD_HEADER = 'x-bellows-upload'

const encodeHeader = (header: unknown): string => Buffer.from(JSON.stringify(header)).toString('base64url')

/** What came as `upload.header`. */
export const uploadHeader = (request: IncomingMessage): unknown =>
  JSON.parse(Buffer.from(String(request.headers[UPLOAD_HEADER] ?? ''), 'base64url').toString('utf8'))

export interface OutgoingRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly token: string
  readonly body?: unknown
  /** Bytes instead of JSON, with `header` beside them. */
  readonly upload?: { readonly header: unknown; readonly parts: AsyncIterable<Uint8Array> }
  readonly signal?: AbortSignal
  /** Milliseconds without any byte; absent: waits as long as the connection stands. */
  readonly idleTimeout?: number
}

/** Sends a request between driver and executor. Resolves with the answer's head; rejects when the connection breaks. */
export const openRequest = (outgoing: OutgoingRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const body = outgoing.body === undefined ? undefined : Buffer.from(JSON.stringify(outgoing.body))
    const sent = request(
      outgoing.url,
      {
        agent,
        method: outgoing.method,
        headers: {
          authorization: `Bearer ${outgoing.token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': body.length }),
          ...(outgoing.upload === undefined ? {} : { [UPLOAD_HEADER]: encodeHeader(outgoing.upload.header) }),
        },
        ...(outgoing.signal === undefined ? {} : { signal: outgoing.signal }),
        ...(outgoing.idleTimeout === undefined ? {} : { timeout: outgoing.idleTimeout }),
      },
      resolve,
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${outgoing.idleTimeout} ms`)))
    sent.on('error', reject)
    if (outgoing.upload === undefined) sent.end(body)
    else pipeline(outgoing.upload.parts, sent).catch(reject)
  })

/** Sends JSON and reads a JSON answer. Throws where the answer is not 200. */
export const ask = async (outgoing: OutgoingRequest): Promise<unknown> => {
  const answer = await openRequest(outgoing)
  const told = await readJson(answer)
  if (answer.statusCode !== 200) throw new Error(`${outgoing.url} answered ${answer.statusCode}`)
  return told
}

/** Reads a JSON answer; an empty one gives undefined. */
export const readJson = async (answer: AsyncIterable<Buffer>, maxBytes = 16 * 2 ** 20): Promise<unknown> => {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new RangeError(`more than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  const text = Buffer.concat(chunks).toString('utf8')
  return text === '' ? undefined : JSON.parse(text)
}
