import type { Attribute, Expression } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, PlanSyntax } from '../sql/syntax.ts'
import { STRING } from '../types/data-type.ts'
import type { Analysis, Analyzed, Column, PlanScope } from './analyzed.ts'
import { branch } from './branch.ts'
import { exactly, filter, predicate } from './build-plan.ts'
import { castToCommon } from './cast-to.ts'
import { rowContext } from './expression-context.ts'
import { levelOf } from './levels.ts'
import { attributesOf } from './names.ts'
import { pretty, prettyName } from './pretty-name.ts'
import { usesAggregate } from './uses-aggregate.ts'

type Of<K extends PlanSyntax['kind']> = PlanSyntax & { readonly kind: K }

const call = (name: string, args: readonly ExpressionSyntax[]): ExpressionSyntax => ({ kind: 'call', name, args })

const withoutAlias = (syntax: ExpressionSyntax): ExpressionSyntax => (syntax.kind === 'alias' ? syntax.child : syntax)

/**
 * PIVOT as a GROUP BY: each aggregate once for each value, over the rows that have it. An aggregate of no rows of a value
 * is NULL, also count. Source: Spark's ResolvePivot.
 */
export const pivotSyntax = (analysis: Analysis, syntax: Of<'pivot'>, input: Analyzed, scope: PlanScope): PlanSyntax => {
  const { aggregates, columns, values, at } = syntax
  for (const aggregate of aggregates)
    if (!usesAggregate(withoutAlias(aggregate)))
      throw new SqlError(
        'PIVOT_UNEXPECTED_AGGREGATE',
        `PIVOT needs aggregate functions, but found "${prettyName(withoutAlias(aggregate))}"`,
        aggregate.at ?? at,
      )
  if (values.length === 0)
    throw new SqlError('PIVOT_VALUES_MISSING', 'PIVOT needs the values of its column: pivot(column, values)', at)
  const groups = syntax.groups ?? remaining(analysis, syntax, input, scope)
  const items = values.flatMap(({ values: row, alias }) => {
    const label = alias ?? row.map(pretty).join('_')
    const matches = columns
      .map((column, index) => call('<=>', [column, row[index]!]))
      .reduce((left, right) => call('and', [left, right]))
    return aggregates.map((aggregate): ExpressionSyntax => {
      const own = aggregate.kind === 'alias' ? aggregate.names[0]! : prettyName(aggregate)
      const name = aggregates.length === 1 ? label : `${label}_${own}`
      return { kind: 'alias', child: filtered(withoutAlias(aggregate), matches), names: [name] }
    })
  })
  return {
    kind: 'select',
    items: [...groups, ...items],
    distinct: false,
    from: syntax.input,
    lateralViews: [],
    groupBy: { all: false, expressions: groups },
    windows: {},
    ...(at ? { at } : {}),
  }
}

/** Each aggregate in the expression over the rows that fit; no such row makes it NULL. */
const filtered = (syntax: ExpressionSyntax, matches: ExpressionSyntax): ExpressionSyntax => {
  if (syntax.kind === 'call' && usesAggregate(syntax) && !syntax.args.some(usesAggregate)) {
    const filter = syntax.filter ? call('and', [matches, syntax.filter]) : matches
    const some: ExpressionSyntax = call('>', [
      {
        kind: 'call',
        name: 'count',
        args: [{ kind: 'literal', value: 1, type: { kind: 'integer' } }],
        filter: matches,
      },
      { kind: 'literal', value: 0, type: { kind: 'integer' } },
    ])
    return { kind: 'case', branches: [branch<ExpressionSyntax>(some, { ...syntax, filter })] }
  }
  if (syntax.kind === 'call') return { ...syntax, args: syntax.args.map((arg) => filtered(arg, matches)) }
  if (syntax.kind === 'cast') return { ...syntax, child: filtered(syntax.child, matches) }
  return syntax
}

