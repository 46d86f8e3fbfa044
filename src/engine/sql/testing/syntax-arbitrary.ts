import fc from 'fast-check'
import {
  array,
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
  map,
  SHORT,
  STRING,
  struct,
  TIMESTAMP,
  TIMESTAMP_NTZ,
  VOID,
} from '../../types/data-type.ts'
import type { ExpressionSyntax, FrameBound, OrderSyntax, PlanSyntax, WindowSyntax } from '../syntax.ts'
import { syntaxKey } from '../syntax-key.ts'

/** Syntax as the parser makes it of text: every tree has a text that parses to it. */

type Arb<T> = fc.Arbitrary<T>

const name: Arb<string> = fc.constantFrom(
  'a',
  'b',
  'c',
  'from',
  'LIMIT',
  'two words',
  'a`b',
  '1st',
  'größe',
  'at',
  'values',
)
const names = fc.uniqueArray(name, { minLength: 1, maxLength: 3, selector: (n) => n.toLowerCase() })
const optional = <T>(key: string, value: Arb<T>): Arb<Record<string, T>> =>
  fc.option(value, { nil: undefined }).map((v) => (v === undefined ? {} : { [key]: v }) as Record<string, T>)

export const dataTypeArbitrary: Arb<DataType> = fc.letrec<{ type: DataType }>((tie) => ({
  type: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(
      BOOLEAN,
      BYTE,
      SHORT,
      INTEGER,
      LONG,
      FLOAT,
      DOUBLE,
      STRING,
      BINARY,
      DATE,
      TIMESTAMP,
      TIMESTAMP_NTZ,
      VOID,
    ),
    fc.tuple(fc.integer({ min: 1, max: 38 }), fc.nat(38)).map(([p, s]) => decimal(p, Math.min(p, s))),
    fc.constantFrom<DataType>(
      { kind: 'day-time-interval' },
      { kind: 'day-time-interval', start: 'hour', end: 'minute' },
      { kind: 'year-month-interval' },
      { kind: 'year-month-interval', start: 'month', end: 'month' },
    ),
    tie('type').map((element) => array(element)),
    fc.tuple(tie('type'), tie('type')).map(([key, value]) => map(key, value)),
    fc
      .tuple(names, tie('type'), fc.boolean())
      .map(([fields, type, nullable]) => struct(fields.map((field) => ({ name: field, type, nullable })))),
  ),
})).type

const literal = (value: ExpressionSyntax & { kind: 'literal' }): ExpressionSyntax => value
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => !Object.is(n, -0))
const decimalLiteral = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.nat(10))
  .map(([value, scale]) => {
    const digits = value.toString().replace('-', '').length
    return literal({ kind: 'literal', value, type: decimal(Math.max(digits, scale), scale) })
  })
const micros = fc.bigInt({ min: -(10n ** 16n), max: 10n ** 17n })

const literals: Arb<ExpressionSyntax> = fc.oneof(
  fc.constant(literal({ kind: 'literal', value: null, type: VOID })),
  fc.boolean().map((value) => literal({ kind: 'literal', value, type: BOOLEAN })),
  fc.integer().map((value) => literal({ kind: 'literal', value, type: INTEGER })),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((value) => literal({ kind: 'literal', value, type: LONG })),
  fc.integer({ min: -128, max: 127 }).map((value) => literal({ kind: 'literal', value, type: BYTE })),
  fc.integer({ min: -32768, max: 32767 }).map((value) => literal({ kind: 'literal', value, type: SHORT })),
  finite.map((value) => literal({ kind: 'literal', value, type: DOUBLE })),
  fc
    .float({ noNaN: true, noDefaultInfinity: true })
    .filter((n) => !Object.is(n, -0))
    .map((value) => literal({ kind: 'literal', value, type: FLOAT })),
  decimalLiteral,
  fc.string({ unit: 'grapheme', maxLength: 8 }).map((value) => literal({ kind: 'literal', value, type: STRING })),
  fc
    .constantFrom("it's", 'a\\%b', '\\', '"', '--', '/*', '\n')
    .map((value) => literal({ kind: 'literal', value, type: STRING })),
  fc
    .uint8Array({ maxLength: 4 })
    .map((bytes) => literal({ kind: 'literal', value: Uint8Array.from(bytes), type: BINARY })),
  fc.integer({ min: -100_000, max: 100_000 }).map((value) => literal({ kind: 'literal', value, type: DATE })),
  micros.map((value) => literal({ kind: 'literal', value, type: TIMESTAMP })),
  micros.map((value) => literal({ kind: 'literal', value, type: TIMESTAMP_NTZ })),
)

