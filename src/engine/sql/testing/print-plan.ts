import type { ExpressionSyntax, GroupBySyntax, JoinCriteria, OrderSyntax, PlanSyntax } from '../syntax.ts'
import { printExpression, printName, printNames, printOrder, printWindow } from './print-expression.ts'

type Of<K extends PlanSyntax['kind']> = Extract<PlanSyntax, { kind: K }>

const print = (expression: ExpressionSyntax): string => printExpression(expression, printPlan)
const printAll = (expressions: readonly ExpressionSyntax[]): string => expressions.map(print).join(', ')
const orders = (list: readonly OrderSyntax[]): string => list.map((order) => printOrder(order, printPlan)).join(', ')
const options = (record: Readonly<Record<string, string>>): string =>
  Object.entries(record)
    .map(([key, value]) => `${printName(key)} = '${value}'`)
    .join(', ')

const JOINS: Readonly<Record<Of<'join'>['how'], string>> = {
  inner: 'JOIN',
  cross: 'CROSS JOIN',
  left: 'LEFT JOIN',
  right: 'RIGHT JOIN',
  full: 'FULL JOIN',
  semi: 'LEFT SEMI JOIN',
  anti: 'LEFT ANTI JOIN',
}

const criteria = (how: JoinCriteria | undefined): string => {
  if (how?.kind === 'on') return ` ON ${print(how.condition)}`
  return how?.kind === 'using' ? ` USING (${printNames(how.columns)})` : ''
}

const oneOrMore = (items: readonly string[]): string =>
  items.length === 1 ? (items[0] ?? '') : `(${items.join(', ')})`

/** Text for FROM, or undefined for what only a query can say. */
const relation = (plan: PlanSyntax): string | undefined => {
  switch (plan.kind) {
    case 'relation': {
      const name = plan.name.map(printName).join('.')
      return plan.options === undefined ? name : `${name} WITH (${options(plan.options)})`
    }
    case 'values':
      return `VALUES ${plan.rows.map((row) => `(${printAll(row)})`).join(', ')}`
    case 'table-function':
      return `${plan.name}(${printAll(plan.args)})`
    case 'alias':
      return `${primary(plan.input)} AS ${printName(plan.name)}${plan.columns === undefined ? '' : ` (${printNames(plan.columns)})`}`
    case 'join': {
      const natural = plan.criteria?.kind === 'natural' ? 'NATURAL ' : ''
      const lateral = plan.lateral ? ' LATERAL' : ''
      return `${primary(plan.left)} ${natural}${JOINS[plan.how]}${lateral} ${primary(plan.right)}${criteria(plan.criteria)}`
    }
    case 'sample':
      return `${primary(plan.input)} TABLESAMPLE (${Number((plan.fraction * 100).toPrecision(12))} PERCENT) REPEATABLE (${plan.seed})`
    case 'pivot': {
      const values = plan.values.map(({ values: row, alias }) => {
        return `${oneOrMore(row.map(print))}${alias === undefined ? '' : ` AS ${printName(alias)}`}`
      })
      return `${primary(plan.input)} PIVOT (${printAll(plan.aggregates)} FOR ${oneOrMore(plan.columns.map(print))} IN (${values.join(', ')}))`
    }
    case 'unpivot': {
      const columns = plan.columns.map(({ expressions, alias }) => {
        return `${oneOrMore(expressions.map(print))}${alias === undefined ? '' : ` AS ${printName(alias)}`}`
      })
      const nulls = plan.includeNulls ? ' INCLUDE NULLS' : ''
      return `${primary(plan.input)} UNPIVOT${nulls} (${oneOrMore(plan.valueColumns.map(printName))} FOR ${printName(plan.nameColumn)} IN (${columns.join(', ')}))`
    }
    default:
      return undefined
  }
}

const primary = (plan: PlanSyntax): string =>
  plan.kind === 'relation' && plan.options === undefined
    ? plan.name.map(printName).join('.')
    : `(${relation(plan) ?? printPlan(plan)})`

