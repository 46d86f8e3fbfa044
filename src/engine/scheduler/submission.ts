import { EngineError, messageOf } from '../errors.ts'
import type { TaskId } from '../events.ts'
import type { AttemptKey, AttemptOutcome, StageShape } from './scheduling.ts'
import type { StageOutcome, StageSpec, TaskResult } from './stage-spec.ts'

/** A stage that a caller has handed in. */
export interface Submission {
  readonly id: number
  readonly spec: StageSpec
  readonly results: (TaskResult | undefined)[]
  readonly resolve: (outcome: StageOutcome) => void
  readonly reject: (error: unknown) => void
  readonly startedAt: number
  /** Ends listening for the caller's signal. */
  readonly detach: () => void
  /** The caller has its answer. */
  settled: boolean
}

/** An attempt that is at work. */
export interface Attempt {
  readonly key: AttemptKey
  readonly executor: number
  readonly abort: AbortController
  readonly ended: Promise<void>
}

export const nameOf = ({ stage, index, attempt }: AttemptKey): string => `${stage}.${index}.${attempt}`

export const taskOf = (spec: StageSpec, { stage, index, attempt }: AttemptKey): Omit<TaskId, 'executor'> => ({
  job: spec.job,
  submission: stage,
  stage: spec.stage,
  partition: spec.tasks[index]?.partition ?? index,
  attempt,
})

/** How the end of an attempt is told. */
export const endOf = (
  outcome: AttemptOutcome,
  accepted: boolean,
  signal: AbortSignal,
): { readonly status: 'SUCCESS' | 'FAILED' | 'KILLED'; readonly reason: string | undefined } => {
  if (outcome.kind === 'success') {
    return accepted
      ? { status: 'SUCCESS', reason: undefined }
      : { status: 'KILLED', reason: 'another attempt was faster' }
  }
  if (outcome.kind === 'killed')
    return { status: 'KILLED', reason: signal.aborted ? messageOf(signal.reason) : undefined }
  return { status: 'FAILED', reason: outcome.message }
}

/** What the caller of a cancelled stage gets. */
export const cancelled = (reason: unknown): unknown =>
  reason instanceof EngineError ? reason : new EngineError('user', messageOf(reason ?? 'cancelled'), { cause: reason })

/** What the scheduler's decisions need of a stage. */
export const shapeOf = (id: number, spec: StageSpec): StageShape => ({
  id,
  job: spec.job,
  stage: spec.stage,
  pool: spec.pool,
  tasks: spec.tasks.map(({ partition, preferred }) => ({ partition, preferred })),
  reads: spec.reads,
  shuffle: spec.shuffle,
  mayRunLocally: spec.mayRunLocally,
  inWaves: spec.enough !== undefined,
})
