import { describe, expect, it } from 'vitest'
import { type PipelineTask, pipelineSpecSchema } from '../api/pipeline.ts'
import type { Container, Pod, PodSpec } from '../kube/pod.ts'
import { kubernetesExecutor } from './kubernetes.ts'
import { childName } from './names.ts'
import { sparkExecutor } from './spark.ts'
import type { TaskAttempt } from './task-executor.ts'

const owner = { apiVersion: 'bellows.dev/v1alpha1', kind: 'PipelineRun', name: 'r', uid: 'u', controller: true }
const taskOf = (fields: object): PipelineTask =>
  pipelineSpecSchema.parse({ tasks: [{ name: 'a', ...fields }] }).tasks[0]!

const executor = kubernetesExecutor({ image: 'bellows:dev' })
const attemptOf = (fields: object, more: Partial<TaskAttempt> = {}): TaskAttempt => ({
  run: { name: 'r', namespace: 'n', owner },
  task: taskOf(fields),
  attempt: 2,
  ...more,
})

const podOf = (fields: object, more: Partial<TaskAttempt> = {}): Pod => {
  const built = executor.build(attemptOf(fields, more))
  if (!built.ok) throw new Error(built.message)
  return built.object as Pod
}

const mainOf = (pod: Pod): Container => pod.spec.containers[0]!
const bash = { script: { interpreter: 'bash', source: 'echo $HOME $(date) $$' } }

describe('a worker pod', () => {
  it('is one container under Pod Security restricted, with nothing injected', () => {
    const pod = podOf(bash)
    expect(pod.metadata).toMatchObject({
      name: 'r-a-2',
      namespace: 'n',
      ownerReferences: [owner],
      labels: {
        'app.kubernetes.io/managed-by': 'bellows',
        'bellows.dev/pipeline-run': 'r',
        'bellows.dev/task': 'a',
        'bellows.dev/attempt': '2',
      },
    })
    expect(pod.spec).toMatchObject({
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: { runAsNonRoot: true, runAsUser: 10001, seccompProfile: { type: 'RuntimeDefault' } },
      volumes: [{ name: 'tmp', emptyDir: {} }],
    })
    expect(pod.spec.containers).toHaveLength(1)
    expect(pod.spec.initContainers).toBeUndefined()
    expect(mainOf(pod)).toMatchObject({
      name: 'main',
      image: 'bellows:dev',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'FallbackToLogsOnError',
      securityContext: {
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    })
  })

  it('carries the script so that Kubernetes does not expand it', () => {
    const { command, args } = mainOf(podOf(bash))
    expect([command, args]).toEqual([['bash'], ['-eo', 'pipefail', '-c', 'echo $$HOME $$(date) $$$$']])
  })

  it('tells the task who it is, whatever the user sets', () => {
    const env = [
      { name: 'BELLOWS_ATTEMPT', value: '99' },
      { name: 'MINE', value: '1' },
    ]
    const given = mainOf(podOf({ script: { ...bash.script, env } })).env
    expect(Object.fromEntries(given!.map(({ name, value }) => [name, value]))).toEqual({
      MINE: '1',
      BELLOWS_RUN: 'r',
      BELLOWS_NAMESPACE: 'n',
      BELLOWS_TASK: 'a',
      BELLOWS_ATTEMPT: '2',
      BELLOWS_RESULT: '/dev/termination-log',
    })
  })

  it('runs any image as it is', () => {
    const container = { image: 'busybox', args: ['true'], resources: { limits: { memory: '64Mi' } } }
    const main = mainOf(podOf({ container }))
    expect(main).toMatchObject(container)
    expect(main.command).toBeUndefined()
  })

  it('lies over the pod template', () => {
    const podTemplate = {
      metadata: { labels: { team: 'x', 'bellows.dev/task': 'forged' }, annotations: { note: 'y' } },
      spec: {
        restartPolicy: 'Always',
        nodeSelector: { disk: 'ssd' },
        securityContext: { runAsUser: 33 },
        volumes: [{ name: 'data', emptyDir: {} }],
        containers: [
          {
            name: 'main',
            image: 'ignored',
            env: [{ name: 'FROM', value: 'template' }],
            volumeMounts: [{ name: 'data', mountPath: '/tmp' }],
            securityContext: { readOnlyRootFilesystem: false },
          },
          { name: 'proxy', image: 'proxy' },
        ],
      },
    }
    const pod = podOf({ ...bash, podTemplate, timeoutSeconds: 60 })
    expect(pod.metadata.labels).toMatchObject({ team: 'x', 'bellows.dev/task': 'a' })
    expect(pod.metadata.annotations).toEqual({ note: 'y' })
    expect(pod.spec).toMatchObject({ restartPolicy: 'Never', nodeSelector: { disk: 'ssd' }, activeDeadlineSeconds: 61 })
    expect(pod.spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 33 })
    expect(pod.spec.volumes).toEqual([{ name: 'data', emptyDir: {} }])
    expect(mainOf(pod)).toMatchObject({ image: 'bellows:dev', volumeMounts: [{ name: 'data', mountPath: '/tmp' }] })
    expect(mainOf(pod).env?.[0]).toEqual({ name: 'FROM', value: 'template' })
    expect(mainOf(pod).securityContext).toMatchObject({
      readOnlyRootFilesystem: false,
      allowPrivilegeEscalation: false,
    })
    expect(pod.spec.containers.map(({ name }) => name)).toEqual(['main', 'proxy'])
  })

  it('gets a token only with a named ServiceAccount', () => {
    const spec = (pod: Pod): Partial<PodSpec> => pod.spec
    expect(spec(podOf(bash, { serviceAccountName: 'loader' }))).toMatchObject({
      serviceAccountName: 'loader',
      automountServiceAccountToken: true,
    })
  })

  it('needs an image for python and says so', () => {
    const built = executor.build(attemptOf({ script: { interpreter: 'python', source: 'print(1)' } }))
    expect(built).toMatchObject({
      ok: false,
      reason: 'ImageMissing',
      message: expect.stringContaining('python:3.13-slim'),
    })
    expect(mainOf(podOf({ script: { interpreter: 'python', source: 'print(1)', image: 'p' } })).command).toEqual([
      'python3',
    ])
  })
})

