import { castTo } from '../functions/coerce.ts'
import type { SparkFunction } from '../functions/function.ts'
import type { Expression, ExpressionOf, SortOrder, WindowFrame } from '../plan/expression.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, FrameBound, FrameSyntax, WindowSyntax } from '../sql/syntax.ts'
import { implicitType } from '../types/coercion.ts'
import { isInterval, isNumeric, sameType } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { ExpressionContext } from './analyzed.ts'
import { constantInteger } from './constant.ts'
import { prettyName } from './pretty-name.ts'
import { withPosition } from './with-position.ts'

type CallSyntax = ExpressionSyntax & { readonly kind: 'call' }

/** Given in by resolve-call.ts, which needs this file. */
type ResolveAggregate = (
  syntax: CallSyntax,
  found: SparkFunction,
  context: ExpressionContext,
) => ExpressionOf<'aggregate'>

/** Functions whose frame is fixed, and that make no sense without an order. */
const RANKING = new Set(['row_number', 'rank', 'dense_rank', 'percent_rank', 'cume_dist', 'ntile'])
const OFFSET = new Set(['lag', 'lead'])
const NEEDS_ORDER = new Set([...RANKING, ...OFFSET, 'nth_value'])

/** `f(…) OVER (…)`. Source: Spark's ResolveWindowFrame, ResolveWindowOrder and WindowSpecDefinition.checkInputDataTypes. */
export const resolveWindow = (
  syntax: CallSyntax,
  over: WindowSyntax,
  found: SparkFunction,
  context: ExpressionContext,
  resolveAggregate: ResolveAggregate,
): Expression => {
  const { name, at } = syntax
  if (found.kind !== 'aggregate' && found.kind !== 'window')
    throw new SqlError(
      'UNSUPPORTED_EXPR_FOR_WINDOW',
      `${name} is no aggregate or window function: OVER does not fit`,
      at,
    )
  if (syntax.distinct)
    throw new SqlError(
      'DISTINCT_WINDOW_FUNCTION_UNSUPPORTED',
      `Distinct window functions are not supported: ${prettyName(syntax)}`,
      at,
    )
  const window = definition(over, context, at)
  const inside: ExpressionContext = {
    ...context,
    window: (_, place) => {
      throw new SqlError(
        'NESTED_WINDOW_FUNCTION',
        'It is not allowed to use a window function inside a window function; use a subquery',
        place ?? at,
      )
    },
  }
  const partitionBy = window.partitionBy.map((one) => context.analysis.expression(one, inside))
  const orderBy = window.orderBy.map(
    (one): SortOrder => ({
      expression: context.analysis.expression(one.expression, inside),
      descending: one.descending,
      nullsFirst: one.nullsFirst ?? !one.descending,
    }),
  )
  if (orderBy.length === 0 && NEEDS_ORDER.has(found.name))
    throw new SqlError(
      'WINDOW_FUNCTION_AND_FRAME_MISMATCH',
      `Window function ${name}() requires window to be ordered; add ORDER BY to its OVER clause`,
      at,
    )
  const expression: Expression = {
    kind: 'window',
    function: windowFunction(syntax, found, inside, resolveAggregate),
    frame: frameOf(window.frame, found, orderBy, inside, at),
    // Aggregates take it as an argument.
    ignoreNulls: (found.kind === 'window' && syntax.ignoreNulls) ?? false,
    type: { kind: 'void' },
    nullable: true,
  }
  const { type, nullable } = expression.function
  return context.window(
    { name: prettyName(syntax), expression: { ...expression, type, nullable }, partitionBy, orderBy },
    at,
  )
}

const windowFunction = (
  syntax: CallSyntax,
  found: SparkFunction,
  context: ExpressionContext,
  resolveAggregate: ResolveAggregate,
): Expression => {
  if (found.kind === 'aggregate') return resolveAggregate(syntax, found, context)
  if (syntax.filter)
    throw new SqlError(
      'UNSUPPORTED_FEATURE',
      `FILTER does not fit ${syntax.name}: it is no aggregate`,
      syntax.filter.at,
    )
  const args = syntax.args.map((arg) => context.analysis.expression(arg, context))
  const resolved = withPosition(syntax.at, () => found.resolve(args, context.analysis.context.settings))
  return { kind: 'call', name: found.name, args: resolved.args, type: resolved.type, nullable: resolved.nullable }
}

/** OVER w, and windows that are given by the name of another. */
const definition = (over: WindowSyntax, context: ExpressionContext, at: Span | undefined): WindowSyntax => {
  if (over.name === undefined) return over
  const key = Object.keys(context.windows).find((name) => name.toLowerCase() === over.name!.toLowerCase())
  if (key === undefined)
    throw new SqlError(
      'MISSING_WINDOW_SPECIFICATION',
      `Window specification is not defined in the WINDOW clause for ${over.name}`,
      at,
    )
  const base = definition(context.windows[key]!, context, at)
  return {
    partitionBy: base.partitionBy,
    orderBy: over.orderBy.length > 0 ? over.orderBy : base.orderBy,
    ...(over.frame ? { frame: over.frame } : base.frame ? { frame: base.frame } : {}),
  }
}

