import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { ApiServerCluster } from '../../src/kube/api-server-cluster.ts'
import { LeaderElector } from '../../src/kube/lease.ts'
import type { Lease } from '../../src/kube/lease-decision.ts'
import { Leases } from '../../src/kube/resource-type.ts'
import { connectToRealServer, type TestNamespace, testNamespace } from './real-server.ts'

let cluster: ApiServerCluster
let namespace: TestNamespace

beforeAll(async () => {
  cluster = await connectToRealServer()
  namespace = await testNamespace(cluster, 'lease')
})

afterAll(async () => {
  await namespace?.remove()
  await cluster?.close()
})

interface Candidate {
  readonly elector: LeaderElector
  readonly story: string[]
  /** From then on its writes fail, as behind a partition. */
  cutOff(): Promise<void>
  stop(): Promise<void>
}

const candidate = async (name: string, identity: string): Promise<Candidate> => {
  const own = await connectToRealServer()
  const story: string[] = []
  const abort = new AbortController()
  const elector = new LeaderElector({
    cluster: own,
    key: { namespace: namespace.name, name },
    identity,
    leaseDurationMs: 3_000,
    renewDeadlineMs: 2_000,
    retryPeriodMs: 300,
    onElected: (epoch) => story.push(`elected ${epoch}`),
    onLost: (reason) => story.push(`lost: ${reason}`),
  })
  const running = elector.run(abort.signal)
  return {
    elector,
    story,
    cutOff: () => own.close(),
    stop: async () => {
      abort.abort()
      await running
      await own.close()
    },
  }
}

const lease = async (name: string): Promise<Lease | undefined> =>
  cluster.get<Lease>(Leases, { namespace: namespace.name, name })

const SIX_DIGITS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/

describe('two candidates', () => {
  test('one leads; when it steps down the other follows at once in the next epoch', async () => {
    const first = await candidate('handover', 'first')
    await expect.poll(() => first.elector.holds()).toBe(true)
    const second = await candidate('handover', 'second')
    await expect.poll(() => second.elector.holder).toBe('first')
    const held = await lease('handover')
    expect(held?.spec).toMatchObject({ holderIdentity: 'first', leaseTransitions: 1, leaseDurationSeconds: 3 })
    expect(held?.spec?.acquireTime).toMatch(SIX_DIGITS)
    expect(held?.spec?.renewTime).toMatch(SIX_DIGITS)
    expect(second.elector.holds()).toBe(false)

    await first.stop()
    expect(first.story).toEqual(['elected 1', 'lost: released'])
    await expect.poll(() => second.story, { timeout: 5_000 }).toEqual(['elected 2'])
    expect((await lease('handover'))?.spec).toMatchObject({ holderIdentity: 'second', leaseTransitions: 2 })
    await second.stop()
    expect((await lease('handover'))?.spec).toMatchObject({ holderIdentity: '', leaseTransitions: 2 })
  })

  test('one that is cut off stops holding before the other begins', async () => {
    const first = await candidate('partition', 'first')
    await expect.poll(() => first.elector.holds()).toBe(true)
    const second = await candidate('partition', 'second')
    let both = 0
    const look = setInterval(() => {
      if (first.elector.holds() && second.elector.holds()) both += 1
    }, 5)
    await first.cutOff()
    await expect.poll(() => second.story, { timeout: 15_000 }).toEqual(['elected 2'])
    clearInterval(look)
    expect(both).toBe(0)
    expect(first.story).toEqual(['elected 1', 'lost: it could not be renewed in time'])
    expect(first.elector.epoch()).toBeLessThan(second.elector.epoch())
    await Promise.all([first.stop(), second.stop()])
  })
})
