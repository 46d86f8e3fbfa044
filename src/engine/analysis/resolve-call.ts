import type { ResolvedCall, SparkFunction } from '../functions/function.ts'
import { functionNames, lookupFunction } from '../functions/registry.ts'
import type { Attribute, Expression, ExpressionOf, SortOrder } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, OrderSyntax } from '../sql/syntax.ts'
import {
  BINARY,
  BOOLEAN,
  BYTE,
  DATE,
  type DataType,
  DOUBLE,
  decimal,
  FLOAT,
  INTEGER,
  LONG,
  SHORT,
  STRING,
  TIMESTAMP,
} from '../types/data-type.ts'
import { isOrderable } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { ExpressionContext } from './analyzed.ts'
import { asCondition } from './cast-to.ts'
import { isDeterministic } from './determinism.ts'
import { expandStar } from './expand-star.ts'
import { prettyName } from './pretty-name.ts'
import { resolveWindow } from './resolve-window.ts'
import { similarNames } from './similar-names.ts'
import { withPosition } from './with-position.ts'

type CallSyntax = ExpressionSyntax & { readonly kind: 'call' }

/** int(x) is a cast. Source: Spark's FunctionRegistry, "Cast aliases". */
const CASTS: Readonly<Record<string, DataType>> = {
  boolean: BOOLEAN,
  tinyint: BYTE,
  smallint: SHORT,
  int: INTEGER,
  bigint: LONG,
  float: FLOAT,
  double: DOUBLE,
  decimal: decimal(10, 0),
  date: DATE,
  timestamp: TIMESTAMP,
  binary: BINARY,
  string: STRING,
}

export const resolveCall = (syntax: CallSyntax, context: ExpressionContext): Expression => {
  const { name, args, at } = syntax
  const { expression } = context.analysis
  const again = (next: ExpressionSyntax): Expression => expression(at ? { ...next, at } : next, context)
  const call = (callee: string, ...inner: readonly ExpressionSyntax[]): ExpressionSyntax => ({
    kind: 'call',
    name: callee,
    args: inner,
  })
  const [a, b, c] = args
  if (name === 'grouping' || name === 'grouping_id') return context.grouping(syntax)
  if (name in CASTS && args.length === 1 && a!.kind !== 'star')
    return again({ kind: 'cast', child: a!, type: CASTS[name]!, try: false })
  if (name === '<>' || name === '!=') return again(call('not', call('=', ...args)))
  if (name === '==') return again(call('=', ...args))
  if (name === 'between' && args.length === 3 && isDeterministic(a!))
    return again(call('and', call('>=', a!, b!), call('<=', a!, c!)))
  if (name === 'struct') return again(namedStruct(syntax, context))
  const found = lookupFunction(name)
  if (!found) throw unknownFunction(syntax)
  if (name === 'count' && !syntax.distinct && args.length === 1 && a!.kind === 'star')
    return resolveCall(countStar(syntax, a!), context)
  const spread = { ...syntax, args: args.flatMap((arg) => (arg.kind === 'star' ? starNames(arg, context) : [arg])) }
  if (syntax.over) return resolveWindow(spread, syntax.over, found, context, resolveAggregate)
  switch (found.kind) {
    case 'scalar':
      return resolveScalar(spread, found, context)
    case 'aggregate':
      return context.aggregate(resolveAggregate(spread, found, withoutAggregates(context)), prettyName(syntax), at)
    case 'window':
      throw new SqlError(
        'WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE',
        `${name} needs an OVER clause: ${name}() OVER (ORDER BY …)`,
        at,
      )
    case 'generator':
      throw new SqlError(
        'UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS',
        `${name} makes rows: it can stand alone in the select list, in LATERAL VIEW or in FROM, not within an expression`,
        at,
      )
  }
}

const unknownFunction = ({ name, at }: CallSyntax): SqlError => {
  const near = similarNames(name, functionNames()).map((known) => `\`${known}\``)
  return new SqlError(
    'UNRESOLVED_ROUTINE',
    `Cannot resolve routine \`${name}\`. Did you mean one of the following? [${near.join(', ')}]`,
    at,
  )
}

const ONE: ExpressionSyntax = { kind: 'literal', value: 1, type: INTEGER }

