import type { StorageLevel } from '../../scheduler/task-body.ts'
import type { Spilling } from './external-map.ts'

/** What the process around a task offers it; all of it may lie in another thread. */
export interface TaskHost {
  readonly getBlock: (id: string) => Promise<Uint8Array | undefined>
  readonly putBlock: (id: string, level: StorageLevel, bytes: Uint8Array) => Promise<void>
}

/** One attempt of one task, as operators see it. */
export interface TaskContext {
  readonly stage: number
  readonly partition: number
  readonly attempt: number
  readonly executor: number
  readonly paths: (token: string) => readonly string[]
  readonly host: TaskHost
  readonly spilling: Spilling
}
