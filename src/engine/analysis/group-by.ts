import type { Attribute, Expression, ExpressionOf, Named } from '../plan/expression.ts'
import { idsOf, subqueryOf } from '../plan/expression-tree.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { type Span, SqlError } from '../sql/sql-error.ts'
import type { ExpressionSyntax, GroupBySyntax } from '../sql/syntax.ts'
import { BYTE, type DataType, LONG } from '../types/data-type.ts'
import { isOrderable } from '../types/same-type.ts'
import { sqlTypeName } from '../types/type-name.ts'
import type { Analysis, ExpressionContext } from './analyzed.ts'
import { branch } from './branch.ts'
import { aggregate } from './build-plan.ts'
import { expressionKey } from './expression-key.ts'
import { replace } from './expression-tree.ts'
import { outerIds, replaceOuter } from './plan-tree.ts'

/** What a row of an aggregation stands for, before the aggregates are known. */
export interface Grouping {
  readonly groups: readonly Named[]
  /** The rewritten input: itself, or expanded for grouping sets. */
  readonly input: LogicalPlan
  /** Group columns of the input's expressions, by key. */
  readonly byKey: ReadonlyMap<string, Attribute>
  /** grouping() and grouping_id(); undefined without sets. */
  readonly setOf: GroupingSets | undefined
}

interface GroupingSets {
  /** The grouping id of each set, and for each the groups it leaves out. */
  readonly id: Attribute
  readonly keys: readonly string[]
  readonly sets: readonly ReadonlySet<number>[]
}

export interface GroupExpression {
  readonly expression: Expression
  readonly name: string
  readonly at: Span | undefined
}

const literal = (value: number | bigint | null, type: DataType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: value === null,
})

export const groupingOf = (
  analysis: Analysis,
  input: LogicalPlan,
  expressions: readonly GroupExpression[],
  sets: GroupBySyntax['sets'],
): Grouping => {
  const { newId } = analysis.context
  for (const { expression, name, at } of expressions)
    if (!isOrderable(expression.type))
      throw new SqlError(
        'GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE',
        `The expression ${name} cannot be used in GROUP BY: values of type "${sqlTypeName(expression.type)}" cannot be compared`,
        at,
      )
  const keys = [...new Set(expressions.map(({ expression }) => expressionKey(expression)))]
  const different = keys.map((key) => expressions.find(({ expression }) => expressionKey(expression) === key)!)
  if (!sets) {
    const groups = different.map(({ expression, name }): Named => {
      if (expression.kind === 'attribute') return { attribute: expression, expression }
      const { type, nullable } = expression
      return { attribute: { kind: 'attribute', id: newId(), name, type, nullable }, expression }
    })
    return {
      groups,
      input,
      byKey: new Map(keys.map((key, index) => [key, groups[index]!.attribute])),
      setOf: undefined,
    }
  }
  const places = expressions.map(({ expression }) => keys.indexOf(expressionKey(expression)))
  const included = sets.map((set) => new Set(set.map((index) => places[index]!)))
  const columns = different.map(
    ({ expression, name }): Attribute => ({
      kind: 'attribute',
      id: newId(),
      name,
      type: expression.type,
      nullable: expression.nullable || included.some((set) => !set.has(keys.indexOf(expressionKey(expression)))),
    }),
  )
  const id: Attribute = { kind: 'attribute', id: newId(), name: 'spark_grouping_id', type: LONG, nullable: false }
  const ids = included.map((set) =>
    groupingId(
      keys.map((_, index) => index),
      set,
    ),
  )
  // The same set given twice makes its groups twice: its number keeps them apart.
  const repeated = new Set(ids).size < ids.length
  const place: Attribute = { kind: 'attribute', id: newId(), name: '_gen_grouping_pos', type: LONG, nullable: false }
  const projections = included.map((set, index) => [
    ...input.output,
    ...different.map(({ expression }, group) => (set.has(group) ? expression : literal(null, expression.type))),
    literal(ids[index]!, LONG),
    ...(repeated ? [literal(BigInt(index), LONG)] : []),
  ])
  const made = [...columns, id, ...(repeated ? [place] : [])]
  return {
    groups: made.map((attribute) => ({ attribute, expression: attribute })),
    input: { kind: 'expand', input, projections, output: [...input.output, ...made] },
    byKey: new Map(keys.map((key, index) => [key, columns[index]!])),
    setOf: { id, keys, sets: included },
  }
}

