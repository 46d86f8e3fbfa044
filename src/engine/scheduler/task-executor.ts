import type { TaskRequest } from '../protocol.ts'
import type { TaskRun } from '../runner/task-host.ts'

/** The connection to an executor broke: it is taken for lost. */
export class ExecutorLost extends Error {
  override readonly name = 'ExecutorLost'
}

/** Something that runs tasks: an executor, or the driver itself (id 0). */
export interface TaskExecutor {
  readonly id: number
  readonly name: string
  readonly host: string
  readonly slots: number
  /** Where others fetch its shuffle blocks. */
  readonly url: string
  readonly shuffleDirectory: string
  /**
   * `admit` may refuse a result of that size before it is fetched. Throws EngineError, FetchFailed or ExecutorLost; when
   * `signal` aborts, anything.
   */
  run(request: TaskRequest, signal: AbortSignal, admit: (bytes: number) => void): Promise<TaskRun>
  /** Its blocks of these shuffles may go. */
  release(shuffles: readonly number[]): Promise<void>
  /** Its persisted blocks whose ids begin so may go. */
  removeBlocks(prefix: string): Promise<void>
  /** A file of the driver that nobody will name again. */
  forgetBroadcast(block: string): Promise<void>
  /** It shall move its blocks elsewhere and end. */
  leave(): Promise<void>
}
