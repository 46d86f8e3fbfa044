import type { Expression } from '../plan/expression.ts'
import { array, type DataType, DOUBLE, LONG } from '../types/data-type.ts'
import { type AggregateCall, aggregate, aggregateOf } from './aggregate-call.ts'
import { type CallSite, callSite, invoke } from './call-site.ts'
import type { SparkFunction, TwoPhase } from './function.ts'
import { raise } from './raise.ts'
import { constant, unsupported } from './refuse.ts'

/** From count, mean and sum of squared distances: what each statistic is. */
const FROM_MOMENTS = {
  var_pop: 'm.m2 / m.n',
  var_samp: 'm.m2 / nullif(m.n - 1, 0)',
  stddev_pop: 'sqrt(m.m2 / m.n)',
  stddev_samp: 'sqrt(m.m2 / nullif(m.n - 1, 0))',
} as const

type Statistic = keyof typeof FROM_MOMENTS

/** Spreads of parts are put together by Chan's formula, which keeps the digits that sums of squares lose. */
const spread = (name: Statistic, aliases: readonly string[]): SparkFunction =>
  aggregate(name, [DOUBLE], DOUBLE, (site) => invoke(name, site.args, site), {
    aliases,
    twoPhase: (call): TwoPhase => ({
      partial: [
        aggregateOf('count', call.args, LONG, false),
        aggregateOf('avg', call.args, DOUBLE),
        aggregateOf('var_pop', call.args, DOUBLE),
      ],
      merge: (partial) => aggregateOf(`$${name}_merge`, partial, DOUBLE),
    }),
  })

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
  aggregate(name, [DOUBLE, DOUBLE], DOUBLE, (site) => invoke(name, site.args, site))

/** Of one pair of values null; of values that are all the same a division by zero. Source: Spark's Corr. */
const corr = aggregate('corr', [DOUBLE, DOUBLE], DOUBLE, (site, _, settings) => {
  const none = (name: string) => invoke(name, site.args, site)
  const flat = settings.ansi
    ? raise('DIVIDE_BY_ZERO', 'Division by zero. corr of values that are all the same is not defined.')
    : 'NULL'
  return `CASE WHEN ${none('regr_count')} < 2 THEN NULL WHEN ${none('regr_sxx')} = 0 OR ${none('regr_syy')} = 0 THEN ${flat} ELSE ${none('corr')} END`
})

/** The third moment over the spread, of all values; DuckDB corrects it for samples. Source: Spark's Skewness. */
const skewness = aggregate('skewness', [DOUBLE], DOUBLE, (site) => {
  const n = `CAST(${invoke('count', site.args, site)} AS DOUBLE)`
  const corrected = invoke('skewness', site.args, site)
  // Two values lie evenly around their mean.
  return `CASE WHEN ${invoke('var_pop', site.args, site)} = 0 THEN NULL WHEN ${n} = 2 THEN CAST(0 AS DOUBLE) ELSE ${corrected} * (${n} - 2) / sqrt(${n} * (${n} - 1)) END`
})

/** The fractions of percentile and its kin: constants between 0 and 1, one or an array of them. */
const fractions = (name: string, arg: Expression): readonly number[] => {
  const items = arg.kind === 'call' && arg.name === 'array' ? arg.args : [arg]
  return items.map((item) => {
    const value = constant(name, 1, item)
    const inner = item.kind === 'cast' ? item.child.type : item.type
    const fraction = inner.kind === 'decimal' ? Number(value) / 10 ** inner.scale : Number(value)
    if (!(fraction >= 0 && fraction <= 1))
      throw unsupported(`The percentage of ${name} lies between 0 and 1, not at ${fraction}`)
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
    if (args.length < 2 || args.length > 3) throw unsupported(`${name} takes a value and a percentage`)
    if (args.length === 3 && name === 'percentile')
      throw unsupported('percentile with frequencies is not computed here; repeat the rows')
    fractions(name, args[1]!)
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
    return invoke(duckdb, [site.args[0]!, points], { ...site, inside: '' })
  },
})

const aggregateArgument = (
  name: string,
  args: readonly Expression[],
  settings: Parameters<SparkFunction['resolve']>[1],
): Expression => aggregate(name, [DOUBLE], DOUBLE, () => '').resolve([args[0]!], settings).args[0]!

const asDouble = (): DataType => DOUBLE
const asItself = (type: DataType): DataType => type
const noOrder = (site: CallSite): CallSite => ({ ...site, inside: '' })

export const STATISTICS: readonly SparkFunction[] = [
  spread('var_pop', []),
  spread('var_samp', ['variance']),
  spread('stddev_pop', []),
  spread('stddev_samp', ['stddev', 'std']),
  ...(Object.keys(FROM_MOMENTS) as Statistic[]).map(merge),
  corr,
  two('covar_pop'),
  two('covar_samp'),
  ...['regr_avgx', 'regr_avgy', 'regr_intercept', 'regr_r2', 'regr_slope', 'regr_sxx', 'regr_sxy', 'regr_syy'].map(two),
  aggregate(
    'regr_count',
    [DOUBLE, DOUBLE],
    LONG,
    (site) => `CAST(${invoke('regr_count', site.args, site)} AS BIGINT)`,
    { nullable: false },
  ),
  skewness,
  aggregate(
    'kurtosis',
    [DOUBLE],
    DOUBLE,
    (site) =>
      `CASE WHEN ${invoke('var_pop', site.args, site)} = 0 THEN NULL ELSE ${invoke('kurtosis_pop', site.args, site)} END`,
  ),
  aggregate(
    'approx_count_distinct',
    ['any', DOUBLE],
    LONG,
    (site) => invoke('approx_count_distinct', [site.args[0]!], site),
    { nullable: false, optional: 1 },
  ),
  quantile('percentile', 'quantile_cont', asDouble, ['percentile_cont']),
  quantile('percentile_disc', 'quantile_disc', asDouble),
  quantile('percentile_approx', 'quantile_disc', asItself, ['approx_percentile']),
  aggregate('median', [DOUBLE], DOUBLE, (site) => invoke('median', site.args, site)),
  aggregate(
    'mode',
    ['any'],
    (args) => args[0]!.type,
    (site) => invoke('mode', site.args, noOrder(site)),
  ),
]
