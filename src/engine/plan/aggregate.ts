import type { ColumnType } from '../duckdb/database.ts'
import {
  baseTable,
  columnRef,
  constantInteger,
  type Expression,
  integerOf,
  isExpression,
  isObject,
  type Json,
  type JsonObject,
  modifiersOf,
  type Order,
  orderModifier,
  type SelectNode,
  selectNode,
  withAlias,
} from '../sql/ast.ts'
import { contains, rewrite } from '../sql/rewrite.ts'
import type { Binder } from './binder.ts'
import { type Decomposed, decompose } from './decompose.ts'
import { type FunctionCatalog, hasAggregate, isAggregate } from './functions.ts'
import { Refusal } from './refusal.ts'
import { aliasesOf, expandAliases, isColumnName, namesOf, qualifiedText, type Scope, scopeOf } from './scope.ts'
import { PARTS_RELATION } from './stage.ts'

export interface TwoPhases {
  readonly task: SelectNode
  /** Reads PARTS_RELATION: the rows of all tasks. */
  readonly final: SelectNode
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index)

/**
 * GROUP BY and aggregates in two phases: the tasks group their part of the rows, the final phase groups their
 * results again and does HAVING, windows, ORDER BY and LIMIT. Throws Refusal where the answer might differ.
 */
export const splitAggregation = async (
  binder: Binder,
  functions: FunctionCatalog,
  node: SelectNode,
  columns: readonly ColumnType[],
): Promise<TwoPhases> => {
  if (contains(node.select_list, (part) => part.class === 'STAR', isSubquery)) throw new Refusal('* beside aggregates')
  const scope = await scopeOf(node.from_table, (ref) => binder.describe(selectNode({ from_table: ref })))
  const aliases = aliasesOf(node.select_list)
  const items = node.select_list.map((item) => expandItem(scope, aliases, item))
  const groups = groupsOf(scope, aliases, items, node, functions)
  const having = node.having && expandAliases(scope, aliases, node.having)
  const qualify = node.qualify && expandAliases(scope, aliases, node.qualify)
  const modifiers = modifiersOf(node)
  if (modifiers.distinctOn || modifiers.other) throw new Refusal('DISTINCT ON or LIMIT … PERCENT over aggregates')
  const names = columns.map(({ name }) => name.toLowerCase())
  const orders = modifiers.orders.map((order) => expandOrder(scope, aliases, names, order))
  const calls = new Map<string, Expression>()
  for (const tree of [items, having, qualify, orders.map(({ order, keep }) => (keep ? null : order.expression))]) {
    for (const found of collectAggregates(tree as unknown as Json, functions))
      calls.set(qualifiedText(scope, found), found)
  }
  const slots = await aggregateSlots(binder, scope, node, [...calls])
  const groupTexts = new Map(groups.expressions.map((group, index) => [qualifiedText(scope, group), `__g${index}`]))
  const after = (tree: Expression): Expression => rewriteAfter(tree, scope, functions, groupTexts, slots.finals)
  const keys = [
    ...groups.expressions.map((group, index) => withAlias(group, `__g${index}`)),
    ...slots.distinctArguments.map((argument, index) => withAlias(argument, `__d${index}`)),
  ]
  const task = selectNode({
    select_list:
      keys.length + slots.partials.length === 0
        ? [withAlias(constantInteger(1), '__one')]
        : [...keys, ...slots.partials],
    from_table: node.from_table,
    where_clause: node.where_clause && expandItem(scope, aliases, node.where_clause),
    group_expressions: range(keys.length).map((index) => constantInteger(index + 1)),
    group_sets: keys.length === 0 ? [] : [range(keys.length)],
  })
  const final = selectNode(
    {
      select_list: items.map((item, index) => withAlias(after(item), columns[index]?.name ?? '')),
      from_table: baseTable(PARTS_RELATION, ''),
      group_expressions: groups.expressions.map((_, index) => columnRef(`__g${index}`)),
      group_sets: groups.sets,
      having: having && after(having),
      qualify: qualify && after(qualify),
    },
    node.modifiers.map((modifier) =>
      isObject(modifier) && modifier.type === 'ORDER_MODIFIER'
        ? orderModifier(
            orders.map(({ order, keep }) => (keep ? order : { ...order, expression: after(order.expression) })),
          )
        : modifier,
    ),
  )
  return { task, final: await withOriginalTypes(binder, task, final, slots) }
}

