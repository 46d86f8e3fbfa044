import { Connection } from './connection.ts'
import type { Credentials } from './credentials.ts'
import { TransportError } from './errors.ts'

/**
 * As few connections as the streams need: a new one only when each has as many streams as the server allows,
 * and never more than `limit`. New certificates retire the connections made with the old ones.
 */
export class ConnectionPool {
  readonly #credentials: Credentials
  readonly #limit: number
  readonly #background: boolean
  #connections: readonly Connection[] = []
  #opening: Promise<unknown> | undefined
  #waiting: readonly (() => void)[] = []
  #closed = false

  constructor(credentials: Credentials, limit: number, background = false) {
    this.#credentials = credentials
    this.#limit = limit
    this.#background = background
  }

  /** A connection with a place reserved for one stream; the caller must call its `request` at once. */
  async acquire(signal: AbortSignal): Promise<Connection> {
    for (;;) {
      const material = await orAbort(this.#credentials.tls(), signal)
      if (signal.aborted) throw unsent()
      if (this.#closed) throw new TransportError('the client is closed', { outcome: 'unsent' })
      for (const each of this.#connections) if (each.material !== material) each.retire()
      this.#connections = this.#connections.filter((each) => !each.gone)
      const free = this.#connections.find((each) => each.hasRoom)
      if (free !== undefined) {
        free.reserve()
        return free
      }
      if (this.size < this.#limit) await orAbort(this.#open(), signal)
      else await this.#change(signal)
    }
  }

  get streams(): number {
    return this.#connections.reduce((sum, each) => sum + each.streams, 0)
  }

  get size(): number {
    return this.#connections.filter((each) => each.usable).length
  }

  close(): void {
    this.#closed = true
    for (const each of this.#connections) each.destroy()
    this.#connections = []
    this.#wake()
  }

  /** One at a time, for all who wait. */
  async #open(): Promise<void> {
    this.#opening ??= this.#connect().finally(() => {
      this.#opening = undefined
    })
    await this.#opening
  }

  async #connect(): Promise<void> {
    const connection = await Connection.open(this.#credentials.server, await this.#credentials.tls(), () =>
      this.#wake(),
    )
    if (this.#closed) return connection.destroy()
    if (this.#background) connection.unref()
    this.#connections = [...this.#connections, connection]
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake)
        resolve()
      }
      signal.addEventListener('abort', wake, { once: true })
      this.#waiting = [...this.#waiting, wake]
    })
  }

  #wake(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const wake of waiting) wake()
  }
}

const unsent = (): TransportError => new TransportError('no answer in time: nothing was sent', { outcome: 'unsent' })

/** What has not been sent by the deadline never will be. */
export const orAbort = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  let abort = (): void => {}
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(unsent())
    if (signal.aborted) abort()
    else signal.addEventListener('abort', abort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
