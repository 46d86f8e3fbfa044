import type { Attribute, Expression, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { BOOLEAN } from '../types/data-type.ts'
import { isDeterministicFunction } from './function-facts.ts'
import { expressionsOf, inputsOf } from './plan-shape.ts'

/** The same array when nothing changed, so that unchanged trees stay the same objects. */
export const mapList = <T>(list: readonly T[], change: (item: T) => T): readonly T[] => {
  const next = list.map(change)
  return next.some((item, index) => item !== list[index]) ? next : list
}

export const mapOrders = (
  orders: readonly SortOrder[],
  change: (expression: Expression) => Expression,
): readonly SortOrder[] =>
  mapList(orders, (order) => {
    const expression = change(order.expression)
    return expression === order.expression ? order : { ...order, expression }
  })

/** Direct parts; plans of subqueries are not parts. */
export const childrenOf = (expression: Expression): readonly Expression[] => {
  switch (expression.kind) {
    case 'attribute':
    case 'literal':
    case 'outer':
    case 'scalar-subquery':
    case 'exists':
      return []
    case 'call':
    case 'udf':
      return expression.args
    case 'cast':
      return [expression.child]
    case 'case':
      return [
        ...expression.branches.flatMap(({ when, then }) => [when, then]),
        ...(expression.otherwise === undefined ? [] : [expression.otherwise]),
      ]
    case 'in':
      return [expression.value, ...expression.list]
    case 'lambda':
      return [expression.body]
    case 'aggregate':
      return [
        ...expression.args,
        ...(expression.filter === undefined ? [] : [expression.filter]),
        ...expression.orderBy.map((order) => order.expression),
      ]
    case 'window': {
      const bounds = expression.frame === undefined ? [] : [expression.frame.start, expression.frame.end]
      return [expression.function, ...bounds.flatMap((bound) => ('offset' in bound ? [bound.offset] : []))]
    }
    case 'in-subquery':
      return expression.values
  }
}

/** The expression with its direct parts changed; the same object when none did. */
export const mapChildren = (expression: Expression, change: (child: Expression) => Expression): Expression => {
  switch (expression.kind) {
    case 'attribute':
    case 'literal':
    case 'outer':
    case 'scalar-subquery':
    case 'exists':
      return expression
    case 'call':
    case 'udf': {
      const args = mapList(expression.args, change)
      return args === expression.args ? expression : { ...expression, args }
    }
    case 'cast': {
      const child = change(expression.child)
      return child === expression.child ? expression : { ...expression, child }
    }
    case 'case': {
      const branches = mapList(expression.branches, (branch) => {
        const [when, then] = [change(branch.when), change(branch.then)]
        return when === branch.when && then === branch.then ? branch : { when, then }
      })
      const otherwise = expression.otherwise && change(expression.otherwise)
      return branches === expression.branches && otherwise === expression.otherwise
        ? expression
        : { ...expression, branches, otherwise }
    }
    case 'in': {
      const [value, list] = [change(expression.value), mapList(expression.list, change)]
      return value === expression.value && list === expression.list ? expression : { ...expression, value, list }
    }
    case 'lambda': {
      const body = change(expression.body)
      return body === expression.body ? expression : { ...expression, body }
    }
    case 'aggregate': {
      const args = mapList(expression.args, change)
      const filter = expression.filter && change(expression.filter)
      const orderBy = mapOrders(expression.orderBy, change)
      return args === expression.args && filter === expression.filter && orderBy === expression.orderBy
        ? expression
        : { ...expression, args, filter, orderBy }
    }
    case 'window': {
      const inner = change(expression.function)
      const { frame } = expression
      const bound = (side: 'start' | 'end') => {
        const at = frame?.[side]
        return at && 'offset' in at ? { ...at, offset: change(at.offset) } : at
      }
      const [start, end] = [bound('start'), bound('end')]
      return { ...expression, function: inner, frame: frame && start && end ? { ...frame, start, end } : frame }
    }
    case 'in-subquery': {
      const values = mapList(expression.values, change)
      return values === expression.values ? expression : { ...expression, values }
    }
  }
}

/** Changes parts first, then the whole. */
export const transformUp = (expression: Expression, change: (expression: Expression) => Expression): Expression =>
  change(mapChildren(expression, (child) => transformUp(child, change)))

export const someExpression = (expression: Expression, test: (expression: Expression) => boolean): boolean =>
  test(expression) || childrenOf(expression).some((child) => someExpression(child, test))

/** The plan of a subquery, undefined for all other expressions. */
export const subqueryOf = (expression: Expression): LogicalPlan | undefined =>
  expression.kind === 'scalar-subquery' || expression.kind === 'exists' || expression.kind === 'in-subquery'
    ? expression.plan
    : undefined

/** Columns of the enclosing query that a subquery's plan names. */
export const outerReferences = (plan: LogicalPlan): readonly Attribute[] => [
  ...expressionsOf(plan).flatMap(outerIn),
  ...inputsOf(plan).flatMap(outerReferences),
]

const outerIn = (expression: Expression): readonly Attribute[] => {
  if (expression.kind === 'outer') return [expression.attribute]
  const inner = subqueryOf(expression)
  return [...childrenOf(expression).flatMap(outerIn), ...(inner === undefined ? [] : outerReferences(inner))]
}

/** Ids of the columns an expression reads, also from within its subqueries; parameters of lambdas are none. */
export const attributeIds = (expression: Expression): ReadonlySet<number> => {
  const found = new Set<number>()
  collect(expression, found)
  return found
}

export const attributeIdsOf = (expressions: readonly Expression[]): ReadonlySet<number> => {
  const found = new Set<number>()
  for (const expression of expressions) collect(expression, found)
  return found
}

const collect = (expression: Expression, found: Set<number>): void => {
  if (expression.kind === 'attribute') found.add(expression.id)
  if (expression.kind === 'lambda') {
    const parameters = new Set(expression.parameters.map(({ id }) => id))
    for (const id of attributeIds(expression.body)) if (!parameters.has(id)) found.add(id)
    return
  }
  const inner = subqueryOf(expression)
  if (inner !== undefined) for (const { id } of outerReferences(inner)) found.add(id)
  for (const child of childrenOf(expression)) collect(child, found)
}

export const isSubset = (ids: ReadonlySet<number>, of: ReadonlySet<number>): boolean => {
  for (const id of ids) if (!of.has(id)) return false
  return true
}

export const idsOf = (attributes: readonly Attribute[]): ReadonlySet<number> => new Set(attributes.map(({ id }) => id))

/** Gives the same value for the same row each time; a function of the program is not trusted to. */
export const isDeterministic = (expression: Expression): boolean =>
  !someExpression(
    expression,
    (part) =>
      part.kind === 'udf' ||
      ((part.kind === 'call' || part.kind === 'aggregate') && !isDeterministicFunction(part.name)) ||
      !planIsDeterministic(subqueryOf(part)),
  )

export const planIsDeterministic = (plan: LogicalPlan | undefined): boolean =>
  plan === undefined ||
  (plan.kind !== 'map-batches' &&
    plan.kind !== 'sample' &&
    expressionsOf(plan).every(isDeterministic) &&
    inputsOf(plan).every(planIsDeterministic))

export const hasSubquery = (expression: Expression): boolean =>
  someExpression(expression, (part) => subqueryOf(part) !== undefined)

const isCorrelated = (expression: Expression): boolean =>
  someExpression(expression, (part) => {
    const plan = subqueryOf(part)
    return plan !== undefined && outerReferences(plan).length > 0
  })

/** The expression with columns replaced; undefined where a subquery names one of them, as only columns can stand there. */
export const substitute = (
  expression: Expression,
  replacements: ReadonlyMap<number, Expression>,
): Expression | undefined => {
  if (isCorrelated(expression)) {
    const touched = [...attributeIds(expression)].some((id) => {
      const by = replacements.get(id)
      return by !== undefined && !(by.kind === 'attribute' && by.id === id)
    })
    if (touched) return undefined
    return expression
  }
  return transformUp(expression, (part) => (part.kind === 'attribute' ? (replacements.get(part.id) ?? part) : part))
}

const isCall = (expression: Expression, name: string): boolean => expression.kind === 'call' && expression.name === name

/** The parts of a conjunction. */
export const conjuncts = (expression: Expression | undefined): readonly Expression[] =>
  expression === undefined
    ? []
    : expression.kind === 'call' && isCall(expression, 'and')
      ? expression.args.flatMap(conjuncts)
      : [expression]

export const disjuncts = (expression: Expression): readonly Expression[] =>
  expression.kind === 'call' && isCall(expression, 'or') ? expression.args.flatMap(disjuncts) : [expression]

export const call = (name: string, args: readonly Expression[]): Expression => ({
  kind: 'call',
  name,
  args,
  type: BOOLEAN,
  nullable: args.some(({ nullable }) => nullable),
})

/** All of `parts` hold; undefined for none. */
export const conjoin = (parts: readonly Expression[]): Expression | undefined =>
  parts.length === 0 ? undefined : parts.reduce((left, right) => call('and', [left, right]))

export const disjoin = (parts: readonly Expression[]): Expression | undefined =>
  parts.length === 0 ? undefined : parts.reduce((left, right) => call('or', [left, right]))

export const TRUE: Expression = { kind: 'literal', value: true, type: BOOLEAN, nullable: false }
export const FALSE: Expression = { kind: 'literal', value: false, type: BOOLEAN, nullable: false }
export const isTrue = (expression: Expression): boolean => expression.kind === 'literal' && expression.value === true
/** False or null: as a condition, no row comes through. */
export const isNeverTrue = (expression: Expression): boolean =>
  expression.kind === 'literal' && (expression.value === false || expression.value === null)
