import type { KubeObject } from '../kube/object.ts'
import { REASONS as RUN_REASONS } from '../pipeline-run/reasons.ts'
import { REASONS as APPLICATION_REASONS } from '../spark-application/reasons.ts'

/** What `bellows run` follows of one SparkApplication or PipelineRun. */
export interface Unit {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** As in status: COMPLETED, running … ; 'new' before the first status. */
  readonly state: string
  readonly outcome: 'open' | 'succeeded' | 'failed'
  readonly attempt: number
  readonly executors: { readonly running: number; readonly requested: number } | undefined
  /** Why it is in that state, in the operator's words. */
  readonly message: string | undefined
  readonly tasks: readonly UnitTask[]
}

export interface UnitTask {
  readonly name: string
  readonly state: string
  readonly message: string | undefined
  readonly result: unknown
}

interface Conditioned {
  readonly conditions?: readonly {
    readonly type: string
    readonly status: string
    readonly reason?: string
    readonly message?: string
  }[]
}

interface ApplicationStatus extends Conditioned {
  readonly applicationState?: { readonly state?: string; readonly errorMessage?: string }
  readonly executionAttempts?: number
  readonly executors?: { readonly running?: number; readonly requested?: number }
}

interface RunStatus extends Conditioned {
  readonly state?: string
  readonly tasks?: readonly {
    readonly name: string
    readonly state: string
    readonly message?: string
    readonly result?: string
  }[]
}

const outcomeOf = (state: string, success: string, failures: readonly string[]): Unit['outcome'] =>
  state === success ? 'succeeded' : failures.includes(state) ? 'failed' : 'open'

const parsed = (result: string | undefined): unknown => {
  if (result === undefined) return undefined
  try {
    return JSON.parse(result)
  } catch {
    return result
  }
}

/** What stands in `Succeeded` while all goes well is no news; a suspended object waits for a person to know it. */
const isNews = (reason: string | undefined): boolean => {
  if (reason === 'Suspended') return true
  const known: Readonly<Record<string, { readonly severity: string }>> = { ...APPLICATION_REASONS, ...RUN_REASONS }
  return reason === undefined || known[reason]?.severity !== 'Normal'
}

/** Why it failed, or why it does not go on: the message of the condition that explains. */
const explanation = (status: Conditioned): string | undefined => {
  const explains = status.conditions?.find(
    ({ type, status: truth, reason }) =>
      type === 'Succeeded' && (truth === 'False' || (truth === 'Unknown' && isNews(reason))),
  )
  return explains?.message
}

const SUSPENDED = 'it is suspended: set spec.suspend to false to run it'

const applicationUnit = (object: KubeObject): Unit => {
  const status = (object.status ?? {}) as ApplicationStatus
  const state = status.applicationState?.state ?? 'new'
  return {
    kind: object.kind,
    namespace: object.metadata.namespace ?? 'default',
    name: object.metadata.name,
    state,
    // A suspended application does not end by itself: whoever waits for it is told so.
    outcome: outcomeOf(state, 'COMPLETED', ['FAILED', 'SUSPENDED']),
    attempt: status.executionAttempts ?? 0,
    executors:
      status.executors === undefined
        ? undefined
        : { running: status.executors.running ?? 0, requested: status.executors.requested ?? 0 },
    message: state === 'SUSPENDED' ? SUSPENDED : status.applicationState?.errorMessage || explanation(status),
    tasks: [],
  }
}

const AT_WORK = ['queued', 'running', 'restarting']

/** A suspended run does not go on by itself once its tasks under way have ended. */
const isHalted = ({ state, tasks = [], conditions = [] }: RunStatus): boolean =>
  state === 'running' &&
  conditions.some(({ type, reason }) => type === 'Succeeded' && reason === 'Suspended') &&
  !tasks.some((task) => AT_WORK.includes(task.state))

const runUnit = (object: KubeObject): Unit => {
  const status = (object.status ?? {}) as RunStatus
  const state = status.state ?? 'new'
  return {
    kind: object.kind,
    namespace: object.metadata.namespace ?? 'default',
    name: object.metadata.name,
    state,
    outcome: isHalted(status) ? 'failed' : outcomeOf(state, 'success', ['failed', 'cancelled']),
    attempt: 0,
    executors: undefined,
    message: isHalted(status) ? SUSPENDED : explanation(status),
    tasks: (status.tasks ?? []).map((task) => ({
      name: task.name,
      state: task.state,
      message: task.message,
      result: parsed(task.result),
    })),
  }
}

export const unitOf = (object: KubeObject): Unit =>
  object.kind === 'PipelineRun' ? runUnit(object) : applicationUnit(object)

export const unitKey = (unit: Pick<Unit, 'kind' | 'namespace' | 'name'>): string =>
  `${unit.kind}/${unit.namespace}/${unit.name}`
