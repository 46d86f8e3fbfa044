import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ATTEMPT, TASK } from '../api/labels.ts'
import { TRIGGER_RULES } from '../api/pipeline.ts'
import { PipelineRuns, SparkApplications } from '../api/resource-types.ts'
import type { KubeObject } from '../kube/object.ts'
import type { Pod } from '../kube/pod.ts'
import { Pods } from '../kube/resource-type.ts'
import { isFinal } from '../pipeline/task-state.ts'
import type { ObservedRun } from './observed.ts'
import { endPod, runPod, World } from './testing/world.ts'

const RETRIES = 2
const INFRASTRUCTURE_RETRIES = 3

const taskArb = fc.record({
  before: fc.array(fc.nat(), { maxLength: 3 }),
  spark: fc.boolean(),
  triggerRule: fc.constantFrom(...TRIGGER_RULES),
  retries: fc.nat(RETRIES),
})

const specArb = fc.array(taskArb, { minLength: 1, maxLength: 7 }).map((tasks) => ({
  tasks: tasks.map(({ before, spark, triggerRule, retries }, at) => ({
    name: `t${at}`,
    dependsOn: at === 0 ? [] : [...new Set(before.map((pick) => `t${pick % at}`))],
    triggerRule,
    retries,
    retryDelaySeconds: 10,
    infrastructureRetries: INFRASTRUCTURE_RETRIES,
    ...(spark ? { spark: { spec: { type: 'SQL' } } } : { script: { interpreter: 'bash' as const, source: 'true' } }),
  })),
}))

type Fate = 'run' | 'succeed' | 'fail' | 'evict' | 'vanish' | 'stick' | 'kill'
const FATES: readonly Fate[] = ['run', 'succeed', 'fail', 'evict', 'vanish', 'stick', 'kill']

type Step =
  | { readonly kind: 'pass' }
  | { readonly kind: 'crash'; readonly after: number; readonly done: boolean }
  | { readonly kind: 'child'; readonly pick: number; readonly fate: Fate }
  | { readonly kind: 'hear'; readonly of: 'pods' | 'applications' | 'runs' }
  | { readonly kind: 'wait'; readonly seconds: number }
  | { readonly kind: 'suspend'; readonly on: boolean }
  | { readonly kind: 'restart' }

const stepArb: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>({ kind: 'pass' }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.nat(4), done: fc.boolean() }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('child' as const), pick: fc.nat(), fate: fc.constantFrom(...FATES) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('hear' as const),
      of: fc.constantFrom('pods' as const, 'applications' as const, 'runs' as const),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), seconds: fc.constantFrom(1, 15, 200) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('suspend' as const), on: fc.boolean() }) },
  { weight: 1, arbitrary: fc.constant<Step>({ kind: 'restart' }) },
)

const isOver = (child: KubeObject): boolean => {
  const status = child.status as { phase?: string; applicationState?: { state?: string } } | undefined
  return (
    ['Succeeded', 'Failed'].includes(status?.phase ?? '') ||
    ['COMPLETED', 'FAILED'].includes(status?.applicationState?.state ?? '')
  )
}

const openChildren = (world: World): readonly KubeObject[] =>
  [...world.live(Pods), ...world.live(SparkApplications)].filter((child) => !isOver(child))

/**
 * What nobody has seen nobody can tell: a pod that is deleted between its creation and the status of an operator that
 * dies right then is made again under the same number. Everything else may vanish at any time.
 */
const isOnRecord = (world: World, { metadata }: KubeObject): boolean => {
  const task = world.status.tasks?.find(({ name }) => name === metadata.labels?.[TASK])
  return (task?.attempt ?? 0) >= Number(metadata.labels?.[ATTEMPT])
}

const befall = (world: World, child: KubeObject, fate: Fate): void => {
  if (fate === 'vanish') world.remove(child.kind === 'Pod' ? Pods : SparkApplications, child.metadata.name)
  else if (child.kind === 'Pod') befallPod(world, child as Pod, fate)
  else {
    const state = fate === 'succeed' ? 'COMPLETED' : fate === 'fail' ? 'FAILED' : 'RUNNING'
    world.put(SparkApplications, { ...child, status: { applicationState: { state } } })
  }
}

const befallPod = (world: World, pod: Pod, fate: Exclude<Fate, 'vanish'>): void => {
  const put = (status: Pod['status']) => world.put(Pods, { ...pod, status } as KubeObject)
  switch (fate) {
    case 'run':
      runPod(world, pod)
      break
    case 'succeed':
      endPod(world, pod, { exitCode: 0, message: '1' })
      break
    case 'fail':
      endPod(world, pod, { exitCode: 1 })
      break
    case 'evict':
      put({ phase: 'Failed', reason: 'Evicted' })
      break
    case 'stick': {
      const state = { waiting: { reason: 'CreateContainerConfigError' } }
      put({ phase: 'Pending', containerStatuses: [{ name: 'main', state }] })
      break
    }
    case 'kill': {
      const deletionTimestamp = new Date(world.now).toISOString()
      endPod(world, { ...pod, metadata: { ...pod.metadata, deletionTimestamp } }, { exitCode: 137 })
      break
    }
  }
}

