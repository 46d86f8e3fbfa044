import { describe, expect, test } from 'vitest'
import type { Cluster } from './cluster.ts'
import { ApiError, TransportError } from './errors.ts'
import { cutBytes, type EventObject } from './event-series.ts'
import { EventRecorder, type EventRecorderOptions } from './events.ts'
import { ManualClock, settle } from './testing/manual-clock.ts'
import { configMap } from './testing/objects.ts'

const about = configMap('app')
const started = { type: 'Normal', reason: 'DriverStarted', note: 'the driver runs' } as const

/** A server that knows Events only; `fault` may throw before a write. */
const world = (
  options: Partial<EventRecorderOptions> = {},
): {
  events: Map<string, EventObject>
  writes: string[]
  dropped: string[]
  clock: ManualClock
  recorder: EventRecorder
  faults: (() => void)[]
} => {
  const events = new Map<string, EventObject>()
  const writes: string[] = []
  const dropped: string[] = []
  const faults: (() => void)[] = []
  const clock = new ManualClock()
  const cluster: Pick<Cluster, 'create' | 'mergePatch' | 'get'> = {
    create: async (_type, object) => {
      writes.push(`POST ${(object as unknown as EventObject).reason}`)
      faults.shift()?.()
      if (events.has(object.metadata.name)) throw new ApiError(409, 'AlreadyExists', 'exists')
      events.set(object.metadata.name, object as unknown as EventObject)
      return object
    },
    mergePatch: async (_type, key, patch) => {
      const series = (patch as EventObject).series
      writes.push(`PATCH ${series?.count}`)
      const held = events.get(key.name)
      if (held === undefined) throw new ApiError(404, 'NotFound', 'gone')
      events.set(key.name, { ...held, series } as EventObject)
      return held as never
    },
    get: async (_type, key) => events.get(key.name) as never,
  }
  const recorder = new EventRecorder({
    cluster: cluster as Cluster,
    clock,
    reportingController: 'bellows.dev/sparkapplication',
    reportingInstance: 'operator-0',
    onDropped: (reason) => dropped.push(reason),
    ...options,
  })
  return { events, writes, dropped, clock, recorder, faults }
}

describe('an event', () => {
  test('is one POST that says all the server and kubectl describe want', async () => {
    const { events, writes, recorder } = world()
    recorder.record(about, started)
    await recorder.flush(1_000)
    expect(writes).toEqual(['POST DriverStarted'])
    expect([...events.values()]).toEqual([
      {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: expect.stringMatching(/^app\.[0-9a-f]{16}$/), namespace: 'default' },
        eventTime: expect.stringMatching(/\.\d{6}Z$/),
        type: 'Normal',
        reason: 'DriverStarted',
        action: 'DriverStarted',
        note: 'the driver runs',
        reportingController: 'bellows.dev/sparkapplication',
        reportingInstance: 'operator-0',
        regarding: {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: 'default',
          name: 'app',
          uid: 'uid-app',
          resourceVersion: '1',
        },
      },
    ])
  })

  test('that comes again is a count on the same one, seldom written', async () => {
    const { events, writes, clock, recorder } = world()
    for (let n = 0; n < 10; n++) recorder.record(about, started)
    await clock.run(5_000)
    for (let n = 0; n < 10; n++) recorder.record(about, started)
    await clock.run(5_000)
    expect(writes).toEqual(['POST DriverStarted', 'PATCH 10', 'PATCH 20'])
    expect([...events.values()][0]?.series?.count).toBe(20)
  })

  test('that the operator told before it was restarted goes on counting', async () => {
    const first = world()
    first.recorder.record(about, started)
    await first.recorder.flush(1_000)
    const second = world()
    for (const [name, event] of first.events) second.events.set(name, event)
    second.recorder.record(about, started)
    await second.recorder.flush(1_000)
    expect(second.events.size).toBe(1)
    expect([...second.events.values()][0]?.series?.count).toBe(2)
  })

  test('that the server forgot is told anew', async () => {
    const { events, writes, clock, recorder } = world()
    recorder.record(about, started)
    await settle()
    events.clear()
    recorder.record(about, started)
    await clock.run(5_000)
    expect(writes).toEqual(['POST DriverStarted', 'PATCH 2', 'POST DriverStarted'])
  })

  test('of a cluster-scoped object lives in default', async () => {
    const { events, recorder } = world()
    recorder.record(configMap('node', { namespace: undefined }), started)
    await recorder.flush(1_000)
    const event = [...events.values()][0]
    expect(event?.metadata.namespace).toBe('default')
    expect(event?.regarding).not.toHaveProperty('namespace')
  })

  test('is another one for another object, reason, or message', async () => {
    const { events, recorder } = world()
    recorder.record(about, started)
    recorder.record(configMap('other'), started)
    recorder.record(about, { ...started, reason: 'Else' })
    recorder.record(about, { ...started, note: 'else' })
    await recorder.flush(1_000)
    expect(events.size).toBe(4)
  })
})

