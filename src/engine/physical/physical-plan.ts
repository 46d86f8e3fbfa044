import type { Attribute, Expression, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan, ScanRelation } from '../plan/logical-plan.ts'
import type { ScanPart } from '../sources/key-ranges.ts'

/** Where rows must be: what an operator needs of its input, or a stage gives to its readers. */
export type Partitioning =
  /** All rows in one task. */
  | { readonly kind: 'single' }
  /** Rows with equal keys in the same partition. `fixed`: the user named the number, so it is not made smaller while it runs. */
  | {
      readonly kind: 'hash'
      readonly keys: readonly Expression[]
      readonly partitions: number
      readonly fixed?: boolean
    }
  | {
      readonly kind: 'range'
      readonly orders: readonly SortOrder[]
      readonly partitions: number
      readonly fixed?: boolean
    }
  | { readonly kind: 'round-robin'; readonly partitions: number; readonly fixed?: boolean }
  /** Every task of the reader sees all rows. */
  | { readonly kind: 'broadcast' }

/** One thing a stage's SQL reads, as the view `name`. */
export type StageInput = {
  readonly name: string
  /**
   * One arm of a union: tasks `from` (included) to `to` (excluded) alone read it, task t its part t − from; in all
   * others the view has no rows. Absent: every task reads it.
   */
  readonly tasks?: { readonly from: number; readonly to: number }
} /** Cut into parts, one a task; with `parts` undefined every task reads all of it. */ & (
  | {
      readonly kind: 'scan'
      readonly relation: ScanRelation
      readonly columns: readonly string[]
      readonly attributes: readonly Attribute[]
      readonly parts: readonly ScanPart[] | undefined
    }
  /** The task's own partition (or range of partitions) of another stage's shuffle. */
  | { readonly kind: 'shuffle'; readonly stage: Stage; readonly attributes: readonly Attribute[] }
  /** All rows of another stage, in every task. `attributes[i]` is what the stage's column i is called here: two readers of one stage name its columns apart. */
  | { readonly kind: 'broadcast'; readonly stage: Stage; readonly attributes: readonly Attribute[] }
  /** Numbers from `start` (included) to `end` (excluded), cut into `parts`. */
  | {
      readonly kind: 'range'
      readonly attributes: readonly Attribute[]
      readonly step: bigint
      readonly parts: readonly { readonly start: bigint; readonly end: bigint }[]
    }
)

/** What runs without an exchange: one SQL text for all its tasks, over views that differ from task to task. */
export interface Stage {
  readonly id: number
  /** The part of the plan it computes; its leaves are `stage-input` nodes, one for each of `inputs`. */
  readonly plan: LogicalPlan
  readonly inputs: readonly StageInput[]
  /** Where its rows go; undefined: to whoever asked for the result. */
  readonly output: Partitioning | undefined
  /** Why it runs as one task although its input could be cut: explain shows and a metric counts it. */
  readonly whyWhole: string | undefined
  /** Inputs in each of whose rows the result is a sum: it may read any part of one of them, and results be put together. */
  readonly additive: ReadonlySet<string>
  /** Bytes it will probably give; of two sides of a join the smaller one runs first. */
  readonly estimatedBytes: number
  /** What the planner chose and why, a line each, for explain. */
  readonly notes: readonly string[]
  /** Tasks before adaptive changes. */
  readonly tasks: number
}

export interface PhysicalPlan {
  /** Inputs first. */
  readonly stages: readonly Stage[]
  readonly root: Stage
  readonly output: readonly Attribute[]
}
