import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../kube/object.ts'
import type { ContainerState, Pod, PodStatus } from '../kube/pod.ts'
import { podOutcome } from './pod-outcome.ts'

const pod = (status: PodStatus, metadata: object = {}): Pod =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', creationTimestamp: '2026-01-01T00:00:00Z', ...metadata },
    spec: { containers: [] },
    status,
  }) as KubeObject as Pod

const main = (state: ContainerState, more: PodStatus = {}): PodStatus => ({
  ...more,
  containerStatuses: [{ name: 'main', image: 'im', state }],
})
const times = { startedAt: '2026-01-01T00:00:01Z', finishedAt: '2026-01-01T00:00:05Z' }
const ended = (exitCode: number, more: object = {}): ContainerState => ({ terminated: { exitCode, ...times, ...more } })
const waiting = (reason: string, message?: string): ContainerState => ({
  waiting: { reason, ...(message && { message }) },
})
const disrupted = (reason: string) => ({ conditions: [{ type: 'DisruptionTarget', status: 'True' as const, reason }] })

describe('podOutcome', () => {
  it.each<[string, Pod, object]>([
    ['new', pod({}), { state: 'queued' }],
    ['starting', pod(main(waiting('ContainerCreating'), { phase: 'Pending' })), { state: 'queued' }],
    [
      'without a node',
      pod({
        phase: 'Pending',
        conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/3 nodes' }],
      }),
      { state: 'queued', reason: 'Unschedulable', message: 'no node takes its pod: 0/3 nodes' },
    ],
    [
      'image not there',
      pod(main(waiting('ImagePullBackOff', 'not found'), { phase: 'Pending' })),
      { state: 'queued', reason: 'ImagePull', class: 'user', failsAt: Date.parse('2026-01-01T00:01:00Z') },
    ],
    ['image name wrong', pod(main(waiting('InvalidImageName'))), { state: 'queued', class: 'user', failsAt: 0 }],
    [
      'secret missing',
      pod(main(waiting('CreateContainerConfigError', 'secret "x" not found'))),
      {
        state: 'queued',
        reason: 'ContainerConfig',
        class: 'user',
        message: expect.stringContaining('secret "x" not found'),
      },
    ],
    [
      'running',
      pod(main({ running: { startedAt: times.startedAt } })),
      { state: 'running', startedAt: Date.parse(times.startedAt) },
    ],
    [
      'succeeded with a result',
      pod(main(ended(0, { message: '{"a": 1}' }), { phase: 'Succeeded' })),
      { state: 'success', result: '{"a":1}', endedAt: Date.parse(times.finishedAt) },
    ],
    [
      'main ended while a sidecar runs',
      pod(main(ended(0), { phase: 'Running' })),
      { state: 'success', result: undefined },
    ],
    ['succeeded and cleaned up', pod({ phase: 'Succeeded' }), { state: 'success' }],
    [
      'result is no JSON',
      pod(main(ended(0, { message: 'oops' }))),
      { state: 'failed', class: 'user', reason: 'ResultInvalid' },
    ],
    [
      'failed, with its last lines',
      pod(main(ended(3, { message: 'one\ntwo\n\nthree\nfour\nfive\nsix\n' }), { phase: 'Failed' })),
      {
        state: 'failed',
        class: 'user',
        reason: 'TaskFailed',
        message: 'ended with exit code 3: two\nthree\nfour\nfive\nsix',
      },
    ],
    [
      'threw in JavaScript',
      pod(
        main(
          ended(1, {
            message:
              "[eval]:1\nthrow new Error('boom')\n^\n\nError: boom\n    at [eval]:1:7\n    at x (node:y:1:2)\n\nNode.js v26.10.0\n",
          }),
        ),
      ),
      { message: "ended with exit code 1: [eval]:1\nthrow new Error('boom')\nError: boom" },
    ],
    [
      'ended by a signal',
      pod(main(ended(139))),
      { reason: 'TaskFailed', message: 'was ended by SIGSEGV (exit code 139)' },
    ],
    ['out of memory', pod(main(ended(137, { reason: 'OOMKilled' }))), { class: 'user', reason: 'OutOfMemory' }],
    [
      'out of memory while it was evicted',
      pod(main(ended(137, { reason: 'OOMKilled' }), disrupted('EvictionByEvictionAPI'))),
      { class: 'user', reason: 'OutOfMemory' },
    ],
    [
      'drained',
      pod(main(ended(143), disrupted('EvictionByEvictionAPI'))),
      { class: 'infrastructure', reason: 'Evicted' },
    ],
    [
      'preempted',
      pod(main(ended(137), disrupted('PreemptionByScheduler'))),
      { class: 'infrastructure', reason: 'Preempted' },
    ],
    [
      'its node tainted',
      pod(main(ended(137), disrupted('DeletionByTaintManager'))),
      { class: 'infrastructure', reason: 'NodeLost' },
    ],
    [
      'evicted by kubelet',
      pod({ phase: 'Failed', reason: 'Evicted', message: 'disk' }),
      { class: 'infrastructure', reason: 'Evicted' },
    ],
    [
      'deleted by hand',
      pod(main(ended(143)), { deletionTimestamp: '2026-01-01T00:00:04Z' }),
      { class: 'infrastructure', reason: 'PodDeleted' },
    ],
    [
      'past its deadline',
      pod({ phase: 'Failed', reason: 'DeadlineExceeded' }),
      { class: 'user', reason: 'TaskTimeout' },
    ],
    [
      'past its deadline, container told',
      pod(main(ended(137), { phase: 'Failed', reason: 'DeadlineExceeded' })),
      { class: 'user', reason: 'TaskTimeout' },
    ],
    [
      'past its deadline, in its grace period',
      pod(main({ running: { startedAt: times.startedAt } }, { phase: 'Failed', reason: 'DeadlineExceeded' })),
      { state: 'running' },
    ],
    [
      'ended well, past its deadline',
      pod(main(ended(0), { phase: 'Failed', reason: 'DeadlineExceeded' })),
      { state: 'failed', class: 'user', reason: 'TaskTimeout' },
    ],
    [
      'failed by the garbage collector of pods, its node gone',
      pod({ ...main({ running: {} }, { phase: 'Failed' }), ...disrupted('DeletionByPodGC') }),
      { state: 'failed', class: 'infrastructure', reason: 'NodeLost' },
    ],
    [
      'refused by its node',
      pod({ phase: 'Failed', reason: 'OutOfcpu' }),
      { class: 'infrastructure', reason: 'PodRejected' },
    ],
    [
      'node lost',
      pod(main(ended(137, { reason: 'ContainerStatusUnknown' }))),
      { class: 'infrastructure', reason: 'NodeLost' },
    ],
    [
      'no such command',
      pod(main(ended(128, { reason: 'StartError', message: 'exec: "nope": not found' }))),
      { class: 'user', reason: 'StartError', message: expect.stringContaining('nope') },
    ],
    [
      'init container failed',
      pod({ phase: 'Failed', initContainerStatuses: [{ name: 'fetch', state: ended(2, { message: 'no route' }) }] }),
      {
        class: 'user',
        reason: 'InitContainerFailed',
        message: 'its init container fetch ended with exit code 2: no route',
      },
    ],
    [
      'a status with nonsense times',
      pod(main(ended(0, { startedAt: 'soon', finishedAt: null }))),
      { state: 'success', startedAt: undefined },
    ],
  ])('%s', (_, observed, expected) => {
    expect(podOutcome(observed)).toMatchObject(expected)
  })
})
