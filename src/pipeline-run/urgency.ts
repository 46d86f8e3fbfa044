import type { PipelineRunStatus, TaskStatus } from '../api/pipeline-run.ts'
import { same } from '../controller/same.ts'
import { timeOf } from '../kube/time.ts'

/** Whether a try runs by now is told with the next change, or after so long: a short task costs one write less. */
export const WAIT_FOR_MORE_MS = 2_000

/** Whether a status is worth a write of its own. That a pod was seen to start, a moment ago, is not. */
export const isUrgent = (recorded: PipelineRunStatus, next: PipelineRunStatus, now: number): boolean => {
  const { tasks: before = [], counts: _, progress: __, ...rest } = recorded
  const { tasks: after = [], counts: ___, progress: ____, ...nextRest } = next
  if (!same(rest, nextRest) || before.length !== after.length) return true
  return after.some((task, index) => isUrgentTask(before[index]!, task, now))
}

const isUrgentTask = (before: TaskStatus, after: TaskStatus, now: number): boolean => {
  if (same(before, after)) return false
  if (before.state !== 'queued' || before.attempt !== after.attempt || before.name !== after.name) return true
  const { state: _, startTime, podUid: __, reason: ___, message: ____, ...rest } = after
  const { state: _____, podUid: ______, reason: _______, message: ________, ...restBefore } = before
  if (!same(rest, restBefore)) return true
  if (after.state === 'queued') return after.reason !== before.reason || after.message !== before.message
  if (after.state !== 'running') return true
  const startedAt = timeOf(startTime)
  return startedAt === undefined || startedAt + WAIT_FOR_MORE_MS <= now
}
