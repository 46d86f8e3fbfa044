import type { Refusal } from '../controller/decision.ts'
import { quotaWait } from '../controller/quota-wait.ts'
import { ConfigMaps } from '../kube/resource-type.ts'
import { isFinal } from '../pipeline/task-state.ts'
import { failedUnstarted } from './attempts.ts'
import { childLabel } from './children.ts'
import type { ObservedRun } from './observed.ts'
import { type Pass, setTask, wake } from './pass.ts'

/** The refusal of the run's copy of its Pipeline, if that is what was refused. */
export const refusedPin = ({ refusal }: ObservedRun): Refusal | undefined =>
  refusal?.action.kind === 'create' && refusal.action.type.kind === ConfigMaps.kind ? refusal : undefined

/** When to ask again, where it was a quota that said no: nothing else tells that there is room. */
export const quotaAsksAgainAt = ({ refusal, subject }: ObservedRun, now: number): number | undefined =>
  refusal?.reason === 'QuotaExceeded' ? now + quotaWait(`${subject.metadata.uid}/${now}`) : undefined

/**
 * A child that the API server would not take. Where that may pass (quota, a foreign object of its name) the task waits
 * and says so; else it has failed: the same manifest would be refused again.
 */
export const takeRefusal = (pass: Pass): void => {
  const { refusal } = pass.observed
  wake(pass, quotaAsksAgainAt(pass.observed, pass.now))
  if (refusal?.action.kind !== 'create') return
  const label = childLabel(refusal.action.object)
  const position = label === undefined ? undefined : pass.plan.graph.positionOf.get(label.task)
  if (position === undefined) return
  const status = pass.tasks[position]!
  if (isFinal(status.state)) return
  const { reason, message, retryable } = refusal
  if (retryable) pass.tasks[position] = { ...status, state: 'scheduled', reason, message: message.slice(0, 1024) }
  else setTask(pass, position, failedUnstarted(status, reason, message, pass.now))
}
