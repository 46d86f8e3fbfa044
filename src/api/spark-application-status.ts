import { z } from 'zod'
import { conditionSchema } from './meta.ts'
import { flag, int, listOf, mapOf, text, withTransitionRule } from './schema.ts'

/**
 * The published state names. The published first state is the empty string; Bellows never writes it, because Airflow
 * takes it for "started": an application without status is new.
 */
export const APPLICATION_STATES = [
  'SUBMITTED',
  'RUNNING',
  'SUCCEEDING',
  'COMPLETED',
  'FAILING',
  'FAILED',
  'SUBMISSION_FAILED',
  'PENDING_RERUN',
  'INVALIDATING',
  'SUSPENDING',
  'SUSPENDED',
  'RESUMING',
  'UNKNOWN',
] as const
export type ApplicationState = (typeof APPLICATION_STATES)[number]

export const EXECUTOR_STATES = ['PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'UNKNOWN'] as const
export type ExecutorState = (typeof EXECUTOR_STATES)[number]

/** Entries of `status.executorState`; the counts in `status.executors` have no such limit. */
export const MAX_EXECUTOR_STATES = 100

const time = (doc: string) => text(doc, { max: 64, format: 'date-time' }).nullable().optional()
const count = (doc: string) => int(doc, { min: 0 })

/** A leader that lost its lease and does not know it yet must not write over its successor. */
export const leaderEpochRule = {
  rule: '!has(oldSelf.leaderEpoch) || (has(self.leaderEpoch) && self.leaderEpoch >= oldSelf.leaderEpoch)',
  message: 'written by a leader that has been replaced',
  holds: (status: { leaderEpoch?: number | undefined }, old: { leaderEpoch?: number | undefined }): boolean =>
    old.leaderEpoch === undefined || (status.leaderEpoch !== undefined && status.leaderEpoch >= old.leaderEpoch),
}

export const leaderEpoch = int('Epoch of the leader that wrote this status; it never falls.', {
  min: 0,
  bits: 64,
}).optional()

export const conditions = listOf('What holds of the object, one entry a type.', conditionSchema, {
  max: 32,
  mapKeys: ['type'],
}).optional()

const driverInfo = z
  .object({
    podName: text('Name of the driver pod.', { max: 253 }).optional(),
    podUid: text('Uid of that pod.', { max: 64 }).optional(),
    webUIAddress: text('Address of the web page inside the cluster.', { max: 2048 }).optional(),
    webUIPort: int('Port of the web page.', { min: 0, max: 65_535 }).optional(),
    webUIServiceName: text('Service of the web page.', { max: 253 }).optional(),
    webUIIngressName: text('Ingress of the web page.', { max: 253 }).optional(),
    webUIIngressAddress: text('Address of the web page outside the cluster.', { max: 2048 }).optional(),
  })
  .describe('The driver.')

const executors = z
  .object({
    requested: count('Asked for.'),
    pending: count('Not running yet.'),
    running: count('Running.'),
    succeeded: count('Ended well, over the whole run.'),
    failed: count('Ended with a failure, over the whole run.'),
    lost: count('Gone while the driver ran, without a word: deleted, evicted, node lost.'),
  })
  .describe('Executors of this run, counted.')

const rootCause = z
  .object({
    exitCode: int('Exit code of the container.', { min: -2_147_483_648 }).optional(),
    reason: text('CamelCase word: OOMKilled, Evicted, ImagePull, ProgramError …', { max: 128 }),
    message: text('A sentence that says what happened.', { max: 1024 }),
    lastLines: listOf('Last lines of the log.', text('', { max: 1024 }), { max: 20 }).optional(),
  })
  .describe('Why the last run failed.')

/** Characters of a text in the result's summary: a driver leaves at most so many bytes in all. */
const MAX_SUMMARY = 3072

export const resultSummarySchema = z
  .object({
    rows: int('Rows of the last result that was printed.', { min: 0, bits: 64 }).optional(),
    hasMore: flag('There were more rows than were printed.').optional(),
    columns: listOf('Its columns.', text('', { max: MAX_SUMMARY }), { max: 1000 }).optional(),
    firstRows: text('Its first rows, as far as they fit: JSON text of a list of objects.', {
      max: MAX_SUMMARY,
    }).optional(),
    written: listOf(
      'Directories of files that were written, the newest last.',
      z.object({
        location: text('Where they are.', { max: MAX_SUMMARY }),
        files: int('Files written.', { min: 0 }),
        rows: int('Rows written.', { min: 0, bits: 64 }),
      }),
      { max: 100 },
    ).optional(),
    value: text('What the program set as its result: JSON text.', { max: MAX_SUMMARY }).optional(),
  })
  .describe('What the run has brought, told by its driver.')

export const sparkApplicationStatusSchema = withTransitionRule(
  z
    .object({
      applicationState: z
        .object({
          state: z.enum(APPLICATION_STATES).describe('State, by its published name.'),
          errorMessage: text('Why it failed.', { max: 4096 }).optional(),
        })
        .describe('State of the application.')
        .optional(),
      sparkApplicationId: text('Id of this run; label spark-app-selector of its pods.', { max: 63 }).optional(),
      submissionID: text('Id of this submission; a label of its pods.', { max: 63 }).optional(),
      startTime: time("When this run's driver began to run."),
      lastSubmissionAttemptTime: time('When it was last submitted.'),
      terminationTime: time('When it ended.'),
      nextRetryTime: time('When it is submitted again.'),
      suspendedAt: time('When it was suspended.'),
      driverInfo: driverInfo.optional(),
      executionAttempts: count('Runs begun since the last change of spec.').optional(),
      submissionAttempts: count('Submissions tried for this run.').optional(),
      infrastructureFailures: count('Runs lost to their surroundings since the last change of spec.').optional(),
      attempt: count('Number of this attempt in the names of its pods; never used twice.').optional(),
      executorState: mapOf(
        `State of each executor pod by name; at most ${MAX_EXECUTOR_STATES} of them.`,
        z.enum(EXECUTOR_STATES),
        { max: MAX_EXECUTOR_STATES },
      ).optional(),
      executors: executors.optional(),
      rootCause: rootCause.optional(),
      resultSummary: resultSummarySchema.optional(),
      conditions,
      observedGeneration: int('Generation of the spec that this status speaks of.', { min: 0, bits: 64 }).optional(),
      specHash: text('Fingerprint of the spec that this run was started with.', { max: 64 }).optional(),
      leaderEpoch,
    })
    .describe('What the operator saw and did. Never edit it.'),
  leaderEpochRule,
)
