/**
 * List and watch as a state machine, without I/O, clock or randomness of its own.
 *
 *   Empty ──page──▶ Listing(continue) ──last page──▶ Listed ──started──▶ Watching
 *     ▲                   │ 410: once more, unpaged          ▲               │ end, idle, broken
 *     └───────────────────┘                                  └───────────────┤
 *     ▲                                                         410, 404, bad data
 *     └──────────────────────────────────────────────────────────────────────┘
 *
 * Promises: the events between Init and InitDone are a whole state of the server, no older than any event given
 * before; then Apply and Delete follow in the server's order without a gap, until the next Init.
 * Every failure is retryable from here; each is counted by `restart`.
 */
import type { ListPage, WatchEvent } from './cluster.ts'
import { ApiError, isExpired, isNotFound } from './errors.ts'
import type { KubeObject } from './object.ts'
import { isVersion } from './resource-version.ts'
import { isVersionTooLarge } from './status.ts'

export type WatchOutput<T extends KubeObject = KubeObject> =
  /** A new list begins; what is held is still served. */
  | { readonly kind: 'Init' }
  | { readonly kind: 'InitApply'; readonly object: T }
  /** The list is whole: swap. */
  | { readonly kind: 'InitDone'; readonly resourceVersion: string }
  | { readonly kind: 'Apply'; readonly object: T }
  | { readonly kind: 'Delete'; readonly object: T }
  /** Nothing changed up to this version. */
  | { readonly kind: 'Progress'; readonly resourceVersion: string }

interface Retries {
  /** Failures in a row, for the backoff; forgotten after two healthy minutes of watching. */
  readonly failures: number
}

export type WatchState = Retries &
  (
    | {
        readonly kind: 'Empty'
        /** What was seen last: a list must not be older. Absent: the newest state, by quorum. */
        readonly notOlderThan?: string
        /** In one answer: the server forgot the snapshot that the pages came from. */
        readonly unpaged?: true
        /** How often the server said that it is behind `notOlderThan`. */
        readonly behind?: number
      }
    | { readonly kind: 'Listing'; readonly continue: string; readonly notOlderThan?: string }
    | { readonly kind: 'Listed'; readonly resourceVersion: string }
    | { readonly kind: 'Watching'; readonly resourceVersion: string; readonly since: number; readonly events: number }
  )

export type WatchAnswer<T extends KubeObject = KubeObject> =
  | { readonly kind: 'page'; readonly page: ListPage<T> }
  | { readonly kind: 'started' }
  | { readonly kind: 'event'; readonly event: WatchEvent<T> }
  /** The server closed the watch in order. */
  | { readonly kind: 'end' }
  /** Nothing came for longer than the watch may last. */
  | { readonly kind: 'idle' }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Why a list or a watch had to be begun anew: a metric's label. */
export type RestartReason = 'end' | 'idle' | 'expired' | 'behind' | 'error' | 'absent' | 'malformed'

export interface WatchStep<T extends KubeObject = KubeObject> {
  readonly outputs: readonly WatchOutput<T>[]
  readonly state: WatchState
  /** Wait so long, in milliseconds, before the next request. */
  readonly waitMs: number
  readonly restart?: RestartReason
}

export const PAGE_SIZE = 500
const FIRST_WAIT_MS = 800
const LONGEST_WAIT_MS = 30_000
const HEALTHY_MS = 120_000
/** A watch that ends sooner, with nothing said, counts as failed. */
const SHORT_MS = 1_000
/** So often is a server that is behind asked again; then the list is by quorum, which cannot be behind either. */
const MOST_BEHIND = 10
/** So many broken watches in a row make a list the better question. */
const MOST_BROKEN = 5

export const initialWatchState: WatchState = { kind: 'Empty', failures: 0 }

/** 0.8 s, doubling to 30 s, and up to as much again at random. Source: client-go reflector. */
export const backoffMs = (failures: number, random: number): number =>
  Math.min(LONGEST_WAIT_MS, Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(failures, 10)) * (1 + random))

/**
 * The state after `answer`. `now` is monotonic, in milliseconds; `random` is in [0, 1).
 * An answer that cannot come in a state (a page while watching) is a mistake of the caller: TypeError.
 */
export const step = <T extends KubeObject>(
  state: WatchState,
  answer: WatchAnswer<T>,
  now: number,
  random: number,
): WatchStep<T> => {
  switch (state.kind) {
    case 'Empty':
    case 'Listing':
      if (answer.kind === 'page') return paged(state, answer.page, random)
      if (answer.kind === 'failed') return listFailed(state, answer.error, random)
      break
    case 'Listed':
      if (answer.kind === 'started')
        return go({
          kind: 'Watching',
          resourceVersion: state.resourceVersion,
          since: now,
          events: 0,
          failures: state.failures,
        })
      if (answer.kind === 'failed') return watchFailed(state, answer.error, random)
      break
    case 'Watching':
      switch (answer.kind) {
        case 'event':
          return seen(state, answer.event, now, random)
        case 'end':
          return ended(state, now, random)
        case 'idle':
          return again(listed(state, now), random, 'idle')
        case 'failed':
          return watchFailed(listed(state, now), answer.error, random)
      }
  }
  throw new TypeError(`a watch that is ${state.kind} has no use for "${answer.kind}"`)
}

