import { mapList } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import { BATCHES } from './batches.ts'
import { largestId, mapSubqueries, withInputs } from './plan-tree.ts'
import type { Batch, Rule, RuleContext } from './rule.ts'
import { schemaFault } from './schema-check.ts'
import { makeEstimator, type SourceStatistics } from './statistics.ts'

export interface OptimizeOptions {
  /** What is known of sources, by FileSource.key; what is not known is guessed from sizes. */
  readonly sources?: ReadonlyMap<string, SourceStatistics>
  /** Names of rules to leave out: spark.sql.optimizer.excludedRules. */
  readonly excluded?: ReadonlySet<string>
  /** After each rule that changed something, checks that columns stayed the same: spark.sql.planChangeValidation. */
  readonly validate?: boolean
  /** Told of each rule that changed the plan: spark.sql.planChangeLog. */
  readonly changed?: (rule: string, before: LogicalPlan, after: LogicalPlan) => void
  readonly batches?: readonly Batch[]
}

/** A plan with the same columns and rows that costs less. Plans of subqueries are optimised too, inner ones first. */
export const optimize = (plan: LogicalPlan, options: OptimizeOptions = {}): LogicalPlan => {
  let next = largestId(plan)
  const context: RuleContext = {
    newId: () => {
      next += 1
      return next
    },
    estimate: makeEstimator(options.sources ?? new Map()),
  }
  return optimizeWith(plan, options, context)
}

const optimizeWith = (plan: LogicalPlan, options: OptimizeOptions, context: RuleContext): LogicalPlan => {
  const optimizeInner = (node: LogicalPlan): LogicalPlan =>
    mapSubqueries(withInputs(node, mapList(inputsOf(node), optimizeInner)), (inner) =>
      optimizeWith(inner, options, context),
    )
  return (options.batches ?? BATCHES).reduce(
    (done, batch) => runBatch(done, batch, options, context),
    optimizeInner(plan),
  )
}

const runBatch = (plan: LogicalPlan, batch: Batch, options: OptimizeOptions, context: RuleContext): LogicalPlan => {
  let current = plan
  for (let round = 0; round < batch.rounds; round += 1) {
    const before = current
    for (const rule of batch.rules) {
      if (!options.excluded?.has(rule.name)) current = runRule(current, rule, options, context)
    }
    if (current === before) break
  }
  return current
}

const runRule = (plan: LogicalPlan, rule: Rule, options: OptimizeOptions, context: RuleContext): LogicalPlan => {
  const after = rule.apply(plan, context)
  if (after === plan) return plan
  if (options.validate) {
    const fault = schemaFault(plan, after)
    if (fault !== undefined) throw new Error(`optimizer rule ${rule.name}: ${fault}`)
  }
  options.changed?.(rule.name, plan, after)
  return after
}
