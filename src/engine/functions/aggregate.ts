import type { Expression } from '../plan/expression.ts'
import { BOOLEAN, type DataType, DOUBLE, INTEGER, LONG } from '../types/data-type.ts'
import { bounded, type DecimalType } from '../types/decimal-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isComplex, isFractional, isIntegral, isInterval, isOrderable } from '../types/same-type.ts'
import { simpleString } from '../types/type-name.ts'
import { type AggregateCall, aggregate, aggregateOf, mergedBySelf } from './aggregate-call.ts'
import { bindOnce } from './bind-once.ts'
import { type CallSite, callSite, invoke } from './call-site.ts'
import { castTo } from './coerce.ts'
import { decimalQuotient } from './decimal-arithmetic.ts'
import type { SparkFunction } from './function.ts'
import { raise } from './raise.ts'
import { unsupported, wrongType } from './refuse.ts'
import { checkCount, coerced } from './signature.ts'

const argumentType = (call: Expression, index = 0): DataType => (call as AggregateCall).args[index]!.type

/** Rows, or rows where no argument is null. */
const count: SparkFunction = {
  name: 'count',
  kind: 'aggregate',
  resolve: (args) => {
    checkCount('count', args, 1, Number.POSITIVE_INFINITY)
    return { args, type: LONG, nullable: false }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    const { args } = call as AggregateCall
    if (args.length === 1) {
      const all = !site.distinct && args[0]!.kind === 'literal' && args[0]!.nullable === false
      return invoke('count', all ? ['*'] : site.args, site)
    }
    const present = site.args.map((arg) => `${arg} IS NOT NULL`).join(' AND ')
    return invoke(
      'count',
      [`CASE WHEN ${present} THEN ${site.distinct ? `row(${site.args.join(', ')})` : '1'} END`],
      site,
    )
  },
  twoPhase: (call) => ({
    partial: [call],
    // The sum of no partial counts is null, their count is 0.
    merge: ([partial]) => aggregateOf('$sum0', [partial!], LONG, false),
  }),
}

/** Source: Spark's Sum. */
const sumType = (type: DataType): DataType => {
  if (isIntegral(type)) return LONG
  if (type.kind === 'decimal') return bounded(type.precision + 10, type.scale)
  return isInterval(type) ? type : DOUBLE
}

const OVERFLOW = raise(
  'ARITHMETIC_OVERFLOW',
  'The sum has more than 38 digits. Use try_sum to tolerate it and return NULL instead.',
)

/** DuckDB counts a little beyond 38 digits before it fails. */
const within38 = (total: string, scale: number, failure: string): string => {
  const nines = '9'.repeat(38)
  const limit = `CAST('${scale === 0 ? nines : `${nines.slice(0, -scale)}.${nines.slice(-scale)}`}' AS DECIMAL(38,${scale}))`
  return bindOnce(
    [total],
    (x) => `CASE WHEN ${x} > ${limit} OR ${x} < -${limit} THEN ${failure} ELSE CAST(${x} AS DECIMAL(38,${scale})) END`,
  )
}

const sum: SparkFunction = {
  name: 'sum',
  kind: 'aggregate',
  resolve: (given, settings) => {
    checkCount('sum', given, 1)
    const arg = isInterval(given[0]!.type) ? given[0]! : coerced('sum', given, 0, 'numeric', settings)
    return { args: [arg], type: sumType(arg.type), nullable: true }
  },
  emit: (texts, call, settings) => {
    const site = callSite(texts, call)
    const total = invoke('sum', site.args, site)
    if (isFractional(call.type)) return total
    if (call.type.kind === 'decimal' && call.type.precision === 38)
      return within38(total, call.type.scale, settings.ansi ? OVERFLOW : 'NULL')
    if (settings.ansi || !isIntegral(call.type)) return `CAST(${total} AS ${duckdbTypeOf(call.type)})`
    // Without ANSI the sum wraps around as Java's does.
    return `CAST((((${total}) + 9223372036854775808) & 18446744073709551615) - 9223372036854775808 AS BIGINT)`
  },
  twoPhase: (call) => ({
    partial: [call],
    merge: ([partial]) => aggregateOf('$sum_merge', [partial!], call.type),
  }),
}

