import { WORKER_CONTAINER } from '../api/labels.ts'
import type { ContainerState, ContainerStatus, Pod } from '../kube/pod.ts'
import { SIGNALS } from '../kube/signals.ts'
import { timeOf } from '../kube/time.ts'
import { parseResult } from '../pipeline/results.ts'
import { podDisruption, TIMEOUT } from './pod-disruption.ts'
import { waitingTry } from './pod-waiting.ts'
import type { TaskFailure, TaskOutcome } from './task-executor.ts'

type Terminated = NonNullable<ContainerState['terminated']>

/**
 * How the try that a worker pod is stands. The main container's end is the task's end, even while a sidecar of a pod
 * template runs on; the pod's phase counts only where that container has nothing to tell.
 */
export const podOutcome = (pod: Pod): TaskOutcome => {
  const main = pod.status?.containerStatuses?.find(({ name }) => name === WORKER_CONTAINER)
  const { terminated, running } = main?.state ?? {}
  if (terminated !== undefined) return ended(pod, terminated)
  // Past its deadline a pod is Failed at once, while its containers still have their grace period. Any other pod that
  // is Failed will not tell more of its containers: its node may be gone.
  const isOver = pod.status?.phase === 'Failed' && pod.status.reason !== 'DeadlineExceeded'
  if (running !== undefined && !isOver) return { state: 'running', startedAt: timeOf(running.startedAt) }
  switch (pod.status?.phase) {
    case 'Succeeded':
      return { state: 'success', result: undefined, startedAt: timeOf(pod.status.startTime), endedAt: undefined }
    case 'Failed':
      return withoutContainer(pod)
    default:
      return waitingTry(pod)
  }
}

const ended = (pod: Pod, terminated: Terminated): TaskOutcome => {
  const times = { startedAt: timeOf(terminated.startedAt), endedAt: timeOf(terminated.finishedAt) }
  // A program that takes no notice of SIGTERM may still end well within the grace period: too late all the same.
  if (pod.status?.reason === 'DeadlineExceeded') return { ...TIMEOUT, ...times }
  if (terminated.exitCode !== 0) return { ...containerFailure(pod, terminated), ...times }
  const parsed = parseResult(terminated.message)
  if (parsed.ok) return { state: 'success', result: parsed.json, ...times }
  return { state: 'failed', class: 'user', reason: 'ResultInvalid', message: parsed.message, ...times }
}

const containerFailure = (pod: Pod, terminated: Terminated): TaskFailure => {
  const code = terminated.exitCode
  if (terminated.reason === 'OOMKilled') {
    const message = `used more memory than its limit and was killed (exit code ${code}); raise resources.limits.memory`
    return failure('user', 'OutOfMemory', message)
  }
  const disruption = podDisruption(pod)
  if (disruption !== undefined) return disruption
  switch (terminated.reason) {
    case 'ContainerStatusUnknown':
      return failure('infrastructure', 'NodeLost', 'the node lost track of its container')
    case 'DeadlineExceeded':
      return failure('user', 'TaskTimeout', 'ran longer than its timeoutSeconds')
    case 'ContainerCannotRun':
    case 'StartError':
      return failure('user', 'StartError', `could not be started: ${said(terminated) ?? terminated.reason}`)
  }
  // A pod that is being deleted is stopped from outside; what its container then ends with is not its own doing.
  if (pod.metadata.deletionTimestamp !== undefined) {
    return failure('infrastructure', 'PodDeleted', `its pod was deleted while it ran (exit code ${code})`)
  }
  const signal = SIGNALS[terminated.signal ?? (code > 128 ? code - 128 : 0)]
  const how = signal === undefined ? `ended with exit code ${code}` : `was ended by ${signal} (exit code ${code})`
  const lines = said(terminated)
  return failure('user', 'TaskFailed', lines === undefined ? how : `${how}: ${lines}`)
}

const withoutContainer = (pod: Pod): TaskFailure => {
  const init = (pod.status?.initContainerStatuses ?? []).find(failed)
  const endedAt = timeOf(init?.state?.terminated?.finishedAt)
  const disruption = podDisruption(pod)
  if (disruption !== undefined) return { ...disruption, endedAt }
  if (init?.state?.terminated !== undefined) {
    const { exitCode } = init.state.terminated
    const lines = said(init.state.terminated)
    const message = `its init container ${init.name} ended with exit code ${exitCode}${lines === undefined ? '' : `: ${lines}`}`
    return { ...failure('user', 'InitContainerFailed', message), endedAt }
  }
  const words = [pod.status?.reason, pod.status?.message].filter(Boolean).join(': ')
  return failure('infrastructure', 'PodRejected', `its pod failed before it ran${words === '' ? '' : ` (${words})`}`)
}

const failed = ({ state }: ContainerStatus): boolean =>
  state?.terminated !== undefined && state.terminated.exitCode !== 0

const failure = (by: TaskFailure['class'], reason: string, message: string): TaskFailure => ({
  state: 'failed',
  class: by,
  reason,
  message,
})

const SHOWN_LINES = 5

/** Lines that never name a cause: JavaScript's and Java's stack frames, and Node's farewell. */
const NOISE = /^\s*(?:at .*|\^+|Node\.js v\S+)$/

/** The last lines of what the container left as its message, which mostly name the cause. */
const said = (terminated: Terminated): string | undefined => {
  const lines = (terminated.message ?? '').split('\n').filter((line) => line.trim() !== '' && !NOISE.test(line))
  return lines.length === 0 ? undefined : lines.slice(-SHOWN_LINES).join('\n').trim()
}
