import type { Attribute, Expression, Named, SortOrder } from '../plan/expression.ts'
import type { LogicalPlan } from '../plan/logical-plan.ts'
import { inputsOf } from '../plan/plan-shape.ts'
import { printType } from './print-type.ts'

const INFIX = new Set([
  '=',
  '<=>',
  '<',
  '<=',
  '>',
  '>=',
  '<>',
  '!=',
  '+',
  '-',
  '*',
  '/',
  '%',
  'div',
  'and',
  'or',
  '||',
  '&',
  '|',
  '^',
])

export const printAttribute = ({ name, id }: Attribute): string => `${name}#${id}`

const list = (expressions: readonly Expression[]): string => expressions.map(printExpression).join(', ')

/** An expression as Spark's plans show it: columns as name#id. */
export const printExpression = (expression: Expression): string => {
  switch (expression.kind) {
    case 'attribute':
      return printAttribute(expression)
    case 'literal':
      return expression.value === null
        ? 'null'
        : expression.value instanceof Uint8Array
          ? `X'${Buffer.from(expression.value).toString('hex')}'`
          : expression.type.kind === 'decimal' && typeof expression.value === 'bigint'
            ? printDecimal(expression.value, expression.type.scale)
            : expression.type.kind === 'date' && typeof expression.value !== 'string'
              ? printDate(Number(expression.value))
              : String(expression.value)
    case 'call':
      return INFIX.has(expression.name) && expression.args.length === 2
        ? `(${printExpression(expression.args[0]!)} ${expression.name.toUpperCase()} ${printExpression(expression.args[1]!)})`
        : `${expression.name}(${list(expression.args)})`
    case 'cast':
      return `${expression.mode === 'try' ? 'try_cast' : 'cast'}(${printExpression(expression.child)} as ${printType(expression.type)})`
    case 'case':
      return `CASE ${expression.branches.map(({ when, then }) => `WHEN ${printExpression(when)} THEN ${printExpression(then)}`).join(' ')}${
        expression.otherwise === undefined ? '' : ` ELSE ${printExpression(expression.otherwise)}`
      } END`
    case 'in':
      return `${printExpression(expression.value)} IN (${list(expression.list)})`
    case 'lambda':
      return `(${expression.parameters.map(printAttribute).join(', ')}) -> ${printExpression(expression.body)}`
    case 'aggregate':
      return `${expression.name}(${expression.distinct ? 'distinct ' : ''}${list(expression.args)}${
        expression.orderBy.length === 0 ? '' : ` ORDER BY ${printOrders(expression.orderBy)}`
      })${expression.filter === undefined ? '' : ` FILTER (WHERE ${printExpression(expression.filter)})`}`
    case 'window':
      return `${printExpression(expression.function)}${expression.ignoreNulls ? ' IGNORE NULLS' : ''} OVER (…)`
    case 'outer':
      return `outer(${printAttribute(expression.attribute)})`
    case 'scalar-subquery':
      return 'scalar-subquery'
    case 'exists':
      return 'exists(subquery)'
    case 'in-subquery':
      return `(${list(expression.values)}) IN (subquery)`
    case 'udf':
      return `${expression.name ?? 'UDF'}#${expression.id}(${list(expression.args)})`
  }
}

const printDecimal = (unscaled: bigint, scale: number): string => {
  if (scale === 0) return String(unscaled)
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const printDate = (days: number): string => new Date(days * 86_400_000).toISOString().slice(0, 10)

export const printOrders = (orders: readonly SortOrder[]): string =>
  orders
    .map(
      ({ expression, descending, nullsFirst }) =>
        `${printExpression(expression)} ${descending ? 'DESC' : 'ASC'} NULLS ${nullsFirst ? 'FIRST' : 'LAST'}`,
    )
    .join(', ')

const printNamed = ({ attribute, expression }: Named): string =>
  expression.kind === 'attribute' && expression.id === attribute.id
    ? printAttribute(attribute)
    : `${printExpression(expression)} AS ${printAttribute(attribute)}`

const names = (attributes: readonly Attribute[]): string => `[${attributes.map(printAttribute).join(', ')}]`

/** The node alone, in one line. */
export const printNode = (plan: LogicalPlan): string => {
  switch (plan.kind) {
    case 'scan': {
      const what = plan.relation.kind === 'files' ? plan.relation.source.label : `held rows ${plan.relation.id}`
      const pushed = plan.filters.length === 0 ? '' : `, PushedFilters: [${list(plan.filters)}]`
      return `Relation ${what} ${names(plan.output)}${pushed}`
    }
    case 'range':
      return `Range (${plan.start}, ${plan.end}, step=${plan.step}) ${names(plan.output)}`
    case 'values':
      return `LocalRelation ${plan.rows.length === 0 ? '<empty>' : `${plan.rows.length} rows`} ${names(plan.output)}`
    case 'project':
      return `Project [${plan.items.map(printNamed).join(', ')}]`
    case 'filter':
      return `Filter ${printExpression(plan.condition)}`
    case 'aggregate':
      return `Aggregate [${plan.groups.map(printNamed).join(', ')}], [${plan.aggregates.map(printNamed).join(', ')}]`
    case 'expand':
      return `Expand [${plan.projections.map((row) => `[${list(row)}]`).join(', ')}] ${names(plan.output)}`
    case 'join':
      return `Join ${plan.how}${plan.broadcast === undefined ? '' : ` (broadcast ${plan.broadcast})`}${
        plan.condition === undefined ? '' : `, ${printExpression(plan.condition)}`
      }`
    case 'sort':
      return `Sort [${printOrders(plan.orders)}], ${plan.global}`
    case 'limit':
      return `Limit ${plan.count ?? 'all'}${plan.offset > 0 ? ` offset ${plan.offset}` : ''}`
    case 'union':
      return `Union ${names(plan.output)}`
    case 'window':
      return `Window [${plan.functions.map(printNamed).join(', ')}], [${list(plan.partitionBy)}], [${printOrders(plan.orderBy)}]`
    case 'generate':
      return `Generate ${printExpression(plan.generator)}${plan.outer ? ', outer' : ''}, ${names(plan.generated)}`
    case 'sample':
      return `Sample ${plan.fraction}${plan.withReplacement ? ' with replacement' : ''}, seed ${plan.seed}`
    case 'repartition':
      return `Repartition ${plan.how} ${plan.partitions ?? ''} [${printOrders(plan.by)}]`
    case 'map-batches':
      return `MapBatches function ${plan.id} ${names(plan.output)}`
    case 'stage-input':
      return `StageInput ${plan.name} ${names(plan.output)}`
  }
}

/** The tree as Spark prints one: a line a node, inputs below with `+-` and `:-`. `note`: text after a node's line. */
export const printPlan = (plan: LogicalPlan, note: (plan: LogicalPlan) => string = () => ''): string =>
  printTree(plan, (node) => `${printNode(node)}${note(node)}`, inputsOf)

/** Lines of any tree in that form. */
export const printTree = <T>(root: T, line: (node: T) => string, children: (node: T) => readonly T[]): string => {
  const lines: string[] = []
  const walk = (node: T, first: string, rest: string): void => {
    const [head = '', ...more] = line(node).split('\n')
    lines.push(`${first}${head}`, ...more.map((text) => `${rest}${text}`))
    const below = children(node)
    for (const [index, child] of below.entries()) {
      const last = index === below.length - 1
      walk(child, `${rest}${last ? '+- ' : ':- '}`, `${rest}${last ? '   ' : ':  '}`)
    }
  }
  walk(root, '', '')
  return lines.join('\n')
}
