import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ManualClock, settle } from './testing/manual-clock.ts'
import { WorkQueue } from './work-queue.ts'

const make = (clock = new ManualClock()): { queue: WorkQueue; clock: ManualClock } => ({
  queue: new WorkQueue({ name: 'test', clock, random: () => 1 }),
  clock,
})

const takeAll = async (queue: WorkQueue): Promise<string[]> => {
  const keys: string[] = []
  while (queue.depth > 0) keys.push((await queue.take())?.key ?? '')
  return keys
}

describe('a key', () => {
  test('that waits is there once, in order of arrival', async () => {
    const { queue } = make()
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key)
    expect(await takeAll(queue)).toEqual(['a', 'b', 'c'])
  })

  test('in hand is not given out again, but comes back if it was wanted meanwhile', async () => {
    const { queue } = make()
    queue.add('a')
    await queue.take()
    queue.add('a')
    queue.add('a')
    expect(queue.depth).toBe(0)
    queue.done('a')
    expect(await takeAll(queue)).toEqual(['a'])
    queue.done('a')
    expect([queue.depth, queue.inHand]).toEqual([0, 0])
  })

  test('goes to a worker that waits', async () => {
    const { queue } = make()
    const taken = queue.take()
    queue.add('a')
    expect((await taken)?.key).toBe('a')
    expect(queue.inHand).toBe(1)
  })

  test('tells when it was first wanted', async () => {
    const { queue, clock } = make()
    queue.add('a')
    const queuedAt = clock.monotonic()
    clock.advance(50)
    queue.add('a')
    expect((await queue.take())?.queuedAt).toBe(queuedAt)
  })

  test('that nobody holds cannot be given back', () => {
    expect(() => make().queue.done('a')).toThrow(TypeError)
  })
})

describe('time', () => {
  test('of several the earliest holds, and the others are forgotten', () => {
    const { queue, clock } = make()
    queue.addAfter('a', 1_000)
    queue.addAfter('a', 300)
    queue.addAfter('a', 5_000)
    expect(queue.delayed).toBe(1)
    clock.advance(299)
    expect(queue.depth).toBe(0)
    clock.advance(1)
    expect([queue.depth, queue.delayed]).toEqual([1, 0])
  })

  test('one alarm serves all keys', () => {
    const { queue, clock } = make()
    for (let n = 100; n > 0; n--) queue.addAfter(`k${n}`, n * 10)
    clock.advance(500)
    expect(queue.depth).toBe(50)
    clock.advance(500)
    expect(queue.depth).toBe(100)
  })

  test('months are possible', () => {
    const { queue, clock } = make()
    queue.addAfter('a', 2 ** 33)
    clock.advance(2 ** 33 - 1)
    expect(queue.depth).toBe(0)
    clock.advance(1)
    expect(queue.depth).toBe(1)
  })

  test('a key that keeps being brought forward does not fill the memory', () => {
    const { queue, clock } = make()
    for (let n = 10_000; n > 0; n--) queue.addAfter('a', n)
    expect(queue.delayed).toBe(1)
    clock.advance(1)
    expect(queue.depth).toBe(1)
    clock.advance(20_000)
    expect(queue.depth).toBe(1)
  })

  test('backoff doubles from 5 ms to 5 minutes until it is forgotten', () => {
    const { queue } = make()
    const waits = Array.from({ length: 18 }, () => queue.addBackedOff('a'))
    expect(waits.slice(0, 5)).toEqual([5, 10, 20, 40, 80])
    expect(waits.slice(-2)).toEqual([300_000, 300_000])
    expect(queue.failures('a')).toBe(18)
    queue.forget('a')
    expect(queue.addBackedOff('a')).toBe(5)
    expect(queue.addBackedOff('b')).toBe(5)
  })
})

describe('closing', () => {
  test('sends waiting workers home, forgets what waits, and ends when nothing is in hand', async () => {
    const { queue, clock } = make()
    queue.add('a')
    queue.add('b')
    queue.addAfter('c', 10)
    await queue.take()
    let drained = false
    const closed = queue.close().then(() => {
      drained = true
    })
    expect(await queue.take()).toBeUndefined()
    queue.add('d')
    clock.advance(100)
    await settle()
    expect([queue.depth, drained]).toEqual([0, false])
    queue.done('a')
    await closed
    expect(drained).toBe(true)
  })

  test('a worker that waits is told', async () => {
    const { queue } = make()
    const taken = queue.take()
    await queue.close()
    expect(await taken).toBeUndefined()
  })
})

describe('metrics', () => {
  test('depth, waiting time, work time and retries are reported', async () => {
    const clock = new ManualClock()
    const told: unknown[] = []
    const queue = new WorkQueue({
      name: 'q',
      clock,
      random: () => 0,
      metrics: {
        queued: (...all) => told.push(['queued', ...all]),
        dequeued: (...all) => told.push(['dequeued', ...all]),
        worked: (...all) => told.push(['worked', ...all]),
        retried: (...all) => told.push(['retried', ...all]),
      },
    })
    queue.add('a')
    clock.advance(2_000)
    await queue.take()
    clock.advance(500)
    expect(queue.longestRunningSeconds).toBe(0.5)
    queue.done('a')
    queue.addBackedOff('a')
    expect(told).toEqual([
      ['queued', 'q', 1],
      ['dequeued', 'q', 0, 2],
      ['worked', 'q', 0.5],
      ['retried', 'q'],
    ])
  })
})

