import type { Expression } from '../plan/expression.ts'
import { SqlError } from '../sql/sql-error.ts'
import { array, BOOLEAN, type DataType, DOUBLE, LONG } from '../types/data-type.ts'
import { duckdbTypeOf } from '../types/duckdb-type.ts'
import { isInterval } from '../types/same-type.ts'
import { type AggregateCall, aggregate, aggregateOf } from './aggregate-call.ts'
import { type CallSite, callSite, invoke } from './call-site.ts'
import type { SparkFunction, TwoPhase } from './function.ts'
import { raise } from './raise.ts'
import { constant, unsupported } from './refuse.ts'
import { checkCount } from './signature.ts'

/** From count, mean and sum of squared distances: what each statistic is. */
const FROM_MOMENTS = {
  var_pop: 'm.m2 / m.n',
  var_samp: 'm.m2 / nullif(m.n - 1, 0)',
  stddev_pop: 'sqrt(m.m2 / m.n)',
  stddev_samp: 'sqrt(m.m2 / nullif(m.n - 1, 0))',
} as const

type Statistic = keyof typeof FROM_MOMENTS

const NAN = "CAST('nan' AS DOUBLE)"

/**
 * A statistic over its arguments where all are finite, NaN where one is not: DuckDB fails there, Spark computes on with
 * what Java gives. Rows with a null argument do not count; of fewer rows than `least` it is null.
 */
const finite = (site: CallSite, compute: (site: CallSite) => string, least = 1): string => {
  const all = site.args.map((arg) => `isfinite(${arg})`).join(' AND ')
  const present = site.args.map((arg) => `${arg} IS NOT NULL`).join(' AND ')
  const odd = invoke('bool_or', [`(${present}) AND NOT (${all})`], site)
  const args = site.args.map((arg) => `CASE WHEN ${all} THEN ${arg} END`)
  const nan =
    least > 1
      ? `CASE WHEN ${invoke('count', [`CASE WHEN ${present} THEN 1 END`], site)} >= ${least} THEN ${NAN} END`
      : NAN
  return `CASE WHEN ${odd} THEN ${nan} ELSE ${compute({ ...site, args })} END`
}

/** Spreads of parts are put together by Chan's formula, which keeps the digits that sums of squares lose. */
const spread = (name: Statistic, aliases: readonly string[]): SparkFunction =>
  aggregate(
    name,
    [DOUBLE],
    DOUBLE,
    (given) => finite(given, (site) => invoke(name, site.args, site), name.endsWith('_samp') ? 2 : 1),
    {
      aliases,
      twoPhase: (call): TwoPhase => ({
        partial: [
          aggregateOf('count', call.args, LONG, false),
          aggregateOf('avg', call.args, DOUBLE),
          aggregateOf('var_pop', call.args, DOUBLE),
        ],
        merge: (partial) => aggregateOf(`$${name}_merge`, partial, DOUBLE),
      }),
    },
  )

const merge = (name: Statistic): SparkFunction => ({
  name: `$${name}_merge`,
  kind: 'aggregate',
  resolve: (args) => ({ args, type: DOUBLE, nullable: true }),
  emit: (texts, call) => {
    const site = callSite(texts, call)
    const [rows, mean, variance] = site.args
    const part = `struct_pack(n := CAST(${rows} AS DOUBLE), mean := ${mean}, m2 := ${variance} * ${rows})`
    const parts = `list_filter(${invoke('list', [part], site)}, lambda m: m.n > 0)`
    const both =
      'struct_pack(n := a.n + b.n, mean := a.mean + (b.mean - a.mean) * b.n / (a.n + b.n), m2 := a.m2 + b.m2 + (b.mean - a.mean) * (b.mean - a.mean) * a.n * b.n / (a.n + b.n))'
    const empty = 'struct_pack(n := CAST(0 AS DOUBLE), mean := CAST(0 AS DOUBLE), m2 := CAST(0 AS DOUBLE))'
    const whole = `list_reduce(coalesce(${parts}, []), lambda a, b: ${both}, ${empty})`
    return `list_transform([${whole}], lambda m: CASE WHEN m.n > 0 THEN ${FROM_MOMENTS[name]} END)[1]`
  },
})

const two = (name: string): SparkFunction =>
  aggregate(name, [DOUBLE, DOUBLE], DOUBLE, (given) => finite(given, (site) => invoke(name, site.args, site)))

