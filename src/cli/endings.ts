import { EXIT } from './usage.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

const isForwarded = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && SIGNALS.some((each) => Reflect.get(message, 'signal') === each)

/** npm passes on a Ctrl-C that the terminal has sent to the whole group already: that soon it is the same one. */
const SAME_MS = 500

/**
 * What may end the command from outside: signals, sent to it or passed on by the launcher (bin/bellows.mjs); the end of
 * the launcher; a reader of its output that has gone. The first asks for a clean end; a second signal ends at once.
 */
export class Endings {
  readonly #first = new Map<'direct' | 'forwarded', number>()
  #code: number | undefined
  #handler: (() => void) | undefined

  listen(): void {
    for (const name of SIGNALS) process.on(name, () => this.#signalled('direct'))
    process.on('message', (message) => {
      if (isForwarded(message)) this.#signalled('forwarded')
    })
    process.on('disconnect', () => this.#end(EXIT.interrupted))
    // Listening alone must not keep the process alive.
    process.channel?.unref()
    for (const stream of [process.stdout, process.stderr]) {
      stream.on('error', (error: NodeJS.ErrnoException) => {
        // EIO: the terminal is gone.
        if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
        this.#end(EXIT.pipe)
      })
    }
  }

  /** The exit code of what has ended the command; undefined while nothing has. */
  get exitCode(): number | undefined {
    return this.#code
  }

  /** Calls `handler` at the first ending, which then is a clean one. Returns how to stop that. */
  handle(handler: () => void): () => void {
    this.#handler = handler
    if (this.#code !== undefined) handler()
    return () => {
      this.#handler = undefined
    }
  }

  /** One Ctrl-C may come both ways: each way has a first of its own. */
  #signalled(way: 'direct' | 'forwarded'): void {
    const now = performance.now()
    const first = this.#first.get(way) ?? now
    this.#first.set(way, first)
    if (now - first > SAME_MS) process.exit(EXIT.interrupted)
    this.#end(EXIT.interrupted)
  }

  #end(code: number): void {
    if (this.#code !== undefined) return
    this.#code = code
    if (this.#handler === undefined) process.exit(code)
    this.#handler()
  }
}
