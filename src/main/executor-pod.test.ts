import { describe, expect, it } from 'vitest'
import type { Pod, PodStatus } from '../kube/pod.ts'
import { executorPod, exitOf, noticeOf } from './executor-pod.ts'

const template: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app-1-exec', labels: { team: 'a' } },
  spec: { containers: [{ name: 'spark-kubernetes-executor', env: [{ name: 'A', value: '1' }] }, { name: 'sidecar' }] },
}
const pods = {
  namespace: 'ns',
  namePrefix: 'app-1-exec-',
  applicationId: 'app-1-abc',
  owner: { name: 'app-driver', uid: 'u1' },
  template,
  deleteOnTermination: true,
  env: { B: '2' },
}
const withStatus = (status: PodStatus): Pod => ({ ...template, status })

it('completes the template: name, owner, labels and the variables of its own container only', () => {
  const pod = executorPod(pods, { id: 7, driverUrl: 'http://d:1' })
  expect(pod.metadata).toMatchObject({
    name: 'app-1-exec-7',
    namespace: 'ns',
    labels: { team: 'a', 'spark-exec-id': '7', 'spark-app-selector': 'app-1-abc' },
    ownerReferences: [{ kind: 'Pod', name: 'app-driver', uid: 'u1', controller: true }],
  })
  const [executor, sidecar] = pod.spec.containers
  expect(executor?.env?.map(({ name, value }) => `${name}=${value}`)).toEqual([
    'A=1',
    'B=2',
    'BELLOWS_DRIVER_URL=http://d:1',
    'BELLOWS_EXECUTOR_ID=7',
  ])
  expect(sidecar).toEqual({ name: 'sidecar' })
})

const terminated = (exitCode: number, reason: string, message?: string): PodStatus => ({
  phase: 'Failed',
  containerStatuses: [
    { name: 'spark-kubernetes-executor', state: { terminated: { exitCode, reason, ...(message ? { message } : {}) } } },
  ],
})

describe('exitOf', () => {
  it('says nothing of a pod that runs', () => {
    expect(exitOf(withStatus({ phase: 'Running' }))).toBeUndefined()
  })
  it('names memory, exit codes and evictions', () => {
    expect(exitOf(withStatus(terminated(137, 'OOMKilled')))).toMatch(
      /more memory than its limit .* raise spec\.executor\.memory/,
    )
    expect(exitOf(withStatus(terminated(3, 'Error', 'disk full\n')))).toMatch(/exit code 3: disk full$/)
    expect(exitOf(withStatus({ phase: 'Failed', reason: 'Evicted', message: 'node low on disk' }))).toMatch(
      /Evicted \(node low on disk\)/,
    )
  })
})

describe('noticeOf', () => {
  const waiting = (reason: string): PodStatus => ({
    phase: 'Pending',
    containerStatuses: [{ name: 'spark-kubernetes-executor', state: { waiting: { reason, message: 'why' } } }],
  })
  it('is quiet about what is only a matter of time', () => {
    expect(noticeOf(withStatus(waiting('ContainerCreating')))).toBeUndefined()
  })
  it('tells of images and of nodes that do not fit', () => {
    expect(noticeOf(withStatus(waiting('ImagePullBackOff')))).toMatch(/waits: ImagePullBackOff \(why\)/)
    const conditions = [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' } as const]
    expect(noticeOf(withStatus({ phase: 'Pending', conditions }))).toMatch(/not scheduled: 0\/1 nodes/)
  })
})
