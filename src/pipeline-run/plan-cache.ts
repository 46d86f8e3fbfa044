import type { PipelineSpec } from '../api/pipeline.ts'
import type { TaskStatus } from '../api/pipeline-run.ts'
import { makePlan, type Plan, type PlanResult } from '../pipeline/plan.ts'
import { Progress } from '../pipeline/progress.ts'
import { isFinal, type TaskState } from '../pipeline/task-state.ts'

interface Entry {
  /** What the plan was made of: run and generation, or the pin. */
  readonly key: string
  readonly planned: PlanResult
  progress?: Progress
}

const MAX_RUNS = 2_000

/**
 * Plans and counters of the runs that were looked at last, so that a pass costs what changed and not the graph.
 * Only a cache: without an entry the same comes out of the spec and the status.
 */
export class PlanCache {
  readonly #entries = new Map<string, Entry>()

  /** `key` changes whenever `spec` does. */
  plan(uid: string, key: string, spec: () => PipelineSpec): PlanResult {
    const entry = this.#entries.get(uid)
    if (entry?.key === key) return entry.planned
    const planned = makePlan(spec())
    this.#entries.delete(uid)
    this.#entries.set(uid, { key, planned })
    if (this.#entries.size > MAX_RUNS) this.#entries.delete(this.#entries.keys().next().value!)
    return planned
  }

  /** The counters for what status says; only tasks whose state changed since the last call are worked on. */
  progress(uid: string, plan: Plan, tasks: readonly TaskStatus[]): Progress {
    const entry = this.#entries.get(uid)
    const before = entry?.progress
    const progress =
      (before?.graph === plan.graph ? advanced(before, tasks) : undefined) ??
      Progress.restore(
        plan.graph,
        plan.rules,
        tasks.map(({ state }) => state),
      )
    if (entry !== undefined) entry.progress = progress
    return progress
  }

  forget(uid: string): void {
    this.#entries.delete(uid)
  }
}

/**
 * Undefined where the counters know no way: a task left a final state (someone edited status), or waits for a further
 * try, which its rule has to allow once more.
 */
const advanced = (before: Progress, tasks: readonly TaskStatus[]): Progress | undefined => {
  let progress = before
  for (const [position, { state }] of tasks.entries()) {
    const old = progress.state(position)
    // Whether a task that has not begun may run is the rule's word, not status's.
    if (old === state || (isUnbegun(old) && isUnbegun(state))) continue
    if (isFinal(old) || isUnbegun(state)) return undefined
    if (progress === before) progress = before.fork()
    if (isFinal(state)) progress.settle(position, state)
    else progress.mark(position, state)
  }
  progress.propagate()
  return progress
}

const isUnbegun = (state: TaskState): boolean => state === 'none' || state === 'scheduled'
