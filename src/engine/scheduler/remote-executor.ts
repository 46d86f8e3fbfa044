import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EngineError, messageOf } from '../errors.ts'
import { ask, openRequest, readJson } from '../http-client.ts'
import { PATHS, type Registration, type TaskProblem, type TaskReport } from '../protocol.ts'
import { FrameReader } from '../shuffle/block-frames.ts'
import { FetchFailed } from '../shuffle/fetch-failed.ts'
import { ExecutorLost, type TaskExecutor } from './task-executor.ts'

export interface RemoteOptions {
  readonly token: string
  /** Where result files go. */
  readonly directory: string
  /** spark.task.cpus */
  readonly taskCpus: number
}

/** An executor over HTTP: one request a task; its report and the bytes of its result are the answer. */
export const remoteExecutor = (registration: Registration, options: RemoteOptions): TaskExecutor => ({
  id: registration.id,
  name: `executor ${registration.id}`,
  host: registration.host,
  slots: Math.floor(registration.cores / options.taskCpus),
  url: registration.url,
  shuffleDirectory: registration.shuffleDirectory,
  run: async (request, signal, admit) => {
    const path = join(options.directory, `${request.taskId}.parquet`)
    try {
      const answer = await openRequest({
        url: `${registration.url}${PATHS.task}`,
        method: 'POST',
        token: options.token,
        body: request,
        signal,
      })
      if (answer.statusCode !== 200) throw problem((await readJson(answer)) as TaskProblem)
      const frames = new FrameReader(answer)
      const report = JSON.parse(await textOf(frames.take(await frames.head()))) as TaskReport
      if (request.output.kind !== 'result') {
        await frames.end()
        return { report, path: undefined }
      }
      try {
        admit(report.bytes)
      } catch (error) {
        answer.destroy()
        throw error
      }
      await pipeline(frames.take(report.bytes), createWriteStream(path), { signal })
      await frames.end()
      return { report, path }
    } catch (error) {
      await rm(path, { force: true })
      if (error instanceof EngineError || error instanceof FetchFailed || signal.aborted) throw error
      throw new ExecutorLost(messageOf(error), { cause: error })
    }
  },
  release: (shuffles) => post(registration, options, PATHS.shuffleRelease, { shuffles }),
  removeBlocks: (prefix) => post(registration, options, PATHS.storageRemove, { prefix }),
  forgetBroadcast: (block) => post(registration, options, PATHS.broadcastForget, { block }),
  leave: () => post(registration, options, PATHS.leave, {}),
})

const post = async (
  registration: Registration,
  { token }: RemoteOptions,
  path: string,
  body: unknown,
): Promise<void> => {
  await ask({ url: `${registration.url}${path}`, method: 'POST', token, body, idleTimeout: 10_000 })
}

const problem = (told: TaskProblem): Error =>
  told.kind === 'fetch-failed'
    ? new FetchFailed(told.shuffle, told.executor, told.outputs, told.message)
    : new EngineError(told.kind, told.message)

const textOf = async (parts: AsyncIterable<Buffer>): Promise<string> => {
  const all: Buffer[] = []
  for await (const part of parts) all.push(part)
  return Buffer.concat(all).toString('utf8')
}
