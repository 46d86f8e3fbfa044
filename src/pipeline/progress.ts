import type { Graph } from './graph.ts'
import { RankQueue } from './rank-queue.ts'
import { runStateOf } from './run-state.ts'
import type { FinalTaskState, TaskState } from './task-state.ts'
import { isFinal, TASK_STATES } from './task-state.ts'
import type { TriggerRule, UpstreamCounts } from './trigger-rule.ts'
import { evaluate } from './trigger-rule.ts'

/** Of each task: how many of its direct upstream tasks are in each final state. */
interface Tallies {
  readonly success: Uint32Array
  readonly skipped: Uint32Array
  readonly failed: Uint32Array
  readonly upstreamFailed: Uint32Array
}

interface Fields {
  readonly states: Uint8Array
  readonly tallies: Tallies
  readonly ready: Set<number>
  /** Tasks in each state, by code. */
  readonly perState: Uint32Array
  open: number
  leavesBad: number
}

const CODE = new Map<TaskState, number>(TASK_STATES.map((state, code) => [state, code]))
const NONE = CODE.get('none')!
const SCHEDULED = CODE.get('scheduled')!

const beginning = (size: number): Fields => {
  const perState = new Uint32Array(TASK_STATES.length)
  perState[NONE] = size
  const tally = (): Uint32Array => new Uint32Array(size)
  return {
    states: new Uint8Array(size).fill(NONE),
    tallies: { success: tally(), skipped: tally(), failed: tally(), upstreamFailed: tally() },
    ready: new Set(),
    perState,
    open: size,
    leavesBad: 0,
  }
}

const copied = (fields: Fields): Fields => ({
  states: fields.states.slice(),
  tallies: {
    success: fields.tallies.success.slice(),
    skipped: fields.tallies.skipped.slice(),
    failed: fields.tallies.failed.slice(),
    upstreamFailed: fields.tallies.upstreamFailed.slice(),
  },
  ready: new Set(fields.ready),
  perState: fields.perState.slice(),
  open: fields.open,
  leavesBad: fields.leavesBad,
})

/**
 * How far a run is: the state of each task, kept up by counters. Settling a task costs its direct downstream tasks and
 * what they settle in turn, never a walk of the graph; over a whole run the work is at most tasks + edges.
 *
 * Expected flow: `settle` and `mark` what happened, then once `propagate`, then start what is `ready`. What is settled
 * before one `propagate` is seen as having happened at once, so its order does not matter.
 */
export class Progress {
  readonly graph: Graph
  readonly rules: readonly TriggerRule[]
  /** Counter updates and rule evaluations so far: what tests bound. */
  work = 0
  readonly #fields: Fields
  readonly #dirty: RankQueue

  private constructor(graph: Graph, rules: readonly TriggerRule[], fields: Fields) {
    this.graph = graph
    this.rules = rules
    this.#fields = fields
    this.#dirty = new RankQueue(graph.rank)
  }

  /** A run at its beginning, or as `states` (by position) says it was left. Walks the graph once. */
  static restore(graph: Graph, rules: readonly TriggerRule[], states: readonly TaskState[] = []): Progress {
    const progress = new Progress(graph, rules, beginning(graph.names.length))
    for (let position = 0; position < graph.names.length; position++) {
      const state = states[position] ?? 'none'
      if (isFinal(state)) progress.settle(position, state)
      else if (state !== 'none' && state !== 'scheduled') progress.mark(position, state)
      progress.#dirty.add(position)
    }
    progress.propagate()
    return progress
  }

  /** An independent copy: plain copies of arrays, no walk of the graph. */
  fork(): Progress {
    return new Progress(this.graph, this.rules, copied(this.#fields))
  }

  state(position: number): TaskState {
    return TASK_STATES[this.#fields.states[position]!]!
  }

  /** The state of a task that is under way. A settled task stays as it is. */
  mark(position: number, state: Exclude<TaskState, FinalTaskState>): void {
    if (!isFinal(this.state(position))) this.#set(position, state)
  }

  /** A task's end. Its downstream tasks are judged at the next `propagate`. A settled task stays as it is. */
  settle(position: number, state: FinalTaskState): void {
    if (isFinal(this.state(position))) return
    this.#set(position, state)
    this.#fields.open--
    const after = this.graph.downstream[position]!
    const bad = state === 'failed' || state === 'upstream_failed'
    if (after.length === 0 && bad) this.#fields.leavesBad++
    const tally = tallyFor(this.#fields.tallies, state)
    for (const each of after) {
      this.work++
      tally[each]!++
      this.#dirty.add(each)
    }
  }

  /**
   * Judges every task that something upstream changed for, in topological order, each once.
   * Returns the tasks that their rule settled, in that order.
   */
  propagate(): readonly number[] {
    const settled: number[] = []
    for (let position = this.#dirty.take(); position !== undefined; position = this.#dirty.take()) {
      if (this.#fields.states[position] !== NONE) continue
      this.work++
      const verdict = evaluate(this.rules[position]!, this.#countsOf(position))
      if (verdict === 'run') this.#set(position, 'scheduled')
      else if (verdict !== 'wait') {
        this.settle(position, verdict)
        settled.push(position)
      }
    }
    return settled
  }

  /** Tasks whose rule lets them run and that nothing has started, in topological order. */
  ready(): readonly number[] {
    return [...this.#fields.ready].sort((a, b) => this.graph.rank[a]! - this.graph.rank[b]!)
  }

  /** How many tasks are in `state`. */
  count(state: TaskState): number {
    return this.#fields.perState[CODE.get(state)!]!
  }

  get open(): number {
    return this.#fields.open
  }

  get runState(): 'running' | 'success' | 'failed' {
    return runStateOf(this.#fields.open, this.#fields.leavesBad)
  }

  #set(position: number, state: TaskState): void {
    const code = CODE.get(state)!
    this.#fields.perState[this.#fields.states[position]!]!--
    this.#fields.perState[code]!++
    this.#fields.states[position] = code
    if (code === SCHEDULED) this.#fields.ready.add(position)
    else this.#fields.ready.delete(position)
  }

  #countsOf(position: number): UpstreamCounts {
    return {
      total: this.graph.upstream[position]!.length,
      success: this.#fields.tallies.success[position]!,
      skipped: this.#fields.tallies.skipped[position]!,
      failed: this.#fields.tallies.failed[position]!,
      upstreamFailed: this.#fields.tallies.upstreamFailed[position]!,
      setups: 0,
      setupSuccess: 0,
      setupSkipped: 0,
    }
  }
}

/** `removed` (a mapped task that its list no longer has) counts as skipped until there are mapped tasks. */
const tallyFor = (tallies: Tallies, state: FinalTaskState): Uint32Array => {
  switch (state) {
    case 'success':
      return tallies.success
    case 'failed':
      return tallies.failed
    case 'upstream_failed':
      return tallies.upstreamFailed
    case 'skipped':
    case 'removed':
      return tallies.skipped
  }
}
