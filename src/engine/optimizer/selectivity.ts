import type { Expression } from '../plan/expression.ts'
import { conjuncts, disjuncts } from './expression-tree.ts'
import { numericValue } from './numeric-value.ts'
import type { ColumnEstimate, Estimate } from './statistics.ts'

const UNKNOWN = 0.25

const columnOf = (expression: Expression, input: Estimate): ColumnEstimate | undefined =>
  expression.kind === 'attribute'
    ? input.columns.get(expression.id)
    : expression.kind === 'cast'
      ? columnOf(expression.child, input)
      : undefined

/** The share of rows for which the condition holds; a guess between 0 and 1. */
export const selectivity = (condition: Expression, input: Estimate): number => {
  switch (condition.kind) {
    case 'literal':
      return condition.value === true ? 1 : 0
    case 'in': {
      const column = columnOf(condition.value, input)
      return Math.min(1, condition.list.length / Math.max(1, column?.distinct ?? 10))
    }
    case 'call':
      return callSelectivity(condition, input)
    default:
      return UNKNOWN
  }
}

const callSelectivity = (condition: Expression & { readonly kind: 'call' }, input: Estimate): number => {
  const [one, other] = condition.args
  if (one === undefined) return UNKNOWN
  switch (condition.name) {
    case 'and':
      return conjuncts(condition).reduce((product, part) => product * selectivity(part, input), 1)
    case 'or':
      return 1 - disjuncts(condition).reduce((product, part) => product * (1 - selectivity(part, input)), 1)
    case 'not':
      return 1 - selectivity(one, input)
    case 'isnull':
      return 0.05
    case 'isnotnull':
      return 0.95
    case '=':
    case '<=>': {
      const distinct = [one, other].map((side) => (side && columnOf(side, input)?.distinct) ?? 0)
      return 1 / Math.max(4, ...distinct)
    }
    case '<>':
    case '!=':
      return 0.9
    case 'like':
    case 'ilike':
    case 'rlike':
      return 0.1
    case 'startswith':
    case 'contains':
    case 'endswith':
      return 0.1
    case 'between': {
      const [, low, high] = condition.args
      return low && high ? Math.max(0.001, bound('>=', one, low, input) + bound('<=', one, high, input) - 1) : UNKNOWN
    }
    case '<':
    case '<=':
    case '>':
    case '>=':
      return other === undefined ? UNKNOWN : bound(condition.name, one, other, input)
    default:
      return UNKNOWN
  }
}

const TURNED: Readonly<Record<string, string>> = { '<': '>', '<=': '>=', '>': '<', '>=': '<=' }

/** The share of a range of values that a bound leaves, when the range is known. */
const bound = (name: string, one: Expression, other: Expression, input: Estimate): number => {
  const value = numericValue(other)
  if (value === undefined) {
    const turned = TURNED[name]
    return numericValue(one) === undefined || turned === undefined ? 1 / 3 : bound(turned, other, one, input)
  }
  const column = columnOf(one, input)
  if (column?.min === undefined || column.max === undefined || column.max <= column.min) return 1 / 3
  const below = Math.min(1, Math.max(0, (value - column.min) / (column.max - column.min)))
  return Math.max(0.001, name.startsWith('<') ? below : 1 - below)
}
