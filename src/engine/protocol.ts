import { createHash, timingSafeEqual } from 'node:crypto'
import type { FailureKind } from './errors.ts'
import type { ExecutorSettings } from './runner/executor-settings.ts'
import type { BlockInfo } from './scheduler/scheduling.ts'
import type { TaskBody, TaskOutput } from './scheduler/task-body.ts'

/** A temporary view that a task's SQL reads. The text may hold tokens of `inputs`. */
export interface TaskView {
  readonly name: string
  readonly sql: string
}

export interface Registration {
  readonly id: number
  readonly url: string
  readonly cores: number
  readonly host: string
  /** Where it keeps shuffle blocks: a name that no other process on earth has. */
  readonly shuffleDirectory: string
}

/** An executor that is about to end: first without `done`, at the end with it. */
export interface Decommission {
  readonly executor: number
  readonly reason: string
  readonly done: boolean
}

/** Map outputs that have another home. */
export interface MovedOutputs {
  readonly executor: number
  readonly outputs: readonly {
    readonly shuffle: number
    readonly map: number
    readonly attempt: number
    readonly to: number
  }[]
}

/** The driver's answer to a registration that it takes. */
export interface Registered {
  readonly settings: ExecutorSettings
}

/** Where a block of a shuffle lies. */
export interface BlockLocation {
  readonly map: number
  readonly attempt: number
  readonly partition: number
  readonly bytes: number
  readonly crc: number
}

/** One executor's share of a shuffle input. */
export interface BlockSource {
  readonly executor: number
  readonly url: string
  readonly directory: string
  readonly blocks: readonly BlockLocation[]
}

/** What a shuffle input of a task is made of. */
export interface FetchPlan {
  readonly token: string
  readonly shuffle: number
  readonly sources: readonly BlockSource[]
}

/** One attempt of one task: self-contained, so that any process can run it. */
export interface TaskRequest {
  /** `job.stage.partition.attempt` with the number of the submission: unique in the application. */
  readonly taskId: string
  readonly job: number
  readonly stage: number
  readonly partition: number
  readonly attempt: number
  readonly body: TaskBody
  readonly output: TaskOutput
  readonly fetch: readonly FetchPlan[]
}

/** What a finished attempt tells, before the bytes of its result. */
export interface TaskReport {
  readonly rows: number
  /** Of the result, or of all blocks of the shuffle output. */
  readonly bytes: number
  readonly milliseconds: number
  readonly value: unknown
  /** Output `shuffle`. */
  readonly blocks: readonly BlockInfo[] | undefined
  readonly schema: BlockInfo | undefined
  readonly metrics: TaskMetrics
}

/** Names follow Spark's TaskMetrics. Bytes and milliseconds. */
export interface TaskMetrics {
  readonly localBytesRead: number
  readonly remoteBytesRead: number
  readonly localBlocksFetched: number
  readonly remoteBlocksFetched: number
  readonly fetchWaitTime: number
  readonly shuffleBytesWritten: number
  readonly shuffleRecordsWritten: number
  readonly resultSize: number
}

/** The body of an answer that is not 200. */
export type TaskProblem =
  | { readonly kind: FailureKind; readonly message: string }
  | {
      readonly kind: 'fetch-failed'
      readonly message: string
      readonly shuffle: number
      readonly executor: number
      readonly outputs: readonly { readonly map: number; readonly attempt: number }[]
    }

/** Paths of the executor's server and of the driver's. Every request carries `authorization: Bearer <token>`. */
export const PATHS = {
  task: '/v1/tasks',
  register: '/v1/executors/register',
  heartbeat: '/v1/executors/heartbeat',
  broadcastInfo: '/v1/broadcast/info',
  broadcastHave: '/v1/broadcast/have',
  broadcastChunk: '/v1/broadcast/chunk',
  broadcastForget: '/v1/broadcast/forget',
  shuffleFetch: '/v1/shuffle/fetch',
  shufflePut: '/v1/shuffle/put',
  shuffleRelease: '/v1/shuffle/release',
  decommission: '/v1/executors/decommission',
  moved: '/v1/executors/moved',
  peers: '/v1/executors/peers',
  storageUpdate: '/v1/storage/update',
  storageLocate: '/v1/storage/locate',
  storageGet: '/v1/storage/get',
  storagePut: '/v1/storage/put',
  storageRemove: '/v1/storage/remove',
  /** The driver to an executor: move your blocks elsewhere and end. */
  leave: '/v1/leave',
} as const

export const HEARTBEAT_MS = 1000

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()

/** Whether the request's authorization header carries the token; takes the same time for every wrong one. */
export const isAuthorized = (header: string | undefined, token: string): boolean =>
  timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`))