/** SQL's PIVOT groups by every column that is neither pivoted nor aggregated. */
const remaining = (
  analysis: Analysis,
  syntax: Of<'pivot'>,
  input: Analyzed,
  scope: PlanScope,
): readonly ExpressionSyntax[] => {
  const level = levelOf(analysis, [input], scope.outer)
  const used = new Set<string>()
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const item of node) visit(item)
      return
    }
    if (typeof node !== 'object' || node === null || node instanceof Uint8Array) return
    const one = node as ExpressionSyntax
    if (one.kind === 'name') {
      const found = level.find(one.parts, one.of, one.at)
      if (found?.kind === 'attribute')
        used.add(input.columns.find(({ attribute }) => attribute.id === found.id)?.attribute.name ?? '')
      return
    }
    for (const value of Object.values(node)) visit(value)
  }
  visit(syntax.aggregates)
  visit(syntax.columns)
  return input.columns
    .filter(({ attribute }) => !used.has(attribute.name))
    .map(({ attribute }): ExpressionSyntax => ({ kind: 'name', parts: [attribute.name] }))
}

/** Each row becomes one for each of `columns`. Source: Spark's Unpivot, as an Expand. */
export const resolveUnpivot = (analysis: Analysis, syntax: Of<'unpivot'>, scope: PlanScope): Analyzed => {
  const { newId, settings } = analysis.context
  const input = analysis.plan(syntax.input, scope)
  const context = rowContext(analysis, scope, levelOf(analysis, [input], scope.outer), 'UNPIVOT')
  const rows = syntax.columns.map(({ expressions }) => expressions.map((one) => analysis.expression(one, context)))
  const names = syntax.columns.map(
    ({ expressions, alias }) => alias ?? expressions.map((one) => prettyName(one)).join('_'),
  )
  const widths = syntax.valueColumns.map((name, index) =>
    castToCommon(
      rows.map((row) => row[index]!),
      `The columns that UNPIVOT puts into ${name}`,
      settings,
      syntax.at,
    ),
  )
  const moved = new Set(rows.flat().flatMap((one) => (one.kind === 'attribute' ? [one.id] : [])))
  const ids: readonly Column[] = syntax.ids
    ? syntax.ids.map((id): Column => {
        const found = analysis.expression(id, context)
        if (found.kind !== 'attribute')
          throw new SqlError(
            'UNPIVOT_REQUIRES_ATTRIBUTES',
            'UNPIVOT keeps columns, not expressions',
            id.at ?? syntax.at,
          )
        return { attribute: found, qualifier: [] }
      })
    : input.columns.filter(({ attribute }) => !moved.has(attribute.id))
  const name: Attribute = { kind: 'attribute', id: newId(), name: syntax.nameColumn, type: STRING, nullable: false }
  const values = widths.map(
    (column, index): Attribute => ({
      kind: 'attribute',
      id: newId(),
      name: syntax.valueColumns[index]!,
      type: column[0]!.type,
      nullable: column.some(({ nullable }) => nullable),
    }),
  )
  const kept = attributesOf(ids).map((attribute): Attribute => ({ ...attribute, id: newId() }))
  const projections = rows.map((_, row): readonly Expression[] => [
    ...attributesOf(ids),
    { kind: 'literal', value: names[row]!, type: STRING, nullable: false },
    ...widths.map((column) => column[row]!),
  ])
  const below = exactly(input.plan, input.plan.output)
  const expanded: LogicalPlan = { kind: 'expand', input: below, projections, output: [...kept, name, ...values] }
  const some = values
    .map((value) => predicate('isnotnull', value))
    .reduce((left, right) => predicate('or', left, right))
  const plan = syntax.includeNulls ? expanded : filter(expanded, some)
  const columns = [
    ...kept.map((attribute, index): Column => ({ attribute, qualifier: ids[index]!.qualifier })),
    ...[name, ...values].map((attribute): Column => ({ attribute, qualifier: [] })),
  ]
  return { syntax, plan, columns, hidden: [], inputs: [input], broadcast: false }
}
