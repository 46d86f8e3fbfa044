import { createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { EngineError, infrastructureError, messageOf } from '../errors.ts'
import { openRequest, readJson } from '../http-client.ts'
import { PATHS, TASK_DONE_HEADER, type TaskDone, type TaskFailure, type TaskSpec } from '../protocol.ts'
import type { TaskRun } from '../runner/task-runner.ts'

/** The connection to an executor broke: it is taken for lost. */
export class WorkerLost extends Error {
  override readonly name = 'WorkerLost'
}

/** Something that runs tasks: an executor, or the driver itself. */
export interface Worker {
  readonly id: number
  readonly name: string
  readonly slots: number
  /** `admit` may refuse a result of that size before it is fetched. */
  run(spec: TaskSpec, signal: AbortSignal, admit: (bytes: number) => void): Promise<TaskRun>
}

export interface RemoteOptions {
  readonly id: number
  readonly url: string
  readonly token: string
  readonly slots: number
  readonly directory: string
}

/** An executor over HTTP: one request a task, its rows are the answer's body. */
export const remoteWorker = (options: RemoteOptions): Worker => ({
  id: options.id,
  name: `executor ${options.id}`,
  slots: options.slots,
  run: async (spec, signal, admit) => {
    const path = join(options.directory, `${spec.taskId}.parquet`)
    try {
      const answer = await openRequest({
        url: `${options.url}${PATHS.task}`,
        method: 'POST',
        token: options.token,
        body: spec,
        signal,
      })
      if (answer.statusCode !== 200) {
        const failure = (await readJson(answer)) as TaskFailure
        throw failure.retry ? infrastructureError(failure.message) : new EngineError('user', failure.message)
      }
      const done = JSON.parse(String(answer.headers[TASK_DONE_HEADER])) as TaskDone
      if (spec.output.kind !== 'result') {
        answer.resume()
        return { done, path: undefined }
      }
      admit(done.bytes)
      await pipeline(answer, createWriteStream(path), { signal })
      return { done, path }
    } catch (error) {
      await rm(path, { force: true })
      if (error instanceof EngineError || signal.aborted) throw error
      throw new WorkerLost(messageOf(error), { cause: error })
    }
  },
})
