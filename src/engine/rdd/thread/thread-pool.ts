import { Worker } from 'node:worker_threads'
import { EngineError, infrastructureError, messageOf } from '../../errors.ts'
import type { BlockStorage } from '../../scheduler/task-body.ts'
import type { FromThread, ThreadTask, ToThread } from './messages.ts'
import type { ThreadOutcome } from './thread-task.ts'

export interface ThreadPoolOptions {
  /** Tasks at once. */
  readonly threads: number
  /** Bytes that persisted values may take as JavaScript values, over all threads. */
  readonly cacheBytes: number
  /** Bytes of a thread's heap before it is ended with an error. */
  readonly heapBytes: number
}

interface Thread {
  readonly worker: Worker
  busy: boolean
  /** Blocks it holds as values: the next task that wants one is best run here. */
  readonly held: Set<string>
}

interface Waiting {
  readonly run: (thread: Thread) => void
  readonly wanted: readonly string[]
}

const ENTRY = new URL('./task-thread.ts', import.meta.url)

/** Threads for tasks of RDDs: JavaScript of the program never blocks the process that answers for it. */
export class ThreadPool {
  private readonly options: ThreadPoolOptions
  private readonly threads: Thread[] = []
  private readonly queue: Waiting[] = []
  private closed = false

  constructor(options: ThreadPoolOptions) {
    this.options = options
  }

  /** `wanted`: persisted blocks that the task begins with. Throws EngineError as the task does. */
  async run(
    task: ThreadTask,
    storage: BlockStorage,
    wanted: readonly string[],
    signal: AbortSignal,
  ): Promise<ThreadOutcome> {
    signal.throwIfAborted()
    const thread = await this.acquire(wanted)
    try {
      return await this.runOn(thread, task, storage, signal)
    } finally {
      this.release(thread)
    }
  }

  forget(prefix: string): void {
    for (const thread of this.threads) {
      for (const id of thread.held) if (id.startsWith(prefix)) thread.held.delete(id)
      thread.worker.postMessage({ kind: 'forget', prefix } satisfies ToThread)
    }
  }

  async close(): Promise<void> {
    this.closed = true
    await Promise.all(this.threads.map((thread) => thread.worker.terminate()))
  }

  private acquire(wanted: readonly string[]): Promise<Thread> {
    const idle = this.threads.filter((thread) => !thread.busy)
    const best =
      idle.find((thread) => wanted.some((id) => thread.held.has(id))) ?? (this.mayGrow() ? undefined : idle[0])
    const thread = best ?? (this.mayGrow() ? this.start() : undefined)
    if (thread !== undefined) {
      thread.busy = true
      return Promise.resolve(thread)
    }
    return new Promise((resolve) => this.queue.push({ run: resolve, wanted }))
  }

  private mayGrow(): boolean {
    return this.threads.length < this.options.threads && this.threads.every((thread) => thread.busy)
  }

  private start(): Thread {
    if (this.closed) throw infrastructureError('the executor is ending')
    const heap = Math.max(64, Math.floor(this.options.heapBytes / 2 ** 20))
    const worker = new Worker(ENTRY, {
      workerData: { cacheBytes: this.options.cacheBytes / this.options.threads },
      resourceLimits: { maxOldGenerationSizeMb: heap, maxYoungGenerationSizeMb: Math.min(64, heap) },
      stdout: false,
      stderr: false,
    })
    worker.unref()
    worker.setMaxListeners(0)
    const thread: Thread = { worker, busy: false, held: new Set() }
    worker.once('exit', () => this.threads.splice(this.threads.indexOf(thread), 1))
    this.threads.push(thread)
    return thread
  }

  private release(thread: Thread): void {
    thread.busy = false
    const alive = this.threads.includes(thread)
    if (this.queue.length === 0) return
    const at = Math.max(
      0,
      this.queue.findIndex((each) => each.wanted.some((id) => thread.held.has(id))),
    )
    const [next] = this.queue.splice(at, 1)
    const given = alive ? thread : this.start()
    given.busy = true
    next!.run(given)
  }

  private runOn(thread: Thread, task: ThreadTask, storage: BlockStorage, signal: AbortSignal): Promise<ThreadOutcome> {
    const { worker } = thread
    return new Promise((resolve, reject) => {
      const end = (): void => {
        worker.off('message', heard)
        worker.off('error', failed)
        worker.off('exit', exited)
        signal.removeEventListener('abort', aborted)
        worker.unref()
      }
      const answer = (request: number, work: Promise<Uint8Array | undefined>): void => {
        work.then(
          (bytes) => worker.postMessage({ kind: 'block', request, bytes } satisfies ToThread),
          (error) =>
            worker.postMessage({
              kind: 'block',
              request,
              bytes: undefined,
              failed: messageOf(error),
            } satisfies ToThread),
        )
      }
      const heard = (message: FromThread): void => {
        switch (message.kind) {
          case 'done':
            end()
            for (const id of message.value.persisted ?? []) thread.held.add(id)
            resolve(message)
            break
          case 'failed':
            end()
            reject(failureOf(message))
            break
          case 'get':
            answer(message.request, blockBytes(storage, message.id))
            break
          case 'put': {
            // Values live in the threads; what the process keeps is their encoded form.
            const level = { ...message.level, deserialized: false }
            answer(
              message.request,
              storage.put(message.id, level, message.bytes, () => message.bytes).then(() => undefined),
            )
            break
          }
        }
      }
      const failed = (error: Error & { code?: string }): void => {
        end()
        const limit = error.code === 'ERR_WORKER_OUT_OF_MEMORY'
        reject(
          limit
            ? new EngineError(
                'infrastructure',
                'a task of an RDD needed more memory than its thread has: use more partitions, or more executor memory',
                { cause: error },
              )
            : infrastructureError(`a thread failed: ${messageOf(error)}`, error),
        )
      }
      const exited = (): void => failed(new Error('it ended: the program may have called process.exit()'))
      // What runs is JavaScript of the program, which hears no signal.
      const aborted = (): void => {
        end()
        void worker.terminate()
        reject(infrastructureError('the task was cancelled', signal.reason))
      }
      worker.ref()
      worker.on('message', heard)
      worker.once('error', failed)
      worker.once('exit', exited)
      signal.addEventListener('abort', aborted, { once: true })
      worker.postMessage({ kind: 'run', task } satisfies ToThread)
    })
  }
}

const failureOf = (message: FromThread & { kind: 'failed' }): EngineError => {
  const error = new EngineError(message.failure, message.message)
  if (message.stack !== '') error.stack = message.stack
  return error
}

const blockBytes = async (storage: BlockStorage, id: string): Promise<Uint8Array | undefined> => {
  const block = await storage.get(id)
  if (block === undefined) return undefined
  if (block.kind === 'bytes') return block.bytes
  if (block.values instanceof Uint8Array) return block.values
  throw infrastructureError(`block ${id} is not in the form that RDDs keep`)
}
