import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ATTEMPT, SPARK_ROLE } from '../../../src/api/labels.ts'
import type { SparkApplication } from '../../../src/api/spark-application.ts'
import type { Refusal } from '../../../src/controller/decision.ts'
import type { Pod } from '../../../src/kube/pod.ts'
import { Pods } from '../../../src/kube/resource-type.ts'
import { decide } from '../../../src/spark-application/decide.ts'
import type { Observed } from '../../../src/spark-application/observed.ts'
import { REASONS } from '../../../src/spark-application/reasons.ts'
import { DEFAULT_SETTINGS } from '../../../src/spark-application/settings.ts'
import { SPEC_HASH, specHash } from '../../../src/spark-application/spec-hash.ts'
import { podStatuses, specs, statuses } from './arbitraries.ts'
import { START } from './world.ts'

/** Statuses that a stored object could hold although no schema would take them. */
const garbage = fc.oneof(
  statuses,
  fc.anything(),
  fc.record({
    applicationState: fc.anything(),
    attempt: fc.anything(),
    conditions: fc.anything(),
    executorState: fc.anything(),
  }),
)

const pod = (
  role: 'driver' | 'executor',
  index: number,
  owner: string,
  hash: fc.Arbitrary<string>,
): fc.Arbitrary<Pod> =>
  fc
    .record({
      attempt: fc.integer({ min: 0, max: 6 }),
      hash,
      status: fc.option(podStatuses, { nil: undefined }),
      deleting: fc.boolean(),
    })
    .map(
      ({ attempt, hash, status, deleting }) =>
        ({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: `app-${role}-${index}`,
            namespace: 'default',
            uid: `${role}-${index}`,
            labels: { [SPARK_ROLE]: role, [ATTEMPT]: attempt === 6 ? 'nonsense' : String(attempt) },
            annotations: { [SPEC_HASH]: hash },
            ownerReferences: [{ apiVersion: 'v1', kind: 'Any', name: 'x', uid: owner, controller: true }],
            creationTimestamp: '2025-12-31T23:59:00Z',
            ...(deleting ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
          },
          spec: { containers: [] },
          ...(status === undefined ? {} : { status }),
        }) as Pod,
    )

const refusals: fc.Arbitrary<Refusal> = fc.record({
  action: fc.constant({
    kind: 'create' as const,
    type: Pods,
    object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'app-driver' } },
  }),
  reason: fc.constantFrom('QuotaExceeded', 'Forbidden', 'Invalid', 'NameConflict', 'NamespaceTerminating', 'NotFound'),
  message: fc.string(),
  retryable: fc.boolean(),
})

const observations: fc.Arbitrary<Observed> = specs.chain((spec) => {
  const hash = fc.constantFrom(specHash(spec as never), 'other')
  return fc.record(
    {
      subject: fc.record({ status: garbage, generation: fc.integer({ min: 1, max: 3 }), deleting: fc.boolean() }).map(
        ({ status, generation, deleting }) =>
          ({
            apiVersion: 'sparkoperator.k8s.io/v1beta2',
            kind: 'SparkApplication',
            metadata: {
              name: 'app',
              namespace: 'default',
              uid: 'app-uid',
              generation,
              ...(deleting && generation === 1 ? { deletionTimestamp: '2026-01-01T00:00:00Z' } : {}),
            },
            spec: { type: 'SQL', ...spec },
            status,
          }) as unknown as SparkApplication,
      ),
      drivers: fc
        .tuple(pod('driver', 1, 'app-uid', hash), pod('driver', 2, 'app-uid', hash))
        .chain((all) => fc.subarray(all)),
      executors: fc
        .tuple(pod('executor', 1, 'driver-1', hash), pod('executor', 2, 'driver-1', hash))
        .chain((all) => fc.subarray(all)),
      missingAccess: fc.constant([]),
      driverWarning: fc.constantFrom('FailedMount: secret "x" not found', 'other'),
      entropy: fc.constant('entropy'),
      refusal: refusals,
    },
    { requiredKeys: ['subject', 'drivers', 'executors', 'missingAccess', 'entropy'] },
  )
})

const RUNS = { numRuns: 400 }

test('total and deterministic: whatever was written, the same observation gives the same decision and no exception', () => {
  fc.assert(
    fc.property(observations, fc.integer({ min: START - 1e6, max: START + 1e6 }), (observed, now) => {
      const copy = structuredClone(observed)
      expect(decide(copy, now, DEFAULT_SETTINGS)).toEqual(decide(observed, now, DEFAULT_SETTINGS))
    }),
    RUNS,
  )
})

test('order-free: the order of lists changes nothing', () => {
  fc.assert(
    fc.property(observations, (observed) => {
      const turned = {
        ...observed,
        drivers: [...observed.drivers].reverse(),
        executors: [...observed.executors].reverse(),
      }
      expect(decide(turned, START, DEFAULT_SETTINGS)).toEqual(decide(observed, START, DEFAULT_SETTINGS))
    }),
    RUNS,
  )
})

test('safe on stale input: only uids that were observed are deleted, nothing twice, and a deleted application gets nothing new', () => {
  fc.assert(
    fc.property(observations, (observed) => {
      const { actions } = decide(observed, START, DEFAULT_SETTINGS)
      const seen = new Set(
        [observed.subject, ...observed.drivers, ...observed.executors].map(({ metadata }) => metadata.uid),
      )
      const deleted = actions.flatMap((action) => (action.kind === 'delete' ? [action.ref.uid] : []))
      expect(deleted.every((uid) => seen.has(uid))).toBe(true)
      expect(new Set(deleted).size).toBe(deleted.length)
      const creates = actions.filter(({ kind }) => kind === 'create')
      // Never a second driver beside one that is there; never a deletion and a creation in one pass.
      if (creates.length > 0) {
        expect(observed.drivers).toEqual([])
        expect(deleted).toEqual([])
      }
      if (observed.subject.metadata.deletionTimestamp !== undefined) expect(actions).toEqual([])
    }),
    RUNS,
  )
})

test('idempotent: in a world that stands still, writing what was decided comes to rest, and rest is silent', () => {
  fc.assert(
    fc.property(observations, (observed) => {
      const { refusal: _, ...still } = observed
      let decision = decide(observed, START, DEFAULT_SETTINGS)
      let subject = observed.subject
      for (let writes = 0; decision.status !== undefined; writes++) {
        // Adoption, verdict, executors, tidying up: no chain of reasons is longer.
        expect(writes).toBeLessThan(5)
        subject = { ...subject, status: decision.status }
        decision = decide({ ...still, subject }, START, DEFAULT_SETTINGS)
        if (decision.actions.some(({ kind }) => kind === 'create')) return
      }
      expect(decision.events).toEqual([])
    }),
    RUNS,
  )
})

test('every status has a published state, every reason is in the table, every message is bounded', () => {
  fc.assert(
    fc.property(observations, (observed) => {
      const { status, events } = decide(observed, START, DEFAULT_SETTINGS)
      for (const { reason, message } of events) {
        expect(Object.keys(REASONS)).toContain(reason)
        expect(message.length).toBeLessThanOrEqual(1024)
      }
      if (status === undefined) return
      if (status.applicationState !== undefined) expect(status.applicationState.state).not.toBe('')
      for (const { message } of status.conditions ?? []) expect(message.length).toBeLessThanOrEqual(1024)
    }),
    RUNS,
  )
})
