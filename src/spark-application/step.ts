import type { SparkApplicationStatus } from '../api/spark-application.ts'
import type { ApplicationState } from '../api/spark-application-status.ts'
import type { Action, Why } from '../controller/decision.ts'
import { REASONS, type Reason } from './reasons.ts'
import type { Situation } from './situation.ts'

export type StoryLine = Why & { readonly reason: Reason }

/** Fields of the status that change; undefined removes one. */
export type StatusChange = { readonly [K in keyof SparkApplicationStatus]?: SparkApplicationStatus[K] | undefined }

/** Where a check leads: the state, its reason in one text, and what is to be done before it is true. */
export interface Step {
  readonly kind: 'step'
  readonly state: ApplicationState
  readonly why: StoryLine
  readonly actions?: readonly Action[]
  readonly change?: StatusChange
  /** Whether the driver of this run was handed to the API server, and how that went; absent: as before. */
  readonly submitted?: { readonly done: boolean; readonly why: StoryLine }
  /** The message is why it failed: it stands in applicationState.errorMessage too. */
  readonly failed?: boolean
  /** Its status may be left to a later pass: see Decision. */
  readonly statusCanWait?: boolean
  /** Bounded counts and times of this run start anew, and so does the clock of its deadline. */
  readonly anew?: boolean
  readonly requeueAfterMs?: number
}

/** The story stays where it is: perhaps something is to be tidied up, perhaps it is to be looked at again later. */
export interface Quiet {
  readonly kind: 'quiet'
  readonly actions?: readonly Action[]
  readonly change?: StatusChange
  readonly requeueAfterMs?: number
}

/** The object is on its way out: not even its status is written. */
export interface Leave {
  readonly kind: 'leave'
  readonly actions?: readonly Action[]
}

/** One check: undefined says that it has nothing to say of this situation. */
export type Check = (s: Situation) => Step | Quiet | Leave | undefined

export const why = (reason: Reason, message: string): StoryLine => ({
  reason,
  message,
  severity: REASONS[reason].severity,
})
