import { describe, expect, test } from 'vitest'
import type { ContainerState, Pod, PodStatus } from '../kube/pod.ts'
import { judgeDriver } from './driver-verdict.ts'

const pod = (status: PodStatus): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'app-driver', namespace: 'default', uid: 'u', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'spark-kubernetes-driver' }] },
  status,
})

const main = (state: ContainerState, more: PodStatus = {}): PodStatus => ({
  phase: 'Running',
  containerStatuses: [{ name: 'spark-kubernetes-driver', image: 'bellows:dev', state }],
  ...more,
})

const ended = (exitCode: number, reason: string, message?: string, more: PodStatus = {}): PodStatus =>
  main(
    {
      terminated: {
        exitCode,
        reason,
        ...(message === undefined ? {} : { message }),
        finishedAt: '2026-01-01T00:01:00Z',
      },
    },
    { phase: 'Failed', ...more },
  )

const waiting = (reason: string, message?: string): PodStatus =>
  main({ waiting: { reason, ...(message === undefined ? {} : { message }) } }, { phase: 'Pending' })

const condition = (type: string, status: 'True' | 'False', reason: string, message?: string): PodStatus => ({
  phase: 'Pending',
  conditions: [{ type, status, reason, ...(message === undefined ? {} : { message }) }],
})

const disruption = (reason: string): PodStatus =>
  ended(137, 'Error', undefined, condition('DisruptionTarget', 'True', reason, 'told so'))

describe('a driver failed', () => {
  const cases: readonly (readonly [
    sentence: string,
    status: PodStatus,
    cls: string,
    reason: string,
    message: RegExp,
  ])[] = [
    [
      'by its program: exit code and last line',
      ended(3, 'Error', 'a\nValueError: b\n'),
      'application',
      'DriverFailed',
      /exit code 3: a ValueError: b/,
    ],
    ['by its program without a word', ended(1, 'Error'), 'application', 'DriverFailed', /exit code 1$/],
    ['by its memory limit', ended(137, 'OOMKilled'), 'application', 'DriverOutOfMemory', /more memory than its limit/],
    [
      'by its JavaScript heap',
      ended(134, 'Error', 'FATAL ERROR: Allocation failed - JavaScript heap out of memory\n 1: 0x1'),
      'application',
      'DriverOutOfMemory',
      /JavaScript heap/,
    ],
    [
      'by a signal that nobody explains',
      ended(137, 'Error'),
      'application',
      'DriverKilled',
      /SIGKILL \(exit code 137\)/,
    ],
    ['by SIGTERM', ended(143, 'Error'), 'application', 'DriverKilled', /SIGTERM/],
    [
      'by its own deadline',
      ended(143, 'Error', undefined, {
        phase: 'Failed',
        reason: 'DeadlineExceeded',
        message: 'Pod was active too long',
      }),
      'application',
      'DeadlineExceeded',
      /deadline/,
    ],
    [
      'because its command is not in the image',
      ended(127, 'StartError', 'exec: "x": not found'),
      'application',
      'ContainerStartError',
      /exec: "x"/,
    ],
    [
      'by an init container',
      {
        phase: 'Failed',
        initContainerStatuses: [{ name: 'fetch', state: { terminated: { exitCode: 2, message: 'no route' } } }],
      },
      'application',
      'InitContainerFailed',
      /fetch ended with exit code 2: no route/,
    ],
    [
      'by eviction under node pressure',
      { phase: 'Failed', reason: 'Evicted', message: 'low on memory' },
      'infrastructure',
      'DriverEvicted',
      /evicted: low on memory/,
    ],
    [
      'by eviction although its container tells an exit code',
      ended(143, 'Error', undefined, { phase: 'Failed', reason: 'Evicted' }),
      'infrastructure',
      'DriverEvicted',
      /evicted/,
    ],
    ['by the eviction API', disruption('EvictionByEvictionAPI'), 'infrastructure', 'DriverEvicted', /told so/],
    ['by preemption', disruption('PreemptionByScheduler'), 'infrastructure', 'DriverPreempted', /higher priority/],
    ['by a taint on its node', disruption('DeletionByTaintManager'), 'infrastructure', 'NodeLost', /node/],
    ['because its node went away', { phase: 'Failed', reason: 'NodeLost' }, 'infrastructure', 'NodeLost', /lost/],
    [
      'because its node shut down',
      { phase: 'Failed', reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.' },
      'infrastructure',
      'NodeLost',
      /shut down/,
    ],
    [
      'because kubelet lost track of it',
      ended(137, 'ContainerStatusUnknown'),
      'infrastructure',
      'NodeLost',
      /lost track/,
    ],
    [
      'because the node refused it',
      { phase: 'Failed', reason: 'OutOfcpu', message: 'Node did not have enough resource: cpu' },
      'infrastructure',
      'DriverRejected',
      /OutOfcpu: Node did not have enough/,
    ],
    [
      'by memory although it was to be disrupted too',
      { ...ended(137, 'OOMKilled'), conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'x' }] },
      'application',
      'DriverOutOfMemory',
      /memory/,
    ],
  ]
  test.each(cases)('%s', (_, status, cls, reason, message) => {
    const verdict = judgeDriver(pod(status))
    if (verdict.kind !== 'failed') throw new Error(`judged ${verdict.kind}`)
    expect(verdict.failure).toMatchObject({ class: cls, reason })
    expect(verdict.failure.message).toMatch(message)
  })

  const deleted = (status: PodStatus, deletionTimestamp: string): Pod => {
    const { metadata, ...rest } = pod(status)
    return { ...rest, metadata: { ...metadata, deletionTimestamp, deletionGracePeriodSeconds: 30 } }
  }

  test.each([143, 137])('because somebody deleted its pod, which is a loss (exit code %i)', (code) => {
    expect(judgeDriver(deleted(ended(code, 'Error', 'last words'), '2026-01-01T00:01:29Z'))).toMatchObject({
      kind: 'failed',
      failure: {
        class: 'infrastructure',
        reason: 'DriverLost',
        exitCode: code,
        message: `driver pod app-driver was deleted while it ran (exit code ${code})`,
      },
    })
  })

  test.each<[string, Pod, string]>([
    ['by its program, in a pod that is deleted', deleted(ended(1, 'Error'), '2026-01-01T00:01:29Z'), 'DriverFailed'],
    [
      'by memory, in a pod that is deleted',
      deleted(ended(137, 'OOMKilled'), '2026-01-01T00:01:29Z'),
      'DriverOutOfMemory',
    ],
    ['by a signal before its pod was deleted', deleted(ended(137, 'Error'), '2026-01-01T00:10:00Z'), 'DriverKilled'],
  ])('%s', (_, driver, reason) => {
    expect(judgeDriver(driver)).toMatchObject({ failure: { class: 'application', reason } })
  })

  test('and its exit code, last lines and time are kept', () => {
    const verdict = judgeDriver(pod(ended(3, 'Error', 'a\nb\n')))
    expect(verdict).toMatchObject({ failure: { exitCode: 3, lastLines: 'a\nb', at: Date.UTC(2026, 0, 1, 0, 1) } })
  })
})

