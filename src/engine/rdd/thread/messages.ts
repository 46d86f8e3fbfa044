import type { FailureKind } from '../../errors.ts'
import type { StorageLevel } from '../../scheduler/task-body.ts'
import type { TaskPayload, TaskValue } from '../plan/stage-plan.ts'

/** One task for a thread; plain data. */
export interface ThreadTask {
  readonly payload: TaskPayload
  readonly stage: number
  readonly attempt: number
  readonly executor: number
  /** Local paths of each input's token. */
  readonly paths: Readonly<Record<string, readonly string[]>>
  /** Paths for the blocks of a shuffle; empty for other sinks. */
  readonly shufflePaths: readonly string[]
  readonly resultPath: string
  readonly spillDirectory: string
  readonly memory: number
}

export type ToThread =
  | { readonly kind: 'run'; readonly task: ThreadTask }
  | {
      readonly kind: 'block'
      readonly request: number
      readonly bytes: Uint8Array | undefined
      readonly failed?: string
    }
  | { readonly kind: 'forget'; readonly prefix: string }

export type FromThread =
  | { readonly kind: 'done'; readonly rows: number; readonly value: TaskValue; readonly shuffleRows: readonly number[] }
  | { readonly kind: 'failed'; readonly failure: FailureKind; readonly message: string; readonly stack: string }
  | { readonly kind: 'get'; readonly request: number; readonly id: string }
  | {
      readonly kind: 'put'
      readonly request: number
      readonly id: string
      readonly level: StorageLevel
      readonly bytes: Uint8Array
    }