/** Null where the total leaves its type. Whole: all rows of a group meet in one place. */
const trySum: SparkFunction = {
  name: 'try_sum',
  kind: 'aggregate',
  resolve: sum.resolve,
  emit: (texts, call, settings) => {
    const site = callSite(texts, call)
    if (!isIntegral(call.type) && call.type.kind !== 'decimal') return sum.emit(texts, call, settings)
    const type = duckdbTypeOf(call.type)
    if (isIntegral(call.type)) return `TRY_CAST(${invoke('sum', site.args, site)} AS ${type})`
    const { scale, precision } = call.type as DecimalType
    if (precision < 38) return `CAST(${invoke('sum', site.args, site)} AS ${type})`
    return within38(invoke('sum', site.args, site), scale, 'NULL')
  },
}
/** Adds up partial sums: the type stays, where sum would widen it again. */
const hiddenSum = (name: string, emit: (total: string, type: string) => string): SparkFunction => ({
  name,
  kind: 'aggregate',
  resolve: (args) => ({ args, type: args[0]!.type, nullable: name !== '$sum0' }),
  emit: (texts, call) => {
    const site = callSite(texts, call)
    return emit(invoke('sum', site.args, site), duckdbTypeOf(call.type))
  },
})

const averageType = (type: DataType): DataType =>
  type.kind === 'decimal' ? bounded(type.precision + 4, type.scale + 4) : DOUBLE

const totalType = (type: DataType): DataType =>
  type.kind === 'decimal' ? bounded(type.precision + 10, type.scale) : DOUBLE

const average = (total: string, rows: string, of: DataType, result: DataType): string => {
  if (of.kind !== 'decimal') return `(${total} / nullif(${rows}, 0))`
  return bindOnce(
    [`CAST(${total} AS ${duckdbTypeOf(of)})`, `CAST(${rows} AS DECIMAL(20,0))`],
    (x, y) =>
      `CASE WHEN ${y} > 0 THEN ${decimalQuotient([x, y], [of, { kind: 'decimal', precision: 20, scale: 0 }], result as DecimalType)} END`,
  )
}

const wholeInterval = (type: DataType): DataType =>
  type.kind === 'day-time-interval' ? { kind: 'day-time-interval' } : { kind: 'year-month-interval' }

/** Half away from zero. Source: Spark's DivideDTInterval and DivideYMInterval. */
const intervalAverage = (total: string, rows: string, type: DataType): string =>
  bindOnce([`CAST(${total} AS HUGEINT)`, `CAST(${rows} AS HUGEINT)`], (sum, count) => {
    const size = `(2 * abs(${sum}) + ${count}) // (2 * ${count})`
    return `CASE WHEN ${count} > 0 THEN CAST(CASE WHEN ${sum} < 0 THEN -(${size}) ELSE ${size} END AS ${duckdbTypeOf(type)}) END`
  })

const avg: SparkFunction = {
  name: 'avg',
  aliases: ['mean'],
  kind: 'aggregate',
  resolve: (given, settings) => {
    checkCount('avg', given, 1)
    if (isInterval(given[0]!.type)) return { args: given, type: wholeInterval(given[0]!.type), nullable: true }
    const arg = coerced('avg', given, 0, 'numeric', settings)
    return { args: [arg], type: averageType(arg.type), nullable: true }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    const type = argumentType(call)
    if (isInterval(type)) return intervalAverage(invoke('sum', site.args, site), invoke('count', site.args, site), type)
    if (type.kind !== 'decimal') return invoke('avg', site.args, site)
    return average(invoke('sum', site.args, site), invoke('count', site.args, site), totalType(type), call.type)
  },
  twoPhase: (call) => {
    const { args } = call as AggregateCall
    const type = args[0]!.type
    if (isInterval(type)) return undefined
    const total =
      type.kind === 'decimal' ? aggregateOf('sum', args, totalType(type)) : aggregateOf('$sum_double', args, DOUBLE)
    return {
      partial: [total, aggregateOf('count', args, LONG, false)],
      merge: (partial) => aggregateOf('$avg_merge', partial, call.type),
    }
  },
}

/** An average leaves its type only where its total does: sums of at most 28 digits do not. */
const tryAvg: SparkFunction = {
  name: 'try_avg',
  kind: 'aggregate',
  resolve: (given, settings) => {
    const resolved = avg.resolve(given, settings)
    const { type } = resolved.args[0]!
    if (type.kind === 'decimal' && type.precision > 28)
      throw unsupported('try_avg of more than 28 digits is not computed here; cast it to a smaller precision')
    return resolved
  },
  emit: avg.emit,
}

const averageMerge: SparkFunction = {
  name: '$avg_merge',
  kind: 'aggregate',
  resolve: (args) => ({ args, type: averageType(args[0]!.type), nullable: true }),
  emit: (texts, call) => {
    const site = callSite(texts, call)
    const of = argumentType(call)
    return average(invoke('sum', [site.args[0]!], site), invoke('sum', [site.args[1]!], site), of, call.type)
  },
}

