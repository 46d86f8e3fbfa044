import { describe, expect, it } from 'vitest'
import { Pipelines, SparkApplications } from '../api/resource-types.ts'
import { ApiError } from '../kube/errors.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { ConfigMaps, Pods } from '../kube/resource-type.ts'
import { endPod, namedPipeline, runPod, World } from './testing/world.ts'

const bash = (name: string, source = 'true', more: Record<string, unknown> = {}) => ({
  name,
  script: { interpreter: 'bash' as const, source },
  ...more,
})

const envOf = (pod: Pod): Readonly<Record<string, string | undefined>> =>
  Object.fromEntries(pod.spec.containers[0]!.env!.map(({ name, value }) => [name, value]))

const reasons = (world: World): readonly string[] => world.events.map(({ reason }) => reason)

/** Settles, then ends every pod that runs with `exitCode`, until nothing is left. */
const finish = async (world: World, exitCode = 0): Promise<void> => {
  for (let round = 0; round < 200; round++) {
    await world.settle()
    const open = world.live<Pod>(Pods).filter(({ status }) => !['Succeeded', 'Failed'].includes(status?.phase ?? ''))
    if (open.length === 0) return
    for (const pod of open) endPod(world, pod, { exitCode })
  }
  throw new Error('never finished')
}

describe('a run of three tasks', () => {
  const spec = {
    params: [{ name: 'city', default: "O'Hare $(HOME)" }],
    tasks: [
      bash('first', 'echo {{ params.city }}'),
      bash('second', 'echo "{{ tasks.first.result.rows }}"', { dependsOn: ['first'] }),
      bash('third', 'true', { dependsOn: ['first', 'second'] }),
    ],
  }

  it('starts what is ready, hands results on, and ends', async () => {
    const world = World.inline(spec)
    await world.settle()
    expect(world.live(Pods).map(({ metadata }) => metadata.name)).toEqual(['run-first-1'])
    expect(world.state('first')).toBe('queued')
    const first = world.pod('first')!
    expect(first.spec.containers[0]!.args!.at(-1)).toBe('echo $${BELLOWS_INPUT_1}')
    expect(envOf(first).BELLOWS_INPUT_1).toBe("O'Hare $$(HOME)")

    endPod(world, first, { exitCode: 0, message: '{"rows": 3}' })
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'success', result: '{"rows":3}', podName: 'run-first-1' })
    expect(envOf(world.pod('second')!).BELLOWS_INPUT_1).toBe('3')

    await finish(world)
    expect(world.status).toMatchObject({
      state: 'success',
      progress: '3/3',
      counts: { success: 3 },
      reason: 'RunSucceeded',
    })
    expect(world.status.completionTime).toBeDefined()
    expect(reasons(world)).toEqual(['RunStarted', 'TaskSucceeded', 'TaskSucceeded', 'TaskSucceeded', 'RunSucceeded'])
  })

  it('costs three writes a task, events included, and one more at the start', async () => {
    const world = World.inline(spec)
    await world.settle()
    for (const name of ['first', 'second', 'third']) {
      runPod(world, world.pod(name)!)
      await world.settle()
      endPod(world, world.pod(name)!, { exitCode: 0, message: '{"rows": 3}' })
      await world.settle()
    }
    const runEvents = 2
    expect(world.writes + world.events.length - runEvents).toBeLessThanOrEqual(3 * 3 + 1)
    expect(world.status.state).toBe('success')
  })

  it('tells of failures only where there are many tasks, and of the first ten', async () => {
    const world = World.inline({ tasks: Array.from({ length: 30 }, (_, at) => bash(`t${at}`)) })
    await world.settle()
    for (const pod of world.live<Pod>(Pods)) endPod(world, pod, { exitCode: pod.metadata.name < 'run-t2' ? 0 : 1 })
    await world.settle()
    const told = (reason: string) => reasons(world).filter((each) => each === reason).length
    expect([told('RunStarted'), told('TaskSucceeded'), told('TaskFailed'), told('RunFailed')]).toEqual([1, 0, 10, 1])
  })

  it('says that a task runs once it has run for a while', async () => {
    const world = World.inline(spec)
    await world.settle()
    runPod(world, world.pod('first')!)
    world.syncAll()
    const pass = await world.reconcile()
    expect(world.state('first')).toBe('queued')
    expect(pass?.next).toEqual({ kind: 'after', ms: 2000 })
    world.now += 2000
    await world.settle()
    expect(world.state('first')).toBe('running')
  })
})

