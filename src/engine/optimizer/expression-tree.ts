import type { Attribute, Expression } from '../plan/expression.ts'
import { childrenOf, someExpression, subqueryOf, transformUp } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../plan/plan-shape.ts'
import { BOOLEAN } from '../types/data-type.ts'
import { isDeterministicFunction } from './function-facts.ts'

/** Columns of the enclosing query that a subquery's plan names. */
export const outerReferences = (plan: LogicalPlan): readonly Attribute[] => [
  ...expressionsOf(plan).flatMap(outerIn),
  ...inputsOf(plan).flatMap(outerReferences),
]

const outerIn = (expression: Expression): readonly Attribute[] => {
  if (expression.kind === 'outer') return [expression.attribute]
  const inner = subqueryOf(expression)
  return [...childrenOf(expression).flatMap(outerIn), ...(inner === undefined ? [] : outerReferences(inner))]
}

/** Ids of the columns an expression reads, also from within its subqueries; parameters of lambdas are none. */
export const attributeIds = (expression: Expression): ReadonlySet<number> => {
  const found = new Set<number>()
  collect(expression, found)
  return found
}

export const attributeIdsOf = (expressions: readonly Expression[]): ReadonlySet<number> => {
  const found = new Set<number>()
  for (const expression of expressions) collect(expression, found)
  return found
}

const collect = (expression: Expression, found: Set<number>): void => {
  if (expression.kind === 'attribute') found.add(expression.id)
  if (expression.kind === 'lambda') {
    const parameters = new Set(expression.parameters.map(({ id }) => id))
    for (const id of attributeIds(expression.body)) if (!parameters.has(id)) found.add(id)
    return
  }
  const inner = subqueryOf(expression)
  if (inner !== undefined) for (const { id } of outerReferences(inner)) found.add(id)
  for (const child of childrenOf(expression)) collect(child, found)
}

export const isSubset = (ids: ReadonlySet<number>, of: ReadonlySet<number>): boolean => {
  for (const id of ids) if (!of.has(id)) return false
  return true
}

/** Gives the same value for the same row each time; a function of the program is not trusted to. */
export const isDeterministic = (expression: Expression): boolean =>
  !someExpression(
    expression,
    (part) =>
      part.kind === 'udf' ||
      ((part.kind === 'call' || part.kind === 'aggregate') && !isDeterministicFunction(part.name)) ||
      !planIsDeterministic(subqueryOf(part)),
  )

export const planIsDeterministic = (plan: LogicalPlan | undefined): boolean =>
  plan === undefined ||
  (plan.kind !== 'map-batches' &&
    plan.kind !== 'sample' &&
    expressionsOf(plan).every(isDeterministic) &&
    inputsOf(plan).every(planIsDeterministic))

export const hasSubquery = (expression: Expression): boolean =>
  someExpression(expression, (part) => subqueryOf(part) !== undefined)

const isCorrelated = (expression: Expression): boolean =>
  someExpression(expression, (part) => {
    const plan = subqueryOf(part)
    return plan !== undefined && outerReferences(plan).length > 0
  })

/** The expression with columns replaced; undefined where a subquery names one of them, as only columns can stand there. */
export const substitute = (
  expression: Expression,
  replacements: ReadonlyMap<number, Expression>,
): Expression | undefined => {
  if (isCorrelated(expression)) {
    const touched = [...attributeIds(expression)].some((id) => {
      const by = replacements.get(id)
      return by !== undefined && !(by.kind === 'attribute' && by.id === id)
    })
    if (touched) return undefined
    return expression
  }
  return transformUp(expression, (part) => (part.kind === 'attribute' ? (replacements.get(part.id) ?? part) : part))
}

const isCall = (expression: Expression, name: string): boolean => expression.kind === 'call' && expression.name === name

/** The parts of a conjunction. */
export const conjuncts = (expression: Expression | undefined): readonly Expression[] =>
  expression === undefined
    ? []
    : expression.kind === 'call' && isCall(expression, 'and')
      ? expression.args.flatMap(conjuncts)
      : [expression]

export const disjuncts = (expression: Expression): readonly Expression[] =>
  expression.kind === 'call' && isCall(expression, 'or') ? expression.args.flatMap(disjuncts) : [expression]

export const call = (name: string, args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  type: BOOLEAN,
  nullable: args.some(({ nullable }) => nullable),
})

/** All of `parts` hold; undefined for none. */
export const conjoin = (parts: readonly Expression[]): Expression | undefined =>
  parts.length === 0 ? undefined : parts.reduce((left, right) => call('and', [left, right]))

export const disjoin = (parts: readonly Expression[]): Expression | undefined =>
  parts.length === 0 ? undefined : parts.reduce((left, right) => call('or', [left, right]))

export const TRUE: Expression = { kind: 'literal', value: true, type: BOOLEAN, nullable: false }
export const FALSE: Expression = { kind: 'literal', value: false, type: BOOLEAN, nullable: false }
export const isTrue = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === true
/** False or null: as a condition, no row comes through. */
export const isNeverTrue = (expression: Expression): boolean =>
  expression.kind === 'literal' && (expression.value === false || expression.value === null)
