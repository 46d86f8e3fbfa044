import type { Clock } from '../kube/clock.ts'
import type { ObjectKey } from '../kube/object.ts'
import { type ActContext, type ActOutcome, act } from './act.ts'
import type { Controller, Observation, ReconcileResult } from './controller.ts'
import type { Decision } from './decision.ts'

/** What becomes of the key: look again after so long, or back off, or wait for the next change. */
export interface Pass {
  readonly result: ReconcileResult
  readonly next:
    | { readonly kind: 'wait' }
    /** Take its turn again. */
    | { readonly kind: 'soon' }
    | { readonly kind: 'after'; readonly ms: number }
    | { readonly kind: 'backoff' }
    | { readonly kind: 'stop' }
  /** Why it looks again or was refused: for the log. */
  readonly because?: string
}

/** decide threw: a defect of ours that one object brought out. Only its key suffers. */
export class PoisonError extends Error {
  override readonly name = 'PoisonError'
}

/**
 * One pass for one key: observe, decide, act. A refusal is decided upon at once, so that it becomes a condition.
 * Throws what act throws, and PoisonError.
 */
export const reconcile = async (
  controller: Controller,
  key: ObjectKey,
  clock: Clock,
  context: ActContext,
): Promise<Pass> => {
  const observed = await controller.observe(key)
  if (observed === undefined) return { result: 'unchanged', next: { kind: 'wait' } }
  const decision = decide(controller, observed, clock)
  const outcome = await act(observed.subject, decision, context)
  if (outcome.kind !== 'refused') return passOf(outcome, decision)

  const answer = decide(controller, { ...observed, refusal: outcome.refusal }, clock)
  const second = await act(observed.subject, answer, context)
  if (second.kind === 'fenced' || second.kind === 'again') return passOf(second, answer)
  return {
    result: 'refused',
    because: outcome.refusal.message,
    next:
      second.kind === 'refused'
        ? { kind: 'backoff' }
        : answer.requeueAfterMs !== undefined
          ? { kind: 'after', ms: answer.requeueAfterMs }
          : { kind: outcome.refusal.retryable ? 'backoff' : 'wait' },
  }
}

const decide = (controller: Controller, observed: Observation, clock: Clock): Decision<unknown> => {
  try {
    return controller.decide(observed, clock.wall())
  } catch (cause) {
    throw new PoisonError(`${controller.name} cannot decide`, { cause })
  }
}

const passOf = (outcome: Exclude<ActOutcome, { kind: 'refused' }>, decision: Decision<unknown>): Pass => {
  switch (outcome.kind) {
    case 'fenced':
      return { result: 'fenced', next: { kind: 'stop' } }
    case 'again':
      return { result: 'again', next: { kind: 'backoff' }, because: outcome.because }
    case 'put-off':
      return { result: 'acted', next: { kind: 'soon' } }
    case 'unchanged':
    case 'acted':
      return {
        result: outcome.kind,
        next: decision.requeueAfterMs === undefined ? { kind: 'wait' } : { kind: 'after', ms: decision.requeueAfterMs },
      }
  }
}
