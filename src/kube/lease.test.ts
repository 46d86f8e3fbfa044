import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LeaderElector } from './lease.ts'
import { microTime } from './micro-time.ts'
import { LeaseServer, type Link } from './testing/lease-server.ts'
import { ManualClock } from './testing/manual-clock.ts'

interface Candidate {
  readonly elector: LeaderElector
  readonly story: string[]
  link: Link
  stop(): Promise<void>
}

const candidate = (server: LeaseServer, clock: ManualClock, identity: string, epochFloor?: () => number): Candidate => {
  const story: string[] = []
  const abort = new AbortController()
  const it: Candidate = {
    story,
    link: 'up',
    elector: new LeaderElector({
      cluster: server.cluster(() => it.link),
      key: { namespace: 'bellows', name: 'leader' },
      identity,
      clock,
      random: () => 0,
      epochFloor,
      onElected: (epoch) => story.push(`elected ${epoch}`),
      onLost: (reason) => story.push(`lost: ${reason}`),
    }),
    stop: async () => {
      abort.abort()
      await running
    },
  }
  const running = it.elector.run(abort.signal)
  return it
}

describe('one candidate', () => {
  test('is elected at once, renews every 2 s, and its lease reads as others expect', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(0)
    expect([a.elector.holds(), a.elector.epoch(), a.story]).toEqual([true, 1, ['elected 1']])
    await clock.run(60_000)
    expect(server.writes).toBe(31)
    expect(a.story).toEqual(['elected 1'])
    expect(server.lease?.spec).toMatchObject({ holderIdentity: 'a', leaseDurationSeconds: 15, leaseTransitions: 1 })
    for (const time of [server.lease?.spec?.acquireTime, server.lease?.spec?.renewTime])
      expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    await a.stop()
  })

  test('that cannot renew steps down after 10 s and is elected anew in a later epoch', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(4_000)
    a.link = 'down'
    await clock.run(9_000)
    expect(a.elector.holds()).toBe(true)
    await clock.run(1_001)
    expect(a.elector.holds()).toBe(false)
    expect(a.story.at(-1)).toBe('lost: it could not be renewed in time')
    a.link = 'up'
    await clock.run(3_000)
    expect(a.story.at(-1)).toBe('elected 2')
    await a.stop()
  })

  test('whose answers are lost looks again and keeps its term', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(4_000)
    a.link = 'answers lost'
    await clock.run(4_000)
    a.link = 'up'
    await clock.run(20_000)
    expect(a.story).toEqual(['elected 1'])
    expect(a.elector.holds()).toBe(true)
    await a.stop()
  })

  test('whose lease is deleted loses the term; the epoch goes on', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(1_000)
    server.lease = undefined
    await clock.run(5_000)
    expect(a.story).toEqual(['elected 1', 'lost: the lease was taken away', 'elected 2'])
    await a.stop()
  })

  test('starts above every epoch that statuses have', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a', () => 41)
    await clock.run(0)
    expect(a.elector.epoch()).toBe(42)
    await a.stop()
  })

  test('gives the lease back on the way out', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(0)
    await a.stop()
    expect(a.elector.holds()).toBe(false)
    expect(a.story).toEqual(['elected 1', 'lost: released'])
    expect(server.lease?.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 1 })
  })
})

describe('two candidates', () => {
  test('the second takes over once the first was silent for 15 s of its own clock, in a later epoch', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(100)
    const b = candidate(server, clock, 'b')
    await clock.run(10_000)
    expect([b.elector.holds(), b.elector.holder]).toEqual([false, 'a'])
    a.link = 'down'
    await clock.run(14_000)
    expect([a.elector.holds(), b.elector.holds()]).toEqual([false, false])
    await clock.run(5_000)
    expect([a.elector.holds(), b.elector.holds(), b.elector.epoch()]).toEqual([false, true, 2])
    a.link = 'up'
    await clock.run(5_000)
    expect([a.elector.holds(), b.elector.holds()]).toEqual([false, true])
    await Promise.all([a.stop(), b.stop()])
  })

  test('a lease that was given back is taken within 3 s', async () => {
    const [server, clock] = [new LeaseServer(), new ManualClock()]
    const a = candidate(server, clock, 'a')
    await clock.run(100)
    const b = candidate(server, clock, 'b')
    await clock.run(100)
    await a.stop()
    await clock.run(3_000)
    expect(b.story).toEqual(['elected 2'])
    await b.stop()
  })

  test('never both hold, and epochs only grow, whatever the links do', async () => {
    const links = fc.constantFrom<Link>('up', 'up', 'down', 'answers lost')
    const step = fc.record({ a: links, b: links, ms: fc.integer({ min: 100, max: 20_000 }) })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const [server, clock] = [new LeaseServer(), new ManualClock()]
        const [a, b] = [candidate(server, clock, 'a'), candidate(server, clock, 'b')]
        for (const each of steps) {
          a.link = each.a
          b.link = each.b
          for (let passed = 0; passed < each.ms; passed += 500) {
            await clock.run(500)
            expect(a.elector.holds() && b.elector.holds()).toBe(false)
          }
        }
        const epochs = (who: Candidate): number[] =>
          who.story.flatMap((line) => (line.startsWith('elected') ? [Number(line.slice(8))] : []))
        const all = [...epochs(a), ...epochs(b)]
        expect(new Set(all).size).toBe(all.length)
        for (const mine of [epochs(a), epochs(b)]) expect(mine).toEqual([...mine].sort((x, y) => x - y))
        a.link = 'up'
        b.link = 'up'
        await clock.run(40_000)
        expect(a.elector.holds() !== b.elector.holds()).toBe(true)
        await Promise.all([a.stop(), b.stop()])
      }),
      { numRuns: 25 },
    )
  })
})

describe('MicroTime', () => {
  test('has exactly six fractional digits', () => {
    expect(microTime(Date.UTC(2026, 10, 21, 12, 0, 0))).toBe('2026-11-21T12:00:00.000000Z')
    expect(microTime(Date.UTC(2026, 10, 21, 12, 0, 0, 7))).toBe('2026-11-21T12:00:00.007000Z')
    expect(microTime(Date.UTC(2026, 10, 21) + 0.25)).toBe('2026-11-21T00:00:00.000250Z')
  })
})
