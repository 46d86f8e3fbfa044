import type { Attribute, Expression } from '../../plan/expression.ts'
import { idsOf } from '../../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../../plan/logical-plan.ts'
import { filter } from '../build.ts'
import {
  attributeIds,
  call,
  conjoin,
  conjuncts,
  hasSubquery,
  isDeterministic,
  isSubset,
  substitute,
} from '../expression-tree.ts'
import { joinPairs } from '../join-keys.ts'
import { transformPlanUp, withInputs } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'
import { expressionKey } from '../same-plan.ts'

/** What holds for each row of the plan, as conditions over its columns. */
export const constraintsOf = (plan: LogicalPlan): readonly Expression[] => {
  const own = idsOf(plan.output)
  const known = (conditions: readonly Expression[]) =>
    conditions.filter(
      (condition) => isDeterministic(condition) && !hasSubquery(condition) && isSubset(attributeIds(condition), own),
    )
  switch (plan.kind) {
    case 'scan':
      return known(plan.filters)
    case 'filter':
      return known([...conjuncts(plan.condition), ...constraintsOf(plan.input)])
    case 'project':
    case 'sort':
    case 'limit':
    case 'window':
    case 'generate':
    case 'sample':
    case 'repartition':
      return known(constraintsOf(plan.input))
    case 'aggregate':
      return known(constraintsOf(plan.input))
    case 'join':
      switch (plan.how) {
        case 'inner':
          return known([...conjuncts(plan.condition), ...constraintsOf(plan.left), ...constraintsOf(plan.right)])
        case 'semi':
          return known([...conjuncts(plan.condition), ...constraintsOf(plan.left)])
        case 'left':
        case 'as-of':
        case 'anti':
        case 'null-aware-anti':
          return known(constraintsOf(plan.left))
        case 'right':
          return known(constraintsOf(plan.right))
        case 'full':
          return []
      }
      return []
    default:
      return []
  }
}

/** Conditions about one side of a join that the other side's imply, over plain columns that must be equal. */
const implied = (
  from: readonly Expression[],
  pairs: readonly (readonly [Attribute, Attribute])[],
  known: readonly Expression[],
): readonly Expression[] => {
  const have = new Set(known.map(expressionKey))
  const made: Expression[] = []
  for (const [source, target] of pairs) {
    const replace = new Map<number, Expression>([[source.id, target]])
    for (const condition of from) {
      const ids = attributeIds(condition)
      if (ids.size !== 1 || !ids.has(source.id)) continue
      const moved = substitute(condition, replace)
      if (moved === undefined || have.has(expressionKey(moved))) continue
      have.add(expressionKey(moved))
      made.push(moved)
    }
  }
  return made
}

const TO_LEFT = new Set(['inner', 'right', 'semi'])
const TO_RIGHT = new Set(['inner', 'left', 'semi', 'anti', 'as-of'])

const inferJoin = (plan: PlanOf<'join'>): LogicalPlan => {
  const { pairs } = joinPairs(plan.condition, idsOf(plan.left.output), idsOf(plan.right.output))
  const plain = pairs.flatMap(({ left, right, nullSafe }) =>
    left.kind === 'attribute' && right.kind === 'attribute' && !nullSafe ? [[left, right] as const] : [],
  )
  const [ofLeft, ofRight] = [constraintsOf(plan.left), constraintsOf(plan.right)]
  const notNull = (side: 'left' | 'right', known: readonly Expression[]) => {
    const have = new Set(known.map(expressionKey))
    return pairs.flatMap((pair) => {
      const key = pair[side]
      if (pair.nullSafe || key.kind !== 'attribute' || !key.nullable) return []
      const condition = { ...call('isnotnull', [key]), nullable: false }
      return have.has(expressionKey(condition)) ? [] : [condition]
    })
  }
  const left = TO_LEFT.has(plan.how)
    ? [
        ...implied(
          ofRight,
          plain.map(([one, other]) => [other, one] as const),
          ofLeft,
        ),
        ...notNull('left', ofLeft),
      ]
    : []
  const right = TO_RIGHT.has(plan.how) ? [...implied(ofLeft, plain, ofRight), ...notNull('right', ofRight)] : []
  if (left.length === 0 && right.length === 0) return plan
  return withInputs(plan, [withFilter(plan.left, left), withFilter(plan.right, right)])
}

const withFilter = (plan: LogicalPlan, conditions: readonly Expression[]): LogicalPlan => {
  const unique = [...new Map(conditions.map((condition) => [expressionKey(condition), condition])).values()]
  return filter(plan, conjoin(unique))
}

/**
 * What holds for a key on one side of a join holds for the key of the other: a = b and a = 5 give b = 5, and no key of
 * an inner join is null. Source: Spark's InferFiltersFromConstraints.
 */
export const inferFilters: Rule = {
  name: 'InferFiltersFromConstraints',
  apply: (plan) => transformPlanUp(plan, (node) => (node.kind === 'join' ? inferJoin(node) : node)),
}
