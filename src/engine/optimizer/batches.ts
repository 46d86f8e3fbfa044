import type { Batch } from './rule.ts'
import { dropSorts } from './rules/drop-sorts.ts'
import { eliminateOuterJoins } from './rules/eliminate-outer-joins.ts'
import { foldConstants } from './rules/fold-constants.ts'
import { inferFilters } from './rules/infer-filters.ts'
import { mergeProjects } from './rules/merge-projects.ts'
import { propagateEmpty } from './rules/propagate-empty.ts'
import { pruneColumns } from './rules/prune-columns.ts'
import { pushFilters } from './rules/push-filters.ts'
import { pushKeysBelowAggregates } from './rules/push-keys-below-aggregates.ts'
import { pushLimits } from './rules/push-limits.ts'
import { pushSemiJoins } from './rules/push-semi-joins.ts'
import { reorderJoins } from './rules/reorder-joins.ts'
import { simplifyBooleans } from './rules/simplify-booleans.ts'
import { updateNullability } from './rules/update-nullability.ts'

const ROUNDS = 20

const simplify = [foldConstants, simplifyBooleans, propagateEmpty]
const pushDown = [pushFilters, eliminateOuterJoins, mergeProjects, pushLimits]

/** All rules, in the order in which they run. */
export const BATCHES: readonly Batch[] = [
  { name: 'Prepare', rounds: 1, rules: [updateNullability] },
  { name: 'Operator Optimizations', rounds: ROUNDS, rules: [...simplify, ...pushDown, pushSemiJoins, dropSorts] },
  { name: 'Infer Filters', rounds: 1, rules: [inferFilters] },
  { name: 'Push Inferred Filters', rounds: ROUNDS, rules: [...simplify, ...pushDown] },
  { name: 'Prune Columns', rounds: 1, rules: [pruneColumns, mergeProjects] },
  { name: 'Join Order', rounds: 1, rules: [reorderJoins] },
  { name: 'Keys Below Aggregates', rounds: 1, rules: [pushKeysBelowAggregates] },
  { name: 'Last Clean-up', rounds: ROUNDS, rules: [...simplify, ...pushDown, pushSemiJoins] },
  { name: 'Prune Columns Again', rounds: 1, rules: [pruneColumns, mergeProjects] },
]
