import { lookupFunction } from '../functions/registry.ts'
import type { Expression, ExpressionOf } from '../plan/expression.ts'

/** Aggregates that are a number over no rows; all others here are NULL. Source: Spark's AggregateFunction.defaultResult. */
const ZERO = new Set(['count', 'count_if', 'approx_count_distinct', 'regr_count', 'bitmap_count'])
const EMPTY_ARRAY = new Set(['collect_list', 'collect_set', 'array_agg', 'histogram_numeric'])
const EMPTY_OTHERWISE = new Set([
  'count_min_sketch',
  'bitmap_construct_agg',
  'bitmap_or_agg',
  'hll_sketch_agg',
  'hll_union_agg',
])

/** What an aggregate is over no rows; undefined: not known here. */
export const emptyValue = (aggregate: ExpressionOf<'aggregate'>): Expression | undefined => {
  const { name, type } = aggregate
  if (ZERO.has(name)) return { kind: 'literal', value: type.kind === 'long' ? 0n : 0, type, nullable: false }
  if (EMPTY_ARRAY.has(name)) {
    const array = lookupFunction('array')
    return (
      array && {
        kind: 'cast',
        child: {
          kind: 'call',
          name: array.name,
          args: [],
          type: { kind: 'array', element: { kind: 'void' }, containsNull: false },
          nullable: false,
        },
        mode: 'ansi',
        type,
        nullable: false,
      }
    )
  }
  if (EMPTY_OTHERWISE.has(name)) return undefined
  return { kind: 'literal', value: null, type, nullable: true }
}

const STRICT = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  'div',
  'negative',
  'positive',
  'abs',
  'round',
  '=',
  '<',
  '<=',
  '>',
  '>=',
  'upper',
  'lower',
])

/** Whether an expression is surely NULL, because a part of it is. */
export const isNull = (expression: Expression): boolean => {
  switch (expression.kind) {
    case 'literal':
      return expression.value === null
    case 'cast':
      return isNull(expression.child)
    case 'call':
      return STRICT.has(expression.name) && expression.args.some(isNull)
    default:
      return false
  }
}
