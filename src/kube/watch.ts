/** Runs the watch state machine (watch-state.ts) over a Cluster: the only part of it that does I/O. */
import { type Clock, sleep } from './clock.ts'
import type { Cluster, WatchEvent } from './cluster.ts'
import type { KubeObject } from './object.ts'
import type { ResourceType } from './resource-type.ts'
import {
  initialWatchState,
  PAGE_SIZE,
  type RestartReason,
  step,
  type WatchAnswer,
  type WatchOutput,
  type WatchState,
} from './watch-state.ts'

export interface Selection {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface WatchPorts {
  readonly cluster: Cluster
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly onRestart?: (reason: RestartReason, error: unknown) => void
  readonly onRelist?: () => void
}

/** Longer than the server was told: then it is not quiet but gone. */
const GRACE_MS = 5_000

/** The server ends each watch after this many seconds; spread so that watches do not all end at once. */
export const watchTimeoutSeconds = (random: number): number => 290 + Math.floor(random * 301)

/**
 * Gives the outputs of list and watch to `sink`, in order and for ever; returns when `signal` aborts.
 * Throws only what `sink` throws.
 */
export const watchObjects = async <T extends KubeObject>(
  type: ResourceType,
  selection: Selection,
  ports: WatchPorts,
  sink: (output: WatchOutput<T>) => void,
  signal: AbortSignal,
): Promise<void> => {
  let state: WatchState = initialWatchState
  while (!signal.aborted) {
    let waitMs = 0
    for await (const answer of ask<T>(state, type, selection, ports, signal)) {
      if (signal.aborted) return
      const next = step<T>(state, answer, ports.clock.monotonic(), ports.random())
      for (const output of next.outputs) sink(output)
      state = next.state
      if (next.restart === undefined) continue
      ports.onRestart?.(next.restart, errorOf(answer))
      if (state.kind === 'Empty') ports.onRelist?.()
      waitMs = next.waitMs
      break
    }
    if (waitMs > 0) await sleep(ports.clock, waitMs, signal)
  }
}

const errorOf = (answer: WatchAnswer): unknown =>
  answer.kind === 'failed'
    ? answer.error
    : answer.kind === 'event' && answer.event.type === 'ERROR'
      ? answer.event.error
      : undefined

/** The answers to the question that a state stands for. */
async function* ask<T extends KubeObject>(
  state: WatchState,
  type: ResourceType,
  selection: Selection,
  ports: WatchPorts,
  signal: AbortSignal,
): AsyncGenerator<WatchAnswer<T>, void, undefined> {
  switch (state.kind) {
    case 'Empty':
    case 'Listing':
      yield await listPage(state, type, selection, ports, signal)
      return
    case 'Listed':
    case 'Watching':
      yield* watchFrom(state.resourceVersion, type, selection, ports, signal)
  }
}

const listPage = async <T extends KubeObject>(
  state: Extract<WatchState, { readonly kind: 'Empty' | 'Listing' }>,
  type: ResourceType,
  selection: Selection,
  { cluster }: WatchPorts,
  signal: AbortSignal,
): Promise<WatchAnswer<T>> => {
  const options =
    state.kind === 'Listing'
      ? { limit: PAGE_SIZE, continue: state.continue }
      : {
          ...(state.unpaged ? {} : { limit: PAGE_SIZE }),
          ...(state.notOlderThan === undefined
            ? {}
            : { resourceVersion: state.notOlderThan, resourceVersionMatch: 'NotOlderThan' as const }),
        }
  try {
    return { kind: 'page', page: await cluster.list<T>(type, { ...selection, ...options, signal }) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

async function* watchFrom<T extends KubeObject>(
  resourceVersion: string,
  type: ResourceType,
  selection: Selection,
  { cluster, clock, random }: WatchPorts,
  signal: AbortSignal,
): AsyncGenerator<WatchAnswer<T>, void, undefined> {
  const timeoutSeconds = watchTimeoutSeconds(random())
  const idle = new AbortController()
  const either = AbortSignal.any([signal, idle.signal])
  const watchdog = new Watchdog(clock, timeoutSeconds * 1_000 + GRACE_MS, () => idle.abort())
  yield { kind: 'started' }
  try {
    const events: AsyncIterable<WatchEvent<T>> = cluster.watch<T>(type, {
      ...selection,
      resourceVersion,
      timeoutSeconds,
      signal: either,
    })
    for await (const event of events) {
      watchdog.pat()
      yield { kind: 'event', event }
    }
  } catch (error) {
    if (!either.aborted) {
      yield { kind: 'failed', error }
      return
    }
  } finally {
    watchdog.stop()
  }
  yield { kind: idle.signal.aborted ? 'idle' : 'end' }
}

/** One timer however many pats. */
class Watchdog {
  readonly #clock: Clock
  readonly #ms: number
  readonly #bark: () => void
  #last: number
  #cancel: () => void

  constructor(clock: Clock, ms: number, bark: () => void) {
    this.#clock = clock
    this.#ms = ms
    this.#bark = bark
    this.#last = clock.monotonic()
    this.#cancel = clock.after(ms, () => this.#look())
  }

  pat(): void {
    this.#last = this.#clock.monotonic()
  }

  stop(): void {
    this.#cancel()
  }

  #look(): void {
    const left = this.#last + this.#ms - this.#clock.monotonic()
    if (left <= 0) this.#bark()
    else this.#cancel = this.#clock.after(left, () => this.#look())
  }
}
