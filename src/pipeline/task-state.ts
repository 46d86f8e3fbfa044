import { TASK_STATES, type TaskState } from '../api/pipeline-run-status.ts'

export { TASK_STATES, type TaskState }

export const FINAL_TASK_STATES = ['success', 'failed', 'skipped', 'upstream_failed', 'removed'] as const

/** A task in one of these never changes again within its run. */
export type FinalTaskState = (typeof FINAL_TASK_STATES)[number]

const FINAL: ReadonlySet<string> = new Set(FINAL_TASK_STATES)

export const isFinal = (state: TaskState): state is FinalTaskState => FINAL.has(state)

const KNOWN: ReadonlySet<string> = new Set(TASK_STATES)

/** Status may have been edited by hand: anything may stand there. */
export const isTaskState = (text: unknown): text is TaskState => typeof text === 'string' && KNOWN.has(text)
