import type { Expression } from '../plan/expression.ts'
import { childrenOf, mapList, subqueryOf, transformUp } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf, mapExpressions } from '../plan/plan-shape.ts'
import { joinOutput } from './build.ts'

/** The node over other inputs; columns that it passes on are those of the new inputs. */
export const withInputs = (plan: LogicalPlan, inputs: readonly LogicalPlan[]): LogicalPlan => {
  const before = inputsOf(plan)
  if (before.every((input, index) => input === inputs[index])) return plan
  const [input, second] = inputs
  if (input === undefined) return plan
  switch (plan.kind) {
    case 'scan':
    case 'range':
    case 'values':
    case 'stage-input':
      return plan
    case 'join': {
      const right = second ?? plan.right
      return { ...plan, left: input, right, output: joinOutput(input.output, right.output, plan.how) }
    }
    case 'union':
      return { ...plan, inputs }
    case 'project':
    case 'aggregate':
    case 'expand':
    case 'map-batches':
      return { ...plan, input }
    case 'filter':
    case 'sort':
    case 'limit':
    case 'sample':
    case 'repartition':
      return { ...plan, input, output: input.output }
    case 'window':
      return { ...plan, input, output: [...input.output, ...plan.functions.map(({ attribute }) => attribute)] }
    case 'generate':
      return { ...plan, input, output: [...input.output, ...plan.generated] }
  }
}

/** Inputs first, then the node. Subqueries are not entered. */
export const transformPlanUp = (plan: LogicalPlan, change: (plan: LogicalPlan) => LogicalPlan): LogicalPlan =>
  change(
    withInputs(
      plan,
      mapList(inputsOf(plan), (input) => transformPlanUp(input, change)),
    ),
  )

/** The plan of each subquery in this node's expressions changed, at any depth of the expression. */
export const mapSubqueries = (plan: LogicalPlan, change: (plan: LogicalPlan) => LogicalPlan): LogicalPlan =>
  mapExpressions(plan, (expression) => mapSubqueriesIn(expression, change))

const mapSubqueriesIn = (expression: Expression, change: (plan: LogicalPlan) => LogicalPlan): Expression =>
  subqueriesIn(expression).length === 0
    ? expression
    : transformUp(expression, (part) => {
        if (part.kind !== 'scalar-subquery' && part.kind !== 'exists' && part.kind !== 'in-subquery') return part
        const plan = change(part.plan)
        return plan === part.plan ? part : { ...part, plan }
      })

/** All nodes of the plan, also of its subqueries. */
export const somePlan = (plan: LogicalPlan, test: (plan: LogicalPlan) => boolean): boolean =>
  test(plan) ||
  inputsOf(plan).some((input) => somePlan(input, test)) ||
  expressionsOf(plan).some((expression) => subqueriesIn(expression).some((inner) => somePlan(inner, test)))

export const subqueriesIn = (expression: Expression): readonly LogicalPlan[] => {
  const own = subqueryOf(expression)
  return [...(own === undefined ? [] : [own]), ...childrenOf(expression).flatMap(subqueriesIn)]
}

/** The largest id of any column in the plan; new ids begin above it. */
export const largestId = (plan: LogicalPlan): number => {
  let largest = 0
  somePlan(plan, (node) => {
    for (const { id } of node.output) largest = Math.max(largest, id)
    for (const expression of expressionsOf(node)) largest = Math.max(largest, largestIn(expression))
    return false
  })
  return largest
}

const largestIn = (expression: Expression): number => {
  const own = expression.kind === 'attribute' ? expression.id : 0
  const parameters = expression.kind === 'lambda' ? expression.parameters.map(({ id }) => id) : []
  return Math.max(own, ...parameters, ...childrenOf(expression).map(largestIn))
}
