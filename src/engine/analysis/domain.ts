import type { Attribute, Expression, Named, NewId } from '../plan/expression.ts'
import { mapOrders } from '../plan/expression-tree.ts'
import type { LogicalPlan, PlanOf } from '../plan/logical-plan.ts'
import { INTEGER } from '../types/data-type.ts'
import { branch } from './branch.ts'
import { aggregate, allOf, distinct, exactly, filter, join, pass, predicate, project } from './build-plan.ts'
import { copyPlan } from './copy-plan.ts'
import { bindOuter, type Ids, namesOuter, unsupported } from './correlation.ts'
import { sameRowsEachTime } from './determinism.ts'
import { emptyValue, isNull } from './empty-value.ts'
import { outerIds } from './plan-tree.ts'
import { numbered } from './row-number.ts'

/** A subquery for all outer rows at once: its own columns, and for which values of the outer columns they are. */
export interface Dependent {
  readonly plan: LogicalPlan
  /** In the order of the outer columns. */
  readonly keys: readonly Attribute[]
}

export interface Domain {
  readonly columns: readonly Attribute[]
  readonly dependent: (plan: LogicalPlan) => Dependent
  /** The distinct values of the outer columns, alone. */
  readonly values: () => Dependent
}

/**
 * Computes a correlated subquery for the distinct values of the outer columns that it names, by pushing these down to
 * where they are named. Source: Neumann and Kemper, "Unnesting Arbitrary Queries"; Spark's DecorrelateInnerQuery.
 */
