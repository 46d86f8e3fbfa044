import { expect, test } from 'vitest'
import type { KubeObject } from '../../../src/kube/object.ts'
import { Pods } from '../../../src/kube/resource-type.ts'
import { DRIVER, pods, World } from './world.ts'

test('a new application is submitted, runs and completes with three status writes and three events', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  expect(await world.state()).toBe('SUBMITTED')
  expect(await world.status()).toMatchObject({
    attempt: 1,
    executionAttempts: 1,
    submissionAttempts: 1,
    driverInfo: { podName: 'app-driver' },
  })
  await world.setDriver(pods.running(world))
  await world.settle()
  expect(await world.state()).toBe('RUNNING')
  await world.setDriver(pods.succeeded(world))
  await world.settle()
  expect(await world.state()).toBe('COMPLETED')
  expect(world.events.map(({ reason }) => reason)).toEqual(['DriverCreated', 'DriverRunning', 'Completed'])
  // Secret, pod, three statuses.
  expect(world.writes).toBe(5)
  expect(await world.driver()).toBeDefined()
})

test('a failed driver under Never ends in FAILED with exit code, reason and last lines', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.setDriver(pods.ended(world, 3, { message: 'line one\nError: no such table: t\n' }))
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: {
      state: 'FAILED',
      errorMessage: 'the driver ended with exit code 3: line one Error: no such table: t',
    },
    rootCause: { exitCode: 3, reason: 'DriverFailed', lastLines: ['line one', 'Error: no such table: t'] },
  })
})

test('OnFailure with two retries makes three runs and then fails; waits double', async () => {
  const world = new World()
  await world.create({ restartPolicy: { type: 'OnFailure', onFailureRetries: 2, onFailureRetryInterval: 10 } })
  const waits: number[] = []
  for (let run = 1; run <= 3; run++) {
    await world.settle()
    expect(await world.status()).toMatchObject({
      attempt: run,
      executionAttempts: run,
      applicationState: { state: 'SUBMITTED' },
    })
    await world.setDriver(pods.ended(world, 1))
    const rest = await world.settle()
    if (run === 3) break
    expect(await world.state()).toBe('FAILING')
    waits.push(rest?.requeueAfterMs ?? 0)
    await world.wait(rest?.requeueAfterMs ?? 0)
  }
  expect(await world.state()).toBe('FAILED')
  expect(world.submissions).toEqual(['1', '2', '3'])
  expect(waits[0]).toBeGreaterThanOrEqual(10_000)
  expect(waits[0]).toBeLessThanOrEqual(13_500)
  expect(waits[1]).toBeGreaterThanOrEqual(20_000)
})

test('an evicted driver is retried on the infrastructure budget and does not count as a failure of the application', async () => {
  const world = new World()
  await world.create({ restartPolicy: { type: 'OnFailure', onFailureRetries: 0 } })
  await world.settle()
  await world.setDriver(pods.evicted())
  const rest = await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILING' },
    infrastructureFailures: 1,
    rootCause: { reason: 'DriverEvicted' },
  })
  await world.wait(rest?.requeueAfterMs ?? 0)
  expect(await world.status()).toMatchObject({
    attempt: 2,
    executionAttempts: 2,
    applicationState: { state: 'SUBMITTED' },
  })
  await world.setDriver(pods.ended(world, 1))
  await world.settle()
  expect(await world.state()).toBe('FAILED')
})

test('an application of Apache Spark without an image ends in FAILED with what to do', async () => {
  const world = new World()
  await world.create({
    type: 'Python',
    sparkVersion: '4.0.0',
    mainApplicationFile: 'local:///x.py',
    program: undefined,
  } as never)
  await world.settle()
  // `kubectl get` shows the reason of the root cause.
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    rootCause: { reason: 'SubmissionInvalid', message: expect.stringContaining('set spec.image') },
  })
  expect((await world.status()).conditions?.find(({ type }) => type === 'Succeeded')).toMatchObject({
    status: 'False',
    reason: 'SubmissionInvalid',
  })
  expect(await world.driver()).toBeUndefined()
})

test('suspending stops the driver, resuming starts a new run with its retries back', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.bind()
  await world.setDriver(pods.running(world))
  await world.settle()
  await world.edit({ suspend: true })
  const pass = await world.pass()
  expect(pass?.decision.actions).toMatchObject([{ kind: 'delete' }])
  expect(await world.state()).toBe('SUSPENDING')
  await world.settle()
  expect(await world.state()).toBe('SUSPENDED')
  expect(await world.driver()).toBeUndefined()
  await world.edit({ suspend: false })
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'SUBMITTED' },
    attempt: 2,
    executionAttempts: 1,
  })
})

