import { describe, expect, it } from 'vitest'
import type { Pod, PodStatus } from './pod.ts'
import { podWaiting, waitingSince } from './pod-waiting.ts'

const pod = (status: PodStatus, creationTimestamp?: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', ...(creationTimestamp === undefined ? {} : { creationTimestamp }) },
  spec: { containers: [] },
  status,
})
const container = (name: string, reason: string, message?: string) => ({
  name,
  image: 'app:1',
  state: { waiting: { reason, ...(message === undefined ? {} : { message }) } },
})

describe('podWaiting', () => {
  it('tells a pod without a node before anything of its containers', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', message: '' }] as const
    const status = { conditions, containerStatuses: [container('main', 'ErrImagePull')] }
    expect(podWaiting(pod(status))).toEqual({ kind: 'node', reason: 'SchedulingGated', said: undefined })
    expect(podWaiting(pod({ conditions: [{ type: 'PodScheduled', status: 'False' }] }))).toEqual({
      kind: 'node',
      reason: 'Unschedulable',
      said: undefined,
    })
  })

  it.each([
    ['InvalidImageName', 'image-name'],
    ['ImagePullBackOff', 'image'],
    ['CreateContainerConfigError', 'config'],
    ['RunContainerError', 'start'],
  ])('%s is %s', (reason, kind) => {
    expect(podWaiting(pod({ containerStatuses: [container('main', reason, 'its words')] }))).toEqual({
      kind: 'container',
      stuck: { kind, container: 'main', image: 'app:1', reason, said: 'its words' },
    })
  })

  it('takes the init container that is stuck, and not what is only on its way', () => {
    const status = {
      initContainerStatuses: [container('init', 'ErrImagePull')],
      containerStatuses: [container('main', 'PodInitializing')],
    }
    expect(podWaiting(pod(status))).toMatchObject({ kind: 'container', stuck: { container: 'init' } })
    for (const reason of ['ContainerCreating', 'PodInitializing', 'constructor']) {
      expect(podWaiting(pod({ containerStatuses: [container('main', reason)] }))).toEqual({ kind: 'starting' })
    }
    expect(podWaiting(pod({}))).toEqual({ kind: 'starting' })
  })
})

it('counts the wait from the last thing that others had to do', () => {
  const conditions = [
    { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:10Z' },
    { type: 'Initialized', status: 'True', lastTransitionTime: '2026-01-01T00:00:20Z' },
    { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:30Z' },
  ] as const
  expect(waitingSince(pod({ conditions }, '2026-01-01T00:00:00Z'))).toBe(Date.UTC(2026, 0, 1, 0, 0, 20))
  expect(waitingSince(pod({}, '2026-01-01T00:00:00Z'))).toBe(Date.UTC(2026, 0, 1))
  expect(waitingSince(pod({}, 'soon'))).toBeUndefined()
})
