import { userError } from '../errors.ts'
import { select } from '../sql/select-syntax.ts'
import type { DataType } from '../types/data-type.ts'
import { Column, call, nameSyntax } from './column.ts'
import type { DataFrame } from './dataframe.ts'
import { corr, count, covar_samp } from './functions/aggregate.ts'
import { lit } from './functions/normal.ts'
import type { Row } from './values.ts'

const SUMMARY = ['count', 'mean', 'stddev', 'min', '25%', '50%', '75%', 'max']
const NUMERIC: readonly DataType['kind'][] = ['byte', 'short', 'integer', 'long', 'float', 'double', 'decimal']

/** Statistics of columns, after Spark's class of the same name. */
export class DataFrameStatFunctions {
  private readonly frame: DataFrame

  constructor(frame: DataFrame) {
    this.frame = frame
  }

  async corr(one: string, other: string): Promise<number | null> {
    return this.number(corr(one, other))
  }

  async cov(one: string, other: string): Promise<number | null> {
    return this.number(covar_samp(one, other))
  }

  /** How often each pair of values occurs: values of `one` as rows, those of `other` as columns. */
  async crosstab(one: string, other: string): Promise<DataFrame> {
    const values = (await this.frame
      .select(named(other).cast('string').as('v'))
      .distinct()
      .orderBy('v')
      .collect()) as readonly Row[]
    const texts = values.map(({ v }) => (v === null ? 'null' : String(v)))
    const rows = this.frame.select(
      call('coalesce', named(one).cast('string'), 'null').as(`${one}_${other}`),
      call('coalesce', named(other).cast('string'), 'null').as('__other'),
    )
    const counted = rows.groupBy(`${one}_${other}`).pivot('__other', texts).agg(count('*'))
    return counted.na.fill(0)
  }

  /** A table with a row a statistic, cells as texts. */
  async summary(statistics: readonly string[] = SUMMARY, names: readonly string[] = []): Promise<DataFrame> {
    const { fields } = await this.frame.schema()
    const chosen = fields.filter(({ name, type }) =>
      names.length > 0
        ? names.some((wanted) => wanted.toLowerCase() === name.toLowerCase())
        : type.kind === 'string' || NUMERIC.includes(type.kind),
    )
    const missing = names.find((wanted) => !fields.some(({ name }) => name.toLowerCase() === wanted.toLowerCase()))
    if (missing !== undefined)
      throw userError(`there is no column "${missing}"; the columns are ${fields.map(({ name }) => name).join(', ')}`)
    const rows = statistics.map((statistic) => {
      const cells = chosen.map(({ name, type }) =>
        cell(statistic, named(name), NUMERIC.includes(type.kind)).cast('string').as(name),
      )
      return this.frame.agg(lit(statistic).as('__statistic'), ...cells).withColumnRenamed('__statistic', 'summary')
    })
    const [first, ...rest] = rows
    if (first === undefined) throw userError('summary needs at least one statistic')
    return rest.reduce((all, row) => all.union(row), first)
  }

  /** Values at the given places (0 to 1) of each column, exact. */
  async approxQuantile(
    columns: readonly string[],
    probabilities: readonly number[],
  ): Promise<readonly (readonly number[])[]> {
    const items = columns.map((name, index) =>
      call('percentile_approx', named(name).cast('double'), probabilities as readonly number[], 10_000).as(`q${index}`),
    )
    const [row] = (await this.frame.agg(...items).collect()) as readonly Row[]
    return columns.map((_, index) => (row?.[`q${index}`] ?? []) as readonly number[])
  }

  private async number(aggregate: Column): Promise<number | null> {
    const plan = select(this.frame.plan, [aggregate.as('value').syntax], { all: false, expressions: [] })
    const [row] = await this.frame.with(plan).collect()
    return row?.value === null || row?.value === undefined ? null : Number(row.value)
  }
}

const cell = (statistic: string, column: Column, numeric: boolean): Column => {
  const percentile = /^(\d+(?:\.\d+)?)%$/.exec(statistic)
  if (percentile !== null) {
    if (!numeric) return lit(null)
    return call('percentile_approx', column, Number(percentile[1]) / 100, 10_000)
  }
  switch (statistic) {
    case 'count':
      return call('count', column)
    case 'mean':
    case 'stddev':
      return numeric ? call(statistic === 'mean' ? 'avg' : 'stddev', column) : lit(null)
    case 'min':
    case 'max':
      return call(statistic, column)
    case 'count_distinct':
      return new Column({ kind: 'call', name: 'count', args: [column.syntax], distinct: true })
    default:
      throw userError(`"${statistic}" is not a statistic: ${SUMMARY.join(', ')}, count_distinct, or a percentile`)
  }
}

const named = (name: string): Column => new Column(nameSyntax(`\`${name.replaceAll('`', '``')}\``))
