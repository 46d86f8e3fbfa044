import { Agent, type IncomingMessage, request } from 'node:http'

const agent = new Agent({ keepAlive: true, maxSockets: 64 })

export interface OutgoingRequest {
  readonly url: string
  readonly method: 'GET' | 'POST'
  readonly token: string
  readonly body?: unknown
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
        },
        ...(outgoing.signal === undefined ? {} : { signal: outgoing.signal }),
        ...(outgoing.idleTimeout === undefined ? {} : { timeout: outgoing.idleTimeout }),
      },
      resolve,
    )
    sent.on('timeout', () => sent.destroy(new Error(`no answer for ${outgoing.idleTimeout} ms`)))
    sent.on('error', reject)
    sent.end(body)
  })

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
