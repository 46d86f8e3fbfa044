import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2'
import type { TlsMaterial } from './credentials.ts'
import { TransportError } from './errors.ts'

const CONNECT_MS = 5_000
const PING_EVERY_MS = 15_000
const PING_ANSWER_MS = 5_000
/** The default of 64 KiB would stop a list every few objects. */
const STREAM_WINDOW = 1 << 20
const SESSION_WINDOW = 16 << 20

/**
 * One HTTP/2 session. It pings while it is in use, so that a peer that fell silent (half-open TCP) is found within
 * 20 s, and takes no new streams once the server said GOAWAY. Streams that run then may end in peace.
 */
export class Connection {
  readonly material: TlsMaterial
  readonly #session: ClientHttp2Session
  readonly #onChange: () => void
  readonly #pinger: NodeJS.Timeout
  #streams = 0
  #reserved = 0
  #retired = false
  #pinging = false

  private constructor(session: ClientHttp2Session, material: TlsMaterial, onChange: () => void) {
    this.#session = session
    this.material = material
    this.#onChange = onChange
    session.setLocalWindowSize(SESSION_WINDOW)
    this.#pinger = setInterval(() => {
      if (this.#streams > 0) this.check(PING_ANSWER_MS)
    }, PING_EVERY_MS)
    this.#pinger.unref()
    session.on('error', () => this.retire())
    session.on('goaway', () => this.retire())
    session.on('close', () => {
      clearInterval(this.#pinger)
      this.retire()
    })
  }

  /** The process may end while this connection is open. */
  unref(): void {
    this.#session.unref()
  }

  /** Connects and waits for the server's settings. Throws TransportError, always `unsent`. */
  static open(server: string, material: TlsMaterial, onChange: () => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const session = connect(server, {
        ca: material.ca,
        cert: material.cert,
        key: material.key,
        servername: material.serverName,
        rejectUnauthorized: material.insecure !== true,
        settings: { enablePush: false, initialWindowSize: STREAM_WINDOW },
        maxSessionMemory: 256,
      })
      const fail = (cause: unknown): void => {
        clearTimeout(timer)
        session.destroy()
        const why =
          cause instanceof Error ? cause.message || ('code' in cause ? String(cause.code) : '') : String(cause)
        reject(new TransportError(`cannot connect to ${server}: ${why}`, { outcome: 'unsent', cause }))
      }
      const timer = setTimeout(() => fail(new Error(`no answer in ${CONNECT_MS / 1000} s`)), CONNECT_MS)
      const closed = (): void => fail(new Error('the connection was closed before the server said anything'))
      // A second error must not end the process.
      session.on('error', () => {})
      session.once('error', fail)
      session.once('close', closed)
      session.once('remoteSettings', () => {
        clearTimeout(timer)
        session.off('error', fail)
        session.off('close', closed)
        resolve(new Connection(session, material, onChange))
      })
    })
  }

  get usable(): boolean {
    return !(this.#retired || this.#session.closed || this.#session.destroyed)
  }

  /** Nothing runs on it and nothing ever will. */
  get gone(): boolean {
    return this.#session.destroyed || (!this.usable && this.#streams === 0)
  }

  get streams(): number {
    return this.#streams
  }

  get hasRoom(): boolean {
    return this.usable && this.#streams + this.#reserved < (this.#session.remoteSettings.maxConcurrentStreams ?? 100)
  }

  /** Holds a place until `request` is called. */
  reserve(): void {
    this.#reserved += 1
  }

  /** Takes up a reserved place. Throws TransportError `unsent` if the session closed in the meantime. */
  request(headers: OutgoingHttpHeaders, endStream: boolean): ClientHttp2Stream {
    this.#reserved -= 1
    let stream: ClientHttp2Stream
    try {
      stream = this.#session.request(headers, { endStream })
    } catch (cause) {
      this.retire()
      throw new TransportError('the connection closed before the request was sent', { outcome: 'unsent', cause })
    }
    this.#streams += 1
    stream.once('close', () => {
      this.#streams -= 1
      if (this.#retired && this.#streams === 0) this.#session.close()
      this.#onChange()
    })
    return stream
  }

  /** Breaks the connection, and all that runs on it, unless the server answers a ping in time. */
  check(withinMs: number): void {
    if (this.#session.destroyed || this.#pinging) return
    this.#pinging = true
    const timer = setTimeout(
      () => this.#session.destroy(new Error('the server fell silent'), constants.NGHTTP2_CANCEL),
      withinMs,
    )
    timer.unref()
    this.#session.ping((error) => {
      this.#pinging = false
      clearTimeout(timer)
      if (error !== null) this.retire()
    })
  }

  /** No new streams; closes once those that run have ended. */
  retire(): void {
    if (this.#retired) return
    this.#retired = true
    if (this.#streams === 0) this.#session.close()
    this.#onChange()
  }

  destroy(): void {
    this.#retired = true
    clearInterval(this.#pinger)
    this.#session.destroy()
  }
}
