import type { TaskStatus } from '../api/pipeline-run.ts'
import { timestamp } from '../controller/conditions.ts'
import type { Why } from '../controller/decision.ts'
import { timeOf } from '../kube/time.ts'
import { isFinal } from '../pipeline/task-state.ts'
import { inFlight } from './known-status.ts'
import { type Pass, setTask, wake } from './pass.ts'
import { why } from './reasons.ts'

/** Why the run has to end now, whatever its tasks do. */
export const stopReason = (pass: Pass): Why | undefined => {
  if (pass.run.spec.cancel === true) return why('RunCancelled', 'The run was cancelled (spec.cancel).')
  const seconds = pass.plan.spec.activeDeadlineSeconds
  const startedAt = timeOf(pass.recorded.startTime)
  if (seconds === undefined) return undefined
  // The start is written without its fraction of a second: one second more is never early.
  const deadline = (startedAt ?? pass.now) + seconds * 1000 + 1000
  if (deadline <= pass.now) {
    return why('RunTimeout', `The run took longer than its activeDeadlineSeconds (${seconds}) and was stopped.`)
  }
  wake(pass, deadline)
  return undefined
}

export const stopAll = (pass: Pass, { reason }: Why): void => {
  const endTime = timestamp(pass.now)
  for (const [position, task] of pass.tasks.entries()) setTask(pass, position, stopped(task, reason, endTime))
}

/** As Airflow marks a run failed by hand: what runs has failed, what has not begun is skipped. */
export const stopped = (status: TaskStatus, reason: string, endTime: string): TaskStatus => {
  if (isFinal(status.state)) return status
  const { nextRetryTime: _, ...task } = status
  const begun = inFlight(task) || task.state === 'up_for_retry'
  const message = begun ? 'it was stopped with its run' : 'its run ended before it began'
  return { ...task, state: begun ? 'failed' : 'skipped', endTime, reason, message }
}
