import { expect, test } from 'vitest'
import type { Cluster } from '../kube/cluster.ts'
import { ApiError, TransportError } from '../kube/errors.ts'
import type { Pod } from '../kube/pod.ts'
import { ManualClock } from '../kube/testing/manual-clock.ts'
import { DriverWarnings } from './driver-warnings.ts'

const START = Date.UTC(2026, 0, 1)

const driver = (uid: string): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: 'default', name: uid, uid, creationTimestamp: new Date(START).toISOString() },
  spec: { containers: [] },
  status: { phase: 'Pending' },
})

/** A server whose every list takes so long, and what was asked of it. */
const slow = (ms: number) => {
  const clock = new ManualClock(START)
  const asked: string[] = []
  let failure: Error | undefined
  const cluster: Pick<Cluster, 'list'> = {
    list: async (_, options) => {
      asked.push(/uid=(\w+)/.exec(options?.fieldSelector ?? '')?.[1] ?? '')
      clock.advance(ms)
      if (failure !== undefined) throw failure
      return {
        items: [{ reason: 'FailedMount', note: `no volume ${asked.length}`, metadata: {} }] as never,
        resourceVersion: '1',
      }
    },
  }
  clock.advance(10_000)
  return {
    clock,
    asked,
    warnings: new DriverWarnings(cluster as Cluster, clock),
    fail: (error: Error) => {
      failure = error
    },
  }
}

test('a look is followed by ten times its own time without one; what was found stays known', async () => {
  const { clock, asked, warnings } = slow(100)
  expect(await warnings.of([driver('a')])).toBe('FailedMount: no volume 1')
  expect(await warnings.of([driver('a')])).toBe('FailedMount: no volume 1')
  expect(await warnings.of([driver('b')])).toBeUndefined()
  clock.advance(999)
  expect(await warnings.of([driver('b')])).toBeUndefined()
  clock.advance(1)
  expect(await warnings.of([driver('b')])).toBe('FailedMount: no volume 2')
  expect(asked).toEqual(['a', 'b'])
})

test('one looks at a time', async () => {
  const { asked, warnings } = slow(100)
  await Promise.all([warnings.of([driver('a')]), warnings.of([driver('b')])])
  expect(asked).toEqual(['a'])
})

test('a driver that has only begun to start is not asked for', async () => {
  const { asked, warnings } = slow(100)
  const young = driver('a')
  const creationTimestamp = new Date(START + 5_000).toISOString()
  expect(await warnings.of([{ ...young, metadata: { ...young.metadata, creationTimestamp } }])).toBeUndefined()
  expect(asked).toEqual([])
})

test.each([new ApiError(403, 'Forbidden', 'no'), new TransportError('late')])(
  'an answer that does not come costs nothing: %s',
  async (error) => {
    const { clock, warnings, fail } = slow(100)
    await warnings.of([driver('a')])
    clock.advance(1_000)
    fail(error)
    expect(await warnings.of([driver('a')])).toBe('FailedMount: no volume 1')
  },
)