export const domainOf = (outer: LogicalPlan, columns: readonly Attribute[], newId: NewId): Domain => {
  if (!sameRowsEachTime(outer))
    throw unsupported(
      'CORRELATED_REFERENCE',
      'the outer query has a LIMIT, a sample or a random function, and this correlation needs its rows twice',
    )
  const ids: Ids = new Set(columns.map(({ id }) => id))
  const values = (): Dependent => {
    const copy = copyPlan(exactly(outer, columns), newId)
    const plan = distinct(copy.plan)
    return { plan, keys: plan.output }
  }
  const bind = (keys: readonly Attribute[]) => {
    const byId = new Map(columns.map(({ id }, index) => [id, keys[index]!]))
    return (expression: Expression): Expression => bindOuter(expression, (attribute) => byId.get(attribute.id))
  }
  const isFree = (plan: LogicalPlan): boolean => ![...outerIds(plan)].some((id) => ids.has(id))

  const dependent = (plan: LogicalPlan): Dependent => {
    if (isFree(plan)) {
      const all = values()
      if (plan.kind === 'values' && plan.output.length === 0 && plan.rows.length === 1) return all
      return { plan: join(all.plan, plan, 'inner', undefined), keys: all.keys }
    }
    switch (plan.kind) {
      case 'filter': {
        const below = dependent(plan.input)
        return { ...below, plan: filter(below.plan, bind(below.keys)(plan.condition)) }
      }
      case 'project': {
        const below = dependent(plan.input)
        const items = plan.items.map(({ attribute, expression }) => ({
          attribute,
          expression: bind(below.keys)(expression),
        }))
        return { ...below, plan: project(below.plan, [...items, ...below.keys.map(pass)]) }
      }
      case 'sort':
      case 'repartition':
        return dependent(plan.input)
      case 'aggregate':
        return dependentAggregate(plan)
      case 'join':
        return dependentJoin(plan)
      case 'limit':
        return dependentLimit(plan)
      case 'window': {
        const below = dependent(plan.input)
        const to = bind(below.keys)
        const functions = plan.functions.map(({ attribute, expression }) => ({ attribute, expression: to(expression) }))
        const output = [...below.plan.output, ...functions.map(({ attribute }) => attribute)]
        const partitionBy = [...plan.partitionBy.map(to), ...below.keys]
        const orderBy = mapOrders(plan.orderBy, to)
        return { ...below, plan: { ...plan, input: below.plan, functions, partitionBy, orderBy, output } }
      }
      case 'generate': {
        const below = dependent(plan.input)
        const generator = bind(below.keys)(plan.generator)
        const output = [...below.plan.output, ...plan.generated]
        return { ...below, plan: { ...plan, input: below.plan, generator, output } }
      }
      case 'expand': {
        const below = dependent(plan.input)
        const projections = plan.projections.map((row) => [...row.map(bind(below.keys)), ...below.keys])
        const keys = below.keys.map((key): Attribute => ({ ...key, id: newId() }))
        return { keys, plan: { ...plan, input: below.plan, projections, output: [...plan.output, ...keys] } }
      }
      case 'union': {
        const inputs = plan.inputs.map((input) => {
          const below = dependent(input)
          return exactly(below.plan, [...input.output, ...below.keys])
        })
        const keys = columns.map((column): Attribute => ({ ...column, id: newId() }))
        return { keys, plan: { kind: 'union', inputs, output: [...plan.output, ...keys] } }
      }
      default:
        throw unsupported('CORRELATED_REFERENCE', `a column of the outer query is named below a ${plan.kind}`)
    }
  }

  const dependentAggregate = (plan: PlanOf<'aggregate'>): Dependent => {
    const below = dependent(plan.input)
    const to = bind(below.keys)
    const named = (one: Named): Named => ({ attribute: one.attribute, expression: to(one.expression) })
    const groups = [...plan.groups.map(named), ...below.keys.map(pass)]
    if (plan.groups.length > 0)
      return { keys: below.keys, plan: aggregate(below.plan, groups, plan.aggregates.map(named)) }
    // Without groups there is a row even for values that have no rows below.
    const all = values()
    const inner = plan.aggregates.map((one) => ({ ...named(one), attribute: { ...one.attribute, id: newId() } }))
    const grouped = aggregate(below.plan, groups, inner)
    const joined = join(all.plan, grouped, 'left', sameValues(all.keys, below.keys))
    const items = plan.aggregates.map(({ attribute, expression }, index): Named => {
      const empty = expression.kind === 'aggregate' ? emptyValue(expression) : undefined
      if (!empty) throw unsupported('CORRELATED_REFERENCE', `what ${attribute.name} is over no rows is not known`)
      const result: Attribute = { ...inner[index]!.attribute, nullable: true }
      const { type } = attribute
      if (isNull(empty)) return { attribute: { ...attribute, nullable: true }, expression: result }
      const branches = [branch(predicate('isnull', result), empty)]
      return {
        attribute,
        expression: { kind: 'case', branches, otherwise: result, type, nullable: attribute.nullable },
      }
    })
    return { keys: all.keys, plan: project(joined, [...items, ...all.keys.map(pass)]) }
  }

  const dependentJoin = (plan: PlanOf<'join'>): Dependent => {
    const inCondition = plan.condition !== undefined && namesOuter(plan.condition, ids)
    const leftFree = isFree(plan.left)
    const rightFree = isFree(plan.right)
    if (plan.how === 'right' || plan.how === 'full') {
      if (plan.how === 'full' || inCondition || !leftFree)
        throw unsupported('CORRELATED_REFERENCE', `a column of the outer query is named within a ${plan.how} join`)
      const right = dependent(plan.right)
      return { keys: right.keys, plan: join(plan.left, right.plan, 'right', plan.condition) }
    }
    if (plan.how === 'inner' && leftFree) {
      const right = dependent(plan.right)
      const condition = plan.condition && bind(right.keys)(plan.condition)
      return { keys: right.keys, plan: join(plan.left, right.plan, 'inner', condition) }
    }
    const left = dependent(plan.left)
    const condition = plan.condition ? [bind(left.keys)(plan.condition)] : []
    if (rightFree) return { keys: left.keys, plan: join(left.plan, plan.right, plan.how, allOf(condition)) }
    const right = dependent(plan.right)
    const same = sameValues(left.keys, right.keys)
    return {
      keys: left.keys,
      plan: join(
        left.plan,
        right.plan,
        plan.how === 'null-aware-anti' ? 'anti' : plan.how,
        allOf([...(same ? [same] : []), ...nullAware(plan, condition)]),
      ),
    }
  }

  const dependentLimit = (plan: PlanOf<'limit'>): Dependent => {
    if (plan.input.kind === 'project') {
      // Columns that ORDER BY needs may end in the project: the limit goes below it.
      const { input } = plan.input
      return dependent({ ...plan.input, input: { ...plan, input, output: input.output } })
    }
    const orders = plan.input.kind === 'sort' ? plan.input.orders : []
    const below = dependent(plan.input)
    const ranked = numbered(below.plan, newId, below.keys, mapOrders(orders, bind(below.keys)))
    const number = ranked.output.at(-1)!
    const literal = (value: number): Expression => ({ kind: 'literal', value, type: INTEGER, nullable: false })
    const kept = [
      ...(plan.offset > 0 ? [predicate('>', number, literal(plan.offset))] : []),
      ...(plan.count === undefined ? [] : [predicate('<=', number, literal(plan.offset + plan.count))]),
    ]
    const condition = allOf(kept)
    return { keys: below.keys, plan: condition ? filter(ranked, condition) : ranked }
  }

  return { columns, dependent, values }
}

/** NOT IN inside: a comparison that is unknown excludes the row too. */
const nullAware = (plan: PlanOf<'join'>, condition: readonly Expression[]): readonly Expression[] =>
  plan.how === 'null-aware-anti' ? condition.map((one) => predicate('or', one, predicate('isnull', one))) : condition

export const sameValues = (one: readonly Expression[], other: readonly Expression[]): Expression | undefined =>
  allOf(one.map((key, index) => predicate('<=>', key, other[index]!)))

export const correlatedColumns = (outer: LogicalPlan, subquery: LogicalPlan): readonly Attribute[] => {
  const named = outerIds(subquery)
  return outer.output.filter(({ id }) => named.has(id))
}
