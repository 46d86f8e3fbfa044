import { createHash, timingSafeEqual } from 'node:crypto'

/** A temporary view that a task's SQL reads. The text may hold tokens of `inputs`. */
export interface TaskView {
  readonly name: string
  readonly sql: string
}

/** Data that a process must hold as a local file before the SQL runs; `token` stands for its path in the SQL. */
export type TaskInput =
  | { readonly token: string; readonly kind: 'url'; readonly url: string }
  | { readonly token: string; readonly kind: 'block'; readonly block: string; readonly path: string }

/** Where the rows go: to the driver as one Parquet body, or into files of a directory that driver and executors share. */
export type TaskOutput =
  | { readonly kind: 'result' }
  | {
      readonly kind: 'files'
      /** The attempt's own directory; the driver moves its files into place. */
      readonly directory: string
      readonly fileName: string
      /** The text in brackets after COPY … TO, without the brackets. */
      readonly copyOptions: string
      readonly partitioned: boolean
    }

/** One attempt of one task: self-contained, so that any process can run it. */
export interface TaskSpec {
  /** `stage.partition.attempt` */
  readonly taskId: string
  readonly views: readonly TaskView[]
  readonly inputs: readonly TaskInput[]
  readonly sql: string
  readonly output: TaskOutput
  readonly settings: Readonly<Record<string, string>>
}

export interface TaskDone {
  readonly rows: number
  readonly bytes: number
  readonly milliseconds: number
}

/** `retry`: the same task may succeed elsewhere. */
export interface TaskFailure {
  readonly message: string
  readonly retry: boolean
}

export interface Registration {
  readonly id: number
  readonly url: string
  readonly cores: number
  readonly host: string
}

/** Paths of the executor's server and of the driver's. Every request carries `authorization: Bearer <token>`. */
export const PATHS = {
  task: '/v1/tasks',
  register: '/v1/executors/register',
  heartbeat: '/v1/executors/heartbeat',
  block: '/v1/blocks/',
} as const

/** The header of a task's answer that carries TaskDone as JSON; the body is the Parquet file. */
export const TASK_DONE_HEADER = 'x-bellows-task'

export const HEARTBEAT_MS = 1000

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Whether the request's authorization header carries the token; takes the same time for every wrong one. */
export const isAuthorized = (header: string | undefined, token: string): boolean =>
  timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