const isSubquery = (part: JsonObject): boolean => part.class === 'SUBQUERY'

/** In a SELECT list and in WHERE columns come before aliases. */
const expandItem = (scope: Scope, aliases: ReadonlyMap<string, Expression>, item: Expression): Expression => {
  const others = new Map([...aliases].filter(([name, meant]) => meant !== item && !isColumnName(scope, name)))
  return withAlias(expandAliases(scope, others, item), item.alias)
}

interface Groups {
  readonly expressions: readonly Expression[]
  readonly sets: readonly (readonly number[])[]
}

const groupsOf = (
  scope: Scope,
  aliases: ReadonlyMap<string, Expression>,
  items: readonly Expression[],
  node: SelectNode,
  functions: FunctionCatalog,
): Groups => {
  if (node.aggregate_handling === 'FORCE_AGGREGATES') {
    const expressions = items.filter((item) => !hasAggregate(item, functions)).map((item) => withAlias(item, ''))
    return { expressions, sets: expressions.length === 0 ? [] : [range(expressions.length)] }
  }
  if (node.aggregate_handling !== 'STANDARD_HANDLING') throw new Refusal('an unusual GROUP BY')
  const known = new Map([...aliases].filter(([name]) => !isColumnName(scope, name)))
  const expressions = node.group_expressions.map((group) => {
    const position = integerOf(group)
    const meant = position === undefined ? expandAliases(scope, known, group) : items[position - 1]
    if (meant === undefined) throw new Refusal('GROUP BY a position that does not exist')
    return withAlias(meant, '')
  })
  return { expressions, sets: node.group_sets }
}

/** ORDER BY names a result column (`keep`), or is an expression over groups and aggregates. */
const expandOrder = (
  scope: Scope,
  aliases: ReadonlyMap<string, Expression>,
  names: readonly string[],
  order: Order,
): { readonly order: Order; readonly keep: boolean } => {
  const { expression } = order
  if (expression.class === 'CONSTANT' || expression.class === 'STAR') return { order, keep: true }
  const [name, ...more] = namesOf(expression)
  if (name !== undefined && more.length === 0 && names.includes(name)) {
    if (names.indexOf(name) !== names.lastIndexOf(name))
      throw new Refusal(`ORDER BY ${name}, which two columns are called`)
    return { order, keep: true }
  }
  return { order: { ...order, expression: expandAliases(scope, aliases, expression) }, keep: false }
}

const collectAggregates = (tree: Json, functions: FunctionCatalog): readonly Expression[] => {
  const found: Expression[] = []
  contains(
    tree,
    (part) => {
      if (isAggregate(part, functions)) found.push(part as Expression)
      return false
    },
    isSubquery,
  )
  return found
}

interface Slots {
  /** By the canonical text of the call. */
  readonly finals: Map<string, Expression>
  readonly partials: readonly Expression[]
  readonly distinctArguments: readonly Expression[]
  readonly calls: readonly (readonly [string, Expression])[]
}

const aggregateSlots = async (
  binder: Binder,
  scope: Scope,
  node: SelectNode,
  calls: readonly (readonly [string, Expression])[],
): Promise<Slots> => {
  const partials: Expression[] = []
  const distinct = new Map<string, Expression>()
  const texts: string[] = []
  for (const [, call] of calls) {
    const children = call.children as readonly Expression[]
    const name = String(call.function_name).toLowerCase()
    if (contains(call.children as Json, (part) => part.class === 'LAMBDA' || part.class === 'WINDOW'))
      throw new Refusal(`${name} over a lambda`)
    if (call.distinct === true && name !== 'min' && name !== 'max') {
      texts.push(distinctText(scope, distinct, call, children))
      continue
    }
    const types = (await argumentTypes(binder, node, children)).map(({ type }) => type)
    const cut: Decomposed = decompose(call, types)
    const names = cut.partials.map((_, index) => `__a${partials.length + index}`)
    partials.push(...cut.partials.map((partial, index) => withAlias(partial, names[index]!)))
    texts.push(cut.final(names))
  }
  const parsed = await binder.expressions(texts)
  const finals = new Map(calls.map(([key], index) => [key, parsed[index]!]))
  return { finals, partials, distinctArguments: [...distinct.values()], calls }
}

