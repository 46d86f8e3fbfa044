import type { NewId } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { Estimator } from './statistics.ts'

/** What rules may ask for; all of it data or pure. */
export interface RuleContext {
  readonly newId: NewId
  readonly estimate: Estimator
}

/** One rewriting. The result has the same columns (ids, names, types) and, apart from order, the same rows. */
export interface Rule {
  readonly name: string
  readonly apply: (plan: LogicalPlan, context: RuleContext) => LogicalPlan
}

export interface Batch {
  readonly name: string
  /** Applied in order, again and again until nothing changes, but no more often than this. */
  readonly rounds: number
  readonly rules: readonly Rule[]
}
