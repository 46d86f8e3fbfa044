import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventLog } from './events.ts'
import { readJson } from './http-client.ts'
import { sendBytes, sendJson } from './http-server.ts'
import { type Decommission, type MovedOutputs, PATHS, type Registered, type Registration } from './protocol.ts'
import type { ExecutorSettings } from './runner/executor-settings.ts'
import type { EngineRuntime } from './scheduler/engine-runtime.ts'
import type { ExecutorPool } from './scheduler/executor-pool.ts'
import type { BlockLocations } from './storage/block-locations.ts'
import type { BlockStatus } from './storage/block-store.ts'
import type { Broadcasts } from './storage/broadcast.ts'
import type { BlockDirectory, Peer } from './storage/storage-client.ts'

/** What executors talk to in the driver. */
export interface DriverServices {
  readonly pool: ExecutorPool
  readonly runtime: EngineRuntime
  readonly blocks: BlockLocations
  readonly broadcasts: Broadcasts
  readonly events: EventLog
  readonly settings: ExecutorSettings
  readonly url: string
}

/** The driver keeps blocks of executors that leave when there is nobody else. */
const DRIVER = 0

const others = ({ pool, url }: DriverServices, executor: number): readonly Peer[] => {
  const peers = pool
    .staying()
    .filter(({ id }) => id !== executor)
    .map((worker) => ({ executor: worker.id, url: worker.url }))
  return peers.length > 0 ? peers : [{ executor: DRIVER, url }]
}

const holders = ({ pool, blocks, url }: DriverServices, id: string, executor: number): readonly Peer[] =>
  blocks.holders(id).flatMap((holder) => {
    if (holder === executor) return []
    const place = holder === DRIVER ? url : pool.worker(holder)?.url
    return place === undefined ? [] : [{ executor: holder, url: place }]
  })

export const updateBlock = ({ blocks, events }: DriverServices, executor: number, status: BlockStatus): void => {
  blocks.update(executor, status)
  events.add('block-updated', { executor, block: status.id, memory: status.memory, disk: status.disk })
}

/** The tables of the driver for its own storage. */
export const driverDirectory = (services: () => DriverServices): BlockDirectory => ({
  update: async (status) => updateBlock(services(), DRIVER, status),
  locate: async (id) => holders(services(), id, DRIVER),
  peers: async () => others(services(), DRIVER).filter(({ executor }) => executor !== DRIVER),
})

type Answer = (services: DriverServices, body: unknown, response: ServerResponse) => void | Promise<void>

const ANSWERS: Readonly<Record<string, Answer>> = {
  [PATHS.register]: ({ pool, settings }, body, response) => {
    const answer: Registered = { settings }
    sendJson(response, pool.register(body as Registration) ? 200 : 410, answer)
  },
  [PATHS.heartbeat]: ({ pool }, body, response) => {
    sendJson(response, pool.heartbeat((body as { readonly id: number }).id) ? 200 : 410, {})
  },
  [PATHS.decommission]: (services, body, response) => {
    const { executor, reason, done } = body as Decommission
    const known = services.pool.drain(executor, reason)
    sendJson(response, known ? 200 : 410, { peers: others(services, executor) })
    if (done) services.pool.left(executor, reason)
  },
  [PATHS.moved]: ({ runtime }, body, response) => {
    runtime.outputsMoved(body as MovedOutputs)
    sendJson(response, 200, {})
  },
  [PATHS.peers]: (services, body, response) => {
    const { executor } = body as { readonly executor: number }
    sendJson(
      response,
      200,
      others(services, executor).filter((peer) => peer.executor !== DRIVER),
    )
  },
  [PATHS.storageUpdate]: (services, body, response) => {
    const { executor, status } = body as { readonly executor: number; readonly status: BlockStatus }
    if (services.pool.worker(executor) !== undefined) updateBlock(services, executor, status)
    sendJson(response, 200, {})
  },
  [PATHS.storageLocate]: (services, body, response) => {
    const { executor, id } = body as { readonly executor: number; readonly id: string }
    sendJson(response, 200, holders(services, id, executor))
  },
  [PATHS.broadcastInfo]: async ({ broadcasts }, body, response) => {
    const { executor, block } = body as { readonly executor: number; readonly block: string }
    const info = await broadcasts.info(block, executor)
    sendJson(response, info === undefined ? 404 : 200, info ?? {})
  },
  [PATHS.broadcastHave]: async ({ broadcasts, pool }, body, response) => {
    const { executor, block, chunk, url } = body as {
      readonly executor: number
      readonly block: string
      readonly chunk: number
      readonly url: string
    }
    if (pool.worker(executor) !== undefined) broadcasts.has(block, executor, url, chunk)
    sendJson(response, 200, (await broadcasts.info(block, executor))?.holders ?? [])
  },
  [PATHS.broadcastChunk]: async ({ broadcasts }, body, response) => {
    const { block, chunk } = body as { readonly block: string; readonly chunk: number }
    sendBytes(response, await broadcasts.chunk(block, chunk))
  },
}

/** Answers what executors say to their driver; false: the path is about something else. */
export const answerExecutor = async (
  services: DriverServices,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<boolean> => {
  const answer = request.method === 'POST' ? ANSWERS[path] : undefined
  if (answer === undefined) return false
  await answer(services, await readJson(request), response)
  return true
}