type State<K extends WatchState['kind']> = Extract<WatchState, { readonly kind: K }>

const go = <T extends KubeObject>(state: WatchState, outputs: readonly WatchOutput<T>[] = []): WatchStep<T> => ({
  outputs,
  state,
  waitMs: 0,
})

/** Wait and ask `state`'s question again, with one failure more. */
const again = <T extends KubeObject>(state: WatchState, random: number, restart: RestartReason): WatchStep<T> => ({
  outputs: [],
  state: { ...state, failures: state.failures + 1 },
  waitMs: backoffMs(state.failures, random),
  restart,
})

const empty = (notOlderThan: string | undefined, failures: number): State<'Empty'> => ({
  kind: 'Empty',
  failures,
  ...(notOlderThan === undefined ? {} : { notOlderThan }),
})

/** Where to go on from when a watch stops. */
const listed = (state: State<'Watching'>, now: number): State<'Listed'> => ({
  kind: 'Listed',
  resourceVersion: state.resourceVersion,
  failures: now - state.since >= HEALTHY_MS ? 0 : state.failures,
})

const paged = <T extends KubeObject>(
  state: State<'Empty'> | State<'Listing'>,
  page: ListPage<T>,
  random: number,
): WatchStep<T> => {
  if (!isVersion(page.resourceVersion)) return again(empty(state.notOlderThan, state.failures), random, 'malformed')
  const objects = page.items.map((object): WatchOutput<T> => ({ kind: 'InitApply', object }))
  const outputs: readonly WatchOutput<T>[] = state.kind === 'Empty' ? [{ kind: 'Init' }, ...objects] : objects
  const { failures, notOlderThan } = state
  if (page.continue !== undefined)
    return go(
      { kind: 'Listing', continue: page.continue, failures, ...(notOlderThan === undefined ? {} : { notOlderThan }) },
      outputs,
    )
  return go({ kind: 'Listed', resourceVersion: page.resourceVersion, failures }, [
    ...outputs,
    { kind: 'InitDone', resourceVersion: page.resourceVersion },
  ])
}

const listFailed = <T extends KubeObject>(
  state: State<'Empty'> | State<'Listing'>,
  error: unknown,
  random: number,
): WatchStep<T> => {
  if (isVersionTooLarge(error)) {
    const behind = (state.kind === 'Empty' ? (state.behind ?? 0) : 0) + 1
    const next =
      behind > MOST_BEHIND ? empty(undefined, state.failures) : { ...empty(state.notOlderThan, state.failures), behind }
    return { outputs: [], state: next, waitMs: (error.retryAfterMs ?? 1_000) * (1 + random / 2), restart: 'behind' }
  }
  if (isExpired(error)) {
    // Mid-list the snapshot is gone; at the start the version is. Neither can be asked for again.
    const next: WatchState =
      state.kind === 'Listing'
        ? { ...empty(state.notOlderThan, state.failures), unpaged: true }
        : empty(undefined, state.failures)
    return again(next, random, 'expired')
  }
  return again(state, random, isNotFound(error) ? 'absent' : 'error')
}

const watchFailed = <T extends KubeObject>(state: State<'Listed'>, error: unknown, random: number): WatchStep<T> => {
  if (isVersionTooLarge(error))
    return { outputs: [], state, waitMs: (error.retryAfterMs ?? 1_000) * (1 + random / 2), restart: 'behind' }
  if (isExpired(error))
    return { outputs: [], state: empty(state.resourceVersion, state.failures), waitMs: 0, restart: 'expired' }
  if (isNotFound(error)) return again(empty(state.resourceVersion, state.failures), random, 'absent')
  const worn = state.failures + 1 >= MOST_BROKEN && error instanceof ApiError
  return again(worn ? empty(state.resourceVersion, state.failures) : state, random, 'error')
}

const ended = <T extends KubeObject>(state: State<'Watching'>, now: number, random: number): WatchStep<T> => {
  const next = listed(state, now)
  if (state.events === 0 && now - state.since < SHORT_MS) return again(next, random, 'end')
  return { outputs: [], state: next, waitMs: 0, restart: 'end' }
}

const seen = <T extends KubeObject>(
  state: State<'Watching'>,
  event: WatchEvent<T>,
  now: number,
  random: number,
): WatchStep<T> => {
  if (event.type === 'ERROR') return watchFailed(listed(state, now), event.error, random)
  const version = event.type === 'BOOKMARK' ? event.resourceVersion : event.object.metadata.resourceVersion
  if (version === undefined || !isVersion(version))
    return again(empty(state.resourceVersion, listed(state, now).failures), random, 'malformed')
  const next: WatchState = { ...state, resourceVersion: version, events: state.events + 1 }
  switch (event.type) {
    case 'BOOKMARK':
      return go(next, [{ kind: 'Progress', resourceVersion: version }])
    case 'DELETED':
      return go(next, [{ kind: 'Delete', object: event.object }])
    case 'ADDED':
    case 'MODIFIED':
      return go(next, [{ kind: 'Apply', object: event.object }])
  }
}
