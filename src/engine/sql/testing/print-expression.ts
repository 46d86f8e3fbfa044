import type { DataType } from '../../types/data-type.ts'
import type { ExpressionSyntax, FrameBound, OrderSyntax, PlanSyntax, WindowSyntax } from '../syntax.ts'

/** Writes syntax as SQL that parses to the same syntax: the other half of the parser's round trip test. */

type PrintQuery = (plan: PlanSyntax) => string

export const printName = (name: string): string => `\`${name.replaceAll('`', '``')}\``
export const printNames = (names: readonly string[]): string => names.map(printName).join(', ')

const quoted = (text: string): string =>
  `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\0', '\\0')}'`

export const printType = (type: DataType): string => {
  switch (type.kind) {
    case 'byte':
      return 'TINYINT'
    case 'short':
      return 'SMALLINT'
    case 'integer':
      return 'INT'
    case 'long':
      return 'BIGINT'
    case 'decimal':
      return `DECIMAL(${type.precision}, ${type.scale})`
    case 'day-time-interval':
    case 'year-month-interval': {
      if (type.start === undefined)
        return type.kind === 'day-time-interval' ? 'INTERVAL DAY TO SECOND' : 'INTERVAL YEAR TO MONTH'
      return `INTERVAL ${type.start}${type.start === type.end ? '' : ` TO ${type.end}`}`
    }
    case 'array':
      return `ARRAY<${printType(type.element)}>`
    case 'map':
      return `MAP<${printType(type.key)}, ${printType(type.value)}>`
    case 'struct':
      return `STRUCT<${type.fields.map((f) => `${printName(f.name)}: ${printType(f.type)}${f.nullable ? '' : ' NOT NULL'}`).join(', ')}>`
    default:
      return type.kind.toUpperCase()
  }
}

const printDecimal = (unscaled: bigint, scale: number): string => {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? `${sign}${digits}BD` : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}BD`
}

const wall = (micros: bigint): string => {
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - fraction) / 1000n)).toISOString().slice(0, 19).replace('T', ' ')
  return `${seconds}.${fraction.toString().padStart(6, '0')}`
}

const printLiteral = ({ value, type }: Extract<ExpressionSyntax, { kind: 'literal' }>): string => {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex')}'`
  switch (type.kind) {
    case 'string':
      return quoted(String(value))
    case 'byte':
      return `${value}Y`
    case 'short':
      return `${value}S`
    case 'long':
      return `${value}L`
    case 'float':
      return `${value}F`
    case 'double':
      return `${value}D`
    case 'decimal':
      return printDecimal(BigInt(value as bigint), type.scale)
    case 'date':
      return `DATE '${new Date(Number(value) * 86_400_000).toISOString().slice(0, 10)}'`
    case 'timestamp':
      return `TIMESTAMP '${wall(BigInt(value as bigint))}Z'`
    case 'timestamp_ntz':
      return `TIMESTAMP_NTZ '${wall(BigInt(value as bigint))}'`
    default:
      return String(value).toUpperCase()
  }
}

const INFIX: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ['+', '-', '*', '/', '%', 'div', '||', '&', '|', '^', '=', '<=>', '<>', '<', '<=', '>', '>=', 'and', 'or'].map(
      (o) => [o, o],
    ),
  ),
  shiftleft: '<<',
  shiftright: '>>',
  shiftrightunsigned: '>>>',
  rlike: 'RLIKE',
}
const PREFIX: Readonly<Record<string, string>> = { negative: '-', positive: '+', '~': '~', not: 'NOT' }

export const printOrder = (order: OrderSyntax, query: PrintQuery): string => {
  const nulls = order.nullsFirst === undefined ? '' : ` NULLS ${order.nullsFirst ? 'FIRST' : 'LAST'}`
  return `${printExpression(order.expression, query)}${order.descending ? ' DESC' : ''}${nulls}`
}

const printBound = (bound: FrameBound<ExpressionSyntax>, query: PrintQuery): string => {
  switch (bound.kind) {
    case 'preceding':
    case 'following':
      return `${printExpression(bound.offset, query)} ${bound.kind}`
    default:
      return bound.kind.replace('-', ' ')
  }
}

