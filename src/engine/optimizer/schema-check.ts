import type { Attribute } from '../plan/expression.ts'
import { idsOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { expressionsOf, inputsOf } from '../plan/plan-shape.ts'
import { attributeIdsOf } from './expression-tree.ts'

const text = (attributes: readonly Attribute[]): string =>
  attributes.map(({ id, name, type }) => `${name}#${id} ${JSON.stringify(type)}`).join(', ')

/** What a rule broke, or undefined: the same columns (ids, names, types) in the same order, and every column that is read is given. */
export const schemaFault = (before: LogicalPlan, after: LogicalPlan): string | undefined => {
  const [was, is] = [text(before.output), text(after.output)]
  return was === is ? danglingColumn(after) : `the columns became ${is}; they were ${was}`
}

/** A column that a node reads but none of its inputs gives. */
export const danglingColumn = (plan: LogicalPlan): string | undefined => {
  for (const input of inputsOf(plan)) {
    const found = danglingColumn(input)
    if (found !== undefined) return found
  }
  const inputs = inputsOf(plan)
  const given = new Set(inputs.flatMap((input) => [...idsOf(input.output)]))
  if (plan.kind === 'scan') for (const { id } of plan.output) given.add(id)
  if (plan.kind === 'values') return undefined
  for (const id of attributeIdsOf(expressionsOf(plan)))
    if (!given.has(id)) return `${plan.kind} reads #${id}, which its input does not give`
  const passes = ['filter', 'sort', 'limit', 'sample', 'repartition', 'join', 'generate', 'window'].includes(plan.kind)
  if (!passes) return undefined
  if (plan.kind === 'window') for (const { attribute } of plan.functions) given.add(attribute.id)
  if (plan.kind === 'generate') for (const { id } of plan.generated) given.add(id)
  const lost = plan.output.find(({ id }) => !given.has(id))
  return lost && `${plan.kind} gives ${lost.name}#${lost.id}, which its input does not give`
}