const countStar = (syntax: CallSyntax, star: ExpressionSyntax & { readonly kind: 'star' }): CallSyntax => {
  if (star.qualifier.length > 0)
    throw new SqlError(
      'INVALID_USAGE_OF_STAR_OR_REGEX',
      `count(${star.qualifier.join('.')}.*) is not allowed; use count(*) or name the columns`,
      syntax.at,
    )
  return { ...syntax, args: [ONE] }
}

const starNames = (
  star: ExpressionSyntax & { readonly kind: 'star' },
  context: ExpressionContext,
): readonly ExpressionSyntax[] => expandStar(star, context).map(({ syntax }) => syntax)

const namedStruct = (syntax: CallSyntax, context: ExpressionContext): ExpressionSyntax => {
  const fields = syntax.args.flatMap((arg) => (arg.kind === 'star' ? starNames(arg, context) : [arg]))
  const args = fields.flatMap((field, index): readonly ExpressionSyntax[] => {
    const named = field.kind === 'alias' || field.kind === 'name' || (field.kind === 'call' && field.name === '[]')
    const name = field.kind === 'alias' ? field.names[0]! : named ? prettyName(field) : `col${index + 1}`
    return [{ kind: 'literal', value: name, type: STRING }, field.kind === 'alias' ? field.child : field]
  })
  return { kind: 'call', name: 'named_struct', args }
}

const refuse =
  (condition: string, message: string) =>
  (_: unknown, at: SqlError['at']): never => {
    throw new SqlError(condition, message, at)
  }

/** Within the arguments of an aggregate neither aggregates nor windows may stand. */
const withoutAggregates = (context: ExpressionContext): ExpressionContext => ({
  ...context,
  level: context.aggregateLevel ?? context.level,
  aggregate: (_, __, at) =>
    refuse(
      'NESTED_AGGREGATE_FUNCTION',
      'It is not allowed to use an aggregate function in the argument of another aggregate function; use the inner one in a subquery',
    )(_, at),
  window: refuse(
    'WINDOW_FUNCTION_IN_AGGREGATE',
    'It is not allowed to use a window function inside an aggregate function; use the window function in a subquery',
  ),
})

const resolveScalar = (syntax: CallSyntax, found: SparkFunction, context: ExpressionContext): Expression => {
  if (syntax.distinct || syntax.filter || syntax.ignoreNulls || syntax.withinGroup)
    throw new SqlError(
      'INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX',
      `${syntax.name} is no aggregate: DISTINCT, FILTER, WITHIN GROUP and IGNORE NULLS do not fit`,
      syntax.at,
    )
  const resolved = resolveArguments(syntax, found, context)
  return { kind: 'call', name: found.name, args: resolved.args, type: resolved.type, nullable: resolved.nullable }
}

/** Arguments resolved, lambdas after the others, then checked and cast by the function. */
export const resolveArguments = (
  syntax: CallSyntax,
  found: SparkFunction,
  context: ExpressionContext,
): ResolvedCall => {
  const { analysis } = context
  const args: (Expression | undefined)[] = syntax.args.map((arg) =>
    arg.kind === 'lambda' ? undefined : analysis.expression(arg, context),
  )
  for (const [index, arg] of syntax.args.entries())
    if (arg.kind === 'lambda') args[index] = resolveLambda(arg, index, args, found, context)
  return withPosition(syntax.at, () => found.resolve(args as readonly Expression[], analysis.context.settings))
}

const resolveLambda = (
  syntax: ExpressionSyntax & { readonly kind: 'lambda' },
  index: number,
  args: readonly (Expression | undefined)[],
  found: SparkFunction,
  context: ExpressionContext,
): Expression => {
  const { newId } = context.analysis.context
  if (!found.lambdaTypes) throw new SqlError('INVALID_LAMBDA_FUNCTION_CALL', `${found.name} takes no lambda`, syntax.at)
  const types = withPosition(syntax.at, () => found.lambdaTypes!(index, args, syntax.parameters.length))
  if (types.length < syntax.parameters.length)
    throw new SqlError(
      'INVALID_LAMBDA_FUNCTION_CALL.NUM_ARGS_MISMATCH',
      `The lambda of ${found.name} takes ${types.length} parameters, but ${syntax.parameters.length} are named`,
      syntax.at,
    )
  const names = syntax.parameters.map((name) => name.toLowerCase())
  if (new Set(names).size < names.length)
    throw new SqlError(
      'INVALID_LAMBDA_FUNCTION_CALL.DUPLICATE_ARG_NAMES',
      'The parameters of a lambda must have different names',
      syntax.at,
    )
  const parameters = syntax.parameters.map(
    (name, place): Attribute => ({ kind: 'attribute', id: newId(), name, type: types[place]!, nullable: true }),
  )
  const variables = new Map([...context.variables, ...parameters.map((one) => [one.name.toLowerCase(), one] as const)])
  const body = context.analysis.expression(syntax.body, { ...context, variables })
  return { kind: 'lambda', parameters, body, type: body.type, nullable: body.nullable }
}