describe('a worker pod whose try is over', () => {
  const withStatus = (spec: object, status: object) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p' },
    spec,
    status,
  })
  const main = { name: 'main', state: { terminated: { exitCode: 0 } } }
  const one = { containers: [{ name: 'main' }] }
  const two = { containers: [{ name: 'main' }, { name: 'proxy' }] }

  it('is left alone once nothing in it runs, and its log with it', () => {
    expect(executor.isActive(withStatus(one, { phase: 'Running', containerStatuses: [main] }))).toBe(false)
    expect(executor.isActive(withStatus(one, { phase: 'Failed' }))).toBe(false)
  })

  it('is stopped where a sidecar runs on, or where it never started', () => {
    expect(
      executor.isActive(
        withStatus(two, { phase: 'Running', containerStatuses: [main, { name: 'proxy', state: { running: {} } }] }),
      ),
    ).toBe(true)
    expect(executor.isActive(withStatus(one, { phase: 'Pending' }))).toBe(true)
  })
})

describe('childName', () => {
  it('is readable where it fits, and else unique by a hash', () => {
    expect(childName('run', 'task', 3, 63)).toBe('run-task-3')
    const long = childName('r'.repeat(60), 't'.repeat(40), 12, 63)
    expect(long).toMatch(/^r+-[0-9a-f]{8}-12$/)
    expect(long).toHaveLength(63)
    expect(childName('r'.repeat(60), `${'t'.repeat(39)}u`, 12, 63)).not.toBe(long)
    expect(childName('a'.repeat(30), 'b'.repeat(40), 1, 40)).toHaveLength(40)
  })
})

describe('sparkExecutor', () => {
  it('makes an application of the run, with the timeout as its deadline', () => {
    const built = sparkExecutor.build(
      attemptOf({ timeoutSeconds: 5, spark: { spec: { type: 'SQL', program: 'SELECT 1' } } }),
    )
    expect(built).toMatchObject({
      ok: true,
      object: {
        kind: 'SparkApplication',
        metadata: { name: 'r-a-2', ownerReferences: [owner] },
        spec: { activeDeadlineSeconds: 5 },
      },
    })
  })

  it.each([
    [undefined, { state: 'queued' }],
    [{ applicationState: { state: 'SUBMITTED' } }, { state: 'queued' }],
    [{ applicationState: { state: 'PENDING_RERUN' } }, { state: 'queued' }],
    [{ applicationState: { state: 'RUNNING' } }, { state: 'running' }],
    [{ applicationState: { state: 'SUSPENDED' } }, { state: 'queued', reason: 'Suspended' }],
    [
      {
        applicationState: { state: 'COMPLETED' },
        resultSummary: { rows: 2, firstRows: '[{"n":12345678901234567890}]' },
      },
      { state: 'success', result: '{"application":"x","rows":2,"firstRows":[{"n":12345678901234567890}]}' },
    ],
    [
      { applicationState: { state: 'COMPLETED' }, resultSummary: { value: 'false' } },
      { state: 'success', result: '{"application":"x","value":false}' },
    ],
    [
      { applicationState: { state: 'COMPLETED' }, resultSummary: { rows: 1, value: '{broken' } },
      { state: 'success', result: '{"application":"x","rows":1}' },
    ],
    [
      { applicationState: { state: 'COMPLETED' }, resultSummary: { columns: ['x'.repeat(5000)] } },
      { state: 'success', result: '{"application":"x"}' },
    ],
    [
      {
        applicationState: { state: 'FAILED', errorMessage: 'boom' },
        rootCause: { reason: 'DriverFailed', message: 'no table t' },
      },
      { state: 'failed', class: 'user', reason: 'DriverFailed', message: 'no table t' },
    ],
  ])('reads %j', (status, expected) => {
    const child = {
      apiVersion: 'sparkoperator.k8s.io/v1beta2',
      kind: 'SparkApplication',
      metadata: { name: 'x' },
      status,
    }
    expect(sparkExecutor.outcome(child)).toMatchObject(expected)
  })
})