const act = async (world: World, step: Step): Promise<void> => {
  switch (step.kind) {
    case 'pass':
      await world.reconcile()
      return
    case 'crash':
      world.crashAfter(step.after, step.done)
      await world.reconcile()
      world.writesLeft = Number.POSITIVE_INFINITY
      return
    case 'child': {
      const open = openChildren(world)
      const child = open[step.pick % open.length]
      if (child !== undefined && (step.fate !== 'vanish' || isOnRecord(world, child))) befall(world, child, step.fate)
      return
    }
    case 'hear':
      world.sync({ pods: Pods, applications: SparkApplications, runs: PipelineRuns }[step.of])
      return
    case 'wait':
      world.now += step.seconds * 1000
      return
    case 'suspend':
      world.setSpec({ suspend: step.on })
      return
    case 'restart':
      world.restart()
  }
}

/** From here on the world is kind: every child succeeds. Gives up where the run does not end. */
const toTheEnd = async (world: World): Promise<void> => {
  world.setSpec({ suspend: false })
  for (let round = 0; round < 100; round++) {
    await world.settle()
    if (world.status.state === 'success' || world.status.state === 'failed') {
      for (const pod of world.live<Pod>(Pods))
        if (pod.metadata.deletionTimestamp !== undefined) world.remove(Pods, pod.metadata.name)
      await world.settle()
      return
    }
    for (const child of openChildren(world)) {
      if (child.metadata.deletionTimestamp === undefined) befall(world, child, 'succeed')
      else world.remove(Pods, child.metadata.name)
    }
    world.now += 20_000
  }
  throw new Error(`the run does not end: ${JSON.stringify(world.status)}`)
}

/** What must hold at any moment, whatever happened. */
const checkAlways = (world: World): void => {
  const tries = new Set<string>()
  for (const { metadata } of world.created) {
    const id = `${metadata.labels?.[TASK]} ${metadata.labels?.[ATTEMPT]}`
    expect(tries.has(id), `two children for try ${id}`).toBe(false)
    tries.add(id)
  }
}

const world = (spec: Parameters<typeof World.inline>[0]): World => World.inline(spec)

describe('the laws of a run', () => {
  it('converges from any prefix of any story, and has nothing to do then', async () => {
    await fc.assert(
      fc.asyncProperty(specArb, fc.array(stepArb, { maxLength: 40 }), async (spec, steps) => {
        const w = world(spec)
        for (const step of steps) {
          await act(w, step)
          checkAlways(w)
        }
        await toTheEnd(w)
        checkAlways(w)
        const { tasks = [] } = w.status
        expect(tasks.every(({ state }) => isFinal(state))).toBe(true)
        for (const [at, task] of tasks.entries()) {
          expect(task.userFailures ?? 0).toBeLessThanOrEqual(spec.tasks[at]!.retries + 1)
          expect(task.infrastructureFailures ?? 0).toBeLessThanOrEqual(INFRASTRUCTURE_RETRIES + 1)
          if (task.state === 'success')
            expect(task.attempt).toBe((task.userFailures ?? 0) + (task.infrastructureFailures ?? 0) + 1)
        }
        expect(openChildren(w)).toEqual([])
        const before = w.writes
        w.restart()
        await w.reconcile()
        expect(w.writes).toBe(before)
      }),
      { numRuns: 300 },
    )
  })

  it('deletes only what it saw', async () => {
    await fc.assert(
      fc.asyncProperty(specArb, fc.array(stepArb, { maxLength: 30 }), async (spec, steps) => {
        const w = world(spec)
        for (const step of steps) await act(w, step)
        const observed = (await w.observe()) as ObservedRun
        const seen = new Set(observed.children.map(({ metadata }) => metadata.uid))
        for (const action of w.controller.decide(observed, w.now).actions) {
          if (action.kind === 'delete') expect(seen.has(action.ref.uid)).toBe(true)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('decides the same whatever the order of the children', async () => {
    await fc.assert(
      fc.asyncProperty(specArb, fc.array(stepArb, { maxLength: 30 }), async (spec, steps) => {
        const w = world(spec)
        for (const step of steps) await act(w, step)
        w.syncAll()
        const observed = (await w.observe()) as ObservedRun
        const reversed = { ...observed, children: [...observed.children].reverse() }
        const [one, two] = [observed, reversed].map((each) => w.controller.decide(each, w.now))
        expect(two!.status).toEqual(one!.status)
        expect(two!.events).toEqual(one!.events)
        expect(new Set(two!.actions.map((action) => JSON.stringify(action)))).toEqual(
          new Set(one!.actions.map((action) => JSON.stringify(action))),
        )
      }),
      { numRuns: 100 },
    )
  })

  it('does not throw on a status that someone spoiled', async () => {
    await fc.assert(
      fc.asyncProperty(specArb, fc.anything({ maxDepth: 3 }), async (spec, junk) => {
        const w = world(spec)
        w.put(PipelineRuns, {
          ...w.run,
          status: { tasks: [junk, { name: 't0', state: junk }], conditions: junk, state: junk },
        } as KubeObject)
        w.syncAll()
        const observed = (await w.observe()) as ObservedRun
        expect(() => w.controller.decide(observed, w.now)).not.toThrow()
      }),
      { numRuns: 100 },
    )
  })
})
