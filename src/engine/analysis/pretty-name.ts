import type {
  ExpressionSyntax,
  FrameBound,
  FrameSyntax,
  LiteralValue,
  OrderSyntax,
  WindowSyntax,
} from '../sql/syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import { intervalText, intervalValue } from './interval.ts'

const INFIX = new Set([
  '+',
  '-',
  '*',
  '/',
  '%',
  '&',
  '|',
  '^',
  '=',
  '<=>',
  '<',
  '<=',
  '>',
  '>=',
  'div',
  'and',
  'or',
  '<<',
  '>>',
  '>>>',
])
const UPPER = new Set(['rlike', 'rank', 'dense_rank', 'percent_rank'])

/** The name of a column that has no alias: the expression as Spark writes it. Source: Spark's toPrettySQL. */
export const prettyName = (syntax: ExpressionSyntax): string => {
  switch (syntax.kind) {
    case 'name':
      return syntax.parts.at(-1)!
    case 'cast':
      return syntax.child.kind === 'name' && syntax.child.parts.length === 1 ? prettyName(syntax.child) : pretty(syntax)
    case 'call':
      return TYPE_CALLS.has(syntax.name) && syntax.args.length === 1 && syntax.args[0]!.kind === 'name'
        ? prettyName(syntax.args[0]!)
        : pretty(syntax)
    default:
      return pretty(syntax)
  }
}

const TYPE_CALLS = new Set([
  'boolean',
  'tinyint',
  'smallint',
  'int',
  'bigint',
  'float',
  'double',
  'decimal',
  'date',
  'timestamp',
  'binary',
  'string',
])

type CallSyntax = ExpressionSyntax & { readonly kind: 'call' }

const RANKING = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'ntile'])
const NULL: ExpressionSyntax = { kind: 'literal', value: null, type: { kind: 'void' } }
const ONE: ExpressionSyntax = { kind: 'literal', value: 1, type: { kind: 'integer' } }

/** Spark names optional arguments of some functions, and leaves out the flag of others. */
const withDefaults = ({ name, args, over }: CallSyntax): readonly ExpressionSyntax[] => {
  if (over && (name === 'lag' || name === 'lead')) return [args[0]!, args[1] ?? ONE, args[2] ?? NULL]
  if (IGNORE_NULLS.has(name)) return args.slice(0, 1)
  return name === 'percentile' && args.length === 2 ? [...args, ONE] : args
}

const IGNORE_NULLS = new Set(['first', 'last', 'any_value', 'first_value', 'last_value'])

const list = (syntax: readonly ExpressionSyntax[]): string => syntax.map(pretty).join(', ')

/** The expression as Spark writes it inside another, names without qualifier. */
export const pretty = (syntax: ExpressionSyntax): string => {
  switch (syntax.kind) {
    case 'name':
      return syntax.parts.at(-1)!
    case 'star':
      return [...syntax.qualifier, '*'].join('.')
    case 'literal':
      return literalText(syntax.value, syntax.type)
    case 'interval':
      return prettyInterval(syntax)
    case 'call': {
      const { filter, over } = syntax
      const called = withinGroup(prettyCall(syntax), syntax.withinGroup)
      const filtered = filter ? `${called} FILTER (WHERE ${pretty(filter)})` : called
      return over ? `${filtered} OVER ${windowText(over, syntax)}` : filtered
    }
    case 'named-argument':
      return `${syntax.name} => ${pretty(syntax.value)}`
    case 'cast':
      return `${syntax.try ? 'TRY_CAST' : 'CAST'}(${pretty(syntax.child)} AS ${sqlTypeName(syntax.type)})`
    case 'case': {
      const operand = syntax.operand
      const when = (expression: ExpressionSyntax) =>
        operand ? `(${pretty(operand)} = ${pretty(expression)})` : pretty(expression)
      const branches = syntax.branches
        .map((branch) => ` WHEN ${when(branch.when)} THEN ${pretty(branch.then)}`)
        .join('')
      return `CASE${branches}${syntax.otherwise ? ` ELSE ${pretty(syntax.otherwise)}` : ''} END`
    }
    case 'in':
      return `(${pretty(syntax.value)} IN (${list(syntax.list)}))`
    case 'in-subquery': {
      const values = list(syntax.values)
      return `(${syntax.values.length > 1 ? `named_struct(${values})` : values} IN (listquery()))`
    }
    case 'exists':
      return 'exists()'
    case 'scalar-subquery':
      return 'scalarsubquery()'
    case 'lambda':
      return `lambdafunction(${[lambdaBody(syntax.body, new Set(syntax.parameters.map((name) => name.toLowerCase()))), ...syntax.parameters.map(() => 'namedlambdavariable()')].join(', ')})`
    case 'alias':
      return `${pretty(syntax.child)} AS ${syntax.names.join(', ')}`
    case 'udf':
      return `${syntax.name ?? 'UDF'}(${list(syntax.shown ?? syntax.args)})`
  }
}

/** Parameters of a lambda have no name in Spark's text. */
const lambdaBody = (body: ExpressionSyntax, parameters: ReadonlySet<string>): string => {
  const renamed = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(renamed)
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return node
    const syntax = node as ExpressionSyntax
    if (syntax.kind === 'name' && parameters.has(syntax.parts[0]!.toLowerCase()))
      return { ...syntax, parts: ['namedlambdavariable()', ...syntax.parts.slice(1)] }
    return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, renamed(value)]))
  }
  return pretty(renamed(body) as ExpressionSyntax)
}

