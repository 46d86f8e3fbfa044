import { createReadStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Database } from '../duckdb/database.ts'
import { EngineError, messageOf } from '../errors.ts'
import { openRequest, readJson } from '../http-client.ts'
import { sendJson, startServer } from '../http-server.ts'
import type { Log } from '../log.ts'
import {
  HEARTBEAT_MS,
  PATHS,
  type Registration,
  TASK_DONE_HEADER,
  type TaskFailure,
  type TaskSpec,
} from '../protocol.ts'
import { inputStore } from './input-store.ts'
import { TaskRunner } from './task-runner.ts'

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
  readonly log: Log
}

/** Runs an executor until its driver is gone or sends it away; resolves with why it ended. */
export const runExecutor = async (options: ExecutorOptions, stop: AbortSignal): Promise<string> => {
  const { token, log } = options
  const database = await Database.open({
    threads: options.cores,
    memoryLimit: options.memoryLimit,
    spillDirectory: join(options.directory, 'spill'),
  })
  const inputs = inputStore({
    directory: options.directory,
    maxDownloadBytes: options.maxDownloadBytes,
    driver: { url: options.driverUrl, token },
  })
  const runner = new TaskRunner(database, inputs, join(options.directory, 'results'), Date.now)
  const server = await startServer({
    token,
    host: options.host,
    handle: async (request, response, path) => {
      if (request.method === 'POST' && path === PATHS.task) await runTask(runner, request, response, log)
      else sendJson(response, 404, { message: `no ${path}` })
    },
  })
  const registration: Registration = { id: options.id, url: server.url, cores: options.cores, host: hostname() }
  try {
    return await keepInTouch(options, registration, stop)
  } finally {
    await server.close()
    database.close()
    await rm(options.directory, { recursive: true, force: true })
  }
}

const runTask = async (
  runner: TaskRunner,
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
): Promise<void> => {
  const spec = (await readJson(request)) as TaskSpec
  const gone = new AbortController()
  response.on('close', () => gone.abort(new Error('the driver closed the connection')))
  try {
    const { done, path } = await runner.run(spec, gone.signal)
    log.info(`task ${spec.taskId}: ${done.rows} rows in ${Math.round(done.milliseconds)} ms`)
    response.writeHead(200, { [TASK_DONE_HEADER]: JSON.stringify(done), 'content-type': 'application/octet-stream' })
    if (path === undefined) response.end()
    else {
      await pipeline(createReadStream(path), response)
      await rm(path, { force: true })
    }
  } catch (error) {
    if (response.destroyed) return
    const failure: TaskFailure = {
      message: messageOf(error),
      retry: !(error instanceof EngineError) || error.kind === 'infrastructure',
    }
    log.warn(`task ${spec.taskId} failed: ${failure.message}`)
    sendJson(response, failure.retry ? 500 : 422, failure)
  }
}

/** Registers, then sends heartbeats; the driver's 410 means that it counts on this executor no more. */
const keepInTouch = async (
  options: ExecutorOptions,
  registration: Registration,
  stop: AbortSignal,
): Promise<string> => {
  const { log } = options
  let registered = false
  let heard = Date.now()
  while (!stop.aborted) {
    const path = registered ? PATHS.heartbeat : PATHS.register
    try {
      const status = await post(options, path, registered ? { id: registration.id } : registration)
      if (status === 410) return 'the driver let this executor go'
      if (status === 401) return 'the driver refused the token'
      if (status === 200) {
        if (!registered)
          log.info(`registered with the driver as executor ${registration.id}, ${registration.cores} cores`)
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

const post = async (options: ExecutorOptions, path: string, body: unknown): Promise<number> => {
  const answer = await openRequest({
    url: `${options.driverUrl}${path}`,
    method: 'POST',
    token: options.token,
    body,
    idleTimeout: 5000,
  })
  answer.resume()
  return answer.statusCode ?? 0
}

const pause = (milliseconds: number, stop: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (stop.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      stop.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, milliseconds)
    stop.addEventListener('abort', done, { once: true })
  })
