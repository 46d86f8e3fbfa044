import { userError } from '../errors.ts'
import { Column } from './column.ts'
import type { DataFrame } from './dataframe.ts'
import type { ColumnNode } from './expression.ts'
import { avg, count, max, min, sum } from './functions.ts'
import type { Logical } from './logical.ts'

const BY_NAME: Readonly<Record<string, (name: string) => Column>> = { sum, avg, mean: avg, min, max, count }

/** Rows in groups, as groupBy gives them; an aggregation makes a DataFrame of it again. */
export class GroupedData {
  private readonly input: Logical
  private readonly groups: readonly ColumnNode[]

  private readonly make: (plan: Logical) => DataFrame

  constructor(input: Logical, groups: readonly ColumnNode[], make: (plan: Logical) => DataFrame) {
    this.input = input
    this.groups = groups
    this.make = make
  }

  /** Columns with aggregates, or `{ column: 'sum' }`. */
  agg(...aggregates: readonly (Column | Readonly<Record<string, string>>)[]): DataFrame {
    const columns = aggregates.flatMap((aggregate) =>
      aggregate instanceof Column ? [aggregate] : Object.entries(aggregate).map(([name, how]) => byName(name, how)),
    )
    if (columns.length === 0) throw userError('agg needs at least one aggregate')
    return this.make({
      kind: 'aggregate',
      input: this.input,
      groups: this.groups,
      aggregates: columns.map(({ node }) => node),
    })
  }

  count(): DataFrame {
    return this.agg(count('*').as('count'))
  }

  sum(...names: readonly string[]): DataFrame {
    return this.agg(...names.map(sum))
  }

  avg(...names: readonly string[]): DataFrame {
    return this.agg(...names.map(avg))
  }

  mean(...names: readonly string[]): DataFrame {
    return this.avg(...names)
  }

  min(...names: readonly string[]): DataFrame {
    return this.agg(...names.map(min))
  }

  max(...names: readonly string[]): DataFrame {
    return this.agg(...names.map(max))
  }
}

const byName = (name: string, how: string): Column => {
  const make = BY_NAME[how.toLowerCase()]
  if (make === undefined)
    throw userError(`"${how}" is not an aggregate that can be named: ${Object.keys(BY_NAME).join(', ')}`)
  return make(name)
}
