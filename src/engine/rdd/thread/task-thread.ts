import { parentPort, workerData } from 'node:worker_threads'
import { EngineError, infrastructureError, messageOf } from '../../errors.ts'
import { broadcastName } from '../plan/stage-plan.ts'
import { PersistedCache } from '../task/persisted-cache.ts'
import type { TaskHost } from '../task/task-context.ts'
import type { FromThread, ToThread } from './messages.ts'
import { runThreadTask, type ThreadState } from './thread-task.ts'

/** The entry of a thread that runs tasks of RDDs, one at a time; `workerData.cacheBytes` is for persisted values. */
const port = parentPort
if (port === null) throw new Error('task-thread.ts runs in a worker thread only')
const send = (message: FromThread): void => port.postMessage(message)

const state: ThreadState = {
  cache: new PersistedCache((workerData as { readonly cacheBytes: number }).cacheBytes),
  plans: new Map(),
  broadcasts: new Map(),
}
interface Waiting {
  readonly resolve: (bytes: Uint8Array | undefined) => void
  readonly reject: (error: Error) => void
}
const waiting = new Map<number, Waiting>()
let requests = 0

const asked = (message: (request: number) => FromThread): Promise<Uint8Array | undefined> =>
  new Promise((resolve, reject) => {
    const request = requests++
    waiting.set(request, { resolve, reject })
    send(message(request))
  })

const host: TaskHost = {
  getBlock: (id) => asked((request) => ({ kind: 'get', request, id })),
  putBlock: async (id, level, bytes) => {
    await asked((request) => ({ kind: 'put', request, id, level, bytes }))
  },
}

port.on('message', (message: ToThread) => {
  switch (message.kind) {
    case 'run':
      runThreadTask(message.task, state, host).then(
        (outcome) => send({ kind: 'done', ...outcome }),
        (error: unknown) => {
          const stack = error instanceof Error ? (error.stack ?? '') : ''
          const failure = error instanceof EngineError ? error.kind : 'infrastructure'
          send({ kind: 'failed', failure, message: messageOf(error), stack })
        },
      )
      break
    case 'block': {
      const one = waiting.get(message.request)
      waiting.delete(message.request)
      if (message.failed === undefined) one?.resolve(message.bytes)
      else one?.reject(infrastructureError(message.failed))
      break
    }
    case 'forget':
      state.cache.removePrefix(message.prefix)
      for (const id of [...state.broadcasts.keys()])
        if (broadcastName(id).startsWith(message.prefix)) state.broadcasts.delete(id)
      break
  }
})
