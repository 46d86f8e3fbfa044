import type { Expression } from '../plan/expression.ts'
import { isNumeric } from '../types/same-type.ts'

/** Functions that fail on some values by their meaning. Overflow of + - * is left aside: it is rare, and never a wrong row. */
const FAILING = new Set([
  '[]',
  'element_at',
  'elt',
  'raise_error',
  'assert_true',
  'to_date',
  'to_timestamp',
  'to_timestamp_ntz',
  'to_timestamp_ltz',
  'to_unix_timestamp',
  'unix_timestamp',
  'make_date',
  'make_timestamp',
  'next_day',
  'date_trunc',
  'to_number',
  'to_binary',
  'conv',
  'parse_url',
  'map_from_arrays',
  'map',
  'sequence',
  'array_insert',
])

/** Whether evaluating it can end the query on some row. */
export const mayFail = (expression: Expression): boolean => {
  switch (expression.kind) {
    case 'cast': {
      const { child, type, mode } = expression
      if (mayFail(child)) return true
      if (mode !== 'ansi' || child.kind === 'literal') return false
      if (child.type.kind === 'string') return type.kind !== 'binary'
      // A number that is too large for its new type is as rare as an overflow.
      return !(isNumeric(child.type) && isNumeric(type)) && type.kind !== 'string' && child.type.kind !== 'date'
    }
    case 'call': {
      const { name, args } = expression
      if (args.some(mayFail)) return true
      if (name === '/' || name === 'div' || name === '%' || name === 'pmod') {
        const right = args[1]!
        return !(right.kind === 'literal' && right.value !== null && Number(right.value) !== 0)
      }
      return FAILING.has(name)
    }
    case 'case':
      return (
        expression.branches.some(({ when, then }) => mayFail(when) || mayFail(then)) ||
        (expression.otherwise !== undefined && mayFail(expression.otherwise))
      )
    case 'in':
      return mayFail(expression.value) || expression.list.some(mayFail)
    case 'lambda':
      return mayFail(expression.body)
    case 'udf':
      return true
    case 'in-subquery':
      return expression.values.some(mayFail)
    case 'attribute':
    case 'literal':
    case 'aggregate':
    case 'window':
    case 'outer':
    case 'scalar-subquery':
    case 'exists':
      return false
  }
}
