import type { ColumnType } from '../duckdb/database.ts'
import {
  baseTable,
  columnRef,
  constantInteger,
  distinctModifier,
  type Expression,
  integerOf,
  type JsonObject,
  limitModifier,
  modifiersOf,
  type Order,
  orderModifier,
  type SelectNode,
  selectNode,
  subqueryRef,
  withAlias,
} from '../sql/ast.ts'
import { contains } from '../sql/rewrite.ts'
import type { TwoPhases } from './aggregate.ts'
import { Refusal } from './refusal.ts'
import { aliasesOf, namesOf } from './scope.ts'
import { PARTS_RELATION } from './stage.ts'

export interface Gathered extends Omit<TwoPhases, 'final'> {
  /** Absent where the tasks' rows are the answer. */
  readonly final: SelectNode | undefined
  readonly enoughRows: number | undefined
}

const column = (index: number): string => `__o${index}`

/**
 * A query that works row by row, with DISTINCT, ORDER BY and LIMIT on top: each task does them for its part (a top-n
 * of its own), the final phase does them again over all. Throws Refusal where the answer might differ.
 */
export const splitRows = (node: SelectNode, columns: readonly ColumnType[]): Gathered => {
  const { distinct, distinctOn, orders, limit, offset, other } = modifiersOf(node)
  if (distinctOn || other) throw new Refusal('DISTINCT ON or LIMIT … PERCENT needs all rows in one place')
  const count = limit === null ? undefined : integerOf(limit)
  const skip = offset === null ? 0 : integerOf(offset)
  if ((limit !== null && count === undefined) || skip === undefined)
    throw new Refusal('a LIMIT that is not a plain number')
  const top = count === undefined ? undefined : count + skip
  const keys = orderKeys(orders, node.select_list, columns)
  if (distinct && keys.hidden.length > 0) throw new Refusal('DISTINCT with an ORDER BY that is not in the SELECT list')
  const inner: SelectNode = {
    ...node,
    modifiers: [...(distinct ? [distinctModifier()] : [])],
    select_list: [...node.select_list, ...keys.hidden.map((hidden, index) => withAlias(hidden, `__hidden${index}`))],
  }
  const names = [...columns, ...keys.hidden].map((_, index) => column(index))
  const limits = top === undefined ? [] : [limitModifier(constantInteger(top), null)]
  const task = selectNode(
    { from_table: subqueryRef(inner, '__rows', names) },
    top === undefined || keys.orders.length === 0 ? limits : [orderModifier(keys.orders), ...limits],
  )
  const final = selectNode(
    {
      select_list: columns.map(({ name }, index) => withAlias(columnRef(column(index)), name)),
      from_table: baseTable(PARTS_RELATION, ''),
    },
    [
      ...(distinct ? [distinctModifier()] : []),
      ...(keys.orders.length > 0 ? [orderModifier(keys.orders)] : []),
      ...(limit !== null || offset !== null ? [limitModifier(limit, offset)] : []),
    ],
  )
  const plain = !distinct && orders.length === 0
  const asIs = plain && limit === null && offset === null
  return { task, final: asIs ? undefined : final, enoughRows: plain ? top : undefined }
}

interface OrderKeys {
  /** Over the columns of the tasks' rows. */
  readonly orders: readonly Order[]
  /** Expressions that are not in the SELECT list and travel beside it. */
  readonly hidden: readonly Expression[]
}

const orderKeys = (
  orders: readonly Order[],
  items: readonly Expression[],
  columns: readonly ColumnType[],
): OrderKeys => {
  const names = columns.map(({ name }) => name.toLowerCase())
  const aliases = aliasesOf(items)
  const hidden: Expression[] = []
  const found = orders.flatMap((order): readonly Order[] => {
    const { expression } = order
    const by = (index: number): Order => ({ ...order, expression: columnRef(column(index)) })
    if (isOrderByAll(expression)) return columns.map((_, index) => by(index))
    const position = integerOf(expression)
    if (position !== undefined) {
      if (position < 1 || position > columns.length) throw new Refusal('ORDER BY a position that does not exist')
      return [by(position - 1)]
    }
    const [name, ...more] = namesOf(expression)
    if (name !== undefined && more.length === 0 && names.includes(name)) {
      if (names.indexOf(name) !== names.lastIndexOf(name))
        throw new Refusal(`ORDER BY ${name}, which two columns are called`)
      return [by(names.indexOf(name))]
    }
    refuseAliases(expression, aliases)
    hidden.push(withAlias(expression, ''))
    return [by(columns.length + hidden.length - 1)]
  })
  return { orders: found, hidden }
}

const isOrderByAll = (expression: JsonObject): boolean => expression.class === 'STAR'

/** Inside a larger ORDER BY expression it is not plain whether an alias or a column is meant. */
const refuseAliases = (expression: Expression, aliases: ReadonlyMap<string, Expression>): void => {
  const bad = contains(expression, (part) => {
    const [name, ...more] = namesOf(part)
    const meant = name === undefined || more.length > 0 ? undefined : aliases.get(name)
    return meant !== undefined && namesOf(meant).at(-1) !== name
  })
  if (bad) throw new Refusal('an ORDER BY expression over aliases')
}
