import fc from 'fast-check'
import { APPLICATION_STATES, EXECUTOR_STATES } from '../../../src/api/spark-application-status.ts'
import type { PodStatus } from '../../../src/kube/pod.ts'
import { START } from './world.ts'

const stamp = (ms: number): string => `${new Date(START + ms).toISOString().slice(0, 19)}Z`

const moment = fc.integer({ min: -600_000, max: 600_000 }).map(stamp)

/** Specs that the API server accepts. */
export const specs = fc.record(
  {
    program: fc.constantFrom('SELECT 1', 'SELECT 2'),
    suspend: fc.boolean(),
    timeToLiveSeconds: fc.constantFrom(-1, 0, 30, 100_000),
    activeDeadlineSeconds: fc.constantFrom(1, 60, 100_000),
    image: fc.constantFrom('bellows:1', 'bellows:2'),
    mainClass: fc.constant('org.example.Main'),
    arguments: fc.array(fc.string(), { maxLength: 2 }),
    restartPolicy: fc.record(
      {
        type: fc.constantFrom('Never' as const, 'Always' as const, 'OnFailure' as const),
        onFailureRetries: fc.integer({ min: 0, max: 3 }),
        onFailureRetryInterval: fc.integer({ min: 1, max: 60 }),
        onSubmissionFailureRetries: fc.integer({ min: 0, max: 2 }),
        onInfrastructureFailureRetries: fc.integer({ min: 0, max: 2 }),
      },
      { requiredKeys: [] },
    ),
    driver: fc.record(
      { memory: fc.constantFrom('512m', '2g'), labels: fc.constant({ team: 'a' }) },
      { requiredKeys: [] },
    ),
    executor: fc.record({ instances: fc.integer({ min: 1, max: 3 }) }, { requiredKeys: [] }),
  },
  { requiredKeys: ['program'] },
)

/** Edits of a spec while the world goes on. */
export const edits = fc.oneof(
  fc.record({ suspend: fc.boolean() }),
  fc.record({ program: fc.constantFrom('SELECT 1', 'SELECT 3') }),
  fc.record({ timeToLiveSeconds: fc.constantFrom(0, 50) }),
)

/** Statuses of the right shape that nobody need have written: users can write them. */
export const statuses = fc.record(
  {
    applicationState: fc.record({ state: fc.constantFrom(...APPLICATION_STATES) }),
    attempt: fc.integer({ min: 0, max: 5 }),
    executionAttempts: fc.integer({ min: 0, max: 5 }),
    submissionAttempts: fc.integer({ min: 0, max: 3 }),
    infrastructureFailures: fc.integer({ min: 0, max: 4 }),
    specHash: fc.constantFrom('0123456789abcdef', 'other'),
    submissionID: fc.constant('an-id'),
    startTime: moment,
    terminationTime: moment,
    nextRetryTime: moment,
    lastSubmissionAttemptTime: moment,
    suspendedAt: moment,
    driverInfo: fc.record({ podName: fc.constantFrom('app-driver', 'no-such-pod') }),
    executorState: fc.dictionary(
      fc.constantFrom('app-1-exec-1', 'app-1-exec-2', 'x'),
      fc.constantFrom(...EXECUTOR_STATES),
    ),
    conditions: fc.uniqueArray(
      fc.record({
        type: fc.constantFrom('Submitted', 'DriverRunning', 'Succeeded', 'FieldsIgnored', 'Other'),
        status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
        reason: fc.constantFrom('DriverCreated', 'Whatever'),
        message: fc.string(),
        lastTransitionTime: moment,
      }),
      { selector: ({ type }) => type, maxLength: 4 },
    ),
    observedGeneration: fc.integer({ min: 0, max: 3 }),
  },
  { requiredKeys: [] },
)

const exitCodes = fc.constantFrom(0, 1, 3, 137, 143, 255)

