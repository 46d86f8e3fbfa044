import { expect, test } from 'vitest'
import { ApiError } from '../../../src/kube/errors.ts'
import type { KubeObject } from '../../../src/kube/object.ts'
import { pods, World } from './world.ts'

const driverRefused = (error: ApiError) => (object: KubeObject) => (object.kind === 'Pod' ? error : undefined)

test('a batch scheduler that is not installed is told as such, not as a missing namespace', async () => {
  const world = new World()
  world.refuse = (object) => (object.kind === 'PodGroup' ? new ApiError(404, 'NotFound', 'page not found') : undefined)
  await world.create({
    type: 'Python',
    sparkVersion: '4.1.1',
    image: 'spark:4.1.1',
    mainApplicationFile: 'local:///x.py',
    batchScheduler: 'volcano',
    program: undefined,
  } as never)
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    rootCause: { reason: 'SubmissionInvalid', message: expect.stringContaining('install the batch scheduler') },
  })
  expect(await world.driver()).toBeUndefined()
})

test('a full quota is waited for, never more than ten seconds at a time, and the driver starts when there is room', async () => {
  const world = new World()
  world.refuse = driverRefused(
    new ApiError(403, 'Forbidden', 'pods "app-driver" is forbidden: exceeded quota: q, used: pods=1'),
  )
  await world.create()
  for (let tried = 1; tried <= 8; tried++) {
    const rest = await world.settle()
    expect(await world.status()).toMatchObject({ applicationState: { state: 'SUBMITTED' }, submissionAttempts: tried })
    expect((await world.status()).conditions?.find(({ type }) => type === 'Submitted')).toMatchObject({
      status: 'False',
      reason: 'QuotaExceeded',
    })
    expect(rest?.requeueAfterMs).toBeGreaterThan(5_000)
    expect(rest?.requeueAfterMs).toBeLessThanOrEqual(10_000)
    world.now += rest?.requeueAfterMs ?? 0
  }
  expect(world.events.map(({ reason }) => reason)).toEqual(['QuotaExceeded'])
  world.refuse = () => undefined
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'SUBMITTED' },
    attempt: 1,
    executionAttempts: 1,
  })
  expect((await world.status()).nextRetryTime).toBeUndefined()
  expect((await world.status()).conditions?.find(({ type }) => type === 'Submitted')).toMatchObject({ status: 'True' })
})

test('a driver that admission refuses is tried again as onSubmissionFailureRetries says, then the server’s own words stand in FAILED', async () => {
  const world = new World()
  world.refuse = driverRefused(new ApiError(403, 'Forbidden', 'violates PodSecurity "restricted:latest": runAsNonRoot'))
  await world.create({ restartPolicy: { type: 'OnFailure', onSubmissionFailureRetries: 1 } })
  const rest = await world.settle()
  expect(await world.state()).toBe('SUBMISSION_FAILED')
  await world.wait(rest?.requeueAfterMs ?? 0)
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'FAILED' },
    submissionAttempts: 2,
    rootCause: { reason: 'SubmissionForbidden', message: expect.stringContaining('violates PodSecurity') },
  })
  expect((await world.status()).applicationState?.errorMessage).toContain('violates PodSecurity "restricted:latest"')
  expect(world.submissions).toEqual([])
})

test('nothing is tried again in a namespace that is going away', async () => {
  const world = new World()
  world.refuse = driverRefused(new ApiError(403, 'Forbidden', 'x', { causes: [{ reason: 'NamespaceTerminating' }] }))
  await world.create({ restartPolicy: { type: 'Always' } })
  const rest = await world.settle()
  expect(await world.state()).toBe('FAILED')
  expect(rest?.requeueAfterMs).toBeUndefined()
})

test('a driver that a crashed operator left behind is adopted, with its attempt, and not started twice', async () => {
  const world = new World()
  await world.create()
  const observed = await world.observe()
  if (observed === undefined) throw new Error('there is no application')
  // The status is what the crash took.
  const { status: _, ...created } = world.decide(observed)
  await world.act(observed, { ...created, events: [] })
  await world.setDriver(pods.running(world))
  await world.settle()
  expect(await world.status()).toMatchObject({
    applicationState: { state: 'RUNNING' },
    attempt: 1,
    executionAttempts: 1,
  })
  expect(world.submissions).toEqual(['1'])
  expect(world.events.map(({ reason }) => reason)).toEqual(['DriverRunning'])
})

test('while others wait, submitting costs two writes: one status and one event tell the whole later', async () => {
  const world = new World()
  await world.create()
  const observed = await world.observe()
  if (observed === undefined) throw new Error('there is no application')
  expect(await world.act(observed, world.decide(observed), true)).toEqual({ kind: 'put-off' })
  expect([world.writes, await world.state(), world.events]).toEqual([2, undefined, []])
  await world.setDriver(pods.running(world))
  await world.settle()
  expect(world.writes).toBe(3)
  expect(world.events.map(({ reason }) => reason)).toEqual(['DriverRunning'])
  const conditions = (await world.status()).conditions?.map(({ type, reason }) => [type, reason])
  expect(conditions).toEqual([
    ['Submitted', 'DriverCreated'],
    ['DriverRunning', 'DriverRunning'],
    ['Succeeded', 'DriverRunning'],
  ])
  expect(world.submissions).toEqual(['1'])
})

test('a status that was put off reads as if it had been written at once', async () => {
  const [prompt, late] = [new World(), new World()]
  for (const world of [prompt, late]) await world.create()
  await prompt.settle()
  const observed = await late.observe()
  if (observed === undefined) throw new Error('there is no application')
  await late.act(observed, late.decide(observed), true)
  await late.settle()
  const told = async (world: World) => {
    const { conditions, driverInfo, sparkApplicationId, submissionID, ...rest } = await world.status()
    return { ...rest, conditions: conditions?.map(({ type, status }) => [type, status]) }
  }
  expect(await told(late)).toEqual(await told(prompt))
  expect(late.events).toEqual(prompt.events)
})
