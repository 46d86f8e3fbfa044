import { userError } from '../errors.ts'
import { select } from '../sql/select-syntax.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { Column, nameSyntax } from './column.ts'
import type { DataFrame } from './dataframe.ts'
import { avg, count, max, min, sum } from './functions/aggregate.ts'
import { type Literal, literalSyntax } from './literal.ts'
import type { AggregateRow, NamedAggregates, NameOf } from './row-types.ts'
import type { Row } from './values.ts'

/** What a DataFrame of any rows can do: be the base of another one. */
interface Derivable {
  readonly plan: PlanSyntax
  with<T = Row>(plan: PlanSyntax): DataFrame<T>
}

type Sets = readonly (readonly number[])[]

/**
 * Rows in groups, as groupBy gives them; an aggregation makes a DataFrame of it again. `R` is the shape of the rows, `G`
 * that of the groups.
 */
export class GroupedData<R = Row, G = Row> {
  private readonly frame: Derivable
  private readonly groups: readonly ExpressionSyntax[]
  private readonly sets: Sets | undefined
  private readonly pivoted: { readonly column: ExpressionSyntax; readonly values: readonly Literal[] } | undefined

  constructor(
    frame: Derivable,
    groups: readonly ExpressionSyntax[],
    sets?: Sets,
    pivoted?: { readonly column: ExpressionSyntax; readonly values: readonly Literal[] },
  ) {
    this.frame = frame
    this.groups = groups
    this.sets = sets
    this.pivoted = pivoted
  }

  /** Columns with aggregates, or `{ column: 'sum' }`. */
  agg<const A extends readonly (Column | Readonly<Record<string, string>>)[]>(
    ...aggregates: A
  ): DataFrame<AggregateRow<R, G, A>> {
    const columns = aggregates.flatMap((aggregate) =>
      aggregate instanceof Column ? [aggregate] : Object.entries(aggregate).map(([name, how]) => byName(name, how)),
    )
    if (columns.length === 0) throw userError('agg needs at least one aggregate')
    const items = columns.map(({ syntax }) => syntax)
    const { plan } = this.frame
    if (this.pivoted !== undefined) {
      const { column, values } = this.pivoted
      return this.frame.with({
        kind: 'pivot',
        input: plan,
        groups: this.groups,
        aggregates: items,
        columns: [column],
        values: values.map((value) => ({ values: [literalSyntax(value)] })),
      })
    }
    const groupBy = {
      all: false,
      expressions: this.groups,
      ...(this.sets === undefined ? {} : { sets: this.sets }),
    }
    return this.frame.with(select(plan, [...this.groups, ...items], groupBy))
  }

  /** The aggregates that follow are computed for each of `values` of the column, as columns. */
  pivot(column: Column | string, values: readonly Literal[]): GroupedData {
    if (values.length === 0) throw userError('pivot needs the values that become columns')
    const syntax = typeof column === 'string' ? nameSyntax(column) : column.syntax
    return new GroupedData(this.frame, this.groups, this.sets, { column: syntax, values })
  }

  count(): DataFrame<AggregateRow<R, G, readonly [Column<'count', number>]>> {
    return this.agg(count('*').as('count'))
  }

  sum<const N extends readonly NameOf<R>[]>(...names: N): DataFrame<NamedAggregates<R, G, 'sum', N>> {
    return this.named(names, sum)
  }

  avg<const N extends readonly NameOf<R>[]>(...names: N): DataFrame<NamedAggregates<R, G, 'avg', N>> {
    return this.named(names, avg)
  }

  mean<const N extends readonly NameOf<R>[]>(...names: N): DataFrame<NamedAggregates<R, G, 'avg', N>> {
    return this.named(names, avg)
  }

  min<const N extends readonly NameOf<R>[]>(...names: N): DataFrame<NamedAggregates<R, G, 'min', N>> {
    return this.named(names, min)
  }

  max<const N extends readonly NameOf<R>[]>(...names: N): DataFrame<NamedAggregates<R, G, 'max', N>> {
    return this.named(names, max)
  }

  private named<T>(names: readonly string[], aggregate: (name: string) => Column): DataFrame<T> {
    return this.agg(...names.map((name) => aggregate(name))) as DataFrame<unknown> as DataFrame<T>
  }
}

const byName = (name: string, how: string): Column =>
  how.toLowerCase() === 'count'
    ? count(name)
    : new Column({ kind: 'call', name: how.toLowerCase(), args: [nameSyntax(name)] })

/** ROLLUP and CUBE as the sets of groups they stand for. */
export const setsOf = (kind: 'rollup' | 'cube', count: number): Sets => {
  const all = Array.from({ length: count }, (_, index) => index)
  if (kind === 'rollup') return Array.from({ length: count + 1 }, (_, dropped) => all.slice(0, count - dropped))
  return Array.from({ length: 2 ** count }, (_, mask) =>
    all.filter((index) => (mask & (1 << (count - 1 - index))) === 0),
  )
}
