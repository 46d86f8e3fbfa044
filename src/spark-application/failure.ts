import type { ContainerState, ContainerStatus, Pod, PodCondition } from '../kube/pod.ts'
import { SIGNALS } from '../kube/signals.ts'
import { timeOf } from '../kube/time.ts'
import { causeIn } from './cause.ts'
import type { Reason } from './reasons.ts'

type Terminated = NonNullable<ContainerState['terminated']>

/**
 * `application`: the program, its settings or its image; another run ends the same way unless something is changed.
 * `infrastructure`: the surroundings took the driver away; it is retried on its own budget.
 */
export interface Failure {
  readonly class: 'application' | 'infrastructure'
  readonly reason: Reason
  /** A sentence with the cause; holds exit code and signal where they are known. */
  readonly message: string
  readonly exitCode?: number
  /** The last lines that the container said, newest last. */
  readonly lastLines?: string
  /** Epoch ms. */
  readonly at?: number
}

/** Source: V8, FatalProcessOutOfMemory. */
const HEAP_FULL = /JavaScript heap out of memory/
const JVM_HEAP_FULL = /java\.lang\.OutOfMemoryError/
/** Source: Spark, SparkExitCode.OOM. */
const JVM_OUT_OF_MEMORY = 52

/**
 * How a main container that ended with a code other than 0 failed; `disruption` is the pod's own story, if it has one,
 * and `exception` the cause that Spark named.
 */
export const failureOfContainer = (
  terminated: Terminated,
  disruption: Failure | undefined,
  exception?: string,
): Failure => {
  const lastLines = terminated.message?.trimEnd()
  const facts = {
    exitCode: terminated.exitCode,
    ...(lastLines ? { lastLines } : {}),
    ...at(timeOf(terminated.finishedAt)),
  }
  if (terminated.reason === 'OOMKilled')
    return application(
      'DriverOutOfMemory',
      `the driver was killed for using more memory than its limit (exit code ${terminated.exitCode})`,
      facts,
    )
  if (disruption !== undefined) return { ...disruption, ...facts }
  if (terminated.reason === 'ContainerStatusUnknown')
    return infrastructure('NodeLost', 'the node lost track of the driver container', facts)
  if (terminated.reason === 'DeadlineExceeded')
    return application('DeadlineExceeded', 'the driver ran longer than its deadline', facts)
  if (terminated.reason === 'ContainerCannotRun' || terminated.reason === 'StartError')
    return application(
      'ContainerStartError',
      `the driver container could not start: ${lastLines ?? terminated.reason}`,
      facts,
    )
  if (lastLines !== undefined && HEAP_FULL.test(lastLines))
    return application(
      'DriverOutOfMemory',
      `the JavaScript heap of the driver is full (exit code ${terminated.exitCode}); its limit is a part of spec.driver.memory, or what NODE_OPTIONS says`,
      facts,
    )
  if (terminated.exitCode === JVM_OUT_OF_MEMORY || JVM_HEAP_FULL.test(`${exception}\n${lastLines}`))
    return application(
      'DriverOutOfMemory',
      `the JVM heap of the driver is full (exit code ${terminated.exitCode}); its size is spec.driver.memory`,
      facts,
    )
  const signal = signalOf(terminated)
  if (SIGNALS[signal] !== undefined)
    return application(
      'DriverKilled',
      withCause(`the driver was ended by ${SIGNALS[signal]} (exit code ${terminated.exitCode})`, lastLines),
      facts,
    )
  return application(
    'DriverFailed',
    exception === undefined
      ? withCause(`the driver ended with exit code ${terminated.exitCode}`, lastLines)
      : `the driver ended with exit code ${terminated.exitCode}: ${exception}`,
    facts,
  )
}

const signalOf = ({ signal, exitCode }: Terminated): number => signal ?? (exitCode > 128 ? exitCode - 128 : 0)

const at = (time: number | undefined): { readonly at?: number } => (time === undefined ? {} : { at: time })

const application = (reason: Reason, message: string, facts: Partial<Failure> = {}): Failure => ({
  class: 'application',
  reason,
  message,
  ...facts,
})

const infrastructure = (reason: Reason, message: string, facts: Partial<Failure> = {}): Failure => ({
  class: 'infrastructure',
  reason,
  message,
  ...facts,
})

/** The sentence and the cause, where the container told it. */
const withCause = (sentence: string, said: string | undefined): string => {
  const cause = causeIn(said)
  return cause === undefined ? sentence : `${sentence}: ${cause}`
}