test('an application that is created suspended starts nothing', async () => {
  const world = new World()
  await world.create({ suspend: true })
  await world.settle()
  expect(await world.state()).toBe('SUSPENDED')
  expect(world.submissions).toEqual([])
})

test('an edit while the driver runs removes it and starts anew; editing suspend or timeToLiveSeconds does not', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.bind()
  await world.setDriver(pods.running(world))
  await world.settle()
  await world.edit({ timeToLiveSeconds: 60 })
  await world.settle()
  expect(await world.state()).toBe('RUNNING')
  await world.edit({ program: 'SELECT 2' })
  await world.pass()
  expect(await world.state()).toBe('INVALIDATING')
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'SUBMITTED' },
    attempt: 2,
    executionAttempts: 1,
  })
})

test('a finished application runs again when it is edited', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.setDriver(pods.ended(world, 1))
  await world.settle()
  expect(await world.state()).toBe('FAILED')
  await world.edit({ program: 'SELECT 2' })
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'SUBMITTED' },
    attempt: 2,
    executionAttempts: 1,
  })
  expect((await world.status()).rootCause).toBeUndefined()
})

test('what a driver says of its result comes into status, and goes with the next run', async () => {
  const world = new World()
  await world.create({ restartPolicy: { type: 'Always', onFailureRetryInterval: 10 } })
  await world.settle()
  await world.setDriver(pods.ended(world, 0, { message: '{"resultSummary":{"rows":3,"firstRows":"[]"}}' }))
  const rest = await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'SUCCEEDING' },
    resultSummary: { rows: 3, firstRows: '[]' },
  })
  await world.wait(rest?.requeueAfterMs ?? 0)
  expect(await world.state()).toBe('SUBMITTED')
  expect((await world.status()).resultSummary).toBeUndefined()
  await world.setDriver(pods.ended(world, 0, { message: 'all is well' }))
  await world.settle()
  expect(await world.state()).toBe('SUCCEEDING')
  expect((await world.status()).resultSummary).toBeUndefined()
})

test('timeToLiveSeconds after its end the application deletes itself and the driver pod goes with it', async () => {
  const world = new World()
  await world.create({ timeToLiveSeconds: 100 })
  await world.settle()
  await world.setDriver(pods.succeeded(world))
  const rest = await world.settle()
  expect(rest?.requeueAfterMs).toBe(100_000)
  await world.wait(99_000)
  expect(await world.app()).toBeDefined()
  await world.wait(1_000)
  expect(await world.app()).toBeUndefined()
})

test('a run longer than activeDeadlineSeconds fails and its driver is deleted, never before its time', async () => {
  const world = new World()
  world.now += 900
  await world.create({ activeDeadlineSeconds: 60 })
  await world.settle()
  // Times are kept in whole seconds, by us and by kubelet.
  expect((await world.driver())?.spec.activeDeadlineSeconds).toBe(61)
  await world.setDriver(pods.running(world))
  const rest = await world.settle()
  expect(rest?.requeueAfterMs).toBeGreaterThanOrEqual(60_000)
  expect(rest?.requeueAfterMs).toBeLessThanOrEqual(61_000)
  await world.wait(59_999)
  expect(await world.state()).toBe('RUNNING')
  await world.wait((rest?.requeueAfterMs ?? 0) - 59_999)
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    rootCause: { reason: 'DeadlineExceeded' },
  })
  expect(await world.driver()).toBeUndefined()
})

test('an image that cannot be pulled is told at once and fails after the timeout, and the pod is removed', async () => {
  const world = new World()
  await world.create({ image: 'nowhere/x:1' })
  await world.settle()
  await world.setDriver(pods.waiting('ErrImagePull', 'not found'))
  await world.settle()
  expect(await world.state()).toBe('SUBMITTED')
  expect((await world.status()).conditions?.find(({ type }) => type === 'DriverRunning')).toMatchObject({
    status: 'False',
    reason: 'ImagePullFailed',
  })
  await world.wait(60_000)
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    rootCause: { reason: 'ImagePullFailed' },
  })
  expect(await world.driver()).toBeUndefined()
})

test('an unschedulable driver waits with a condition for as long as it takes', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.setDriver(pods.unschedulable('0/3 nodes are available: 3 Insufficient memory.'))
  await world.settle()
  await world.wait(3_600_000)
  expect(await world.state()).toBe('SUBMITTED')
  expect((await world.status()).conditions?.find(({ type }) => type === 'DriverRunning')).toMatchObject({
    reason: 'Unschedulable',
    message: '0/3 nodes are available: 3 Insufficient memory.',
  })
})