const interval: Arb<ExpressionSyntax> = fc
  .array(fc.tuple(fc.integer(), fc.constantFrom('year', 'month', 'week', 'day', 'hour', 'second', 'microsecond')), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => ({
    kind: 'interval',
    parts: parts.map(([value, unit]) => ({ value: literal({ kind: 'literal', value, type: INTEGER }), unit })),
  }))

const column: Arb<ExpressionSyntax> = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((parts) => ({ kind: 'name', parts }))
const call = (callee: string, args: readonly ExpressionSyntax[]): ExpressionSyntax => ({
  kind: 'call',
  name: callee,
  args,
})

const INFIX = [
  ...['+', '-', '*', '/', '%', 'div', '||', '&', '|', '^', '=', '<=>', '<>', '<', '<=', '>', '>=', 'and', 'or'],
  ...['shiftleft', 'shiftright', 'shiftrightunsigned', 'rlike', 'like', 'ilike'],
]

/** Not what a pair of parentheses makes of several values. */
const noRow = (expression: ExpressionSyntax): boolean => !(expression.kind === 'call' && expression.name === 'struct')

const trees = fc.letrec<{
  expression: ExpressionSyntax
  order: OrderSyntax
  window: WindowSyntax
  generator: ExpressionSyntax
  select: PlanSyntax
  plan: PlanSyntax
}>((tie) => {
  const expression = tie('expression')
  const some = fc.array(expression, { minLength: 1, maxLength: 3 })
  const bound: Arb<FrameBound<ExpressionSyntax>> = fc.oneof(
    fc.constantFrom<FrameBound<ExpressionSyntax>>(
      { kind: 'unbounded-preceding' },
      { kind: 'current-row' },
      { kind: 'unbounded-following' },
    ),
    expression.map((offset) => ({ kind: 'preceding' as const, offset })),
    expression.map((offset) => ({ kind: 'following' as const, offset })),
  )
  const lambda: Arb<ExpressionSyntax> = fc
    .tuple(names, expression)
    .map(([parameters, body]) => ({ kind: 'lambda', parameters, body }))
  const aliased: Arb<ExpressionSyntax> = fc
    .tuple(expression, names)
    .map(([child, aliases]) => ({ kind: 'alias', child, names: aliases }))
  const item: Arb<ExpressionSyntax> = fc.oneof(
    expression,
    aliased,
    fc
      .tuple(fc.array(name, { maxLength: 2 }), optional('except', names))
      .map(([qualifier, except]) => ({ kind: 'star' as const, qualifier, ...except })),
  )
  const argument: Arb<ExpressionSyntax> = fc.oneof(
    { weight: 6, arbitrary: expression },
    { weight: 1, arbitrary: lambda },
    {
      weight: 1,
      arbitrary: fc.tuple(name, expression).map(([n, value]) => ({ kind: 'named-argument' as const, name: n, value })),
    },
  )
  const functionCall: Arb<ExpressionSyntax> = fc
    .tuple(
      fc.constantFrom('f', 'sum', 'coalesce', 'left', 'array', 'db.f', 'if'),
      fc.array(argument, { maxLength: 3 }),
      fc.boolean(),
      optional('filter', expression),
      optional('withinGroup', fc.array(tie('order'), { minLength: 1, maxLength: 2 })),
      fc.constantFrom({}, {}, { ignoreNulls: true }),
      optional('over', tie('window')),
    )
    .map(([callee, args, distinct, filter, within, nulls, over]) => ({
      kind: 'call',
      name: callee,
      args,
      ...(distinct && args.length > 0 ? { distinct } : {}),
      ...filter,
      ...within,
      ...nulls,
      ...over,
    }))
  const branch = fc.tuple(expression, expression).map(([when, then]) => ({ when, then }))
  const row = fc.oneof(
    expression.filter(noRow).map((e) => [e]),
    fc.array(expression, { minLength: 2, maxLength: 3 }),
  )
  const plan = tie('plan')
  const cased = fc
    .tuple(
      optional('operand', expression),
      fc.array(branch, { minLength: 1, maxLength: 2 }),
      optional('otherwise', expression),
    )
    .map(([operand, branches, otherwise]) => ({ kind: 'case', ...operand, branches, ...otherwise }) as ExpressionSyntax)
  const grouping = fc.oneof(
    fc.constant({ all: true, expressions: [] }),
    fc.uniqueArray(expression, { minLength: 1, maxLength: 3, selector: syntaxKey }).chain((expressions) => {
      const all = expressions.map((_, i) => i)
      return fc.oneof(
        fc.constant({ all: false, expressions }),
        fc.array(fc.subarray(all), { maxLength: 3 }).map((sets) => ({ all: false, expressions, sets: [all, ...sets] })),
      )
    }),
  )
  return {
    expression: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      column,
      literals,
      interval,
      fc.tuple(fc.constantFrom(...INFIX), expression, expression).map(([op, l, r]) => call(op, [l, r])),
      fc
        .tuple(fc.constantFrom('negative', 'positive', '~', 'not', 'isnull', 'isnotnull'), expression)
        .map(([op, e]) => call(op, [e])),
      fc.tuple(expression, expression, expression).map((args) => call('between', args)),
      fc.tuple(expression, expression).map((args) => call('[]', args)),
      fc
        .array(
          fc.oneof(
            expression,
            aliased.filter((a) => a.kind === 'alias' && a.names.length === 1),
          ),
          { maxLength: 3 },
        )
        .map((args) => call('struct', args)),
      functionCall,
      cased,
      fc
        .tuple(expression, dataTypeArbitrary, fc.boolean())
        .map(([child, type, safe]) => ({ kind: 'cast' as const, child, type, try: safe })),
      fc.tuple(expression, some).map(([value, list]) => ({ kind: 'in' as const, value, list })),
      fc.tuple(row, plan).map(([values, query]) => ({ kind: 'in-subquery' as const, values, query })),
      plan.map((query) => ({ kind: 'exists' as const, query })),
      plan.map((query) => ({ kind: 'scalar-subquery' as const, query })),
    ),
    order: fc
      .tuple(expression, fc.boolean(), optional('nullsFirst', fc.boolean()))
      .map(([e, descending, nulls]) => ({ expression: e, descending, ...nulls })),
    window: fc.oneof(
      name.map((n) => ({ name: n, partitionBy: [], orderBy: [] })),
      fc
        .tuple(
          fc.array(expression, { maxLength: 2 }),
          fc.array(tie('order'), { maxLength: 2 }),
          optional(
            'frame',
            fc.record({ unit: fc.constantFrom('rows' as const, 'range' as const), start: bound, end: bound }),
          ),
        )
        .map(([partitionBy, orderBy, frame]) => ({ partitionBy, orderBy, ...frame })),
    ),
    generator: some.map((args) => call('explode', args)),
    select: fc
      .tuple(
        fc.array(item, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        optional('from', plan),
        fc.array(
          fc.record({
            generator: tie('generator'),
            outer: fc.boolean(),
            alias: name,
            columns: fc.oneof(fc.constant([]), names),
          }),
          {
            maxLength: 1,
          },
        ),
        optional('where', expression),
        optional('groupBy', grouping),
        optional('having', expression),
        fc.dictionary(fc.constantFrom('w', 'v x'), tie('window'), { maxKeys: 2 }).map((windows) => ({ ...windows })),
      )
      .map(
        ([items, distinct, from, lateralViews, where, groupBy, having, windows]) =>
          ({
            kind: 'select',
            items,
            distinct,
            ...from,
            lateralViews,
            ...where,
            ...groupBy,
            ...having,
            windows,
          }) as PlanSyntax,
      ),
    plan: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc
        .tuple(
          fc.array(name, { minLength: 1, maxLength: 3 }),
          optional(
            'options',
            fc
              .dictionary(fc.constantFrom('k', 'Key 2'), fc.constantFrom('v', ''), { minKeys: 1 })
              .map((o) => ({ ...o })),
          ),
        )
        .map(([relation, options]) => ({ kind: 'relation', name: relation, ...options }) as PlanSyntax),
      tie('select'),
      fc
        .integer({ min: 1, max: 3 })
        .chain((width) =>
          fc
            .array(
              fc.array(width === 1 ? expression.filter(noRow) : expression, { minLength: width, maxLength: width }),
              { minLength: 1, maxLength: 2 },
            )
            .map((rows) => ({ kind: 'values', rows }) as PlanSyntax),
        ),
      fc
        .tuple(fc.constantFrom('range', 'explode'), fc.array(argument, { maxLength: 2 }))
        .map(([n, args]) => ({ kind: 'table-function', name: n, args }) as PlanSyntax),
      fc
        .tuple(plan, name, optional('columns', names))
        .map(([input, n, columns]) => ({ kind: 'alias', input, name: n, ...columns }) as PlanSyntax),
      fc
        .tuple(
          plan,
          plan,
          fc.constantFrom('inner', 'cross', 'left', 'right', 'full', 'semi', 'anti'),
          optional(
            'criteria',
            fc.oneof(
              expression.map((condition) => ({ kind: 'on', condition })),
              names.map((columns) => ({ kind: 'using', columns })),
              fc.constant({ kind: 'natural' }),
            ),
          ),
          fc.boolean(),
        )
        .map(
          ([left, right, how, criteria, lateral]) =>
            ({ kind: 'join', left, right, how, ...criteria, lateral }) as PlanSyntax,
        ),
      fc
        .tuple(fc.constantFrom('union', 'intersect', 'except'), fc.boolean(), plan, plan)
        .map(([op, all, left, right]) => ({ kind: 'set-operation', op, all, left, right }) as PlanSyntax),
      fc
        .tuple(plan, fc.array(tie('order'), { minLength: 1, maxLength: 2 }), fc.boolean())
        .map(([input, orders, global]) => ({ kind: 'sort' as const, input, orders, global })),
      plan.map((input) => ({ kind: 'sort' as const, input, orders: 'all', global: true }) as PlanSyntax),
      fc.tuple(plan, some).map(([input, by]) => ({
        kind: 'repartition' as const,
        input,
        by: by.map((e) => ({ expression: e, descending: false })),
        how: 'hash' as const,
      })),
      fc
        .tuple(plan, optional('count', expression), expression)
        .map(([input, count, offset]) => ({ kind: 'limit', input, ...count, offset }) as PlanSyntax),
      fc.tuple(fc.boolean(), names, optional('columns', names), plan, plan).map(
        ([recursive, queries, columns, query, input]) =>
          ({
            kind: 'with',
            recursive,
            queries: queries.map((n) => ({ name: n, ...columns, query })),
            input,
          }) as PlanSyntax,
      ),
      fc.tuple(plan, fc.nat(100), fc.nat()).map(([input, percent, seed]) => ({
        kind: 'sample' as const,
        input,
        fraction: percent / 100,
        withReplacement: false,
        seed: BigInt(seed),
      })),
      fc
        .tuple(
          tie('select'),
          fc.constantFrom('BROADCAST', 'COALESCE'),
          fc.array(fc.oneof(column, literals), { maxLength: 2 }),
        )
        .map(([input, hint, args]) => ({ kind: 'hint' as const, input, name: hint, args })),
      fc.tuple(plan, expression).map(([input, condition]) => ({ kind: 'filter' as const, input, condition })),
      fc.tuple(plan, name, expression).map(([input, n, e]) => ({
        kind: 'with-columns' as const,
        input,
        columns: [{ name: n, expression: e }],
        existing: true,
      })),
      fc.integer({ min: 1, max: 2 }).chain((width) =>
        fc
          .tuple(
            plan,
            some,
            fc.array(fc.tuple(fc.array(literals, { minLength: width, maxLength: width }), optional('alias', name)), {
              minLength: 1,
              maxLength: 2,
            }),
          )
          .map(
            ([input, aggregates, values]) =>
              ({
                kind: 'pivot',
                input,
                aggregates,
                columns: ['a', 'from'].slice(0, width).map((n) => ({ kind: 'name', parts: [n] })),
                values: values.map(([row, alias]) => ({ values: row, ...alias })),
              }) as PlanSyntax,
          ),
      ),
      fc.integer({ min: 1, max: 2 }).chain((width) =>
        fc
          .tuple(
            plan,
            fc.array(fc.tuple(fc.array(column, { minLength: width, maxLength: width }), optional('alias', name)), {
              minLength: 1,
              maxLength: 2,
            }),
            fc.boolean(),
          )
          .map(
            ([input, columns, includeNulls]) =>
              ({
                kind: 'unpivot',
                input,
                columns: columns.map(([expressions, alias]) => ({ expressions, ...alias })),
                nameColumn: 'n',
                valueColumns: ['v', 'two words'].slice(0, width),
                includeNulls,
              }) as PlanSyntax,
          ),
      ),
    ),
  }
})

export const expressionArbitrary: Arb<ExpressionSyntax> = trees.expression
export const planArbitrary: Arb<PlanSyntax> = trees.plan