/** What the pod itself says took it away. Source: core/v1 PodFailed reasons of kubelet, and the DisruptionTarget condition. */
export const disruptionOf = (pod: Pod): Failure | undefined => {
  const said = pod.status?.message ? `: ${pod.status.message}` : ''
  const target = pod.status?.conditions?.find((each) => each.type === 'DisruptionTarget' && each.status === 'True')
  const facts = at(timeOf(target?.lastTransitionTime))
  switch (pod.status?.reason) {
    case 'Evicted':
      return infrastructure('DriverEvicted', `the driver pod was evicted${said}`, facts)
    case 'Preempting':
    case 'Preempted':
      return infrastructure('DriverPreempted', `the driver pod was preempted${said}`, facts)
    case 'NodeLost':
      return infrastructure('NodeLost', `the node of the driver was lost${said}`, facts)
    case 'Shutdown':
    case 'NodeShutdown':
    case 'Terminated':
      return infrastructure('NodeLost', `the node of the driver was shut down${said}`, facts)
    case 'DeadlineExceeded':
      return application('DeadlineExceeded', `the driver ran longer than its deadline${said}`, facts)
  }
  return target === undefined ? undefined : disruptionTarget(target, facts)
}

/** Source: core/v1, reasons of the DisruptionTarget pod condition. */
const disruptionTarget = (target: PodCondition, facts: Partial<Failure>): Failure => {
  const said = target.message ? `: ${target.message}` : ''
  switch (target.reason) {
    case 'PreemptionByScheduler':
      return infrastructure('DriverPreempted', `the driver pod made room for pods of higher priority${said}`, facts)
    case 'DeletionByTaintManager':
    case 'DeletionByPodGC':
      return infrastructure('NodeLost', `the node of the driver was lost${said}`, facts)
    default:
      return infrastructure(
        'DriverEvicted',
        `the driver pod was evicted (${target.reason ?? 'disruption'})${said}`,
        facts,
      )
  }
}

const SIGKILL = 9
const SIGTERM = 15

/** By the signals that kubelet ends containers with. */
export const endedBySignal = (terminated: Terminated): boolean => [SIGTERM, SIGKILL].includes(signalOf(terminated))

/**
 * Kubelet ends a deleted pod by SIGTERM, then by SIGKILL. The operator's own deletions never come here: the state that
 * they follow from (suspended, edited, over) is decided before a driver is judged.
 */
export const deletedFromOutside = (pod: Pod, terminated: Terminated): Failure | undefined => {
  const { name, deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata
  if (deletionTimestamp === undefined || !endedBySignal(terminated)) return undefined
  // deletionTimestamp is when the grace period is over. What had ended before anybody asked was not ended by that.
  const asked = (timeOf(deletionTimestamp) ?? 0) - deletionGracePeriodSeconds * 1000
  const ended = timeOf(terminated.finishedAt)
  if (ended !== undefined && ended + CLOCK_SKEW_MS < asked) return undefined
  return infrastructure('DriverLost', `driver pod ${name} was deleted while it ran (exit code ${terminated.exitCode})`)
}

/** Whole seconds on both sides, and the clocks of node and API server. */
const CLOCK_SKEW_MS = 5_000

/** How a pod failed whose main container has nothing to tell. */
export const failureOfPod = (pod: Pod): Failure => {
  const disruption = disruptionOf(pod)
  if (disruption !== undefined) return disruption
  const init = failedInit(pod.status?.initContainerStatuses ?? [])
  if (init !== undefined) return init
  const said = [pod.status?.reason, pod.status?.message].filter(Boolean).join(': ')
  return infrastructure(
    'DriverRejected',
    `the driver pod failed before its container ran${said === '' ? '' : ` (${said})`}`,
  )
}

const failedInit = (statuses: readonly ContainerStatus[]): Failure | undefined => {
  for (const { name, state } of statuses) {
    const terminated = state?.terminated
    if (terminated === undefined || terminated.exitCode === 0) continue
    const lastLines = terminated.message?.trimEnd()
    return application(
      'InitContainerFailed',
      withCause(`init container ${name} ended with exit code ${terminated.exitCode}`, lastLines),
      {
        exitCode: terminated.exitCode,
        ...(lastLines ? { lastLines } : {}),
        ...at(timeOf(terminated.finishedAt)),
      },
    )
  }
  return undefined
}

/** A driver that was there and is there no more, asked of the API server itself. */
export const lostDriver = (name: string): Failure =>
  infrastructure('DriverLost', `driver pod ${name} is gone and did not tell how it ended`)
