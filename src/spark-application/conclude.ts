import type { SparkApplicationStatus } from '../api/spark-application.ts'
import { bounded, type Condition, withCondition } from '../controller/conditions.ts'
import type { Decision, Why } from '../controller/decision.ts'
import { same } from '../controller/same.ts'
import { executorStatus } from './executor-status.ts'
import { ignoredFields } from './ignored-fields.ts'
import type { Situation } from './situation.ts'
import { type Leave, type Quiet, type Step, why } from './step.ts'

/** Makes the whole decision: status with conditions, and events only where the story moved on. */
export const conclude = (s: Situation, outcome: Step | Quiet | Leave): Decision<SparkApplicationStatus> => {
  const actions = outcome.actions ?? []
  if (outcome.kind === 'leave') return { actions, events: [] }
  const status = outcome.kind === 'step' ? statusAfter(s, outcome) : keptStatus(s, outcome)
  const moved = !same(status, s.status)
  return {
    actions,
    ...(moved ? { status } : {}),
    ...(outcome.kind === 'step' && outcome.statusCanWait ? { statusCanWait: true } : {}),
    events: moved && outcome.kind === 'step' ? eventsOf(s, outcome) : [],
    ...(outcome.requeueAfterMs === undefined ? {} : { requeueAfterMs: Math.max(outcome.requeueAfterMs, 0) }),
  }
}

const statusAfter = (s: Situation, step: Step): SparkApplicationStatus =>
  clean({
    ...s.status,
    ...executorStatus(s, step),
    ...step.change,
    applicationState: {
      state: step.state,
      ...(step.failed ? { errorMessage: bounded(step.why.message, 4096) } : {}),
    },
    conditions: conditionsOf(s, step),
    observedGeneration: generationOf(s),
  })

const keptStatus = (s: Situation, quiet: Quiet): SparkApplicationStatus =>
  clean({ ...s.status, ...quiet.change, observedGeneration: generationOf(s) })

const generationOf = (s: Situation): number => s.app.metadata.generation ?? 0

const clean = (status: Readonly<Record<string, unknown>>): SparkApplicationStatus =>
  Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined && value !== null))

const conditionsOf = (s: Situation, step: Step): readonly Condition[] => {
  const observedGeneration = generationOf(s)
  // A new run has a new clock: the deadline counts from when Submitted became true.
  let conditions = (s.status.conditions ?? []).filter(
    ({ type }) => type !== 'FieldsIgnored' && !(step.anew && type === 'Submitted'),
  )
  const set = (type: string, status: Condition['status'], { reason, message }: Why): void => {
    conditions = [...withCondition(conditions, { type, status, reason, message, observedGeneration }, s.now)]
  }
  if (step.submitted !== undefined) set('Submitted', step.submitted.done ? 'True' : 'False', step.submitted.why)
  set('DriverRunning', step.state === 'RUNNING' ? 'True' : step.state === 'UNKNOWN' ? 'Unknown' : 'False', step.why)
  set('Succeeded', step.state === 'COMPLETED' ? 'True' : step.state === 'FAILED' ? 'False' : 'Unknown', step.why)
  const ignored = ignoredFields(s)
  if (ignored !== undefined) {
    const before = s.status.conditions?.find(({ type }) => type === 'FieldsIgnored')
    conditions = before === undefined ? conditions : [...conditions, before]
    set('FieldsIgnored', 'True', why('FieldsIgnored', ignored))
  }
  return conditions
}

/** What follows from the event before it: a driver that was created starts, a run that is to be repeated is removed. */
const QUIET: ReadonlySet<string> = new Set(['DriverStarting', 'RunBeingRemoved'])

const eventsOf = (s: Situation, step: Step): readonly Why[] => {
  const reasonOf = (type: string) => s.status.conditions?.find((condition) => condition.type === type)
  const events: Why[] = []
  // One event a state: that a driver was created goes without saying where the same write tells how it went on.
  const passedOver = step.submitted?.why.reason === 'DriverCreated' && step.state !== 'SUBMITTED'
  if (step.submitted !== undefined && step.submitted.why.reason !== step.why.reason && !passedOver)
    events.push(step.submitted.why)
  // A full quota is asked again every few seconds: that it is still full is no news.
  const again = step.submitted === undefined || step.why.reason === 'QuotaExceeded'
  const told = s.state === step.state && reasonOf('Succeeded')?.reason === step.why.reason && again
  if (!told && !QUIET.has(step.why.reason)) events.push(step.why)
  const ignored = ignoredFields(s)
  if (ignored !== undefined && reasonOf('FieldsIgnored')?.message !== bounded(ignored))
    events.push(why('FieldsIgnored', ignored))
  return events.map((event) => ({ ...event, message: bounded(event.message) }))
}