/** Whole numbers as they are: a text is not taken for one. */
const bits = (name: 'bit_and' | 'bit_or' | 'bit_xor'): SparkFunction => ({
  ...aggregate(name, ['integral'], same, plain(name), { twoPhase: mergedBySelf }),
  resolve: (given, settings) => {
    checkCount(name, given, 1)
    const { type } = given[0]!
    if (type.kind !== 'void' && !isIntegral(type)) throw wrongType(name, 0, 'a whole number', type)
    const arg = type.kind === 'void' ? castTo(given[0]!, INTEGER, settings) : given[0]!
    return { args: [arg], type: arg.type, nullable: true }
  },
})

const extreme = (name: 'min' | 'max'): SparkFunction => ({
  name,
  kind: 'aggregate',
  resolve: (args) => {
    checkCount(name, args, 1)
    const { type } = args[0]!
    if (!isOrderable(type)) throw wrongType(name, 0, 'of a type with an order', type)
    if (isComplex(type))
      throw unsupported(`${name} of ${simpleString(type)} is not computed here: nulls inside are ordered otherwise`)
    return { args, type, nullable: true }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    return invoke(name, site.args, site)
  },
  twoPhase: mergedBySelf,
})

const same = (args: readonly Expression[]): DataType => args[0]!.type
const plain = (name: string) => (site: CallSite) => invoke(name, site.args, site)
const isTrue = (arg: Expression | undefined): boolean => arg?.kind === 'literal' && arg.value === true

/** first and last: of rows in whatever order they come, or of a window's frame. */
const edge = (name: 'first' | 'last' | 'any_value', aliases: readonly string[]): SparkFunction =>
  aggregate(
    name,
    ['any', BOOLEAN],
    same,
    (site, call) => {
      const [value] = site.args
      const skips = isTrue(call.args[1]) || site.inside.includes('IGNORE NULLS')
      const end = name === 'last' ? 'last' : 'first'
      if (site.after.includes(' OVER (')) {
        return invoke(`${end}_value`, [value!], { ...site, inside: skips ? ' IGNORE NULLS' : '' })
      }
      if (!skips) return invoke(end, [value!], site)
      return end === 'first'
        ? invoke('any_value', [value!], site)
        : `list_last(list_filter(${invoke('list', [value!], site)}, lambda item: item IS NOT NULL))`
    },
    {
      aliases,
      optional: 1,
      twoPhase: (call) => ({
        partial: isTrue(call.args[1])
          ? [call]
          : [
              call,
              aggregateOf(
                'count',
                [{ kind: 'literal', value: 1, type: { kind: 'integer' }, nullable: false }],
                LONG,
                false,
              ),
            ],
        // A task without rows (no groups) gives a null that is no row's value.
        merge: ([value, rows]) => ({
          ...aggregateOf(name, rows ? [value!] : [value!, call.args[1]!], call.type),
          filter: rows && {
            kind: 'call',
            name: '>',
            args: [rows, { kind: 'literal', value: 0n, type: LONG, nullable: false }],
            type: BOOLEAN,
            nullable: false,
          },
        }),
      }),
    },
  )

/** What SQL programs count, add and compare. Source: Spark's expressions.aggregate. */
export const AGGREGATE: readonly SparkFunction[] = [
  count,
  sum,
  hiddenSum('$sum0', (total, type) => `coalesce(CAST(${total} AS ${type}), 0)`),
  hiddenSum('$sum_merge', (total, type) => `CAST(${total} AS ${type})`),
  aggregate('$sum_double', ['any'], DOUBLE, (site) =>
    invoke(
      'sum',
      site.args.map((arg) => `CAST(${arg} AS DOUBLE)`),
      site,
    ),
  ),
  avg,
  trySum,
  tryAvg,
  averageMerge,
  extreme('min'),
  extreme('max'),
  aggregate(
    'count_if',
    [BOOLEAN],
    LONG,
    (site) => `coalesce(CAST(${invoke('count_if', site.args, site)} AS BIGINT), 0)`,
    {
      nullable: false,
      twoPhase: (call) => ({ partial: [call], merge: ([partial]) => aggregateOf('$sum0', [partial!], LONG, false) }),
    },
  ),
  aggregate('bool_and', [BOOLEAN], BOOLEAN, plain('bool_and'), { aliases: ['every'], twoPhase: mergedBySelf }),
  aggregate('bool_or', [BOOLEAN], BOOLEAN, plain('bool_or'), { aliases: ['any', 'some'], twoPhase: mergedBySelf }),
  ...(['bit_and', 'bit_or', 'bit_xor'] as const).map((name) => bits(name)),
  edge('first', ['first_value']),
  edge('last', ['last_value']),
  edge('any_value', []),
]
