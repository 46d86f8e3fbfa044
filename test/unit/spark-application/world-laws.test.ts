import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ATTEMPT } from '../../../src/api/labels.ts'
import type { Decision } from '../../../src/controller/decision.ts'
import { mustBeFresh } from '../../../src/spark-application/observe.ts'
import type { Observed } from '../../../src/spark-application/observed.ts'
import { type Happening, happenings, specs } from './arbitraries.ts'
import { World } from './world.ts'

/** The first `count` writes of a decision, then the crash. */
const prefixOf = (decision: Decision<never>, count: number): Decision<never> => {
  const { status: _, ...rest } = decision
  return count > decision.actions.length ? decision : { ...rest, actions: decision.actions.slice(0, count), events: [] }
}

const happen = async (world: World, happening: Happening, seen: Observed[]): Promise<void> => {
  const observed = await world.observe()
  if (observed === undefined) return
  seen.push(observed)
  switch (happening.kind) {
    case 'pass':
      await world.pass()
      return
    case 'crash':
      await world.act(observed, prefixOf(world.decide(observed) as Decision<never>, happening.after))
      return
    case 'stale': {
      const cached = seen[Math.floor(seen.length / 2)] as Observed
      // As observe does. Of a new application it believes the cache for a minute; a driver that came and went in that
      // time is the one thing that it would miss.
      const fresh = mustBeFresh(cached.subject, world.now) || cached.subject.status === undefined
      const old = fresh ? { ...cached, subject: observed.subject } : cached
      await world.act(old, world.decide(old))
      return
    }
    case 'pod':
      if (observed.drivers.length > 0) await world.setDriver(happening.status)
      return
    case 'bind':
      if (observed.drivers[0] !== undefined && observed.drivers[0].spec.nodeName === undefined) await world.bind()
      return
    case 'remove': {
      const attempt = observed.drivers[0]?.metadata.labels?.[ATTEMPT]
      // A driver that a stranger removes before anybody wrote it down leaves no trace: its number is free again.
      if (Number(attempt) > ((await world.status()).attempt ?? 0)) world.submissions.pop()
      await world.removeDriver()
      return
    }
    case 'reap':
      await world.reap()
      return
    case 'edit':
      await world.edit(happening.spec)
      return
    case 'tamper':
      await world.tamper(happening.status)
      return
    case 'time':
      world.now += happening.ms
  }
}

const live = async (spec: object, story: readonly Happening[]): Promise<World> => {
  const world = new World()
  await world.create(spec)
  const seen: Observed[] = []
  for (const happening of story) await happen(world, happening, seen)
  return world
}

/** Lets time pass as decisions ask for it, while drivers that start run and end well. */
const finish = async (world: World): Promise<void> => {
  for (let turn = 0; turn < 60; turn++) {
    const rest = await world.settle()
    const app = await world.app()
    const state = app?.status?.applicationState?.state
    if (app === undefined || state === 'FAILED' || state === 'COMPLETED' || state === 'SUSPENDED') return
    if (app.spec.restartPolicy.type === 'Always' && state === 'SUCCEEDING') return
    if ((await world.driver()) !== undefined && (state === 'SUBMITTED' || state === 'RUNNING' || state === 'UNKNOWN'))
      await world.setDriver({
        phase: 'Succeeded',
        reason: '',
        conditions: [],
        initContainerStatuses: [],
        containerStatuses: [{ name: 'spark-kubernetes-driver', image: 'i', state: { terminated: { exitCode: 0 } } }],
      })
    else if (rest?.requeueAfterMs !== undefined) world.now += rest.requeueAfterMs
    else throw new Error(`stands still in ${state}: ${JSON.stringify(app.status)}`)
  }
  throw new Error(`does not end: ${JSON.stringify(await world.status())}`)
}

const RUNS = { numRuns: 120 }

test('convergent: from any story, tampering included, passes come to rest and a further pass changes nothing', async () => {
  await fc.assert(
    fc.asyncProperty(specs, happenings({ tampering: true }), async (spec, story) => {
      const world = await live(spec, story)
      await world.settle()
      const writes = world.writes
      const again = await world.pass()
      expect(again === undefined || again.outcome.kind === 'unchanged').toBe(true)
      expect(again?.decision.events ?? []).toEqual([])
      expect(world.writes).toBe(writes)
    }),
    RUNS,
  )
})

test('every story ends: completed, failed, suspended, deleted, or running again for ever under Always', async () => {
  await fc.assert(
    fc.asyncProperty(specs, happenings({ tampering: true }), async (spec, story) => {
      await finish(await live(spec, story))
    }),
    RUNS,
  )
})

test('safe after any prefix and on stale input: no attempt ever gets a second driver, and drivers never stand side by side', async () => {
  await fc.assert(
    fc.asyncProperty(specs, happenings({ tampering: false }), async (spec, story) => {
      const world = await live(spec, story)
      await world.settle()
      expect(new Set(world.submissions).size).toBe(world.submissions.length)
      const observed = await world.observe()
      expect(observed === undefined || observed.drivers.length <= 1).toBe(true)
    }),
    {
      ...RUNS,
      // Found once by chance: the number of an attempt that nobody wrote down was given again after an edit.
      examples: [
        [
          { program: 'SELECT 1' },
          [
            { kind: 'crash', after: 2 },
            { kind: 'edit', spec: { program: 'SELECT 3' } },
          ],
        ],
      ],
    },
  )
})

test('a crash after any number of writes of a submission ends as the undisturbed run does', async () => {
  await fc.assert(
    fc.asyncProperty(specs, fc.integer({ min: 0, max: 3 }), async (spec, after) => {
      const [clean, crashed] = [new World(), new World()]
      await clean.create(spec)
      await clean.settle()
      await crashed.create(spec)
      await happen(crashed, { kind: 'crash', after }, [])
      await crashed.settle()
      const outline = async (world: World) => {
        const status = await world.status()
        return {
          state: status.applicationState?.state,
          attempt: status.attempt,
          executionAttempts: status.executionAttempts,
          submissions: world.submissions,
          driver: (await world.driver())?.metadata.labels?.[ATTEMPT],
          hash: status.specHash,
        }
      }
      expect(await outline(crashed)).toEqual(await outline(clean))
    }),
    RUNS,
  )
})
