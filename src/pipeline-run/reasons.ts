import { bounded } from '../controller/conditions.ts'
import type { Why } from '../controller/decision.ts'

/**
 * Every word that can stand as the reason of a run: in its condition, its events and status.reason. Closed: a new one
 * gets its line here, and docs/pipelines.md shows this table (a test holds the two together).
 */
export interface ReasonEntry {
  readonly severity: Why['severity']
  /** What happened. */
  readonly cause: string
  /** What a person does about it; '' where there is nothing to do. */
  readonly nextStep: string
}

const normal = (cause: string, nextStep = ''): ReasonEntry => ({ severity: 'Normal', cause, nextStep })
const warning = (cause: string, nextStep: string): ReasonEntry => ({ severity: 'Warning', cause, nextStep })

export const REASONS = {
  RunStarted: normal('The tasks are checked and the first are started.'),
  RunSucceeded: normal('Every leaf task succeeded or was skipped.'),
  TaskSucceeded: normal('A task succeeded.'),
  Suspended: normal('spec.suspend is true: no task is started; those that run go on.', 'Set spec.suspend to false.'),
  Expired: normal('timeToLiveSeconds after its end the run is deleted.'),

  TaskFailed: warning('A task failed and its tries are used up.', 'Read the message, or the log of its pod.'),
  RunFailed: warning(
    'A leaf task failed, or could not run because of a failure.',
    'Look at the failed tasks in status.',
  ),
  RunCancelled: warning('spec.cancel is true: what ran was stopped.', ''),
  RunTimeout: warning(
    'The run took longer than activeDeadlineSeconds and was stopped.',
    'Raise the deadline, or look for the task that hangs.',
  ),
  PipelineNotFound: warning('spec.pipelineRef names no Pipeline of this namespace.', 'Apply it: the run starts then.'),
  PipelineInvalid: warning(
    'The tasks cannot be run as they are written: names, circles or templates.',
    'Correct what the message names and make a new run.',
  ),
  ParamsInvalid: warning('A parameter is missing or unknown.', 'Correct spec.params and make a new run.'),
  PinRefused: warning(
    'The API server does not take the copy of the Pipeline that the run works from.',
    'The message names the rule.',
  ),
} as const satisfies Readonly<Record<string, ReasonEntry>>

export type Reason = keyof typeof REASONS

export const why = (reason: Reason, message: string): Why => ({
  reason,
  message: bounded(message),
  severity: REASONS[reason].severity,
})