test('a driver that is gone counts as lost and is retried', async () => {
  const world = new World()
  await world.create({ restartPolicy: { type: 'OnFailure' } })
  await world.settle()
  await world.setDriver(pods.running(world))
  await world.settle()
  await world.removeDriver()
  const rest = await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILING' },
    rootCause: { reason: 'DriverLost' },
  })
  await world.wait(rest?.requeueAfterMs ?? 0)
  expect(world.submissions).toEqual(['1', '2'])
})

test.each(['OnFailure', 'Never'] as const)('a driver pod that somebody deletes counts as lost; %s', async (type) => {
  const world = new World()
  await world.create({ restartPolicy: { type } })
  await world.settle()
  await world.bind()
  await world.setDriver(pods.running(world))
  await world.settle()
  await world.cluster.delete(Pods, DRIVER, { uid: (await world.driver())?.metadata.uid ?? '' })
  await world.setDriver(pods.ended(world, 143))
  await world.pass()
  expect(await world.status()).toMatchObject({
    applicationState: { state: type === 'Never' ? 'FAILED' : 'FAILING' },
    rootCause: { reason: 'DriverLost', exitCode: 143 },
  })
  expect((await world.status()).infrastructureFailures).toBe(type === 'Never' ? undefined : 1)
})

test('a driver that we stop ourselves is not lost: suspended, edited, past its deadline', async () => {
  const stories: readonly [string, (world: World) => Promise<unknown>][] = [
    ['SUSPENDED', (world) => world.edit({ suspend: true })],
    ['SUBMITTED', (world) => world.edit({ program: 'SELECT 2' })],
    [
      'FAILED',
      async (world) => {
        world.now += 61_000
      },
    ],
  ]
  for (const [state, happens] of stories) {
    const world = new World()
    await world.create({ restartPolicy: { type: 'OnFailure' }, activeDeadlineSeconds: 60 })
    await world.settle()
    await world.bind()
    await world.setDriver(pods.running(world))
    await world.settle()
    await happens(world)
    await world.pass()
    await world.pass()
    expect((await world.driver())?.metadata.deletionTimestamp).toBeDefined()
    await world.setDriver(pods.ended(world, 143))
    await world.settle()
    expect(await world.state()).toBe(state)
    expect((await world.status()).rootCause?.reason).toBe(state === 'FAILED' ? 'DeadlineExceeded' : undefined)
    expect(world.events.map(({ reason }) => reason)).not.toContain('DriverLost')
  }
})

test('fields that the engine does not honour are a condition and one event', async () => {
  const world = new World()
  await world.create({ mainClass: 'org.example.Main', batchScheduler: 'volcano' })
  await world.settle()
  const condition = (await world.status()).conditions?.find(({ type }) => type === 'FieldsIgnored')
  expect(condition).toMatchObject({ status: 'True' })
  expect(condition?.message).toContain('spec.mainClass')
  expect(condition?.message).toContain('spec.batchScheduler')
  await world.setDriver(pods.running(world))
  await world.settle()
  expect(world.events.filter(({ reason }) => reason === 'FieldsIgnored')).toHaveLength(1)
})

test('a pod of that name that is not ours is neither taken nor deleted', async () => {
  const world = new World()
  const foreign = await world.cluster.create<KubeObject>(Pods, {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'app-driver', namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  })
  await world.create()
  await world.settle()
  expect(await world.status()).toMatchObject({ applicationState: { state: 'FAILED' } })
  expect((await world.status()).conditions?.find(({ type }) => type === 'Submitted')).toMatchObject({
    status: 'False',
    reason: 'NameConflict',
  })
  expect((await world.driver())?.metadata.uid).toBe(foreign.metadata.uid)
})

test('a status that somebody wipes is found again from the driver pod', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.setDriver(pods.running(world))
  await world.settle()
  const before = await world.status()
  await world.tamper({
    applicationState: null,
    attempt: null,
    conditions: null,
    sparkApplicationId: null,
    specHash: null,
    executionAttempts: null,
  })
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'RUNNING' },
    attempt: 1,
    sparkApplicationId: before.sparkApplicationId,
    specHash: before.specHash,
  })
  expect(world.submissions).toEqual(['1'])
})

test('executors are counted; young pending ones are no news, and those that still run at the end are removed', async () => {
  const world = new World()
  await world.create({ executor: { instances: 2 } })
  await world.settle()
  await world.setDriver(pods.running(world))
  await world.settle()
  const writes = world.writes
  for (const number of [1, 2]) await world.addExecutor(number)
  await world.settle()
  expect(world.writes).toBe(writes)
  await world.setExecutor(1, { phase: 'Running' })
  await world.setExecutor(2, {
    phase: 'Failed',
    containerStatuses: [{ name: 'spark-kubernetes-executor', state: { terminated: { exitCode: 1 } } }],
  })
  await world.settle()
  expect(await world.status()).toMatchObject({
    executors: { requested: 2, pending: 0, running: 1, succeeded: 0, failed: 1, lost: 0 },
    executorState: { 'app-1-exec-1': 'RUNNING', 'app-1-exec-2': 'FAILED' },
  })
  await world.setDriver(pods.succeeded(world))
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'COMPLETED' },
    executors: { running: 0, succeeded: 1, failed: 1, lost: 0 },
    executorState: { 'app-1-exec-1': 'COMPLETED', 'app-1-exec-2': 'FAILED' },
  })
  expect((await world.observe())?.executors.map(({ metadata }) => metadata.name)).toEqual(['app-1-exec-2'])
})

