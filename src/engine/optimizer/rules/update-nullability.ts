import type { Attribute } from '../../plan/expression.ts'
import { transformUp } from '../../plan/expression-tree.ts'
import type { LogicalPlan } from '../../plan/logical-plan.ts'
import { inputsOf, mapExpressions } from '../../plan/plan-shape.ts'
import { joinOutput } from '../build.ts'
import { transformPlanUp } from '../plan-tree.ts'
import type { Rule } from '../rule.ts'

/** A column that an input gives as nullable is nullable wherever it is read: rules that trust `nullable` come after this one. */
const update = (plan: LogicalPlan): LogicalPlan => {
  const inputs = inputsOf(plan)
  if (inputs.length === 0) return plan
  const nullable = new Set(
    inputs.flatMap((input) => input.output.flatMap(({ id, nullable }) => (nullable ? [id] : []))),
  )
  const widen = (attribute: Attribute): Attribute =>
    !attribute.nullable && nullable.has(attribute.id) ? { ...attribute, nullable: true } : attribute
  const read = mapExpressions(plan, (expression) =>
    transformUp(expression, (part) => (part.kind === 'attribute' ? widen(part) : part)),
  )
  const output =
    read.kind === 'join' ? joinOutput(read.left.output, read.right.output, read.how) : read.output.map(widen)
  return output.every((attribute, index) => attribute.nullable === read.output[index]?.nullable)
    ? read
    : { ...read, output }
}

/** Source: Spark's UpdateAttributeNullability; it only widens. */
export const updateNullability: Rule = {
  name: 'UpdateAttributeNullability',
  apply: (plan) => transformPlanUp(plan, update),
}
