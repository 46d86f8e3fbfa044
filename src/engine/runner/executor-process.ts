import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Database } from '../duckdb/database.ts'
import { EngineError, messageOf } from '../errors.ts'
import { openRequest, readJson } from '../http-client.ts'
import { sendBytes, sendJson, startServer } from '../http-server.ts'
import type { Log } from '../log.ts'
import {
  HEARTBEAT_MS,
  PATHS,
  type Registered,
  type Registration,
  type TaskProblem,
  type TaskRequest,
} from '../protocol.ts'
import { frameHead } from '../shuffle/block-frames.ts'
import { FetchFailed } from '../shuffle/fetch-failed.ts'
import { BroadcastClient } from '../storage/broadcast-client.ts'
import { blockPeers, remoteDirectory } from '../storage/storage-client.ts'
import type { BodyHandlers } from './body-handlers.ts'
import type { ExecutorSettings } from './executor-settings.ts'
import { inputStore } from './input-store.ts'
import { moveAway } from './move-away.ts'
import { pause } from './pause.ts'
import { SourceReader } from './source-reader.ts'
import { shuffleStore, TaskProcess } from './task-process.ts'

export interface ExecutorOptions {
  readonly id: number
  readonly driverUrl: string
  readonly token: string
  readonly host: string
  readonly cores: number
  readonly memoryLimit: number
  readonly directory: string
  readonly maxDownloadBytes: number
  /** How long the driver may be silent before this executor gives up. */
  readonly driverTimeout: number
  readonly handlers: BodyHandlers
  readonly log: Log
}

/** Bodies of tasks may carry rows of the program and closures. */
const MAX_TASK_BYTES = 256 * 2 ** 20

/**
 * Runs an executor until its driver is gone or sends it away; resolves with why it ended. When `stop` aborts, or the
 * driver says so, it moves its blocks to others first.
 */
export const runExecutor = async (options: ExecutorOptions, stop: AbortSignal): Promise<string> => {
  const { id, token, log, directory } = options
  const database = await Database.open({
    threads: options.cores,
    memoryLimit: options.memoryLimit,
    spillDirectory: join(directory, 'spill'),
  })
  const shuffle = shuffleStore(directory)
  const driver = { url: options.driverUrl, token }
  let ownUrl = ''
  const broadcasts = new BroadcastClient({
    executor: id,
    directory: join(directory, 'broadcast'),
    driver,
    url: () => ownUrl,
  })
  const sources = Promise.withResolvers<SourceReader>()
  const inputs = inputStore({
    directory,
    maxDownloadBytes: options.maxDownloadBytes,
    sources: () => sources.promise,
    broadcasts,
  })
  const ready = Promise.withResolvers<TaskProcess>()
  let moveTime = 0
  const registered = (settings: ExecutorSettings) => {
    moveTime = settings.decommissionTime
    sources.resolve(
      new SourceReader({
        conf: settings.objectStores,
        directory,
        database,
        maxObjectBytes: options.maxDownloadBytes,
        maxCacheBytes: settings.objectCacheBytes,
      }),
    )
    ready.resolve(
      new TaskProcess({
        executor: id,
        token,
        database,
        cores: options.cores,
        memoryLimit: options.memoryLimit,
        directory,
        handlers: options.handlers,
        inputs,
        settings,
        shuffle,
        peers: blockPeers(remoteDirectory(driver, id), token, (error) => log.debug(`blocks: ${messageOf(error)}`)),
        clock: Date.now,
      }),
    )
  }
  const leave = new AbortController()
  let running = 0
  const server = await startServer({
    token,
    host: options.host,
    handle: async (request, response, path) => {
      // Tasks may come before the answer to the registration is read.
      const process = await ready.promise
      if (request.method === 'POST' && path === PATHS.task) {
        running++
        await runTask(process, request, response, log).finally(() => running--)
      } else if (request.method === 'POST' && path === PATHS.leave) {
        request.resume()
        sendJson(response, 200, {})
        leave.abort('the driver wants fewer executors')
      } else if (request.method === 'POST' && path === PATHS.broadcastChunk) {
        const { block, chunk } = (await readJson(request)) as { readonly block: string; readonly chunk: number }
        sendBytes(response, await broadcasts.serve(block, chunk))
      } else if (request.method === 'POST' && path === PATHS.broadcastForget) {
        const { block } = (await readJson(request)) as { readonly block: string }
        await inputs.forget(block)
        sendJson(response, 200, {})
      } else if (!(await process.answer(request, response, path))) sendJson(response, 404, { message: `no ${path}` })
    },
  })
  ownUrl = server.url
  const registration: Registration = {
    id,
    url: server.url,
    cores: options.cores,
    host: hostname(),
    shuffleDirectory: shuffle.directory,
  }
  const leaving = AbortSignal.any([stop, leave.signal])
  try {
    const gone = new AbortController()
    const away = once(leaving, 'abort', { signal: gone.signal }).then(async () => {
      if (moveTime === 0) return 'asked to stop'
      const reason = leave.signal.aborted ? String(leave.signal.reason) : 'asked to stop'
      const process = await ready.promise
      await moveAway({
        executor: id,
        driverUrl: options.driverUrl,
        token,
        process,
        running: () => running,
        time: moveTime,
        reason,
        log,
      }).catch((error: unknown) => log.debug(`leaving without moving blocks: ${messageOf(error)}`))
      return reason
    })
    away.catch(() => {})
    if (leaving.aborted) return 'asked to stop'
    const why = await Promise.race([keepInTouch(options, registration, registered, gone.signal), away])
    gone.abort()
    return why
  } finally {
    await server.close()
    database.close()
    await rm(directory, { recursive: true, force: true })
  }
}

