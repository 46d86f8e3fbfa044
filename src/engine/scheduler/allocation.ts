import { type Conf, confBoolean, confDuration, confInteger } from '../conf.ts'
import { userError } from '../errors.ts'

/** spark.dynamicAllocation.*; times in milliseconds, Infinity: never. */
export interface AllocationSettings {
  readonly min: number
  readonly max: number
  readonly initial: number
  /** Tasks that an executor runs at once. */
  readonly slotsPerExecutor: number
  /** spark.dynamicAllocation.executorAllocationRatio */
  readonly ratio: number
  readonly backlogTimeout: number
  readonly sustainedTimeout: number
  readonly idleTimeout: number
  readonly cachedIdleTimeout: number
  readonly shuffleTimeout: number
}

export interface AllocationState {
  readonly target: number
  /** How many are added next; doubles while the backlog lasts. */
  readonly step: number
  /** When executors are added if there is still a backlog then; undefined: there is none. */
  readonly addAt: number | undefined
  /** Nothing has run yet: the first executors are not taken back before they could serve. */
  readonly fresh: boolean
}

export interface AllocationInput {
  readonly now: number
  readonly pending: number
  readonly running: number
  readonly executors: readonly {
    readonly id: number
    /** Since when it has run nothing; undefined: it runs something. */
    readonly idleSince: number | undefined
    readonly holdsShuffle: boolean
    readonly holdsBlocks: boolean
  }[]
}

export interface AllocationDecision {
  readonly state: AllocationState
  readonly remove: readonly number[]
  readonly reason: string | undefined
}

/** Undefined: spark.dynamicAllocation.enabled is not set. Throws EngineError. */
export const allocationSettings = (
  conf: Conf,
  instances: number,
  slotsPerExecutor: number,
): AllocationSettings | undefined => {
  const key = (name: string) => `spark.dynamicAllocation.${name}`
  if (!confBoolean(conf, key('enabled'), false)) return undefined
  const min = confInteger(conf, key('minExecutors'), 0)
  const max = confInteger(conf, key('maxExecutors'), Number.POSITIVE_INFINITY)
  if (max < 1 || min > max)
    throw userError(
      `${key('maxExecutors')} (${max}) must be 1 or more, and not less than ${key('minExecutors')} (${min})`,
    )
  const initial = Math.max(confInteger(conf, key('initialExecutors'), min), min, instances)
  if (initial > max) throw userError(`${initial} executors to begin with are more than ${key('maxExecutors')} (${max})`)
  const ratio = Number(conf[key('executorAllocationRatio')] ?? '1')
  if (!(ratio > 0 && ratio <= 1)) throw userError(`${key('executorAllocationRatio')} must be above 0 and at most 1`)
  const backlogTimeout = confDuration(conf, key('schedulerBacklogTimeout'), 1000)
  const never = Number.POSITIVE_INFINITY
  const tracking = confBoolean(conf, key('shuffleTracking.enabled'), true)
  return {
    min,
    max,
    initial,
    slotsPerExecutor,
    ratio,
    backlogTimeout,
    sustainedTimeout: confDuration(conf, key('sustainedSchedulerBacklogTimeout'), backlogTimeout),
    idleTimeout: confDuration(conf, key('executorIdleTimeout'), 60_000),
    cachedIdleTimeout: confDuration(conf, key('cachedExecutorIdleTimeout'), never),
    shuffleTimeout: tracking ? confDuration(conf, key('shuffleTracking.timeout'), never) : 0,
  }
}

export const initialAllocation = (settings: AllocationSettings): AllocationState => ({
  target: settings.initial,
  step: 1,
  addAt: undefined,
  fresh: true,
})

const bounded = (wanted: number, { min, max }: AllocationSettings): number => Math.min(max, Math.max(min, wanted))

/**
 * How many executors there should be, and which idle ones go. Grows 1, 2, 4 … while tasks wait, never beyond what they
 * could use; falls back at once to what is needed (those that are not there yet are not asked for any more), and lets
 * idle executors go in their time. Source: Spark's ExecutorAllocationManager and ExecutorMonitor.
 */
export const decideAllocation = (
  state: AllocationState,
  settings: AllocationSettings,
  input: AllocationInput,
): AllocationDecision => {
  const { now, pending, running, executors } = input
  const needed = bounded(Math.ceil(((pending + running) * settings.ratio) / settings.slotsPerExecutor), settings)
  const idle = executors
    .flatMap(({ id, idleSince, holdsShuffle, holdsBlocks }) => {
      if (idleSince === undefined) return []
      const timeout = Math.max(
        settings.idleTimeout,
        holdsShuffle ? settings.shuffleTimeout : 0,
        holdsBlocks ? settings.cachedIdleTimeout : 0,
      )
      return now - idleSince >= timeout ? [{ id, idleSince }] : []
    })
    .toSorted((a, b) => a.idleSince - b.idleSince || a.id - b.id)
  const fresh = state.fresh && pending + running === 0 && idle.length === 0
  const next = grow({ ...state, fresh }, settings, needed, pending, now)
  const spare = Math.max(0, executors.length - needed)
  const remove = idle.slice(0, spare).map(({ id }) => id)
  const target =
    remove.length > 0 ? Math.max(needed, Math.min(next.target, executors.length - remove.length)) : next.target
  const reason =
    remove.length > 0
      ? `${remove.length} idle`
      : target > state.target
        ? `${pending} tasks wait`
        : target < state.target
          ? `${pending + running} tasks are left`
          : undefined
  return { state: { ...next, target }, remove, reason }
}

const grow = (
  state: AllocationState,
  settings: AllocationSettings,
  needed: number,
  pending: number,
  now: number,
): AllocationState => {
  if (state.fresh) return state
  if (pending === 0) return { ...state, target: Math.min(state.target, needed), step: 1, addAt: undefined }
  if (needed <= state.target) return { ...state, target: needed, step: 1, addAt: undefined }
  if (state.addAt === undefined) return { ...state, step: 1, addAt: now + settings.backlogTimeout }
  if (now < state.addAt) return state
  return {
    ...state,
    target: Math.min(needed, state.target + state.step),
    step: state.step * 2,
    addAt: now + settings.sustainedTimeout,
  }
}
