import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { join } from 'node:path'
import type { Database } from '../duckdb/database.ts'
import { readJson } from '../http-client.ts'
import { sendJson } from '../http-server.ts'
import { PATHS } from '../protocol.ts'
import { receiveOutput } from '../shuffle/move-outputs.ts'
import { ShuffleClient } from '../shuffle/shuffle-client.ts'
import { serveBlocks } from '../shuffle/shuffle-server.ts'
import { ShuffleStore } from '../shuffle/shuffle-store.ts'
import { type BlockPeers, BlockStore } from '../storage/block-store.ts'
import { MemoryManager } from '../storage/memory-manager.ts'
import { answerStorage } from '../storage/storage-server.ts'
import type { BodyHandlers } from './body-handlers.ts'
import type { ExecutorSettings } from './executor-settings.ts'
import type { InputStore } from './input-store.ts'
import { pause } from './pause.ts'
import { TaskHost } from './task-host.ts'

export interface TaskProcessOptions {
  /** 0: the driver. */
  readonly executor: number
  readonly token: string
  readonly database: Database
  readonly cores: number
  /** Bytes for DuckDB and persisted blocks. */
  readonly memoryLimit: number
  readonly directory: string
  readonly handlers: BodyHandlers
  readonly inputs: InputStore
  readonly settings: ExecutorSettings
  readonly shuffle: ShuffleStore
  readonly peers: BlockPeers
  readonly clock: () => number
}

/** A directory for shuffle blocks whose name nobody else has. */
export const shuffleStore = (directory: string): ShuffleStore =>
  new ShuffleStore(join(directory, `blocks-${randomUUID()}`))

/** What driver and executors have in common: tasks, shuffle blocks, persisted blocks. */
export class TaskProcess {
  readonly host: TaskHost
  readonly shuffle: ShuffleStore
  readonly storage: BlockStore
  readonly memory: MemoryManager

  constructor(options: TaskProcessOptions) {
    const { executor, token, database, directory, handlers, inputs, settings, shuffle, peers, clock } = options
    this.shuffle = shuffle
    this.memory = new MemoryManager({
      budget: options.memoryLimit,
      storageFraction: settings.storageFraction,
      setDatabaseLimit: (bytes) => database.setMemoryLimit(bytes),
    })
    this.storage = new BlockStore({
      directory: join(directory, 'storage'),
      memory: this.memory,
      peers,
      removed: (prefix) => this.host.forget(prefix),
    })
    const fetcher = new ShuffleClient({
      token,
      maxBytesInFlight: settings.maxBytesInFlight,
      maxRetries: settings.fetchRetries,
      retryWait: settings.fetchRetryWait,
      idleTimeout: settings.networkTimeout,
      verify: settings.verifyChecksums,
      wait: pause,
      clock,
    })
    this.host = new TaskHost({
      executor,
      database,
      cores: options.cores,
      memory: options.memoryLimit,
      handlers,
      inputs,
      shuffle,
      fetcher,
      storage: this.storage,
      directory,
      clock,
    })
  }

  /** Answers what other processes ask about blocks; false: not about blocks. */
  async answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> {
    if (request.method !== 'POST') return false
    if (path === PATHS.shuffleFetch) await serveBlocks(this.shuffle, request, response)
    else if (path === PATHS.shuffleRelease) {
      const { shuffles } = (await readJson(request)) as { readonly shuffles: readonly number[] }
      for (const shuffle of shuffles) await this.shuffle.release(shuffle)
      sendJson(response, 200, {})
    } else if (path === PATHS.shufflePut) {
      await receiveOutput(this.shuffle, request)
      sendJson(response, 200, {})
    } else return answerStorage(this.storage, request, response, path)
    return true
  }
}