const prettyInterval = (syntax: ExpressionSyntax & { readonly kind: 'interval' }): string => {
  const constant = intervalValue(syntax)
  return constant
    ? intervalText(constant.value, constant.type)
    : `INTERVAL ${syntax.parts.map(({ value, unit }) => `${pretty(value)} ${unit.toUpperCase()}`).join(' ')}`
}

const withinGroup = (called: string, orders: readonly OrderSyntax[] | undefined): string =>
  orders && orders.length > 0
    ? `${called} WITHIN GROUP (ORDER BY ${orders.map((order) => (order.descending ? orderText(order) : pretty(order.expression))).join(', ')})`
    : called

const prettyCall = (syntax: CallSyntax): string => {
  const { name } = syntax
  const args = withDefaults(syntax)
  const [a, b] = args
  if (args.length === 2 && INFIX.has(name)) return `(${pretty(a!)} ${UPPER_INFIX[name] ?? name} ${pretty(b!)})`
  switch (name) {
    case '||':
      return `concat(${list(args)})`
    case '<>':
    case '!=':
      return `(NOT (${pretty(a!)} = ${pretty(b!)}))`
    case 'not':
    case '!':
      return `(NOT ${pretty(a!)})`
    case 'negative':
      return `(- ${pretty(a!)})`
    case 'positive':
      return `(+ ${pretty(a!)})`
    case '~':
      return `~${pretty(a!)}`
    case 'isnull':
      return `(${pretty(a!)} IS NULL)`
    case 'isnotnull':
      return `(${pretty(a!)} IS NOT NULL)`
    case 'like':
      return `${pretty(a!)} LIKE ${pretty(b!)}${args[2] ? ` ESCAPE '${pretty(args[2])}'` : ''}`
    case 'extract':
      if (args.length === 2) return `extract(${pretty(a!)} FROM ${pretty(b!)})`
      break
    case 'position':
      return `locate(${list(args.length === 2 ? [...args, ONE] : args)})`
    case 'if':
      return `(IF(${list(args)}))`
    case '[]':
      return `${pretty(a!)}[${pretty(b!)}]`
    case 'count':
      if (args.length === 1 && a!.kind === 'star') return 'count(1)'
      break
    case 'ceil':
    case 'ceiling':
    case 'floor':
      if (args.length === 1) return `${name === 'floor' ? 'FLOOR' : 'CEIL'}(${pretty(a!)})`
      break
  }
  return `${UPPER.has(name) ? name.toUpperCase() : name}(${syntax.distinct ? 'DISTINCT ' : ''}${list(args)})`
}

const UPPER_INFIX: Readonly<Record<string, string>> = { and: 'AND', or: 'OR' }

const orderText = ({ expression, descending, nullsFirst }: OrderSyntax): string =>
  `${pretty(expression)} ${descending ? 'DESC' : 'ASC'} NULLS ${(nullsFirst ?? !descending) ? 'FIRST' : 'LAST'}`

/** Frames that functions have of their own. */
const ownFrame = ({ name, args }: CallSyntax): string | undefined => {
  if (name === 'lag' || name === 'lead') {
    const offset = args[1] ? pretty(args[1]) : '1'
    const at = name === 'lag' ? (offset.startsWith('-') ? offset.slice(1) : `-${offset}`) : offset
    return `ROWS BETWEEN ${at} FOLLOWING AND ${at} FOLLOWING`
  }
  return RANKING.has(name) ? 'ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW' : undefined
}

const windowText = (window: WindowSyntax, call: CallSyntax): string => {
  if (window.name !== undefined) return window.name
  const partition = window.partitionBy.length > 0 ? [`PARTITION BY ${list(window.partitionBy)}`] : []
  const order = window.orderBy.length > 0 ? [`ORDER BY ${window.orderBy.map(orderText).join(', ')}`] : []
  const frame = ownFrame(call) ?? frameText(window.frame, window.orderBy.length > 0)
  return `(${[...partition, ...order, frame].join(' ')})`
}

const frameText = (frame: FrameSyntax | undefined, ordered: boolean): string => {
  if (!frame)
    return ordered
      ? 'RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW'
      : 'ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING'
  return `${frame.unit.toUpperCase()} BETWEEN ${boundText(frame.start)} AND ${boundText(frame.end)}`
}

const boundText = (bound: FrameBound<ExpressionSyntax>): string => {
  const words = bound.kind.replace('-', ' ').toUpperCase()
  return 'offset' in bound ? `${pretty(bound.offset)} ${words}` : words
}

const DAY = 86_400_000_000n

const literalText = (value: LiteralValue, type: DataType): string => {
  if (value === null) return 'NULL'
  if (value instanceof Uint8Array) return `X'${Buffer.from(value).toString('hex').toUpperCase()}'`
  switch (type.kind) {
    case 'decimal':
      return unscaled(BigInt(value as bigint), type.scale)
    case 'double':
    case 'float':
      return Number.isInteger(value) ? `${value}.0` : String(value)
    case 'date':
      return `DATE '${isoTime(BigInt(value as bigint) * DAY).slice(0, 10)}'`
    case 'timestamp':
      return `TIMESTAMP '${isoTime(BigInt(value as bigint))}'`
    case 'timestamp_ntz':
      return `TIMESTAMP_NTZ '${isoTime(BigInt(value as bigint))}'`
    case 'day-time-interval':
    case 'year-month-interval':
      return intervalText(value as number | bigint, type)
    default:
      return String(value)
  }
}

const isoTime = (microseconds: bigint): string => {
  const date = new Date(Number(microseconds / 1000n))
  return Number.isNaN(date.getTime()) ? String(microseconds) : date.toISOString().replace('T', ' ').slice(0, 19)
}

const unscaled = (value: bigint, scale: number): string => {
  const digits = (value < 0n ? -value : value).toString().padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}