const states = fc.oneof(
  fc.record({ running: fc.record({ startedAt: moment }) }),
  fc.record({
    waiting: fc.record(
      {
        reason: fc.constantFrom(
          'ContainerCreating',
          'PodInitializing',
          'ErrImagePull',
          'ImagePullBackOff',
          'InvalidImageName',
          'CreateContainerConfigError',
          'CreateContainerError',
        ),
        message: fc.string(),
      },
      { requiredKeys: ['reason'] },
    ),
  }),
  fc.record({
    terminated: fc.record({
      exitCode: exitCodes,
      reason: fc.constantFrom('Error', 'Completed', 'OOMKilled', 'ContainerStatusUnknown', 'StartError'),
      message: fc.oneof(
        fc.string(),
        fc.constantFrom('{"resultSummary":{"rows":1,"value":"[1]"}}', '{"resultSummary":{"rows":-1}}'),
      ),
      finishedAt: moment,
    }),
  }),
)

/** What any kubelet, controller or user may have written into a pod's status. */
export const podStatuses: fc.Arbitrary<PodStatus> = fc.record(
  {
    phase: fc.constantFrom(
      'Pending' as const,
      'Running' as const,
      'Succeeded' as const,
      'Failed' as const,
      'Unknown' as const,
    ),
    reason: fc.constantFrom(
      'Evicted',
      'NodeLost',
      'Preempting',
      'OutOfcpu',
      'DeadlineExceeded',
      'Shutdown',
      'Whatever',
    ),
    message: fc.string(),
    conditions: fc.array(
      fc.record({
        type: fc.constantFrom('PodScheduled', 'Initialized', 'DisruptionTarget', 'Ready'),
        status: fc.constantFrom('True' as const, 'False' as const, 'Unknown' as const),
        reason: fc.constantFrom(
          'Unschedulable',
          'SchedulingGated',
          'PreemptionByScheduler',
          'DeletionByTaintManager',
          'EvictionByEvictionAPI',
        ),
        message: fc.constantFrom('0/1 nodes are available', 'persistentvolumeclaim "x" not found'),
        lastTransitionTime: moment,
      }),
      { maxLength: 2 },
    ),
    containerStatuses: fc.array(
      fc.record({
        name: fc.constantFrom('spark-kubernetes-driver', 'sidecar'),
        image: fc.constant('i'),
        state: states,
      }),
      { maxLength: 2 },
    ),
    initContainerStatuses: fc.array(fc.record({ name: fc.constant('init'), image: fc.constant('i'), state: states }), {
      maxLength: 1,
    }),
  },
  { requiredKeys: ['phase'] },
) as fc.Arbitrary<PodStatus>

/** What happens to the world between two passes. */
export type Happening =
  | { readonly kind: 'pass' }
  | { readonly kind: 'crash'; readonly after: number }
  | { readonly kind: 'pod'; readonly status: PodStatus }
  | { readonly kind: 'bind' | 'remove' | 'reap' }
  | { readonly kind: 'edit'; readonly spec: object }
  | { readonly kind: 'tamper'; readonly status: object }
  | { readonly kind: 'stale' }
  | { readonly kind: 'time'; readonly ms: number }

export const happenings = (kinds: { readonly tampering: boolean }): fc.Arbitrary<readonly Happening[]> =>
  fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant<Happening>({ kind: 'pass' }) },
      {
        weight: 3,
        arbitrary: fc.record({ kind: fc.constant('crash' as const), after: fc.integer({ min: 0, max: 3 }) }),
      },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('pod' as const), status: podStatuses }) },
      { weight: 2, arbitrary: fc.constantFrom<Happening>({ kind: 'bind' }, { kind: 'remove' }, { kind: 'reap' }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('edit' as const), spec: edits }) },
      { weight: 3, arbitrary: fc.constant<Happening>({ kind: 'stale' }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('time' as const),
          ms: fc.constantFrom(1_000, 7_000, 61_000, 400_000),
        }),
      },
      ...(kinds.tampering
        ? [{ weight: 1, arbitrary: fc.record({ kind: fc.constant('tamper' as const), status: statuses }) }]
        : []),
    ),
    { maxLength: 14 },
  )
