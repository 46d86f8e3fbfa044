import type { Attribute, Expression, Named, SortOrder } from '../plan/expression.ts'
import type { LogicalJoinType, LogicalPlan, PlanOf } from '../plan/logical-plan.ts'

/** Makers of plan nodes that say their own output. */

export const project = (input: LogicalPlan, items: readonly Named[]): PlanOf<'project'> => ({
  kind: 'project',
  input,
  items,
  output: items.map(({ attribute }) => attribute),
})

export const pass = (attribute: Attribute): Named => ({ attribute, expression: attribute })

export const filter = (input: LogicalPlan, condition: Expression | undefined): LogicalPlan =>
  condition === undefined ? input : { kind: 'filter', input, condition, output: input.output }

export const aggregate = (
  input: LogicalPlan,
  groups: readonly Named[],
  aggregates: readonly Named[],
): PlanOf<'aggregate'> => ({
  kind: 'aggregate',
  input,
  groups,
  aggregates,
  output: [...groups, ...aggregates].map(({ attribute }) => attribute),
})

const optional = (attributes: readonly Attribute[]): readonly Attribute[] =>
  attributes.map((attribute) => (attribute.nullable ? attribute : { ...attribute, nullable: true }))

export const joinOutput = (
  left: readonly Attribute[],
  right: readonly Attribute[],
  how: LogicalJoinType,
): readonly Attribute[] => {
  switch (how) {
    case 'inner':
      return [...left, ...right]
    case 'left':
    case 'as-of':
      return [...left, ...optional(right)]
    case 'right':
      return [...optional(left), ...right]
    case 'full':
      return [...optional(left), ...optional(right)]
    case 'semi':
    case 'anti':
    case 'null-aware-anti':
      return left
  }
}

export const join = (
  left: LogicalPlan,
  right: LogicalPlan,
  how: LogicalJoinType,
  condition: Expression | undefined,
  broadcast?: 'left' | 'right',
): PlanOf<'join'> => ({
  kind: 'join',
  left,
  right,
  how,
  condition,
  broadcast,
  output: joinOutput(left.output, right.output, how),
})

export const sort = (input: LogicalPlan, orders: readonly SortOrder[], global: boolean): PlanOf<'sort'> => ({
  kind: 'sort',
  input,
  orders,
  global,
  output: input.output,
})

export const limit = (input: LogicalPlan, count: number | undefined, offset: number): PlanOf<'limit'> => ({
  kind: 'limit',
  input,
  count,
  offset,
  output: input.output,
})

/** No rows with these columns. */
export const emptyRows = (output: readonly Attribute[]): PlanOf<'values'> => ({ kind: 'values', rows: [], output })

/** The columns of `wanted`, in its order, of an input that gives at least those. */
export const select = (input: LogicalPlan, wanted: readonly Attribute[]): LogicalPlan =>
  input.output.length === wanted.length && input.output.every(({ id }, index) => id === wanted[index]?.id)
    ? input
    : project(input, wanted.map(pass))
