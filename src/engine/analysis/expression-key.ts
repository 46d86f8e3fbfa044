import type { Expression, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import type { DataType } from '../types/data-type.ts'

const COMMUTES = new Set(['+', '*', '&', '|', '^', 'and', 'or', '=', '<=>'])

const planNumbers = new WeakMap<LogicalPlan, number>()
let plans = 0

const planNumber = (plan: LogicalPlan): number => {
  const known = planNumbers.get(plan)
  if (known !== undefined) return known
  planNumbers.set(plan, ++plans)
  return plans
}

const typeKey = (type: DataType): string => JSON.stringify(type)

const literalKey = (value: unknown): string => {
  if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`
  return typeof value === 'bigint' ? `${value}n` : Object.is(value, -0) ? '-0' : JSON.stringify(value)
}

/** Equal texts mean expressions with the same value: names and nullability do not matter, nor the order in a + b. */
export const expressionKey = (expression: Expression, bound: ReadonlyMap<number, string> = new Map()): string => {
  const key = (inner: Expression): string => expressionKey(inner, bound)
  const list = (inner: readonly Expression[]): string => inner.map(key).join(',')
  switch (expression.kind) {
    case 'attribute':
      return bound.get(expression.id) ?? `#${expression.id}`
    case 'literal':
      // Not-a-number and the infinities are no JSON.
      return `${typeof expression.value === 'number' && !Number.isFinite(expression.value) ? expression.value : literalKey(expression.value)}:${typeKey(expression.type)}`
    case 'call': {
      const args = expression.args.map(key)
      return `${expression.name}(${(COMMUTES.has(expression.name) ? args.toSorted() : args).join(',')}):${typeKey(expression.type)}`
    }
    case 'udf':
      return `udf${expression.id}(${list(expression.args)})`
    case 'cast':
      return `cast(${key(expression.child)},${typeKey(expression.type)},${expression.mode})`
    case 'case':
      return `case(${expression.branches.map(({ when, then }) => `${key(when)}=>${key(then)}`).join(',')},${expression.otherwise ? key(expression.otherwise) : ''})`
    case 'in':
      return `in(${key(expression.value)},[${list(expression.list)}])`
    case 'lambda': {
      const names = expression.parameters.map(({ id }, index) => [id, `$${bound.size + index}`] as const)
      return `lambda${expression.parameters.length}(${expressionKey(expression.body, new Map([...bound, ...names]))})`
    }
    case 'aggregate':
      return `aggregate ${expression.name}(${expression.distinct},[${list(expression.args)}],${expression.filter ? key(expression.filter) : ''},${orderKey(expression.orderBy)})`
    case 'window': {
      const { frame } = expression
      const bounds = frame
        ? [frame.start, frame.end].map((end) => `${end.kind}${'offset' in end ? key(end.offset) : ''}`)
        : []
      return `window(${key(expression.function)},${expression.ignoreNulls},${frame?.unit},${bounds})`
    }
    case 'outer':
      return `outer#${expression.attribute.id}`
    case 'scalar-subquery':
    case 'exists':
      return `${expression.kind}${planNumber(expression.plan)}`
    case 'in-subquery':
      return `in-subquery([${list(expression.values)}],${planNumber(expression.plan)})`
  }
}

export const orderKey = (orders: readonly SortOrder[]): string =>
  orders.map((order) => `${expressionKey(order.expression)}${order.descending}${order.nullsFirst}`).join(',')