describe('failures', () => {
  it('retries after the delay, by its own budget, then fails the run and what depends on it', async () => {
    const world = World.inline({
      tasks: [
        bash('bad', 'false', { retries: 1, retryDelaySeconds: 60 }),
        bash('after', 'true', { dependsOn: ['bad'] }),
      ],
    })
    await world.settle()
    endPod(world, world.pod('bad')!, { exitCode: 7, message: 'no such table: x' })
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({
      state: 'up_for_retry',
      userFailures: 1,
      reason: 'TaskFailed',
      message: 'ended with exit code 7: no such table: x',
      nextRetryTime: '2026-01-01T00:01:00Z',
    })
    world.now += 60_000
    await world.settle()
    expect(envOf(world.pod('bad', 2)!).BELLOWS_ATTEMPT).toBe('2')
    endPod(world, world.pod('bad', 2)!, { exitCode: 7 })
    await world.settle()
    expect(world.status).toMatchObject({ state: 'failed', reason: 'RunFailed', progress: '2/2' })
    expect(world.status.message).toBe("Task 'bad' failed: ended with exit code 7 (failed 2 times)")
    expect(world.status.tasks?.[1]).toMatchObject({ state: 'upstream_failed', message: "task 'bad' is failed" })
    expect(world.status.conditions?.[0]).toMatchObject({ type: 'Succeeded', status: 'False', reason: 'RunFailed' })
  })

  it('counts what the surroundings did apart', async () => {
    const world = World.inline({ tasks: [bash('a', 'true', { retries: 0, infrastructureRetries: 2 })] })
    await world.settle()
    const evicted = { phase: 'Failed', reason: 'Evicted', message: 'low on memory' }
    world.put(Pods, { ...world.pod('a')!, status: evicted } as KubeObject)
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'queued', attempt: 2, infrastructureFailures: 1 })
    world.remove(Pods, 'run-a-2')
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({
      reason: 'PodLost',
      state: 'up_for_retry',
      infrastructureFailures: 2,
    })
    world.now += 5_000
    await finish(world)
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'success', attempt: 3 })
    expect(world.status.tasks?.[0]?.userFailures).toBeUndefined()
  })

  it('believes that a pod is gone only after it has asked', async () => {
    const world = World.inline({ tasks: [bash('a')] })
    await world.settle()
    const pod = world.pod('a')!
    world.remove(Pods, 'run-a-1')
    world.syncAll()
    world.put(Pods, pod)
    await world.reconcile()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'queued', attempt: 1 })
    expect(world.created).toHaveLength(1)
  })

  it('gives up a pod whose image name is wrong, and deletes it once that is on record', async () => {
    const world = World.inline({ tasks: [bash('a'), bash('b')] })
    await world.settle()
    const waiting = { reason: 'InvalidImageName', message: 'couldn’t parse' }
    const status = { phase: 'Pending', containerStatuses: [{ name: 'main', image: 'A B', state: { waiting } }] }
    world.put(Pods, { ...world.pod('a')!, status } as KubeObject)
    world.syncAll()
    await world.reconcile()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'failed', reason: 'InvalidImageName' })
    expect(world.deleted).toHaveLength(0)
    await world.settle()
    expect(world.deleted.map(({ metadata }) => metadata.name)).toEqual(['run-a-1'])
    expect(world.status.state).toBe('running')
  })

  it('gives up an image that cannot be pulled after a minute, as a failure of the task', async () => {
    const world = World.inline({ tasks: [bash('a')] })
    await world.settle()
    const waiting = { reason: 'ImagePullBackOff', message: 'not found' }
    const scheduled = { type: 'PodScheduled', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' }
    const status = {
      phase: 'Pending',
      conditions: [scheduled],
      containerStatuses: [{ name: 'main', image: 'no/such:1', state: { waiting } }],
    }
    world.put(Pods, { ...world.pod('a')!, status } as KubeObject)
    world.now += 59_000
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'queued', reason: 'ImagePull' })
    world.now += 1_000
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'failed', attempt: 1, userFailures: 1, reason: 'ImagePull' })
    expect(world.status.tasks?.[0]?.infrastructureFailures).toBeUndefined()
    expect(world.status.state).toBe('failed')
  })

  it('fails a task whose result is no JSON', async () => {
    const world = World.inline({ tasks: [bash('a')] })
    await world.settle()
    endPod(world, world.pod('a')!, { exitCode: 0, message: 'hello' })
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'failed', reason: 'ResultInvalid' })
    expect(world.status.message).toContain('$BELLOWS_RESULT')
  })

  it('fails a task that reads a result which is not there, without a pod', async () => {
    const world = World.inline({
      tasks: [bash('a'), bash('b', 'echo {{ tasks.a.result.rows }}', { dependsOn: ['a'] })],
    })
    await finish(world)
    expect(world.status.tasks?.[1]).toMatchObject({ state: 'failed', reason: 'TemplateFailed' })
    expect(world.pod('b')).toBeUndefined()
  })

  it('lets all_done run after a failure, and the run be judged by its leaves', async () => {
    const world = World.inline({
      tasks: [
        bash('bad'),
        bash('clean-up', 'echo {{ tasks.bad.state }}', { dependsOn: ['bad'], triggerRule: 'all_done' }),
      ],
    })
    await world.settle()
    endPod(world, world.pod('bad')!, { exitCode: 1 })
    await world.settle()
    expect(envOf(world.pod('clean-up')!).BELLOWS_INPUT_1).toBe('failed')
    await finish(world)
    expect(world.status.state).toBe('success')
  })
})

