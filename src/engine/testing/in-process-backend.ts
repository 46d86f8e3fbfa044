import { join } from 'node:path'
import type { ExecutorBackend, ExecutorExit } from '../backend.ts'
import { BODY_HANDLERS } from '../body-handlers.ts'
import { silentLog } from '../log.ts'
import { runExecutor } from '../runner/executor-process.ts'

/** Executors of tests: each with a database, a server and a directory of its own, all in this process. */
export const inProcessBackend = (directory: string, token: string, cores = 1): ExecutorBackend => {
  const running = new Map<number, { readonly stop: AbortController; readonly ended: Promise<unknown> }>()
  const exits: ((exit: ExecutorExit) => void)[] = []
  return {
    start: async ({ id, driverUrl }) => {
      const stop = new AbortController()
      const ended = runExecutor(
        {
          id,
          driverUrl,
          token,
          host: '127.0.0.1',
          cores,
          memoryLimit: 512 * 2 ** 20,
          directory: join(directory, `executor-${id}`),
          maxDownloadBytes: 2 ** 20,
          driverTimeout: 20_000,
          handlers: BODY_HANDLERS,
          log: silentLog,
        },
        stop.signal,
      )
      running.set(id, { stop, ended })
      ended.then((why) => {
        if (running.delete(id)) for (const listener of exits) listener({ id, message: String(why) })
      })
    },
    stop: async (id) => {
      const executor = running.get(id)
      running.delete(id)
      executor?.stop.abort()
      await executor?.ended
    },
    onExit: (listener) => {
      exits.push(listener)
    },
    onNotice: () => {},
    close: async () => {
      const all = [...running.values()]
      running.clear()
      for (const { stop } of all) stop.abort()
      await Promise.all(all.map(({ ended }) => ended))
    },
  }
}