const CURRENT: FrameBound<never> = { kind: 'current-row' }
const UNBOUNDED_PRECEDING: FrameBound<never> = { kind: 'unbounded-preceding' }
const UNBOUNDED_FOLLOWING: FrameBound<never> = { kind: 'unbounded-following' }

const frameOf = (
  frame: FrameSyntax | undefined,
  found: SparkFunction,
  orderBy: readonly SortOrder[],
  context: ExpressionContext,
  at: Span | undefined,
): WindowFrame | undefined => {
  if (OFFSET.has(found.name) || RANKING.has(found.name)) {
    const usual =
      frame?.unit === 'rows' && frame.start.kind === 'unbounded-preceding' && frame.end.kind === 'current-row'
    if (frame && (OFFSET.has(found.name) || !usual))
      throw new SqlError(
        'WINDOW_FUNCTION_FRAME_NOT_ALLOWED',
        `Cannot specify window frame for ${found.name} function; leave it out`,
        at,
      )
    return undefined
  }
  if (!frame)
    return orderBy.length > 0
      ? { unit: 'range', start: UNBOUNDED_PRECEDING, end: CURRENT }
      : { unit: 'rows', start: UNBOUNDED_PRECEDING, end: UNBOUNDED_FOLLOWING }
  const start = bound(frame.start, frame.unit, orderBy, context, at)
  const end = bound(frame.end, frame.unit, orderBy, context, at)
  if (position(start) > position(end) || start.kind === 'unbounded-following' || end.kind === 'unbounded-preceding')
    throw new SqlError(
      'DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON',
      'The lower bound of a window frame must be less than or equal to the upper bound',
      at,
    )
  return { unit: frame.unit, start, end }
}

/** How far a bound lies behind the current row; 0 for what is not a known number. */
const position = (bound: FrameBound<Expression>): number => {
  switch (bound.kind) {
    case 'unbounded-preceding':
      return Number.NEGATIVE_INFINITY
    case 'unbounded-following':
      return Number.POSITIVE_INFINITY
    case 'current-row':
      return 0
    default: {
      const far = Number(constantInteger(bound.offset) ?? 0n)
      return bound.kind === 'preceding' ? -far : far
    }
  }
}

const bound = (
  syntax: FrameBound<ExpressionSyntax>,
  unit: 'rows' | 'range',
  orderBy: readonly SortOrder[],
  context: ExpressionContext,
  at: Span | undefined,
): FrameBound<Expression> => {
  if (!('offset' in syntax)) return syntax
  const offset = context.analysis.expression(syntax.offset, context)
  const fault = (reason: string, message: string) =>
    new SqlError(`DATATYPE_MISMATCH.${reason}`, message, syntax.offset.at ?? at)
  if (unit === 'rows') {
    const rows = constantInteger(offset)
    if (rows === undefined || rows === null)
      throw fault('SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE', 'The bound of a ROWS frame must be a whole number')
    // A negative bound lies on the other side.
    if (rows < 0n) return { kind: syntax.kind === 'preceding' ? 'following' : 'preceding', offset: rowsOf(-rows) }
    return { kind: syntax.kind, offset: rowsOf(rows) }
  }
  const [order] = orderBy
  if (!order) throw fault('RANGE_FRAME_WITHOUT_ORDER', 'A range window frame with a value needs ORDER BY')
  if (orderBy.length > 1)
    throw fault(
      'RANGE_FRAME_MULTI_ORDER',
      'A range window frame with value boundaries cannot be used in a window specification with multiple order by expressions',
    )
  return { kind: syntax.kind, offset: rangeOffset(offset, order.expression, context, fault) }
}

const rowsOf = (rows: bigint): Expression => ({
  kind: 'literal',
  value: Number(rows),
  type: { kind: 'integer' },
  nullable: false,
})

const rangeOffset = (
  offset: Expression,
  order: Expression,
  context: ExpressionContext,
  fault: (reason: string, message: string) => SqlError,
): Expression => {
  const { settings } = context.analysis.context
  const { kind } = order.type
  if (isNumeric(order.type) || isInterval(order.type)) {
    const type = sameType(offset.type, order.type) ? order.type : implicitType(offset.type, order.type)
    if (type && (isNumeric(offset.type) || isInterval(offset.type))) return castTo(offset, type, settings)
  }
  if (kind === 'date' && (offset.type.kind === 'integer' || isInterval(offset.type))) return offset
  if ((kind === 'timestamp' || kind === 'timestamp_ntz') && isInterval(offset.type)) return offset
  throw fault(
    'RANGE_FRAME_INVALID_TYPE',
    `The value of a range frame has the type "${sqlTypeName(offset.type)}", which does not go with an order by "${sqlTypeName(order.type)}"`,
  )
}