describe('what a user asks of a run', () => {
  const two = { tasks: [bash('a'), bash('b', 'true', { dependsOn: ['a'] })] }

  it('cancel stops what runs and skips the rest', async () => {
    const world = World.inline(two)
    await world.settle()
    world.setSpec({ cancel: true })
    await world.settle()
    expect(world.status).toMatchObject({ state: 'failed', reason: 'RunCancelled' })
    expect([world.state('a'), world.state('b')]).toEqual(['failed', 'skipped'])
    expect(world.deleted.map(({ metadata }) => metadata.name)).toEqual(['run-a-1'])
  })

  it('suspend starts nothing new and says so', async () => {
    const world = World.inline(two, { suspend: true })
    await world.settle()
    expect(world.live(Pods)).toHaveLength(0)
    expect(world.status).toMatchObject({ state: 'running', reason: 'Suspended' })
    expect(world.state('a')).toBe('scheduled')
    world.setSpec({ suspend: false })
    await finish(world)
    expect(world.status.state).toBe('success')
  })

  it('the deadline of the run stops it, never before its time', async () => {
    const world = World.inline({ ...two, activeDeadlineSeconds: 100 })
    world.now += 900
    await world.settle()
    world.now += 99_999
    world.syncAll()
    // The start is kept in whole seconds.
    expect((await world.reconcile())?.next).toEqual({ kind: 'after', ms: 101 })
    world.now += 101
    await world.settle()
    expect(world.status).toMatchObject({ state: 'failed', reason: 'RunTimeout' })
    expect(world.deleted).toHaveLength(1)
  })

  it('the time to live deletes it', async () => {
    const world = World.inline({ tasks: [bash('a')] }, { timeToLiveSeconds: 60 })
    await finish(world)
    const pass = await world.reconcile()
    expect(pass?.next).toEqual({ kind: 'after', ms: 60_000 })
    world.now += 60_000
    await world.reconcile()
    expect(world.deleted.map(({ kind }) => kind)).toEqual(['PipelineRun'])
  })
})

describe('a named Pipeline', () => {
  it('is waited for, copied, and then left alone', async () => {
    const world = new World({ pipelineRef: { name: 'daily' } })
    await world.settle()
    expect(world.status).toMatchObject({ state: 'queued', reason: 'PipelineNotFound' })
    expect(reasons(world)).toEqual(['PipelineNotFound'])

    namedPipeline(world, 'daily', { tasks: [bash('a'), bash('b', 'echo old', { dependsOn: ['a'] })] })
    await world.settle()
    expect(world.live(ConfigMaps)).toHaveLength(1)
    expect(world.state('a')).toBe('queued')

    world.remove(Pipelines, 'daily')
    namedPipeline(world, 'daily', { tasks: [bash('a'), bash('c', 'echo new', { dependsOn: ['a'] })] })
    world.restart()
    await finish(world)
    expect(world.status).toMatchObject({ state: 'success', pipelineGeneration: 1 })
    expect(world.status.tasks?.map(({ name }) => name)).toEqual(['a', 'b'])
  })
})