export const printWindow = (window: WindowSyntax, query: PrintQuery): string => {
  if (window.name !== undefined) return printName(window.name)
  const parts = [
    window.partitionBy.length === 0
      ? ''
      : `PARTITION BY ${window.partitionBy.map((e) => printExpression(e, query)).join(', ')}`,
    window.orderBy.length === 0 ? '' : `ORDER BY ${window.orderBy.map((o) => printOrder(o, query)).join(', ')}`,
    window.frame === undefined
      ? ''
      : `${window.frame.unit} BETWEEN ${printBound(window.frame.start, query)} AND ${printBound(window.frame.end, query)}`,
  ]
  return `(${parts.filter((part) => part !== '').join(' ')})`
}

const printCall = (call: Extract<ExpressionSyntax, { kind: 'call' }>, query: PrintQuery): string => {
  const args = call.args.map((arg) => printExpression(arg, query))
  const [first, second, third] = args
  const infix = INFIX[call.name]
  if (infix !== undefined && args.length === 2) return `(${first} ${infix} ${second})`
  const prefix = PREFIX[call.name]
  if (prefix !== undefined) return `(${prefix} (${first}))`
  switch (call.name) {
    case 'isnull':
      return `(${first} IS NULL)`
    case 'isnotnull':
      return `(${first} IS NOT NULL)`
    case 'like':
    case 'ilike':
      return `(${first} ${call.name} ${second}${third === undefined ? '' : ` ESCAPE ${third}`})`
    case 'between':
      return `(${first} BETWEEN ${second} AND ${third})`
    case '[]':
      return `(${first})[${second}]`
    default: {
      const within = call.withinGroup?.map((order) => printOrder(order, query)).join(', ')
      return [
        `${call.name}(${call.distinct ? 'DISTINCT ' : ''}${args.join(', ')})`,
        within === undefined ? '' : ` WITHIN GROUP (ORDER BY ${within})`,
        call.filter === undefined ? '' : ` FILTER (WHERE ${printExpression(call.filter, query)})`,
        call.ignoreNulls ? ' IGNORE NULLS' : '',
        call.over === undefined ? '' : ` OVER ${printWindow(call.over, query)}`,
      ].join('')
    }
  }
}

export const printExpression = (expression: ExpressionSyntax, query: PrintQuery): string => {
  const print = (e: ExpressionSyntax): string => printExpression(e, query)
  switch (expression.kind) {
    case 'name':
      return expression.parts.map(printName).join('.')
    case 'star': {
      const star = [...expression.qualifier.map(printName), '*'].join('.')
      return expression.except === undefined ? star : `${star} EXCEPT (${printNames(expression.except)})`
    }
    case 'literal':
      return printLiteral(expression)
    case 'interval':
      return `INTERVAL ${expression.parts.map(({ value, unit }) => `${print(value).replace(/L$|BD$/, '')} ${unit}`).join(' ')}`
    case 'call':
      return printCall(expression, query)
    case 'named-argument':
      return `${printName(expression.name)} => ${print(expression.value)}`
    case 'cast':
      return `${expression.try ? 'TRY_CAST' : 'CAST'}(${print(expression.child)} AS ${printType(expression.type)})`
    case 'case': {
      const branches = expression.branches.map(({ when, then }) => ` WHEN ${print(when)} THEN ${print(then)}`)
      const operand = expression.operand === undefined ? '' : ` ${print(expression.operand)}`
      const otherwise = expression.otherwise === undefined ? '' : ` ELSE ${print(expression.otherwise)}`
      return `CASE${operand}${branches.join('')}${otherwise} END`
    }
    case 'in':
      return `(${print(expression.value)} IN (${expression.list.map(print).join(', ')}))`
    case 'in-subquery': {
      const values = expression.values.map(print)
      return `(${values.length === 1 ? values[0] : `(${values.join(', ')})`} IN (${query(expression.query)}))`
    }
    case 'exists':
      return `(EXISTS (${query(expression.query)}))`
    case 'scalar-subquery':
      return `(${query(expression.query)})`
    case 'lambda':
      return expression.parameters.length === 1
        ? `(${printName(expression.parameters[0] ?? '')} -> ${print(expression.body)})`
        : `((${printNames(expression.parameters)}) -> ${print(expression.body)})`
    case 'alias':
      return `${print(expression.child)} AS ${expression.names.length === 1 ? printName(expression.names[0] ?? '') : `(${printNames(expression.names)})`}`
    case 'udf':
      throw new Error('a function of the program has no text')
  }
}
