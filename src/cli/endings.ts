import { EXIT } from './usage.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const

const isForwarded = (message: unknown): boolean =>
  typeof message === 'object' && message !== null && SIGNALS.some((each) => Reflect.get(message, 'signal') === each)

/**
 * What may end the command from outside: signals, sent to it or passed on by the launcher (bin/bellows.mjs); the end of
 * the launcher; a reader of its output that has gone. The first asks for a clean end; a second signal ends at once.
 */
export class Endings {
  #direct = 0
  #forwarded = 0
  #code: number | undefined
  #handler: (() => void) | undefined

  listen(): void {
    for (const name of SIGNALS) process.on(name, () => this.#signalled(++this.#direct))
    process.on('message', (message) => {
      if (isForwarded(message)) this.#signalled(++this.#forwarded)
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

  /** One Ctrl-C may come both ways: each way is counted by itself. */
  #signalled(count: number): void {
    if (count > 1) process.exit(EXIT.interrupted)
    this.#end(EXIT.interrupted)
  }

  #end(code: number): void {
    if (this.#code !== undefined) return
    this.#code = code
    if (this.#handler === undefined) process.exit(code)
    this.#handler()
  }
}