describe('an operator that dies at a write', () => {
  const cases = Array.from({ length: 18 }, (_, at) => [at >> 1, at % 2 === 0] as const)

  it.each(cases)('number %i (carried out: %s) loses and doubles nothing', async (at, done) => {
    const world = new World({ pipelineRef: { name: 'daily' } })
    namedPipeline(world, 'daily', { tasks: [bash('a'), bash('b', 'true', { dependsOn: ['a'] })] })
    world.syncAll()
    world.crashAfter(at, done)
    await finish(world)
    expect(world.status).toMatchObject({ state: 'success', progress: '2/2' })
    expect(world.created.map(({ metadata }) => metadata.name)).toEqual(['run-pipeline', 'run-a-1', 'run-b-1'])
    expect(world.deleted).toEqual([])
  })
})

describe('what cannot be run', () => {
  it.each([
    [
      'a circle',
      { tasks: [bash('a', 'true', { dependsOn: ['b'] }), bash('b', 'true', { dependsOn: ['a'] })] },
      'PipelineInvalid',
      'a → b → a',
    ],
    ['an unknown task', { tasks: [bash('a', 'echo {{ tasks.x.result }}')] }, 'PipelineInvalid', "no task 'x'"],
    [
      'a task that is not upstream',
      { tasks: [bash('a'), bash('b', 'echo {{ tasks.a.result }}')] },
      'PipelineInvalid',
      'add it to dependsOn',
    ],
    ['a missing parameter', { params: [{ name: 'p' }], tasks: [bash('a')] }, 'ParamsInvalid', "'p' has no default"],
  ])('%s fails the run with a sentence', async (_, spec, reason, message) => {
    const world = World.inline(spec)
    await world.settle()
    expect(world.status).toMatchObject({ state: 'failed', reason })
    expect(world.status.message).toContain(message)
    expect(world.live(Pods)).toHaveLength(0)
    expect(reasons(world)).toEqual([reason])
  })

  it('python without an image fails its task with what to do', async () => {
    const world = World.inline({ tasks: [{ name: 'a', script: { interpreter: 'python', source: 'print(1)' } }] })
    await world.settle()
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'failed', reason: 'ImageMissing' })
  })

  it('a quota lets the task wait and say so, and start when there is room', async () => {
    const world = World.inline({ tasks: [bash('a')] })
    world.refuseCreate = () => new ApiError(403, 'Forbidden', 'pods "run-a-1" is forbidden: exceeded quota: small')
    for (let tried = 1; tried <= 8; tried++) {
      world.syncAll()
      const { next } = (await world.reconcile())!
      // However often it was refused: never longer than ten seconds.
      if (next.kind !== 'after') throw new Error(next.kind)
      expect(next.ms).toBeGreaterThan(5_000)
      expect(next.ms).toBeLessThanOrEqual(10_000)
      expect(world.status.tasks?.[0]).toMatchObject({ state: 'scheduled', reason: 'QuotaExceeded' })
      world.now += next.ms
    }
    world.refuseCreate = undefined
    await finish(world)
    expect(world.status.state).toBe('success')
  })

  it('what Pod Security forbids fails each task, one pass after the other, while others go on', async () => {
    const world = World.inline({ tasks: [bash('a'), bash('b'), bash('c')] })
    world.refuseCreate = (object) =>
      object.metadata.name === 'run-b-1'
        ? undefined
        : new ApiError(403, 'Forbidden', 'violates PodSecurity "restricted:latest"')
    await finish(world)
    expect(['a', 'b', 'c'].map((name) => world.state(name))).toEqual(['failed', 'success', 'failed'])
    expect(world.status.state).toBe('failed')
  })
})

describe('a spark task', () => {
  it('is a SparkApplication of the run, whose end decides', async () => {
    const world = World.inline({
      params: [{ name: 'state', default: 'TX' }],
      tasks: [
        { name: 'query', timeoutSeconds: 90, spark: { spec: { type: 'SQL', program: "SELECT '{{ params.state }}'" } } },
        bash('report', 'echo {{ tasks.query.result.rows }}', { dependsOn: ['query'] }),
      ],
    })
    await world.settle()
    const [application] = world.live(SparkApplications)
    expect(application?.metadata.name).toBe('run-query-1')
    expect(application?.spec).toMatchObject({ program: "SELECT 'TX'", activeDeadlineSeconds: 90 })
    expect(world.status.tasks?.[0]).toMatchObject({ state: 'queued', application: 'run-query-1' })
    const status = { applicationState: { state: 'COMPLETED' }, resultSummary: { rows: 5 } }
    world.put(SparkApplications, { ...application!, status })
    await world.settle()
    expect(envOf(world.pod('report')!).BELLOWS_INPUT_1).toBe('5')
    await finish(world)
    expect(world.status.state).toBe('success')
  })
})