const executor = (state: object) => ({ containerStatuses: [{ name: 'spark-kubernetes-executor', state }] })

test('after a failed run executors that were only stopped are not lost; what was seen of the others stays', async () => {
  const world = new World()
  await world.create({ executor: { instances: 4 } })
  await world.settle()
  await world.setDriver(pods.running(world))
  for (const number of [1, 2, 3, 4]) await world.addExecutor(number)
  for (const number of [1, 2, 3, 4]) await world.setExecutor(number, { phase: 'Running' })
  await world.settle()
  const remove = async (number: number) => {
    const key = { namespace: 'default', name: `app-1-exec-${number}` }
    const uid = (await world.cluster.get(Pods, key))?.metadata.uid ?? ''
    await world.cluster.delete(Pods, key, { uid })
  }
  // Lost while the driver runs.
  await remove(4)
  await world.settle()
  // The driver stops its executors and ends: one says how it ended, one is killed, one still runs.
  await world.bind({ namespace: 'default', name: 'app-1-exec-2' })
  await remove(2)
  await world.setExecutor(1, { phase: 'Succeeded', ...executor({ terminated: { exitCode: 0 } }) })
  await world.setExecutor(2, { phase: 'Failed', ...executor({ terminated: { exitCode: 137 } }) })
  await world.setDriver(pods.ended(world, 1))
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    executors: { requested: 4, pending: 0, running: 0, succeeded: 1, failed: 0, lost: 1 },
  })
  expect((await world.status()).executorState).toEqual({ 'app-1-exec-1': 'COMPLETED', 'app-1-exec-4': 'UNKNOWN' })
})

test('a driver whose node is silent reads UNKNOWN, and RUNNING again when it is back', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.setDriver({ phase: 'Unknown' })
  await world.settle()
  expect(await world.state()).toBe('UNKNOWN')
  await world.setDriver(pods.running(world))
  await world.settle()
  expect(await world.state()).toBe('RUNNING')
})

test('a deleted driver that does not stop is told, and no second one is started beside it', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.bind()
  await world.setDriver(pods.running(world))
  await world.settle()
  const uid = (await world.driver())?.metadata.uid ?? ''
  await world.cluster.delete(Pods, { namespace: 'default', name: 'app-driver' }, { uid })
  for (let pass = 0; pass < 3; pass++) await world.pass()
  expect(await world.state()).toBe('RUNNING')
  world.now += 61_000
  await world.pass()
  expect((await world.status()).conditions?.find(({ type }) => type === 'DriverRunning')).toMatchObject({
    reason: 'DriverTerminating',
  })
  expect(world.submissions).toEqual(['1'])
})

test('Always runs again after success too', async () => {
  const world = new World()
  await world.create({ restartPolicy: { type: 'Always' } })
  await world.settle()
  await world.setDriver(pods.succeeded(world))
  const rest = await world.settle()
  expect(await world.state()).toBe('SUCCEEDING')
  await world.wait(rest?.requeueAfterMs ?? 0)
  expect(await world.status()).toMatchObject({ applicationState: { state: 'SUBMITTED' }, executionAttempts: 2 })
})

test('a resumed application whose old driver still stops reads RESUMING until it is gone', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.bind()
  await world.setDriver(pods.running(world))
  await world.settle()
  await world.edit({ suspend: true })
  await world.pass()
  await world.edit({ suspend: false })
  await world.pass()
  expect(await world.state()).toBe('RESUMING')
  await world.reap()
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'SUBMITTED' },
    attempt: 2,
    executionAttempts: 1,
  })
})

test('a missing ConfigMap of the environment is told at once and fails after the timeout', async () => {
  const world = new World()
  await world.create()
  await world.settle()
  await world.setDriver(pods.waiting('CreateContainerConfigError', 'configmap "vars" not found'))
  await world.settle()
  expect((await world.status()).conditions?.find(({ type }) => type === 'DriverRunning')?.message).toContain(
    'configmap "vars" not found',
  )
  await world.wait(60_000)
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    rootCause: { reason: 'ContainerConfigError' },
  })
})