describe('a driver waits', () => {
  const cases: readonly (readonly [sentence: string, status: PodStatus, reason: string, outlook: string])[] = [
    ['for its container to be made', waiting('ContainerCreating'), 'DriverStarting', 'patient'],
    ['for an image that cannot be pulled', waiting('ErrImagePull', 'manifest unknown'), 'ImagePullFailed', 'failing'],
    ['in back-off for an image', waiting('ImagePullBackOff'), 'ImagePullFailed', 'failing'],
    ['for an image that may not be pulled', waiting('ErrImageNeverPull'), 'ImagePullFailed', 'failing'],
    ['for an image whose name is none', waiting('InvalidImageName'), 'InvalidImageName', 'hopeless'],
    [
      'for a Secret or ConfigMap of its environment',
      waiting('CreateContainerConfigError', 'secret "x" not found'),
      'ContainerConfigError',
      'failing',
    ],
    ['because the container cannot be created', waiting('CreateContainerError'), 'ContainerStartError', 'failing'],
    [
      'for a node',
      condition('PodScheduled', 'False', 'Unschedulable', '0/3 nodes are available'),
      'Unschedulable',
      'patient',
    ],
    [
      'for a volume claim that is not there',
      condition('PodScheduled', 'False', 'Unschedulable', 'persistentvolumeclaim "data" not found'),
      'VolumeMissing',
      'failing',
    ],
    ['for its scheduling gate', condition('PodScheduled', 'False', 'SchedulingGated'), 'SchedulingGated', 'patient'],
    [
      'for the image of an init container',
      { phase: 'Pending', initContainerStatuses: [{ name: 'i', state: { waiting: { reason: 'ErrImagePull' } } }] },
      'ImagePullFailed',
      'failing',
    ],
    ['without a status yet', {}, 'DriverStarting', 'patient'],
  ]
  test.each(cases)('%s', (_, status, reason, outlook) => {
    expect(judgeDriver(pod(status))).toMatchObject({ kind: 'waiting', waiting: { reason, outlook } })
  })

  test('for a Secret that it mounts, as its events tell', () => {
    const verdict = judgeDriver(
      pod(waiting('ContainerCreating')),
      'FailedMount: MountVolume.SetUp failed: secret "x" not found',
    )
    expect(verdict).toMatchObject({ waiting: { reason: 'VolumeMissing', outlook: 'failing' } })
  })

  test('counted from when it got its node, not from its creation', () => {
    const status: PodStatus = {
      ...waiting('ErrImagePull'),
      conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T02:00:00Z' }],
    }
    expect(judgeDriver(pod(status))).toMatchObject({ waiting: { since: Date.UTC(2026, 0, 1, 2) } })
  })
})

describe('a driver is judged by its main container', () => {
  test('it succeeded although a sidecar keeps the pod running', () => {
    expect(judgeDriver(pod(main({ terminated: { exitCode: 0, message: '{}' } })))).toEqual({
      kind: 'succeeded',
      message: '{}',
    })
  })
  test('it runs although the phase still says Pending', () => {
    expect(judgeDriver(pod(main({ running: {} }, { phase: 'Pending' })))).toMatchObject({ kind: 'running' })
  })
  test('it succeeded although the pod was evicted afterwards', () => {
    expect(
      judgeDriver(pod(main({ terminated: { exitCode: 0 } }, { phase: 'Failed', reason: 'Evicted' }))),
    ).toMatchObject({ kind: 'succeeded' })
  })
  test('by the phase where the container tells nothing', () => {
    expect(judgeDriver(pod({ phase: 'Succeeded' }))).toMatchObject({ kind: 'succeeded' })
    expect(judgeDriver(pod({ phase: 'Running' }))).toMatchObject({ kind: 'running' })
    expect(judgeDriver(pod({ phase: 'Unknown' }))).toMatchObject({ kind: 'unknown' })
  })
})
