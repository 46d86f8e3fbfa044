import type { Attribute, Expression } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'

const scalar = (value: unknown): unknown =>
  typeof value === 'bigint'
    ? `${value}n`
    : value instanceof Uint8Array
      ? `x${Buffer.from(value).toString('hex')}`
      : value

const keys = new WeakMap<Expression, string>()

/** A text that is the same for equal expressions: columns by id, names and nullability left out. */
export const expressionKey = (expression: Expression): string => {
  const known = keys.get(expression)
  if (known !== undefined) return known
  const made = JSON.stringify(expression, function (this: unknown, key, value) {
    if (key === 'nullable' || (key === 'name' && (this as Attribute).kind === 'attribute')) return undefined
    return scalar(value)
  })
  keys.set(expression, made)
  return made
}

export const sameExpression = (one: Expression, other: Expression): boolean =>
  one === other || expressionKey(one) === expressionKey(other)

/** Two objects compare by this; relations by what they read, not by how often they were looked up. */
export const planKey = (plan: LogicalPlan): string => JSON.stringify(plan, (_, value) => scalar(value))

/**
 * A text that is the same for plans that are equal but for the ids and names of their columns: ids are counted in the
 * order in which the tree's leaves give them out. Equal texts mean that output[i] of the one is output[i] of the other.
 */
export const canonicalKey = (plan: LogicalPlan): string => {
  const ids = new Map<number, number>()
  const numberIds = (node: LogicalPlan): void => {
    for (const input of inputsOf(node)) numberIds(input)
    for (const { id } of node.output) if (!ids.has(id)) ids.set(id, ids.size)
  }
  numberIds(plan)
  return JSON.stringify(plan, function (this: unknown, key, value) {
    const holder = this as { readonly kind?: string; readonly type?: unknown }
    if (holder.kind === 'attribute') {
      if (key === 'name' || key === 'nullable') return undefined
      if (key === 'id') return number(ids, value as number)
    }
    return scalar(value)
  })
}

const number = (ids: Map<number, number>, id: number): number => {
  const known = ids.get(id)
  if (known !== undefined) return known
  ids.set(id, ids.size)
  return ids.size - 1
}