/** A bit for each of `groups`, the first is the highest: 1 where the set leaves it out. */
const groupingId = (groups: readonly number[], set: ReadonlySet<number>): bigint =>
  groups.reduce((bits, group) => bits * 2n + (set.has(group) ? 0n : 1n), 0n)

/** Stands for grouping(x) until the groups are known. */
export const groupingPlaceholder = (
  call: ExpressionSyntax & { readonly kind: 'call' },
  context: ExpressionContext,
): Expression => ({
  kind: 'call',
  name: call.name,
  args: call.args.map((arg) => context.analysis.expression(arg, context)),
  type: call.name === 'grouping' ? BYTE : LONG,
  nullable: false,
})

/** grouping(x) and grouping_id(x, …) as a choice by the id of the set. */
const groupingCall = (sets: GroupingSets, call: ExpressionOf<'call'>, at: Span | undefined): Expression => {
  const named = call.args.map((arg) => {
    const place = sets.keys.indexOf(expressionKey(arg))
    if (place < 0)
      throw new SqlError(
        call.name === 'grouping' ? 'GROUPING_COLUMN_MISMATCH' : 'GROUPING_ID_COLUMN_MISMATCH',
        `An argument of ${call.name} is not among the grouping columns`,
        at,
      )
    return place
  })
  const groups = named.length > 0 ? named : sets.keys.map((_, index) => index)
  const all = sets.keys.map((_, index) => index)
  const byId = new Map(sets.sets.map((set) => [groupingId(all, set), groupingId(groups, set)] as const))
  const type = call.name === 'grouping' ? BYTE : LONG
  const value = (bits: bigint): Expression => literal(call.name === 'grouping' ? Number(bits) : bits, type)
  return {
    kind: 'case',
    branches: [...byId].map(([id, bits]) =>
      branch<Expression>(
        { kind: 'in', value: { ...sets.id }, list: [literal(id, LONG)], type: { kind: 'boolean' }, nullable: false },
        value(bits),
      ),
    ),
    otherwise: value(0n),
    type,
    nullable: false,
  }
}

/** Expressions over the input, said in group columns and aggregates. Throws MISSING_AGGREGATION for what is neither. */
export const overGroups = (
  analysis: Analysis,
  grouping: Grouping,
  below: LogicalPlan,
  hasGroupBy: boolean,
): ((expression: Expression) => Expression) => {
  const ids = idsOf(below.output)
  const passed = new Map(grouping.groups.map(({ attribute }) => [attribute.id, attribute]))
  const missing = (attribute: Attribute, at: Span | undefined): SqlError =>
    hasGroupBy
      ? new SqlError(
          'MISSING_AGGREGATION',
          `The non-aggregating expression "${attribute.name}" is based on columns which are not participating in the GROUP BY clause. Add the columns or the expression to the GROUP BY, aggregate the expression, or use "any_value(${attribute.name})" if you do not care which of the values within a group is returned`,
          at,
        )
      : new SqlError(
          'MISSING_GROUP_BY',
          `The query does not include a GROUP BY clause, but "${attribute.name}" stands beside an aggregate. Add GROUP BY, or turn it into a window function with an OVER clause`,
          at,
        )
  const settle = (expression: Expression): Expression =>
    replace(expression, (inner) => {
      if (inner.kind === 'call' && (inner.name === 'grouping' || inner.name === 'grouping_id') && grouping.setOf)
        return groupingCall(grouping.setOf, inner, analysis.spans.get(inner))
      if (inner.kind !== 'literal') {
        const group = grouping.byKey.get(expressionKey(inner))
        if (group) return inner.kind === 'attribute' ? { ...group, name: inner.name } : { ...group }
      }
      if (inner.kind === 'attribute' && ids.has(inner.id) && !passed.has(inner.id))
        throw missing(inner, analysis.spans.get(inner))
      const plan = subqueryOf(inner)
      if (!plan || ![...outerIds(plan)].some((id) => ids.has(id))) return undefined
      const over = replaceOuter(plan, (attribute) => {
        if (!ids.has(attribute.id)) return undefined
        const group = grouping.byKey.get(`#${attribute.id}`)
        if (!group) throw missing(attribute, analysis.spans.get(inner))
        return group
      })
      return inner.kind === 'in-subquery'
        ? { ...inner, values: inner.values.map(settle), plan: over }
        : ({ ...inner, plan: over } as Expression)
    })
  return settle
}

export const aggregated = (grouping: Grouping, aggregates: readonly Named[]): LogicalPlan =>
  aggregate(grouping.input, grouping.groups, aggregates)