const argumentTypes = (binder: Binder, node: SelectNode, children: readonly Expression[]) =>
  children.length === 0
    ? Promise.resolve([])
    : binder.describe(
        selectNode({ from_table: node.from_table, select_list: children.map((child) => withAlias(child, '')) }),
      )

/** The argument of a DISTINCT aggregate becomes one more key of the tasks' groups; the final phase sees each value once a task. */
const distinctText = (
  scope: Scope,
  distinct: Map<string, Expression>,
  call: Expression,
  children: readonly Expression[],
): string => {
  const name = String(call.function_name).toLowerCase()
  const [argument] = children
  const orders = (call.order_bys as JsonObject | null)?.orders as readonly Json[] | undefined
  if (
    argument === undefined ||
    children.length !== 1 ||
    call.filter !== null ||
    (orders?.length ?? 0) > 0 ||
    !['count', 'sum', 'avg'].includes(name)
  ) {
    throw new Refusal(`${name}(DISTINCT …) of this form needs all rows in one place`)
  }
  const key = qualifiedText(scope, argument)
  if (!distinct.has(key)) distinct.set(key, argument)
  if (distinct.size > 1) throw new Refusal('DISTINCT aggregates over different columns need all rows in one place')
  return `${name}(DISTINCT "__d0")`
}

/** What a query is once its groups and aggregates are columns of the tasks' results. */
const rewriteAfter = (
  tree: Expression,
  scope: Scope,
  functions: FunctionCatalog,
  groups: ReadonlyMap<string, string>,
  finals: ReadonlyMap<string, Expression>,
): Expression =>
  rewrite(tree, (part) => {
    if (!isExpression(part)) return undefined
    const text = qualifiedText(scope, part)
    const group = groups.get(text)
    if (group !== undefined) return withAlias(columnRef(group), part.alias)
    if (isAggregate(part, functions)) {
      const final = finals.get(text)
      if (final === undefined) throw new Refusal('an aggregate inside another one')
      return withAlias(final, part.alias)
    }
    if (part.class === 'COLUMN_REF')
      throw new Refusal(`${namesOf(part).join('.')} beside aggregates is not plainly a grouped column`)
    if (part.class === 'LAMBDA') throw new Refusal('a lambda beside aggregates')
    if (part.class === 'SUBQUERY') {
      if (contains(part.subquery as Json, (inner) => inner.class === 'COLUMN_REF'))
        throw new Refusal('a subquery beside aggregates')
      const { child } = part
      return {
        ...part,
        child: isExpression(child) ? rewriteAfter(child, scope, functions, groups, finals) : (child ?? null),
      }
    }
    return undefined
  })

/** A final aggregate whose type is not that of the aggregate it stands for is cast to it. */
const withOriginalTypes = async (
  binder: Binder,
  task: SelectNode,
  final: SelectNode,
  slots: Slots,
): Promise<SelectNode> => {
  if (slots.calls.length === 0) return final
  const taskColumns = await binder.describe(task)
  await binder.stand(PARTS_RELATION, taskColumns)
  const originals = slots.calls.map(([, call]) => withAlias(call, ''))
  const wanted = await binder.describe(selectNode({ from_table: task.from_table, select_list: originals }))
  const finals = [...slots.finals.values()]
  const got = await binder.describe(selectNode({ from_table: baseTable(PARTS_RELATION, ''), select_list: finals }))
  const differing = wanted.flatMap(({ type }, index) => (type === got[index]?.type ? [] : [index]))
  if (differing.length === 0) return final
  const casts = await binder.expressions(differing.map((index) => `CAST(NULL AS ${wanted[index]!.type})`))
  const replaced = new Map(differing.map((index, nth) => [finals[index]!, { ...casts[nth]!, child: finals[index]! }]))
  const bare = (part: JsonObject) => [...replaced].find(([expression]) => sameExpression(expression, part))?.[1]
  return rewrite(final, (part) => {
    const cast = isExpression(part) ? bare(part) : undefined
    return cast === undefined ? undefined : { ...cast, alias: (part as Expression).alias }
  })
}

const sameExpression = (one: Expression, part: JsonObject): boolean =>
  part === one ||
  (part.class === one.class &&
    part.children !== undefined &&
    part.children === one.children &&
    part.function_name === one.function_name)
