import type { Attribute, Expression, Named } from '../plan/expression.ts'
import type { LogicalJoinType, LogicalPlan } from '../plan/logical-plan.ts'
import { BOOLEAN } from '../types/data-type.ts'

/** Nodes with the output that their kind gives them. */

export const pass = (attribute: Attribute): Named => ({ attribute, expression: attribute })

export const project = (input: LogicalPlan, items: readonly Named[]): LogicalPlan => ({
  kind: 'project',
  input,
  items,
  output: items.map(({ attribute }) => attribute),
})

/** The columns `wanted` of `input`, in that order; `input` itself where it gives just these. */
export const exactly = (input: LogicalPlan, wanted: readonly Attribute[]): LogicalPlan =>
  input.output.length === wanted.length && input.output.every(({ id }, index) => id === wanted[index]?.id)
    ? input
    : project(input, wanted.map(pass))

export const filter = (input: LogicalPlan, condition: Expression): LogicalPlan => ({
  kind: 'filter',
  input,
  condition,
  output: input.output,
})

const nullable = (attributes: readonly Attribute[]): readonly Attribute[] =>
  attributes.map((attribute) => (attribute.nullable ? attribute : { ...attribute, nullable: true }))

export const join = (
  left: LogicalPlan,
  right: LogicalPlan,
  how: LogicalJoinType,
  condition: Expression | undefined,
  broadcast?: 'left' | 'right',
): LogicalPlan => ({ kind: 'join', left, right, how, condition, broadcast, output: joinOutput(left, right, how) })

const joinOutput = (left: LogicalPlan, right: LogicalPlan, how: LogicalJoinType): readonly Attribute[] => {
  switch (how) {
    case 'inner':
      return [...left.output, ...right.output]
    case 'left':
    case 'as-of':
      return [...left.output, ...nullable(right.output)]
    case 'right':
      return [...nullable(left.output), ...right.output]
    case 'full':
      return [...nullable(left.output), ...nullable(right.output)]
    case 'semi':
    case 'anti':
    case 'null-aware-anti':
      return left.output
  }
}

export const aggregate = (input: LogicalPlan, groups: readonly Named[], aggregates: readonly Named[]): LogicalPlan => ({
  kind: 'aggregate',
  input,
  groups,
  aggregates,
  output: [...groups, ...aggregates].map(({ attribute }) => attribute),
})

export const distinct = (input: LogicalPlan): LogicalPlan => aggregate(input, input.output.map(pass), [])

export const limit = (input: LogicalPlan, count: number | undefined, offset: number): LogicalPlan => ({
  kind: 'limit',
  input,
  count,
  offset,
  output: input.output,
})

/** One row without columns: what stands for a missing FROM. */
export const ONE_ROW: LogicalPlan = { kind: 'values', rows: [[]], output: [] }

export const TRUE: Expression = { kind: 'literal', value: true, type: BOOLEAN, nullable: false }
export const FALSE: Expression = { kind: 'literal', value: false, type: BOOLEAN, nullable: false }

/** A boolean operator over expressions that have the right types already. */
export const predicate = (name: string, ...args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  type: BOOLEAN,
  nullable: name !== '<=>' && name !== 'isnull' && name !== 'isnotnull' && args.some((arg) => arg.nullable),
})

export const allOf = (conditions: readonly Expression[]): Expression | undefined =>
  conditions.length === 0 ? undefined : conditions.reduce((left, right) => predicate('and', left, right))
