import type { SparkApplicationStatus } from '../api/spark-application.ts'
import type { Decision } from '../controller/decision.ts'
import {
  applicationIsBeingDeleted,
  applicationIsOver,
  retryIsNotDue,
  runIsToBeSubmitted,
  specWasEdited,
  suspensionIsWanted,
  timeToLiveIsOver,
} from './checks.ts'
import { conclude } from './conclude.ts'
import { driverIsFollowed } from './follow.ts'
import type { Observed } from './observed.ts'
import type { Settings } from './settings.ts'
import { type Situation, situationOf } from './situation.ts'
import type { Check, Leave, Quiet, Step } from './step.ts'
import { asRecorded, submissionWasRefused } from './submission.ts'

/** The first that has something to say decides. What the user wants now stands before what was begun. */
const checks: readonly Check[] = [
  applicationIsBeingDeleted,
  submissionWasRefused,
  suspensionIsWanted,
  timeToLiveIsOver,
  applicationIsOver,
  specWasEdited,
  unrecordedDriverIsAdopted,
  retryIsNotDue,
  runIsToBeSubmitted,
  driverIsFollowed,
]

/**
 * What is to be done for one application. Pure and total: equal arguments give equal decisions, whatever is written in
 * spec, status or pods. The five laws of the design are tested in decide.laws.test.ts.
 */
export const decide = (observed: Observed, now: number, settings: Settings): Decision<SparkApplicationStatus> => {
  const situation = situationOf(observed, now, settings)
  return conclude(situation, firstOf(checks, situation))
}

const firstOf = (list: readonly Check[], situation: Situation): Step | Quiet | Leave => {
  for (const check of list) {
    const outcome = check(situation)
    if (outcome !== undefined) return outcome
  }
  return { kind: 'quiet' }
}

function unrecordedDriverIsAdopted(s: Situation): Step | undefined {
  const adopted = asRecorded(s)
  if (adopted === undefined) return undefined
  const followed = driverIsFollowed({ ...adopted.situation, state: undefined })
  if (followed?.kind !== 'step') return undefined
  return { ...followed, ...adopted.record, change: { ...adopted.record.change, ...followed.change } }
}