/** A line through points above each other is none. */
const line = (name: 'regr_slope' | 'regr_intercept'): SparkFunction =>
  aggregate(name, [DOUBLE, DOUBLE], DOUBLE, (given) =>
    finite(
      given,
      (site) => `CASE WHEN ${invoke('regr_sxx', site.args, site)} > 0 THEN ${invoke(name, site.args, site)} END`,
    ),
  )

/** Of one pair of values null; of values that are all the same a division by zero. Source: Spark's Corr. */
const corr = aggregate('corr', [DOUBLE, DOUBLE], DOUBLE, (given, _, settings) =>
  finite(given, (site) => {
    const of = (name: string) => invoke(name, site.args, site)
    const flat = settings.ansi
      ? raise('DIVIDE_BY_ZERO', 'Division by zero. corr of values that are all the same is not defined.')
      : 'NULL'
    return `CASE WHEN ${of('regr_count')} < 2 THEN NULL WHEN ${of('regr_sxx')} = 0 OR ${of('regr_syy')} = 0 THEN ${flat} ELSE ${of('corr')} END`
  }),
)

/** The third moment over the spread, of all values; DuckDB corrects it for samples. Source: Spark's Skewness. */
const skewness = aggregate('skewness', [DOUBLE], DOUBLE, (given) =>
  finite(given, (site) => {
    const n = `CAST(${invoke('count', site.args, site)} AS DOUBLE)`
    const corrected = invoke('skewness', site.args, site)
    // Two values lie evenly around their mean.
    return `CASE WHEN ${invoke('var_pop', site.args, site)} = 0 THEN NULL WHEN ${n} = 2 THEN CAST(0 AS DOUBLE) ELSE ${corrected} * (${n} - 2) / sqrt(${n} * (${n} - 1)) END`
  }),
)

/** The fractions of percentile and its kin: constants between 0 and 1, one or an array of them. */
const fractions = (name: string, arg: Expression): readonly number[] => {
  const items = arg.kind === 'call' && arg.name === 'array' ? arg.args : [arg]
  return items.map((item) => {
    const value = constant(name, 1, item)
    if (value === null) throw new SqlError('DATATYPE_MISMATCH.UNEXPECTED_NULL', `The percentage of ${name} is not NULL`)
    const inner = item.kind === 'cast' ? item.child.type : item.type
    const fraction = inner.kind === 'decimal' ? Number(value) / 10 ** inner.scale : Number(value)
    if (!(fraction >= 0 && fraction <= 1))
      throw new SqlError(
        'DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE',
        `The percentage of ${name} lies between 0 and 1, not at ${fraction}`,
      )
    return fraction
  })
}

const isList = (arg: Expression): boolean => arg.type.kind === 'array'

const quantile = (
  name: string,
  duckdb: 'quantile_cont' | 'quantile_disc',
  valueType: (type: DataType) => DataType,
  aliases: readonly string[] = [],
): SparkFunction => ({
  name,
  aliases,
  kind: 'aggregate',
  resolve: (args, settings) => {
    if ((args.length === 1 && duckdb !== 'quantile_disc') || (args.length === 1 && name === 'percentile_disc'))
      throw new SqlError(
        'INVALID_WITHIN_GROUP_EXPRESSION.WITHIN_GROUP_MISSING',
        `${name} takes a value and a percentage: percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`,
      )
    checkCount(name, args, 2, 3)
    if (args[2] && name === 'percentile_approx' && Number(constant(name, 2, args[2])) < 1)
      throw new SqlError('DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE', `The accuracy of ${name} is at least 1`)
    if (args.length === 3 && name === 'percentile')
      throw unsupported('percentile with frequencies is not computed here; repeat the rows')
    fractions(name, args[1]!)
    if (isInterval(args[0]!.type) && name === 'percentile') {
      const whole: DataType =
        args[0]!.type.kind === 'day-time-interval' ? { kind: 'day-time-interval' } : { kind: 'year-month-interval' }
      return { args: [args[0]!, args[1]!], type: isList(args[1]!) ? array(whole, false) : whole, nullable: true }
    }
    const type = valueType(args[0]!.type)
    const value = type.kind === 'double' ? aggregateArgument(name, args, settings) : args[0]!
    return { args: [value, args[1]!], type: isList(args[1]!) ? array(type, false) : type, nullable: true }
  },
  emit: (texts, call) => {
    const site = callSite(texts, call)
    const { args, orderBy } = call as AggregateCall
    const descending = orderBy[0]?.descending === true
    const at = fractions(name, args[1]!).map((fraction) => String(descending ? 1 - fraction : fraction))
    const points = isList(args[1]!) ? `[${at.join(', ')}]` : at[0]!
    if (isInterval(args[0]!.type) && name === 'percentile') {
      const between = invoke(duckdb, [`CAST(${site.args[0]} AS DOUBLE)`, points], { ...site, inside: '' })
      const cut = (x: string, type: DataType) => `CAST(trunc(${x}) AS ${duckdbTypeOf(type)})`
      return call.type.kind === 'array'
        ? `list_transform(${between}, lambda pi: ${cut('pi', call.type.element)})`
        : cut(between, call.type)
    }
    return invoke(duckdb, [site.args[0]!, points], { ...site, inside: '' })
  },
})