export const resolveOrder = (order: OrderSyntax, context: ExpressionContext): SortOrder => {
  const expression = context.analysis.expression(order.expression, context)
  if (!isOrderable(expression.type))
    throw new SqlError(
      'DATATYPE_MISMATCH.INVALID_ORDERING_TYPE',
      `Values of type "${sqlTypeName(expression.type)}" have no order`,
      order.expression.at,
    )
  return { expression, descending: order.descending, nullsFirst: order.nullsFirst ?? !order.descending }
}

/** 1 − p of a constant. */
const fromOtherEnd = (percentage: ExpressionSyntax, name: string): ExpressionSyntax => {
  if (percentage.kind === 'literal') {
    const { value, type } = percentage
    if (type.kind === 'decimal') return { ...percentage, value: 10n ** BigInt(type.scale) - BigInt(value as bigint) }
    if (typeof value === 'number') return { ...percentage, value: 1 - value }
  }
  throw new SqlError(
    'UNSUPPORTED_FEATURE',
    `${name} in descending order takes one number as its percentage`,
    percentage.at,
  )
}

/** Aggregates whose IGNORE NULLS is a second argument. */
const TAKES_IGNORE_NULLS = new Set(['first', 'last', 'any_value'])
/** Aggregates whose value stands in WITHIN GROUP: it is given to the function as the first argument. */
const VALUE_WITHIN_GROUP = new Set(['percentile_cont', 'percentile_disc', 'mode'])

const TRUE = { kind: 'literal', value: true, type: BOOLEAN } as const satisfies ExpressionSyntax

/** Their arguments: the value, then the percentage, from the other end where the order is descending. */
const valueWithinGroup = (syntax: CallSyntax, order: OrderSyntax): readonly ExpressionSyntax[] => {
  const { name, args, at } = syntax
  // mode(x, true, descending): of several the first in the order.
  if (name === 'mode') return [order.expression, TRUE, { ...TRUE, value: order.descending }]
  const [percentage] = args
  if (!percentage || args.length > 1)
    throw new SqlError(
      'WRONG_NUM_ARGS.WITHOUT_SUGGESTION',
      `${name} takes one percentage: ${name}(0.5) WITHIN GROUP (ORDER BY x)`,
      at,
    )
  return [order.expression, order.descending ? fromOtherEnd(percentage, name) : percentage]
}

const resolveAggregate = (
  syntax: CallSyntax,
  found: SparkFunction,
  context: ExpressionContext,
): ExpressionOf<'aggregate'> => {
  const { name, at } = syntax
  const { settings } = context.analysis.context
  const within = syntax.withinGroup ?? []
  const ofValue = VALUE_WITHIN_GROUP.has(name) && within.length > 0
  const given = ofValue ? valueWithinGroup(syntax, within[0]!) : syntax.args
  const flag: readonly ExpressionSyntax[] =
    syntax.ignoreNulls && TAKES_IGNORE_NULLS.has(found.name) ? [{ kind: 'literal', value: true, type: BOOLEAN }] : []
  if (syntax.ignoreNulls && flag.length === 0)
    throw new SqlError('INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX', `${name} knows no IGNORE NULLS`, at)
  const resolved = resolveArguments({ ...syntax, args: [...given, ...flag] }, found, context)
  const filter =
    syntax.filter &&
    asCondition(
      context.analysis.expression(syntax.filter, context),
      'INVALID_AGGREGATE_FILTER.NOT_BOOLEAN',
      `The FILTER of ${name}`,
      settings,
      syntax.filter.at,
    )
  return {
    kind: 'aggregate',
    name: found.name,
    args: resolved.args,
    distinct: syntax.distinct ?? false,
    filter,
    orderBy: ofValue ? [] : within.map((order) => resolveOrder(order, context)),
    type: resolved.type,
    nullable: resolved.nullable,
  }
}
