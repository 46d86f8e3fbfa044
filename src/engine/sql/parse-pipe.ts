import { withoutAlias } from './parse-expression.ts'
import { namedExpression } from './parse-function.ts'
import { organization } from './parse-organization.ts'
import { pivot, unpivot } from './parse-pivot.ts'
import { join, sample, startsJoin } from './parse-relation.ts'
import { selectCore } from './parse-select.ts'
import type { ParserContext } from './parser-context.ts'
import { select } from './select-syntax.ts'
import type { PlanSyntax } from './syntax.ts'

const GROUPING_WORDS = new Set(['ROLLUP', 'CUBE', 'GROUPING'])

/**
 * AGGREGATE sum(x) AS s GROUP BY a: the groups come first, then the aggregates. Without GROUP BY: one group, which an
 * empty list of expressions says.
 */
const aggregate = (context: ParserContext, input: PlanSyntax): PlanSyntax => {
  const { cursor } = context
  const grouped = (): boolean => cursor.isWord('GROUP') && cursor.isWord('BY', 1)
  const aggregates = grouped() ? [] : cursor.list(() => namedExpression(context))
  if (!cursor.takeWords('GROUP', 'BY')) {
    return select(input, aggregates, { all: false, expressions: [] })
  }
  const groups = cursor.list(() => {
    if (cursor.isAnyWord(GROUPING_WORDS)) throw cursor.refuse('Grouping sets after |> AGGREGATE', 'use a SELECT')
    if (cursor.peek().kind === 'number')
      throw cursor.refuse('A position in the GROUP BY of |> AGGREGATE', 'name the column')
    return namedExpression(context)
  })
  if (cursor.isWord('WITH') || cursor.isWord('GROUPING')) {
    throw cursor.refuse('Grouping sets after |> AGGREGATE', 'use a SELECT')
  }
  return select(input, [...groups, ...aggregates], { all: false, expressions: groups.map(withoutAlias) })
}

const assignments = ({ cursor, expression }: ParserContext, input: PlanSyntax): PlanSyntax =>
  // One after the other: a later one sees what an earlier one made.
  cursor
    .list(() => {
      const name = cursor.expectName('a column')
      cursor.expectSymbol('=')
      return { name, expression: expression() }
    })
    .reduce<PlanSyntax>(
      (plan, column) => ({ kind: 'with-columns', input: plan, columns: [column], existing: true }),
      input,
    )

const ORGANIZATION = new Set(['ORDER', 'SORT', 'CLUSTER', 'DISTRIBUTE', 'LIMIT', 'OFFSET'])

/** The operator after `|>`, over `input`; undefined: a set operation or something unknown comes next. */
export const pipeOperator = (context: ParserContext, input: PlanSyntax, from: number): PlanSyntax | undefined => {
  const { cursor, expression } = context
  const located = (plan: PlanSyntax): PlanSyntax => ({ ...plan, at: cursor.spanFrom(from) })
  if (cursor.isWord('SELECT')) return selectCore(context, { plan: input, views: [] }, from)
  if (cursor.takeWords('EXTEND')) {
    const items = cursor.list(() => namedExpression(context))
    return located(select(input, [{ kind: 'star', qualifier: [] }, ...items]))
  }
  if (cursor.takeWords('SET')) return located(assignments(context, input))
  if (cursor.takeWords('DROP')) {
    const except = cursor.list(() => cursor.expectName('a column'))
    return located(select(input, [{ kind: 'star', qualifier: [], except }]))
  }
  if (cursor.takeWords('AS')) return located({ kind: 'alias', input, name: cursor.expectName('a name') })
  if (cursor.takeWords('WHERE')) return located({ kind: 'filter', input, condition: expression() })
  if (cursor.takeWords('PIVOT')) return pivot(context, input, from)
  if (cursor.takeWords('UNPIVOT')) return unpivot(context, input, from)
  if (cursor.isWord('TABLESAMPLE')) return sample(context, input, from)
  if (cursor.takeWords('AGGREGATE')) return located(aggregate(context, input))
  if (cursor.isAnyWord(ORGANIZATION)) return organization(context, input, from)
  if (startsJoin(context)) return join(context, input, from)
  return undefined
}
