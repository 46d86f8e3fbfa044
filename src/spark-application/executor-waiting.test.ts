import { expect, test } from 'vitest'
import type { SparkApplication } from '../api/spark-application.ts'
import type { Pod, PodStatus } from '../kube/pod.ts'
import { decide } from './decide.ts'
import { DEFAULT_SETTINGS } from './settings.ts'

const START = Date.UTC(2026, 0, 1)
const at = (seconds: number): string => new Date(START + seconds * 1000).toISOString()

const pod = (name: string, owner: object, status: PodStatus): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name,
    namespace: 'ns',
    uid: name,
    creationTimestamp: at(0),
    labels: { 'bellows.dev/attempt': '1' },
    ownerReferences: [{ controller: true, ...owner } as never],
  },
  spec: { containers: [] },
  status,
})

const driver = pod(
  'app-driver',
  { apiVersion: 'x', kind: 'SparkApplication', name: 'app', uid: 'app' },
  {
    phase: 'Running',
    containerStatuses: [{ name: 'spark-kubernetes-driver', state: { running: { startedAt: at(0) } } }],
  },
)

const decided = (seconds: number, ...executors: readonly PodStatus[]) =>
  decide(
    {
      subject: {
        apiVersion: 'sparkoperator.k8s.io/v1beta2',
        kind: 'SparkApplication',
        metadata: { name: 'app', namespace: 'ns', uid: 'app', generation: 1 },
        spec: { type: 'Python', driver: {}, executor: {} },
        status: { applicationState: { state: 'RUNNING' }, attempt: 1, observedGeneration: 1 },
      } as unknown as SparkApplication,
      drivers: [driver],
      executors: executors.map((status, index) =>
        pod(`app-1-exec-${index}`, { apiVersion: 'v1', kind: 'Pod', name: 'app-driver', uid: 'app-driver' }, status),
      ),
      missingAccess: [],
      entropy: 'e',
    },
    START + seconds * 1000,
    DEFAULT_SETTINGS,
  )

const running = (decision: ReturnType<typeof decided>) =>
  decision.status?.conditions?.find(({ type }) => type === 'DriverRunning')

const pulling = (reason: string): PodStatus => ({
  phase: 'Pending',
  containerStatuses: [{ name: 'spark-kubernetes-executor', image: 'no:1', state: { waiting: { reason } } }],
})
const unscheduled: PodStatus = {
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/1 nodes' }],
}

test('an image that cannot be pulled is told at once, in the same words whatever kubelet calls it', () => {
  const expected = {
    status: 'True',
    reason: 'ExecutorsWaiting',
    message: 'executors cannot start: image "no:1" of container spark-kubernetes-executor cannot be pulled',
  }
  expect(running(decided(1, pulling('ErrImagePull')))).toMatchObject(expected)
  expect(running(decided(1, unscheduled, pulling('ImagePullBackOff')))).toMatchObject(expected)
})

test('a node may take half a minute, after which it is looked at again', () => {
  const early = decided(10, unscheduled)
  expect(running(early)).toMatchObject({ reason: 'DriverRunning' })
  expect(early.requeueAfterMs).toBe(20_000)
  expect(running(decided(30, unscheduled))).toMatchObject({ reason: 'ExecutorsWaiting' })
})

test('executors that run, or just start, are no news', () => {
  expect(running(decided(60, { phase: 'Running' }, { phase: 'Pending' }))).toMatchObject({ reason: 'DriverRunning' })
})