const grouping = (group: GroupBySyntax): string => {
  if (group.all) return ' GROUP BY ALL'
  const texts = group.expressions.map(print)
  if (group.sets === undefined) return ` GROUP BY ${texts.join(', ')}`
  return ` GROUP BY GROUPING SETS (${group.sets.map((set) => `(${set.map((i) => texts[i]).join(', ')})`).join(', ')})`
}

const select = (plan: Of<'select'>, hint = ''): string => {
  const views = plan.lateralViews.map(({ generator, outer, alias, columns }) => {
    const names = columns.length === 0 ? '' : ` AS ${printNames(columns)}`
    return ` LATERAL VIEW${outer ? ' OUTER' : ''} ${print(generator)} ${printName(alias)}${names}`
  })
  const windows = Object.entries(plan.windows).map(
    ([name, window]) => `${printName(name)} AS ${printWindow(window, printPlan)}`,
  )
  return [
    `SELECT ${hint}${plan.distinct ? 'DISTINCT ' : ''}${printAll(plan.items)}`,
    plan.from === undefined ? '' : ` FROM ${relation(plan.from) ?? primary(plan.from)}`,
    ...views,
    plan.where === undefined ? '' : ` WHERE ${print(plan.where)}`,
    plan.groupBy === undefined ? '' : grouping(plan.groupBy),
    plan.having === undefined ? '' : ` HAVING ${print(plan.having)}`,
    windows.length === 0 ? '' : ` WINDOW ${windows.join(', ')}`,
  ].join('')
}

/** A query that parses to `plan`. */
export const printPlan = (plan: PlanSyntax): string => {
  const inner = (input: PlanSyntax): string => `(${printPlan(input)})`
  switch (plan.kind) {
    case 'select':
      return select(plan)
    case 'hint': {
      const hints: string[] = []
      let input: PlanSyntax = plan
      for (; input.kind === 'hint'; input = input.input) {
        hints.push(`${input.name}${input.args.length === 0 ? '' : `(${printAll(input.args)})`}`)
      }
      if (input.kind !== 'select') throw new Error('a hint stands in a SELECT')
      return select(input, `/*+ ${hints.join(', ')} */ `)
    }
    case 'filter':
      return `${inner(plan.input)} |> WHERE ${print(plan.condition)}`
    case 'with-columns':
      return `${inner(plan.input)} |> SET ${plan.columns.map((c) => `${printName(c.name)} = ${print(c.expression)}`).join(', ')}`
    case 'set-operation':
      return `${inner(plan.left)} ${plan.op}${plan.all ? ' ALL' : ''} ${inner(plan.right)}`
    case 'sort':
      return `${inner(plan.input)} ${plan.global ? 'ORDER' : 'SORT'} BY ${plan.orders === 'all' ? 'ALL' : orders(plan.orders)}`
    case 'repartition':
      return `${inner(plan.input)} DISTRIBUTE BY ${printAll(plan.by.map((order) => order.expression))}`
    case 'limit': {
      const count = plan.count === undefined ? '' : ` LIMIT ${print(plan.count)}`
      const offset = plan.offset === undefined ? '' : ` OFFSET ${print(plan.offset)}`
      return `${inner(plan.input)}${count}${offset}`
    }
    case 'with': {
      const queries = plan.queries.map(({ name, columns, query }) => {
        return `${printName(name)}${columns === undefined ? '' : ` (${printNames(columns)})`} AS (${printPlan(query)})`
      })
      return `WITH ${plan.recursive ? 'RECURSIVE ' : ''}${queries.join(', ')} ${inner(plan.input)}`
    }
    default: {
      const text = relation(plan)
      if (text === undefined) throw new Error(`${plan.kind} has no text`)
      return plan.kind === 'values' ? text : `FROM ${text}`
    }
  }
}