describe('in any order of calls', () => {
  const command = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.constantFrom('a', 'b', 'c') }),
    fc.record({ do: fc.constant('after' as const), key: fc.constantFrom('a', 'b', 'c'), ms: fc.nat(50) }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('done' as const) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(60) }),
  )

  test('a key is in one hand at most, and every wish is served after it was made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
        const { queue, clock } = make()
        const inHand: string[] = []
        /** Wishes not yet served: the key must be taken once more. */
        const wanted = new Set<string>()
        const due = new Map<string, number>()
        const ripen = (): void => {
          for (const [key, at] of [...due]) {
            if (at > clock.monotonic()) continue
            wanted.add(key)
            due.delete(key)
          }
        }
        const take = async (): Promise<void> => {
          const item = await queue.take()
          if (item === undefined) throw new Error('closed')
          expect(inHand).not.toContain(item.key)
          inHand.push(item.key)
          wanted.delete(item.key)
        }
        for (const each of commands) {
          if (each.do === 'add') {
            queue.add(each.key)
            wanted.add(each.key)
          } else if (each.do === 'after') {
            queue.addAfter(each.key, each.ms)
            due.set(each.key, Math.min(due.get(each.key) ?? Number.POSITIVE_INFINITY, clock.monotonic() + each.ms))
            ripen()
          } else if (each.do === 'pass') {
            clock.advance(each.ms)
            ripen()
          } else if (each.do === 'take' && queue.depth > 0) await take()
          else if (each.do === 'done') {
            const key = inHand.shift()
            if (key !== undefined) queue.done(key)
          }
        }
        clock.advance(1_000)
        ripen()
        while (inHand.length > 0 || queue.depth > 0) {
          const key = inHand.shift()
          if (key !== undefined) queue.done(key)
          if (queue.depth > 0) await take()
        }
        expect([...wanted]).toEqual([])
        expect([queue.depth, queue.inHand, queue.delayed]).toEqual([0, 0, 0])
      }),
    )
  })
})

describe('urgency', () => {
  const urgent = new Set<string>()
  const lanes = (): { queue: WorkQueue; clock: ManualClock } => {
    urgent.clear()
    const clock = new ManualClock()
    const isUrgent = (key: string): boolean => key.startsWith('u') || urgent.has(key)
    return { clock, queue: new WorkQueue({ name: 'test', clock, isUrgent, longestDeferralMs: 2_000 }) }
  }

  test('urgent keys go first, each kind in order of arrival', async () => {
    const { queue } = lanes()
    for (const key of ['a', 'u1', 'b', 'u2']) queue.add(key)
    expect(queue.depth).toBe(4)
    expect(await takeAll(queue)).toEqual(['u1', 'u2', 'a', 'b'])
  })

  test('what has waited its longest goes before urgent keys', async () => {
    const { queue, clock } = lanes()
    queue.add('a')
    clock.advance(1_000)
    queue.add('b')
    queue.add('u1')
    clock.advance(1_000)
    queue.add('u2')
    expect(await takeAll(queue)).toEqual(['a', 'u1', 'u2', 'b'])
  })

  test('a key that becomes urgent while it waits moves up and keeps its age', async () => {
    const { queue, clock } = lanes()
    const since = clock.monotonic()
    queue.add('b')
    queue.add('a')
    clock.advance(10)
    urgent.add('a')
    queue.add('a')
    expect(queue.depth).toBe(2)
    expect(await queue.take()).toEqual({ key: 'a', queuedAt: since })
    expect((await queue.take())?.key).toBe('b')
    expect([queue.depth, queue.inHand]).toEqual([0, 2])
    queue.done('a')
    queue.done('b')
    urgent.clear()
    queue.add('a')
    expect(await takeAll(queue)).toEqual(['a'])
  })

  test('every key that is added is given out, once, whatever its urgency does', async () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean(), fc.nat(1_500), fc.boolean()))
    await fc.assert(
      fc.asyncProperty(steps, async (story) => {
        const { queue, clock } = lanes()
        const wanted = new Set<string>()
        const take = async (): Promise<void> => {
          const key = (await queue.take())?.key ?? ''
          expect(wanted.delete(key)).toBe(true)
          queue.done(key)
        }
        for (const [key, isUrgent, ms, takes] of story) {
          if (isUrgent) urgent.add(key)
          else urgent.delete(key)
          queue.add(key)
          wanted.add(key)
          clock.advance(ms)
          expect(queue.depth).toBe(wanted.size)
          if (takes) await take()
        }
        while (queue.depth > 0) await take()
        expect(wanted.size).toBe(0)
      }),
    )
  })
})