const runTask = async (
  process: TaskProcess,
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
): Promise<void> => {
  const task = (await readJson(request, MAX_TASK_BYTES)) as TaskRequest
  const gone = new AbortController()
  response.on('close', () => gone.abort(new Error('the driver closed the connection')))
  let path: string | undefined
  try {
    const run = await process.host.run(task, gone.signal)
    path = run.path
    log.info(`task ${task.taskId}: ${run.report.rows} rows in ${Math.round(run.report.milliseconds)} ms`)
    const report = Buffer.from(JSON.stringify(run.report))
    response.writeHead(200, { 'content-type': 'application/octet-stream' })
    response.write(frameHead(report.length))
    response.write(report)
    if (path === undefined) response.end()
    else await pipeline(createReadStream(path), response)
  } catch (error) {
    if (response.destroyed) return
    log.warn(`task ${task.taskId} failed: ${messageOf(error)}`)
    sendJson(response, 422, problemOf(error))
  } finally {
    if (path !== undefined) await rm(path, { force: true })
  }
}

const problemOf = (error: unknown): TaskProblem => {
  const message = messageOf(error)
  if (error instanceof FetchFailed) {
    const { shuffle, executor, outputs } = error
    return { kind: 'fetch-failed', message, shuffle, executor, outputs }
  }
  return { kind: error instanceof EngineError ? error.kind : 'infrastructure', message }
}

/** Registers, then sends heartbeats; the driver's 410 means that it counts on this executor no more. */
const keepInTouch = async (
  options: ExecutorOptions,
  registration: Registration,
  onRegistered: (settings: ExecutorSettings) => void,
  stop: AbortSignal,
): Promise<string> => {
  const { log } = options
  let registered = false
  let heard = Date.now()
  while (!stop.aborted) {
    const path = registered ? PATHS.heartbeat : PATHS.register
    try {
      const { status, body } = await post(options, path, registered ? { id: registration.id } : registration)
      if (status === 410) return 'the driver let this executor go'
      if (status === 401) return 'the driver refused the token'
      if (status === 200) {
        if (!registered) {
          onRegistered((body as Registered).settings)
          log.info(`registered with the driver as executor ${registration.id}, ${registration.cores} cores`)
        }
        registered = true
        heard = Date.now()
      }
    } catch (error) {
      log.debug(`no answer from the driver: ${messageOf(error)}`)
    }
    const silent = Date.now() - heard
    if (silent > options.driverTimeout) return `the driver has not answered for ${Math.round(silent / 1000)} s`
    await pause(registered ? HEARTBEAT_MS : 100, stop)
  }
  return 'asked to stop'
}

const post = async (
  options: ExecutorOptions,
  path: string,
  sent: unknown,
): Promise<{ readonly status: number; readonly body: unknown }> => {
  const answer = await openRequest({
    url: `${options.driverUrl}${path}`,
    method: 'POST',
    token: options.token,
    body: sent,
    idleTimeout: 5000,
  })
  return { status: answer.statusCode ?? 0, body: await readJson(answer) }
}