describe('what is too much or goes wrong is dropped, and the caller never knows', () => {
  test('an object may tell 25 things at once, then one in ten seconds', async () => {
    const { events, dropped, clock, recorder } = world()
    for (let n = 0; n < 30; n++) recorder.record(about, { ...started, note: `line ${n}` })
    recorder.record(configMap('other'), started)
    await settle()
    expect([events.size, dropped.length]).toEqual([26, 5])
    await clock.run(10_000)
    recorder.record(about, { ...started, note: 'later' })
    recorder.record(about, { ...started, note: 'too soon' })
    await settle()
    expect([events.size, dropped]).toEqual([27, Array(6).fill('rate')])
  })

  test('a queue that is full takes no more', async () => {
    const { dropped, recorder } = world({ queueLimit: 2, workers: 1 })
    for (let n = 0; n < 5; n++) recorder.record(about, { ...started, note: `line ${n}` })
    expect(dropped).toEqual(['queue', 'queue'])
  })

  test('no answer: once more, and a name that is taken by then is ours', async () => {
    const { events, writes, dropped, clock, recorder, faults } = world()
    faults.push(() => {
      throw new TransportError('reset')
    })
    recorder.record(about, started)
    await clock.run(1_000)
    expect([writes.length, events.size, dropped]).toEqual([2, 1, []])
  })

  test('no answer twice, or a refusal: dropped', async () => {
    const { dropped, clock, recorder, faults } = world()
    const broken = (): never => {
      throw new TransportError('reset')
    }
    faults.push(broken, broken, () => {
      throw new ApiError(403, 'Forbidden', 'namespace is terminating')
    })
    recorder.record(about, started)
    await clock.run(2_000)
    recorder.record(configMap('other'), started)
    await settle()
    expect(dropped).toEqual(['unreachable', 'refused'])
  })
})

describe('a note', () => {
  test('is cut at 1,024 bytes, never inside a character', () => {
    expect(cutBytes('short', 1_024)).toBe('short')
    const cut = cutBytes('ä'.repeat(1_000), 1_024)
    expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(1_024)
    expect(cut).toMatch(/^ä+…$/)
    expect(cutBytes('🔥'.repeat(500), 1_024)).toMatch(/^(🔥)+…$/u)
  })
})

describe('while the work is behind', () => {
  test('events go one at a time with pauses, and together again when it has caught up', async () => {
    let behind = true
    let writing = 0
    let most = 0
    const answers: (() => void)[] = []
    const cluster: Pick<Cluster, 'create'> = {
      create: async (_, object) => {
        writing += 1
        most = Math.max(most, writing)
        await new Promise<void>((resolve) => answers.push(resolve))
        writing -= 1
        return object
      },
    }
    const { recorder, clock } = world({ cluster: cluster as Cluster, isBehind: () => behind })
    for (let index = 0; index < 6; index++) recorder.record(about, { ...started, note: `${index}` })
    await settle()
    expect([writing, recorder.pending]).toEqual([1, 6])
    answers.shift()?.()
    await settle()
    expect(writing).toBe(0)
    clock.advance(200)
    await settle()
    expect([writing, most]).toEqual([1, 1])
    behind = false
    answers.shift()?.()
    await settle()
    expect(writing).toBe(4)
    while (answers.length > 0) {
      answers.shift()?.()
      await settle()
    }
    expect(recorder.pending).toBe(0)
  })

  test('an event that waits tells when it happened', async () => {
    const { recorder, events, clock } = world({ isBehind: () => true })
    const at = clock.wall()
    recorder.record(about, started)
    recorder.record(about, { ...started, reason: 'Later' })
    clock.advance(5_000)
    await recorder.flush(1_000)
    for (const event of events.values())
      expect(Date.parse((event as unknown as { eventTime: string }).eventTime)).toBe(at)
  })
})