const aggregateArgument = (
  name: string,
  args: readonly Expression[],
  settings: Parameters<SparkFunction['resolve']>[1],
): Expression => aggregate(name, [DOUBLE], DOUBLE, () => '').resolve([args[0]!], settings).args[0]!

/** Of the values that are there most often, the least or the greatest. */
const settledMode = (counts: string, greatest: boolean): string => {
  const entries = `list_transform([map_entries(${counts})], lambda mo: list_transform(list_filter(mo, lambda one: one.value = list_max(list_transform(mo, lambda each: each.value))), lambda one: one.key))[1]`
  return `${greatest ? 'list_max' : 'list_min'}(${entries})`
}

const asDouble = (): DataType => DOUBLE
const asItself = (type: DataType): DataType => (type.kind === 'string' ? DOUBLE : type)
const noOrder = (site: CallSite): CallSite => ({ ...site, inside: '' })

const percentile = quantile('percentile', 'quantile_cont', asDouble, ['percentile_cont'])

const HALF = { kind: 'literal', value: 0.5, type: DOUBLE, nullable: false } as const

/** The percentile of one half. */
const median: SparkFunction = {
  name: 'median',
  kind: 'aggregate',
  resolve: (args, settings) => {
    checkCount('median', args, 1)
    return { ...percentile.resolve([args[0]!, HALF], settings) }
  },
  emit: (texts, call, settings) => percentile.emit(texts, call, settings),
}

export const STATISTICS: readonly SparkFunction[] = [
  spread('var_pop', []),
  spread('var_samp', ['variance']),
  spread('stddev_pop', []),
  spread('stddev_samp', ['stddev', 'std']),
  ...(Object.keys(FROM_MOMENTS) as Statistic[]).map(merge),
  corr,
  two('covar_pop'),
  two('covar_samp'),
  ...['regr_avgx', 'regr_avgy', 'regr_sxx', 'regr_sxy', 'regr_syy'].map(two),
  line('regr_slope'),
  line('regr_intercept'),
  // Where one side does not change, Spark has the cases of the two sides the other way round.
  aggregate('regr_r2', [DOUBLE, DOUBLE], DOUBLE, (given) =>
    finite(given, (site) => invoke('regr_r2', [site.args[1]!, site.args[0]!], site)),
  ),
  aggregate(
    'regr_count',
    [DOUBLE, DOUBLE],
    LONG,
    (site) => `CAST(${invoke('regr_count', site.args, site)} AS BIGINT)`,
    { nullable: false },
  ),
  skewness,
  aggregate('kurtosis', [DOUBLE], DOUBLE, (given) =>
    finite(
      given,
      (site) =>
        `CASE WHEN ${invoke('var_pop', site.args, site)} = 0 THEN NULL ELSE ${invoke('kurtosis_pop', site.args, site)} END`,
    ),
  ),
  aggregate(
    'approx_count_distinct',
    ['any', DOUBLE],
    LONG,
    (site) => invoke('approx_count_distinct', [site.args[0]!], site),
    { nullable: false, optional: 1 },
  ),
  percentile,
  quantile('percentile_disc', 'quantile_disc', asDouble),
  quantile('percentile_approx', 'quantile_disc', asItself, ['approx_percentile']),
  median,
  aggregate(
    'mode',
    ['any', BOOLEAN, BOOLEAN],
    (args) => args[0]!.type,
    (site, { args }) => {
      const [value] = site.args
      if (args[1] === undefined || constant('mode', 1, args[1]) !== true) return invoke('mode', [value!], noOrder(site))
      return settledMode(
        invoke('histogram', [value!], noOrder(site)),
        args[2] !== undefined && constant('mode', 2, args[2]) === true,
      )
    },
    { optional: 2 },
  ),
]
