import type { Container, ContainerState, ContainerStatus, Pod, PodCondition, PodPhase, PodStatus } from '../kube/pod.ts'
import { seconds } from './time.ts'

/** What the kubelet knows about one container. */
export interface ContainerView {
  readonly spec: Container
  readonly state: ContainerState
  readonly lastState?: ContainerState | undefined
  readonly restartCount: number
  readonly containerID?: string | undefined
}

export interface PodView {
  readonly init: readonly ContainerView[]
  readonly main: readonly ContainerView[]
  readonly startTime: string
  /** A verdict of the kubelet on the whole pod: then the pod has failed. */
  readonly verdict?: { readonly reason: string; readonly message: string } | undefined
  /** Nothing is started again: the pod is being deleted. */
  readonly stopping: boolean
}

const succeeded = (view: ContainerView): boolean => view.state.terminated?.exitCode === 0

/** Source: kubelet getPhase and podIsTerminal. */
export const podPhase = (pod: Pod, view: PodView): PodPhase => {
  if (view.verdict !== undefined) return 'Failed'
  const policy = view.stopping ? 'Never' : pod.spec.restartPolicy
  const failed = (each: ContainerView) => each.state.terminated !== undefined && !succeeded(each)
  if (policy === 'Never' && view.init.some(failed)) return 'Failed'
  const stopped = (each: ContainerView) =>
    each.state.terminated ?? (each.state.waiting === undefined ? undefined : each.lastState?.terminated)
  const running = view.main.some((each) => each.state.running !== undefined)
  if (view.stopping && !running && view.main.some(failed)) return 'Failed'
  if (!view.init.every(succeeded)) return 'Pending'
  if (view.main.some((each) => each.state.waiting !== undefined && each.lastState === undefined)) return 'Pending'
  if (running || policy === 'Always' || policy === undefined) return 'Running'
  const ends = view.main.map(stopped)
  if (ends.every((end) => end?.exitCode === 0)) return 'Succeeded'
  return policy === 'Never' ? 'Failed' : 'Running'
}

/** The whole status as a kubelet writes it. Pure: `now` is epoch milliseconds. */
export const podStatus = (pod: Pod, view: PodView, now: number): PodStatus => {
  const phase = podPhase(pod, view)
  const ended = phase === 'Succeeded' || phase === 'Failed'
  const unready = view.main.filter((each) => each.state.running === undefined).map((each) => each.spec.name)
  const incomplete = view.init.filter((each) => !succeeded(each)).map((each) => each.spec.name)
  const old = pod.status?.conditions ?? []
  const condition = (
    type: string,
    fault?: { readonly reason: string; readonly message?: string },
    holds = fault === undefined,
  ): PodCondition => {
    const status = holds ? 'True' : 'False'
    const before = old.find((each) => each.type === type)
    const lastTransitionTime = before?.status === status ? before.lastTransitionTime : seconds(now)
    return { type, status, ...(lastTransitionTime === undefined ? {} : { lastTransitionTime }), ...fault }
  }
  const notReady =
    ended || unready.length > 0
      ? ended
        ? { reason: phase === 'Succeeded' ? 'PodCompleted' : 'PodFailed' }
        : { reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` }
      : undefined
  const notInitialized =
    incomplete.length > 0
      ? { reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.join(' ')}]` }
      : undefined
  const initialized =
    notInitialized === undefined && phase === 'Succeeded'
      ? condition('Initialized', { reason: 'PodCompleted' }, true)
      : condition('Initialized', notInitialized)
  return {
    ...(pod.status?.qosClass === undefined ? {} : { qosClass: pod.status.qosClass }),
    phase,
    ...view.verdict,
    hostIP: '127.0.0.1',
    hostIPs: [{ ip: '127.0.0.1' }],
    podIP: '127.0.0.1',
    podIPs: [{ ip: '127.0.0.1' }],
    startTime: view.startTime,
    conditions: [
      condition('PodReadyToStartContainers', undefined, !ended),
      initialized,
      condition('Ready', notReady),
      condition('ContainersReady', notReady),
      condition('PodScheduled'),
    ],
    ...(view.init.length === 0
      ? {}
      : { initContainerStatuses: view.init.map((each) => containerStatus(each, succeeded(each))) }),
    containerStatuses: view.main.map((each) => containerStatus(each, each.state.running !== undefined)),
    observedGeneration: pod.metadata.generation,
  }
}

const containerStatus = (view: ContainerView, ready: boolean): ContainerStatus => ({
  name: view.spec.name,
  image: view.spec.image ?? '',
  imageID: '',
  ...(view.containerID === undefined ? {} : { containerID: view.containerID }),
  ready,
  started: view.state.running !== undefined,
  restartCount: view.restartCount,
  state: view.state,
  lastState: view.lastState ?? {},
})
